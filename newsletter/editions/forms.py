from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm


class EditionForm(WagtailAdminPageForm):
    """A new edition is numbered after the highest number on its newsletter's page.

    `preview_as` goes to the preview with the rest of the form, and is never stored with the edition.
    """

    preview_as = forms.CharField(
        label=_("Somebody's address"),
        required=False,
        max_length=254,
        help_text=_(
            "Choose “As one person” in the preview to see the version and the name this reader would get. "
            "The address is not kept; that you looked is."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and self.parent_page is not None and "number" in self.fields:
            self.initial["number"] = self._meta.model.objects.next_number(self.parent_page)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.instance.has_newer_revision:
            raise forms.ValidationError(
                _(
                    "Somebody else has saved this edition since you opened it. What you wrote still stands below. Look at "
                    "what they wrote, under History, and save again to put yours in its place."
                ),
                code="newer_revision",
            )
        return cleaned

    def save(self, commit: bool = True) -> Any:
        self.instance.preview_as = self.cleaned_data.get("preview_as", "")
        return super().save(commit=commit)
