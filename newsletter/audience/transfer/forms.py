"""What staff fill in for an import and an export. Forms check and translate; newsletter.audience.transfer.steering acts."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from newsletter.audience.models import Newsletter, Segment, SubscriberImport
from newsletter.audience.transfer.formats import MAILCHIMP, OWN
from newsletter.audience.transfer.limits import MAX_FILE_BYTES
from newsletter.audience.transfer.mapping import ATTRIBUTE, SUBSCRIPTION, TARGETS, attribute_target


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, XLSX, or what Mailchimp or listmonk exported, as it is. Nothing comes onto the list before you have "
            "seen what would happen."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.zip"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(
                _g("A file has at most %(limit)s MB.") % {"limit": MAX_FILE_BYTES // 1024**2}
            )
        return file


class ColumnsForm(forms.Form):
    """What the columns hold, where these people come from, and what becomes of them."""

    newsletter = forms.ModelChoiceField(
        label=_("Newsletter these people join"), queryset=Newsletter.objects.none()
    )
    joins_as = forms.ChoiceField(
        label=_("People who are subscribed in the file"),
        choices=SubscriberImport.JoinsAs.choices,
        widget=forms.RadioSelect,
    )
    assumed = forms.ChoiceField(
        label=_("Rows without a status are"),
        choices=[("", _("– choose –")), *SubscriberImport.Assumed.choices],
        required=False,
    )
    consent = forms.CharField(
        label=_("How these people gave their consent"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_(
            "Such as: signed paper lists at the assemblies of 2024. It is kept as evidence for each of them."
        ),
    )

    def __init__(
        self,
        *args: Any,
        record: SubscriberImport,
        columns: list[tuple[str, list[str]]],
        complete: bool,
        user: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.columns, self.user = record, columns, user
        self.fields["newsletter"].queryset = Newsletter.objects.open_to(user)  # type: ignore[attr-defined]
        self.initial.update(
            newsletter=record.newsletter,
            joins_as=record.joins_as,
            assumed=record.assumed,
            consent=record.consent,
        )
        if record.file_kind == OWN:
            for name in ("newsletter", "joins_as", "assumed"):
                del self.fields[name]
            return
        if record.file_kind == MAILCHIMP and complete:
            del self.fields["assumed"]
        for number, (heading, _values) in enumerate(columns):
            own = attribute_target(heading)
            held = record.mapping.get(heading, "")
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=heading,
                required=False,
                choices=[
                    *TARGETS.items(),
                    (own, _g("attribute “%(name)s”") % {"name": own.removeprefix(ATTRIBUTE)}),
                ],
                initial=held,
            )

    def column_rows(self) -> list[tuple[Any, list[str]]]:
        """(field, first values) for each column; empty for our own files."""
        return [
            (self[f"column_{number}"], values)
            for number, (_heading, values) in enumerate(self.columns)
            if f"column_{number}" in self.fields
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if closed := self._kept_for_others():
            raise forms.ValidationError(
                _g("This file fills newsletters that are not yours to fill: %(newsletters)s.")
                % {"newsletters": ", ".join(closed)}
            )
        return cleaned

    def _kept_for_others(self) -> list[str]:
        """Names of newsletters that a file of our own fills and this person may not."""
        if self.record.file_kind != OWN:
            return []
        theirs = Newsletter.objects.open_to(self.user).values("pk")
        targets = self.record.mapping.values()
        return [
            newsletter.name
            for newsletter in Newsletter.objects.exclude(pk__in=theirs)
            if any(target.startswith(f"{SUBSCRIPTION}{newsletter.slug}:") for target in targets)
        ]

    def mapping(self) -> dict[str, str]:
        if self.record.file_kind == OWN:
            return self.record.mapping
        return {
            heading: self.cleaned_data[f"column_{number}"]
            for number, (heading, _values) in enumerate(self.columns)
        }


class ExportForm(forms.Form):
    """What this person may take away: nothing that is kept for other groups."""

    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.none(),
        required=False,
        empty_label=_("everybody on the list"),
    )
    newsletter = forms.ModelChoiceField(
        label=_("Newsletter"),
        queryset=Newsletter.objects.none(),
        required=False,
        empty_label=_("all newsletters"),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.open_to(user)  # type: ignore[attr-defined]
        self.fields["newsletter"].queryset = Newsletter.objects.open_to(user)  # type: ignore[attr-defined]
