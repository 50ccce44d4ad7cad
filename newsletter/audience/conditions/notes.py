"""Conditions on what staff and imports noted about people: tags and attributes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from newsletter.audience.conditions.json_entries import HasAnyEntry, HasKey, HasPair
from newsletter.audience.conditions.registry import (
    MAX_TEXT,
    Condition,
    SegmentUnusable,
    any_of,
    quoted,
    register_condition,
    stored,
    stored_list,
    stored_text,
)

EXISTS, EQUALS = "exists", "equals"


def chosen_tags(value: Any) -> list[str]:
    return [stored_text(tag) for tag in stored_list(value, "tags")]


def chosen_attribute(value: Any) -> tuple[str, str | None]:
    """(key, what it has to be; None when being there is enough)."""
    key, test = stored_text(stored(value, "key")), stored(value, "test")
    if test == EXISTS:
        return key, None
    if test == EQUALS:
        return key, stored_text(stored(value, "value"))
    raise SegmentUnusable(_g("it asks an attribute in a way this version does not know"))


def compile_attribute(value: Any) -> Q:
    key, wanted = chosen_attribute(value)
    return Q(HasKey("attributes", key) if wanted is None else HasPair("attributes", key, wanted))


def describe_attribute(value: Any) -> str:
    key, wanted = chosen_attribute(value)
    if wanted is None:
        return _g("have the attribute “%(key)s”") % {"key": key}
    return _g("have “%(value)s” as the attribute “%(key)s”") % {"key": key, "value": wanted}


class AttributeBlock(blocks.StructBlock):
    key = blocks.CharBlock(label=_("attribute"), max_length=MAX_TEXT)
    test = blocks.ChoiceBlock(
        choices=[(EXISTS, _("is there, whatever it says")), (EQUALS, _("is"))], label=_("has to be so")
    )
    value = blocks.CharBlock(label=_("value"), required=False, max_length=MAX_TEXT)

    class Meta:
        icon = "clipboard-list"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned["test"] == EQUALS and not cleaned["value"].strip():
            raise StructBlockValidationError(
                block_errors={"value": ValidationError(_("Say what the attribute has to be."))}
            )
        return cleaned


register_condition(
    Condition(
        name="tag",
        label=_("has a tag"),
        block=blocks.StructBlock(
            [
                (
                    "tags",
                    blocks.ListBlock(
                        blocks.CharBlock(max_length=MAX_TEXT, label=_("tag")),
                        label=_("any of"),
                        min_num=1,
                        help_text=_("Capitals matter."),
                    ),
                )
            ],
            icon="tag",
        ),
        compile=lambda value: Q(HasAnyEntry("tags", chosen_tags(value))),
        describe=lambda value: (
            _g("have the tag %(tags)s") % {"tags": any_of([quoted(tag) for tag in chosen_tags(value)])}
        ),
    )
)
register_condition(
    Condition(
        name="attribute",
        label=_("has an attribute"),
        block=AttributeBlock(),
        compile=compile_attribute,
        describe=describe_attribute,
    )
)
