from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

from newsletter.audience.addresses import normalise_address
from newsletter.audience.models import Newsletter, Segment
from newsletter.sending.permissions import Reach
from newsletter.sending.snapshot import Addressees


class PeopleForm(forms.Form):
    """To whom, and when. `at` is in the active time zone, which is to be the newsletter's."""

    everyone = forms.BooleanField(label=_("Everybody on this newsletter"), required=False)
    segments = forms.ModelMultipleChoiceField(
        Segment.objects.none(),
        label=_("To these segments; who is in several gets one message"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    excluded = forms.ModelMultipleChoiceField(
        Segment.objects.none(),
        label=_("But not to these"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    at = forms.DateTimeField(label=_("Send at"), required=False, widget=AdminDateTimeInput)
    # How many it was when the manager last looked.
    counted = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, reach: Reach, newsletter: Newsletter, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["segments"], reach.segments)
        # Leaving people out needs no right, but a segment kept for others is not even named.
        _offer(self.fields["excluded"], Segment.objects.open_to(user))
        if not reach.everyone:
            del self.fields["everyone"]
        self.fields["at"].help_text = _("Leave empty to send now. Time of %(zone)s.") % {
            "zone": newsletter.get_time_zone_display()
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "everyone" not in self.fields and not cleaned.get("segments"):
            raise ValidationError(_("Choose at least one segment."))
        if not cleaned.get("everyone") and not cleaned.get("segments"):
            raise ValidationError(_("Choose at least one segment, or everybody on the newsletter."))
        if cleaned.get("everyone") and cleaned.get("segments"):
            raise ValidationError(
                _("Choose everybody or segments, not both: everybody includes the segments.")
            )
        return cleaned

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at is not None and at <= timezone.now():
            raise ValidationError(_("The planned time has passed already."))
        return at

    def addressees(self, *, edition_id: int, newsletter: Newsletter) -> Addressees:
        return Addressees(
            edition_id=edition_id,
            newsletter=newsletter,
            segments=tuple(self.cleaned_data["segments"]),
            excluded=tuple(self.cleaned_data["excluded"]),
            everyone=self.cleaned_data.get("everyone", False),
        )


def _offer(field: forms.Field, segments: QuerySet[Segment]) -> None:
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = segments


class WarningsForm(forms.Form):
    """Nobody sends past a warning without having read it."""

    seen = forms.BooleanField(
        label=_("I have looked at the warnings above, and want to send it as it is."),
        error_messages={"required": _("Look at the warnings above, and say so here.")},
    )


class TestSendForm(forms.Form):
    address = forms.CharField(label=_("Send a test to"), max_length=254)
    language = forms.ChoiceField(label=_("In which language"), required=False)
    segment = forms.ModelChoiceField(
        Segment.objects.none(),
        label=_("As who is in this segment"),
        required=False,
        empty_label=_("everything, each aimed block under its segment's name"),
    )

    def __init__(self, *args: Any, languages: Sequence[str], user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["segment"], Segment.objects.open_to(user))
        names = dict(settings.LANGUAGES)
        language = self.fields["language"]
        if isinstance(language, forms.ChoiceField):
            language.choices = [
                ("", _("all of them")),
                *((code, names.get(code, code)) for code in languages),
            ]

    def clean_address(self) -> str:
        return normalise_address(self.cleaned_data["address"])
