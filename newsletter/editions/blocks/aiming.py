"""Blocks that may be shown to one segment only."""

import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock


class SegmentChooserBlock(SnippetChooserBlock):
    """Keeps hold of a segment that was deleted, as an unsaved Segment with its old key.

    Wagtail gives None for it, and None means everybody: the next save, an autosave even, would show the block
    to people it was not meant for. Here it stays what it was until an editor chooses another segment.
    """

    def to_python(self, value: Any) -> Any:
        return self.bulk_to_python([value])[0]

    def bulk_to_python(self, values: list[Any]) -> list[Any]:
        keys = [_key(value) for value in values]
        found = self.model_class.objects.in_bulk([key for key in keys if key])
        return [
            copy.copy(found[key]) if key in found else (None if value is None else self._deleted(key))
            for key, value in zip(keys, values, strict=True)
        ]

    def value_from_form(self, value: Any) -> Any:
        return value if value is None or isinstance(value, self.model_class) else self.to_python(value)

    def clean(self, value: Any) -> Any:
        if value is not None and value._state.adding:
            raise ValidationError(
                _(
                    "The segment this block was meant for was deleted. "
                    "Choose another one, or clear the choice to show it to everybody."
                )
            )
        return super().clean(value)

    def _deleted(self, key: int) -> Any:
        return self.model_class(pk=key, name=str(_("a segment that was deleted")))


def _key(value: Any) -> int:
    """A stored or submitted key; 0, which no segment has, for anything else."""
    return int(value) if str(value).isdecimal() else 0


class AimedBlock(blocks.StructBlock):
    """A block that may be shown to one segment only; without one, everybody sees it."""

    show_only_to = SegmentChooserBlock(
        "audience.Segment",
        label=_("Show only to"),
        required=False,
        help_text=_(
            "Leave empty to show this to everybody. Aimed blocks are left out of the public archive."
        ),
    )

    class Meta:
        preview_template = "editions/blocks/preview.html"


def aimed_segment_ids(raw_body: Any) -> set[int]:
    """Segments that blocks of this body are aimed at, as stored, whether or not they still exist."""
    return {
        entry["value"]["show_only_to"]
        for entry in raw_body
        if isinstance(entry.get("value"), dict) and entry["value"].get("show_only_to")
    }
