"""Tables, big numbers and dates in order."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import (
    TypedTable,
    TypedTableBlock,
    TypedTableBlockValidationError,
)

from stories.blocks.text import LINE_FEATURES, ParagraphBlock


class CellsBlock(TypedTableBlock):
    """Columns of words or figures with a heading each, and a caption: without one, who listens does not know what it is."""

    text = ParagraphBlock(label=_("Words"), features=LINE_FEATURES, required=False)
    figure = blocks.CharBlock(label=_("Figures"), required=False, max_length=60)

    def clean(self, table: TypedTable) -> TypedTable:
        cleaned = super().clean(table)
        if not self.is_deferred_validation:
            missing = _missing(cleaned)
            if missing:
                raise TypedTableBlockValidationError(non_block_errors=missing)
        return cleaned


def _missing(table: TypedTable) -> list[ValidationError]:
    errors = []
    if not (table.caption or "").strip():
        errors.append(ValidationError(_("Write a caption: what the table shows, of whom, when.")))
    if not table.columns or not table.row_data:
        errors.append(ValidationError(_("A table needs a column and a row.")))
    elif not all((column["heading"] or "").strip() for column in table.columns):
        errors.append(ValidationError(_("Every column needs a heading.")))
    return errors


class TableBlock(blocks.StructBlock):
    table = CellsBlock(label=_("table"))
    row_headings = blocks.BooleanBlock(
        label=_("the first column names the rows"), required=False, default=True
    )
    source = blocks.CharBlock(label=_("source"), required=False, max_length=250)

    class Meta:
        icon = "table"
        template = "stories/blocks/table.html"
        description = _(
            "Figures or words to compare, in columns. On a small screen it moves sideways: better four columns than nine."
        )

    def get_preview_value(self) -> Any:
        return self.normalize(
            {
                "table": {
                    "caption": str(_("What the bakery took in, by season")),
                    "columns": [
                        {"type": "text", "heading": str(_("Season"))},
                        {"type": "figure", "heading": str(_("Loaves"))},
                        {"type": "figure", "heading": str(_("Paid in full"))},
                    ],
                    "rows": [
                        {"values": [str(_("<p>Spring</p>")), "4,120", "61 %"]},
                        {"values": [str(_("<p>Summer</p>")), "3,870", "58 %"]},
                    ],
                },
                "row_headings": True,
                "source": str(_("the bakery’s sheet")),
            }
        )


class NumberBlock(blocks.StructBlock):
    figure = blocks.CharBlock(label=_("figure"), max_length=20, help_text=_("Short, such as 61 or 3.5 t."))
    counts = blocks.CharBlock(label=_("what it counts"), max_length=160)

    class Meta:
        icon = "order"


class NumbersBlock(blocks.StructBlock):
    items = blocks.ListBlock(NumberBlock(), label=_("figures"), min_num=1, max_num=6)
    source = blocks.CharBlock(label=_("source"), required=False, max_length=250)
    source_link = blocks.URLBlock(label=_("link to the source"), required=False)

    class Meta:
        icon = "order"
        template = "stories/blocks/numbers.html"
        description = _("One to six figures, set large, each with what it counts. Say where they come from.")
        preview_value = {
            "items": [
                {"figure": "61", "counts": _("groups in the network")},
                {"figure": "38", "counts": _("sent a sheet for the third quarter")},
            ],
            "source": _("the network’s register, October 2026"),
            "source_link": "",
        }


class MomentBlock(blocks.StructBlock):
    when = blocks.CharBlock(
        label=_("when"), max_length=60, help_text=_("In words: April 2025, the next morning.")
    )
    text = ParagraphBlock(label=_("what happened"), features=LINE_FEATURES)

    class Meta:
        icon = "date"


class TimelineBlock(blocks.StructBlock):
    items = blocks.ListBlock(MomentBlock(), label=_("moments"), min_num=2, max_num=60)

    class Meta:
        icon = "calendar-alt"
        template = "stories/blocks/timeline.html"
        description = _("What happened, in order: a date in words and a sentence or two for each moment.")
        preview_value = {
            "items": [
                {
                    "when": _("April 2025"),
                    "text": _("<p>Fifty-seven families borrow four kilos each.</p>"),
                },
                {"when": _("9 August"), "text": _("<p>It hails for twelve minutes.</p>")},
                {"when": _("January 2026"), "text": _("<p>They bring back 314 kilos.</p>")},
            ]
        }
