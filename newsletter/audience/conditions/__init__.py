"""What a segment can ask of a subscriber. Other rooms add their own with register_condition().

A condition is stored as {"type": name, "value": …} and compiled from that stored value, not from the
StreamField: Wagtail drops types it does not know when it loads them, and a dropped condition would make
the audience WIDER. Here an unknown type or a missing target raises SegmentUnusable.
"""

from newsletter.audience.conditions import choices, history, notes, people, places  # noqa: F401
from newsletter.audience.conditions.registry import (
    CONDITIONS,
    GROUP,
    Condition,
    SegmentUnusable,
    condition_named,
    register_condition,
)

__all__ = [
    "CONDITIONS",
    "GROUP",
    "Condition",
    "SegmentUnusable",
    "condition_named",
    "register_condition",
]
