"""Forms of the admin for the list."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from newsletter.audience.addresses import address_hash, normalise_address, validate_header_text
from newsletter.audience.models import Subscriber, Suppression
from newsletter.audience.suppressions import suppress

MAX_TAG_LENGTH = 60


class TagsField(forms.CharField):
    """A JSON list of words, typed with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, validators=[validate_header_text], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(tag) for tag in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        tags = list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
        if any(len(tag) > MAX_TAG_LENGTH for tag in tags):
            raise forms.ValidationError(
                _("A tag is at most %(length)s characters long.") % {"length": MAX_TAG_LENGTH},
                code="tag_too_long",
            )
        return tags


class RolesNamed(WagtailAdminModelForm):
    """Groups that the newsroom made itself are called by their name in the reader's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        senders = self.fields.get("senders")
        if isinstance(senders, forms.ModelMultipleChoiceField):
            setattr(senders, "label_from_instance", lambda group: _g(group.name))  # noqa: B010


class SubscriberForm(WagtailAdminModelForm):
    tags = TagsField(label=_("tags"), help_text=_("Words with commas between them."))

    class Meta:
        model = Subscriber
        fields = ["name", "language", "kind", "relation", "tags"]


class SuppressionForm(forms.ModelForm):
    """Takes an address and keeps its hash only."""

    address = forms.CharField(
        label=_("address"),
        help_text=_("We keep a keyed hash of it, which nobody can turn back into the address."),
    )

    class Meta:
        model = Suppression
        fields = ["newsletter", "note"]

    field_order = ("address", "newsletter", "note")

    def clean_address(self) -> str:
        return normalise_address(self.cleaned_data["address"])

    def clean_note(self) -> str:
        note = self.cleaned_data["note"]
        validate_header_text(note)
        if "@" in note:
            raise forms.ValidationError(
                _("Leave addresses out of the note: this list must not name anybody.")
            )
        return note

    def save(self, commit: bool = True) -> Suppression:
        return suppress(
            address_hash=address_hash(self.cleaned_data["address"]),
            reason=Suppression.Reason.STAFF,
            newsletter=self.cleaned_data["newsletter"],
            note=self.cleaned_data["note"],
            origin="/admin/",
        )
