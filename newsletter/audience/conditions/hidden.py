"""What a segment has stored and its form cannot show: saving the form would lose it, and change whom it means."""

from typing import Any

from wagtail import blocks

from newsletter.audience.conditions.registry import CONDITIONS, GROUP, SegmentUnusable, entries_of
from newsletter.audience.conditions.rules import Rules


def hidden_types(stored: Rules) -> set[str]:
    """Types of conditions that the form has no block for; a group inside a group is one."""
    return {
        rule["type"]
        for rule, in_group in stored.everything()
        if rule["type"] not in CONDITIONS and (in_group or rule["type"] != GROUP)
    }


def hidden_choices(stored: Rules, *, typed: Rules) -> set[str]:
    """Ticked choices that are offered no longer, in conditions that `typed` still has.

    A select box left empty is refused by the form itself; a tick box that is not there is not missed by anybody.
    """
    kept = {(rule["type"], rule.get("id")) for rule, _in_group in typed.everything()}
    kept_types = {name for name, _id in kept}
    return {
        choice
        for rule, _in_group in stored.everything()
        if ((rule["type"], rule["id"]) in kept if "id" in rule else rule["type"] in kept_types)
        for choice in _not_offered(rule["type"], rule["value"])
    }


def _not_offered(name: str, value: Any) -> set[str]:
    block = CONDITIONS[name].block if name in CONDITIONS else None
    if not isinstance(block, blocks.StructBlock):
        return set()
    gone: set[str] = set()
    for field, child in block.child_blocks.items():
        if isinstance(child, blocks.MultipleChoiceBlock):
            offered = {str(choice) for choice, _label in child.field.choices}
            try:
                gone |= {str(choice) for choice in entries_of(value, field)} - offered
            except SegmentUnusable:
                continue
    return gone
