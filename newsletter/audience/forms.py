"""What visitors and readers fill in. Forms check and translate; newsletter.audience.subscriptions acts."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from newsletter.audience.addresses import MAX_NAME_LENGTH, normalise_address, validate_header_text
from newsletter.audience.models import Newsletter, NewsletterText, Subscriber, Subscription
from stories.models import Topic

LEAVE = "leave"


def topic_choices(language: str) -> list[tuple[str, str]]:
    """(translation key, name) of every topic, named in that language where it has such a name, by name."""
    names: dict[str, str] = {}
    for topic in Topic.objects.select_related("locale").order_by("pk"):
        key = str(topic.translation_key)
        if key not in names or topic.locale.language_code == language:
            names[key] = topic.name
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


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class SignUpForm(forms.Form):
    """The address is enough. `brief` forms ask for nothing else."""

    address = forms.CharField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Write your e-mail address here.")},
    )
    name = NameField(help_text=_("If you like; we use it to greet you."))
    topics = TopicsField()
    language = forms.ChoiceField(widget=forms.HiddenInput, required=False, choices=settings.LANGUAGES)
    # Empty unless a program fills in everything it finds; people do not see it.
    website = forms.CharField(label=_("Leave this empty"), required=False)

    def __init__(self, *args: Any, brief: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or settings.LANGUAGE_CODE
        self.fields["language"].initial = language
        if brief:
            del self.fields["name"], self.fields["topics"]
        else:
            _offer(self.fields["topics"], topic_choices(language))
        self.fields["website"].widget.attrs.update(autocomplete="off", tabindex="-1")

    def clean_address(self) -> str:
        return normalise_address(self.cleaned_data["address"])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or get_language() or settings.LANGUAGE_CODE

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.data.get(self.add_prefix("website")))


class PreferencesForm(forms.Form):
    """What a reader may change with the link in any newsletter. `rhythms` and `left` are for change_preferences."""

    name = NameField()
    language = forms.ChoiceField(label=_("Language"), choices=language_choices)
    topics = TopicsField(help_text=_("We go by them when a mail is meant for some readers only."))

    def __init__(
        self, *args: Any, subscriber: Subscriber, subscriptions: Iterable[Subscription], **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "name": subscriber.name,
            "language": subscriber.language,
            "topics": [str(key) for key in subscriber.topic_choices.values_list("topic_key", flat=True)],
        }
        super().__init__(*args, **kwargs)
        topics = topic_choices(get_language() or settings.LANGUAGE_CODE)
        _offer(self.fields["topics"], topics)
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


def sign_up_form(newsletter: Newsletter, number: int = 0) -> SignUpForm:
    """The small form, with ids of its own so that several fit on one page."""
    return SignUpForm(brief=True, auto_id=f"sign-up-{newsletter.slug}-{number}-%s")
