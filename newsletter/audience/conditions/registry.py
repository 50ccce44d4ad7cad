"""The table of conditions, and how they are read from what the database holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _g
from wagtail import blocks

# The type of a stored rule that holds conditions instead of being one.
GROUP = "group"
MAX_TEXT = 200


class SegmentUnusable(Exception):
    """A segment that cannot say whom it means. The message names the segment's fault in words."""


@dataclass(frozen=True)
class Condition:
    """`compile(value)` returns a Q over Subscriber; `describe(value)` the words after "people who …".

    Both take the stored value and raise SegmentUnusable when it cannot be asked. Only readers are asked, who have a
    confirmed subscription. For every row the Q must be true or false, never NULL: use Exists, or ask a nullable column
    whether it is there as well. Otherwise somebody would be neither in a segment nor outside it.
    """

    name: str
    label: str | Promise
    block: blocks.Block
    compile: Callable[[Any], Q]
    describe: Callable[[Any], str]


CONDITIONS: dict[str, Condition] = {}


def register_condition(condition: Condition) -> None:
    """Raises ValueError for a name that is taken."""
    if condition.name in CONDITIONS or condition.name == GROUP:
        raise ValueError(f"There is a condition named {condition.name!r} already.")
    CONDITIONS[condition.name] = condition


def condition_named(name: str) -> Condition:
    if name not in CONDITIONS:
        raise SegmentUnusable(
            _g("it has a condition of the type “%(name)s”, which this version does not know") % {"name": name}
        )
    return CONDITIONS[name]


# --- Reading stored values --------------------------------------------------------------------------
def empty_condition() -> SegmentUnusable:
    return SegmentUnusable(_g("one of its conditions is empty"))


def stored(value: Any, key: str) -> Any:
    """The entry of a StructBlock as stored, None when it is not there."""
    return value.get(key) if isinstance(value, dict) else None


def entries_of(value: Any, key: str) -> list[Any]:
    """A ListBlock or multiple choice as stored: [{"type": "item", "value": …}] or […]. Empty when it is not there."""
    entries = stored(value, key) or []
    if not isinstance(entries, list):
        raise empty_condition()
    return [entry.get("value") if isinstance(entry, dict) else entry for entry in entries]


def stored_list(value: Any, key: str) -> list[Any]:
    """The same, and never empty: raises SegmentUnusable."""
    entries = entries_of(value, key)
    if not entries:
        raise empty_condition()
    return entries


def stored_text(text: Any) -> str:
    """Words an editor typed, which PostgreSQL can be asked for: it takes neither NUL nor half a surrogate pair."""
    text = text.strip() if isinstance(text, str) else ""
    if not text:
        raise empty_condition()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise SegmentUnusable(_g("it asks for words that cannot be looked for"))
    return text


def any_of(names: list[str]) -> str:
    return _g(" or ").join(names)


def quoted(name: str) -> str:
    return _g("“%(name)s”") % {"name": name}
