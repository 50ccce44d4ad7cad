"""What visitors and readers fill in. Forms check and translate; newsletter.audience.subscriptions acts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from newsletter.audience.addresses import MAX_NAME_LENGTH, normalise_address, validate_header_text
from newsletter.audience.models import Newsletter, NewsletterText, Subscriber, Subscription
from stories.models import Place, Topic

LEAVE = "leave"
LONGEST_PAUSE = timedelta(days=365)


def topic_choices(language: str) -> list[tuple[str, str]]:
    """(translation key, name) of every topic, named in that language where it has such a name, by name."""
    return _term_choices(Topic, language)


def place_choices(language: str) -> list[tuple[str, str]]:
    """The same of every place."""
    return _term_choices(Place, language)


def _term_choices(terms: type[Topic] | type[Place], language: str) -> list[tuple[str, str]]:
    names: dict[str, str] = {}
    for term in terms.objects.select_related("locale").order_by("pk"):
        key = str(term.translation_key)
        if key not in names or term.locale.language_code == language:
            names[key] = term.name
    return sorted(names.items(), key=lambda choice: choice[1].casefold())


def language_choices() -> list[tuple[str, str]]:
    """Each language by its own name: who looks for Spanish looks for "Español"."""
    return [(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES]


def consent_words(words: NewsletterText) -> str:
    """What stands beside the sign-up button, and word for word in the evidence."""
    return _g(
        "Send me %(newsletter)s by e-mail. You will first get one mail with a link; only when you follow it are you on "
        "the list. Every newsletter has a link to leave. We note when and where you signed up, and nothing "
        "about what you read."
    ) % {"newsletter": words.name}


def joining_words() -> str:
    """What stands beside newsletters a reader may add, and word for word in the evidence."""
    return _g(
        "Tick one, and we send you a mail with a link for it; only when you follow that link does it come to you."
    )


class AddressField(forms.CharField):
    """Cleans to the one spelling of an address."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Your e-mail address"))
        super().__init__(
            widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
            error_messages={"required": _("Write your e-mail address here.")},
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        return normalise_address(super().clean(value))


class NameField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Your name"))
        super().__init__(
            max_length=MAX_NAME_LENGTH, required=False, validators=[validate_header_text], **kwargs
        )
        self.widget.attrs["autocomplete"] = "name"


class TopicsField(forms.TypedMultipleChoiceField):
    """Cleans to a list of translation keys."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            coerce=UUID,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            label=_("Topics you care about"),
            **kwargs,
        )
        self.error_messages["invalid_choice"] = _("A topic you ticked is no longer there. Please look again.")


class PlaceField(forms.TypedChoiceField):
    """Cleans to a translation key, or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            coerce=UUID, empty_value=None, required=False, label=_("Where you live or work"), **kwargs
        )
        self.widget.attrs["autocomplete"] = "off"
        self.error_messages["invalid_choice"] = _(
            "The place you chose is no longer there. Please look again."
        )


class PauseField(forms.DateField):
    """Cleans to a day after today, at most a year ahead, or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            label=_("Pause until"),
            help_text=_("Nothing comes before this day, and you stay on the list. Empty: no pause."),
            # What the browser's own calendar sends, in every language.
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={"invalid": _("Write the day as year-month-day, such as 2027-03-01.")},
            **kwargs,
        )

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        today = timezone.localdate()
        if day is not None and not today < day <= today + LONGEST_PAUSE:
            raise ValidationError(_("Choose a day after today and within a year."), code="pause")
        return day


class TrappedForm(forms.Form):
    """A form anybody may post. `website` is empty unless a program fills in all it finds; people do not see it."""

    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.data.get(self.add_prefix("website")))


class SignUpForm(TrappedForm):
    """The address is enough. `brief` forms ask for nothing else."""

    address = AddressField()
    name = NameField(help_text=_("If you like; we use it to greet you."))
    place = PlaceField(help_text=_("If you like; some mails are meant for one region."))
    topics = TopicsField()
    language = forms.ChoiceField(widget=forms.HiddenInput, required=False, choices=settings.LANGUAGES)

    def __init__(self, *args: Any, brief: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or settings.LANGUAGE_CODE
        self.fields["language"].initial = language
        self.has_places = False
        if brief:
            del self.fields["name"], self.fields["topics"], self.fields["place"]
        else:
            places = place_choices(language)
            self.has_places = bool(places)
            _offer(self.fields["topics"], topic_choices(language))
            _offer(self.fields["place"], [("", "—"), *places])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or get_language() or settings.LANGUAGE_CODE


class LinkForm(TrappedForm):
    """Asks for the link to one's preferences."""

    address = AddressField()


class NewAddressForm(forms.Form):
    address = AddressField(
        label=_("Your new e-mail address"),
        help_text=_("We send a mail with a link there. Nothing changes before you follow it."),
    )

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscriber = subscriber

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if address == self.subscriber.email:
            raise ValidationError(_("This is the address we write to already."), code="same")
        return address


class PreferencesForm(forms.Form):
    """What a reader may change with the link in any newsletter.

    `rhythms`, `left` and `wanted_topics` are for change_preferences, `joined` for request_subscription.
    """

    name = NameField()
    language = forms.ChoiceField(label=_("Language"), choices=language_choices)
    place = PlaceField()
    topics = TopicsField(help_text=_("We go by them when a mail is meant for some readers only."))
    paused_until = PauseField()
    join = forms.TypedMultipleChoiceField(
        label=_("More newsletters"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _(
                "A newsletter you ticked is no longer there, or you get it already. Please look again."
            )
        },
    )

    def __init__(
        self,
        *args: Any,
        subscriber: Subscriber,
        subscriptions: Iterable[Subscription],
        others: Iterable[Newsletter] = (),
        **kwargs: Any,
    ) -> None:
        paused = subscriber.paused_until
        kwargs["initial"] = {
            "name": subscriber.name,
            "language": subscriber.language,
            "place": str(subscriber.place_key or ""),
            "topics": [str(key) for key in subscriber.topic_choices.values_list("topic_key", flat=True)],
            "paused_until": paused if paused and paused > timezone.localdate() else None,
        }
        super().__init__(*args, **kwargs)
        language = get_language() or settings.LANGUAGE_CODE
        topics, places = topic_choices(language), [("", "—"), *place_choices(language)]
        if self.initial["place"] not in dict(places):
            places.append((self.initial["place"], _g("as before (no longer in this list)")))
        self.has_places = len(places) > 1
        _offer(self.fields["topics"], topics)
        _offer(self.fields["place"], places)
        self.shown_topics = {UUID(key) for key, _name in topics}
        self.newsletter_ids = []
        for subscription in subscriptions:
            self.newsletter_ids.append(subscription.newsletter_id)
            self.fields[f"newsletter_{subscription.newsletter_id}"] = forms.ChoiceField(
                label=subscription.newsletter.in_language().name,
                choices=[*Subscription.Rhythm.choices, (LEAVE, _("not any more"))],
                widget=forms.RadioSelect,
                initial=subscription.rhythm,
            )
        self.others = {newsletter.pk: newsletter for newsletter in others}
        self.fields["join"].help_text = joining_words()
        _offer(self.fields["join"], [(str(key), one.in_language().name) for key, one in self.others.items()])

    def newsletter_fields(self) -> list[forms.BoundField]:
        return [self[f"newsletter_{newsletter_id}"] for newsletter_id in self.newsletter_ids]

    def wanted_topics(self) -> set[UUID]:
        """The ticked topics, and the chosen ones that the page could not show because they were deleted."""
        unseen = {UUID(key) for key in self.initial["topics"]} - self.shown_topics
        return set(self.cleaned_data["topics"]) | unseen

    def rhythms(self) -> dict[int, str]:
        answers = {number: self.cleaned_data[f"newsletter_{number}"] for number in self.newsletter_ids}
        return {number: answer for number, answer in answers.items() if answer != LEAVE}

    def left(self) -> set[int]:
        return set(self.newsletter_ids) - set(self.rhythms())

    def joined(self) -> list[Newsletter]:
        return [self.others[key] for key in self.cleaned_data["join"]]


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def sign_up_form(newsletter: Newsletter, number: int = 0, topics: Sequence[str] = ()) -> SignUpForm:
    """The small form, with ids of its own so that several fit on one page. With topics, it offers to choose among all."""
    return SignUpForm(
        brief=not topics,
        auto_id=f"sign-up-{newsletter.slug}-{number}-%s",
        initial={"topics": list(topics)},
    )
