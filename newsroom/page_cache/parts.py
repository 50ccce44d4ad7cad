"""The keeper of parts that many pages share (stories/remembering.py): in each process, as good as its stamps are."""

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection

from newsroom.page_cache.kept import OLDEST
from newsroom.page_cache.recording import Recording, add_to_recording, recording
from newsroom.page_cache.stamps import StampsUnreachable, shared_stamps, slot_of

MOST = 2_000
_parts: "OrderedDict[str, _Part]" = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class _Part:
    value: Any
    slots: "array[int]"
    stamps: list[int]
    good_until: float

    def is_good(self) -> bool:
        """Also not too old: a change that nobody told of is seen at last. Raises StampsUnreachable."""
        return time.monotonic() <= self.good_until and shared_stamps().read(self.slots) == self.stamps


def kept_part(key: str, make: Callable[[], Any]) -> Any:
    """Inside a transaction it is made anew: that sees what nobody else sees yet."""
    if not settings.PAGE_CACHE_MB or connection.in_atomic_block:
        return make()
    try:
        found = _parts.get(key)
        if found is not None and found.is_good():
            add_to_recording(found.slots)
            return found.value
        latest = shared_stamps().latest()
    except StampsUnreachable:
        return make()
    with recording() as made_from:
        value = make()
    if not made_from.is_somebodys:
        _keep(key, value, made_from, latest)
    return value


def _keep(key: str, value: Any, made_from: Recording, latest_before: int) -> None:
    slots = array("I", sorted(made_from.slots | {slot_of(tag) for tag in (*made_from.tags, "everything")}))
    try:
        part = _Part(value, slots, shared_stamps().read(slots), time.monotonic() + OLDEST)
        if shared_stamps().latest() != latest_before:
            return
    except StampsUnreachable:
        return
    with _lock:
        _parts[key] = part
        _parts.move_to_end(key)
        while len(_parts) > MOST:
            _parts.popitem(last=False)
