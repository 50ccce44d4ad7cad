from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

from newsletter.audience.addresses import normalise_address
from newsletter.audience.models import Newsletter, Segment
from newsletter.sending.snapshot import Addressees


class PeopleForm(forms.Form):
    """To whom, and when."""

    everyone = forms.BooleanField(label=_("Everybody on this newsletter"), required=False)
    segments = forms.ModelMultipleChoiceField(
        Segment.objects.all(),
        label=_("To these segments; who is in several gets one message"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    excluded = forms.ModelMultipleChoiceField(
        Segment.objects.all(),
        label=_("But not to these"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    at = forms.DateTimeField(
        label=_("Send at"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=_("Leave empty to send now."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
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
            everyone=self.cleaned_data["everyone"],
        )


class TestSendForm(forms.Form):
    # Its step stands among the steps of the other form; `form` says to which of the two the field belongs.
    address = forms.CharField(
        label=_("Send a test to"), max_length=254, widget=forms.TextInput(attrs={"form": "test-form"})
    )

    def clean_address(self) -> str:
        return normalise_address(self.cleaned_data["address"])
