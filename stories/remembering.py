"""Parts that many pages share, such as the menu: made once, and anew when what they were made from has changed.

The core knows no cache. As long as nobody brings a keeper, each part is made whenever it is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

Part = TypeVar("Part")
Keeper = Callable[[Sequence[str], Callable[[Sequence[str]], Mapping[str, Any]]], Mapping[str, Any]]


def _made_anew(keys: Sequence[str], make: Callable[[Sequence[str]], Mapping[str, Any]]) -> Mapping[str, Any]:
    return make(keys)


_keeper: Keeper = _made_anew


def remembered(key: str, make: Callable[[], Part]) -> Part:
    """What make() gives, or gave. It depends on the key and the database alone, and nobody changes it afterwards.

    Whatever is read from it later, related rows too, has to be loaded by make().
    """
    part: Part = _keeper((key,), lambda _missing: {key: make()})[key]
    return part


def remembered_each(
    keys: Sequence[str], make: Callable[[Sequence[str]], Mapping[str, Part]]
) -> Mapping[str, Part]:
    """The same of many: make() gives one for each of the keys of which none is remembered, all in one go.

    What was made in one go is made anew when any of it changes.
    """
    return _keeper(keys, make)


def remember_with(keeper: Keeper) -> None:
    global _keeper
    _keeper = keeper
