"""Parts that many pages share, such as the menu: made once, and anew when what they were made from has changed.

The core knows no cache. As long as nobody brings a keeper, each part is made whenever it is asked for.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Part = TypeVar("Part")
Keeper = Callable[[str, Callable[[], Any]], Any]


def _made_anew(_key: str, make: Callable[[], Any]) -> Any:
    return make()


_keeper: Keeper = _made_anew


def remembered(key: str, make: Callable[[], Part]) -> Part:
    """What make() gives, or gave. It depends on the key and the database alone, and nobody changes it afterwards.

    Whatever is read from it later, related rows too, has to be loaded by make().
    """
    part: Part = _keeper(key, make)
    return part


def remember_with(keeper: Keeper) -> None:
    global _keeper
    _keeper = keeper
