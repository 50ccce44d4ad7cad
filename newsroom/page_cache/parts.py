"""The keeper of parts that many pages share (stories/remembering.py): in each process, as good as its stamps are."""

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection

from newsroom.page_cache.changes import OF_ALL
from newsroom.page_cache.kept import OLDEST
from newsroom.page_cache.recording import Recording, add_to_recording, recording
from newsroom.page_cache.stamps import StampsUnreachable, shared_stamps, slot_of

MOST = 2_000
_parts: "OrderedDict[str, _Part]" = OrderedDict()
_lock = Lock()


@dataclass
class _Part:
    value: Any
    slots: "array[int]"
    stamps: list[int]
    checked: int
    """The stamps' latest, when they were last compared."""
    good_until: float

    def is_good(self) -> bool:
        """Also not too old: a change that nobody told of is seen at last. Raises StampsUnreachable."""
        if time.monotonic() > self.good_until:
            return False
        latest = shared_stamps().latest()
        if self.checked != latest:
            if shared_stamps().read(self.slots) != self.stamps:
                return False
            self.checked = latest
        return True


def kept_parts(keys: Sequence[str], make: Callable[[Sequence[str]], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Inside a transaction they are made anew: that sees what nobody else sees yet."""
    if not settings.PAGE_CACHE_MB or connection.in_atomic_block:
        return make(keys)
    try:
        found = {key: part for key in keys if (part := _parts.get(key)) is not None and part.is_good()}
        latest = shared_stamps().latest()
    except StampsUnreachable:
        return make(keys)
    for key, part in found.items():
        add_to_recording(part.slots)
        with suppress(KeyError):  # another thread has just let it go; it is still good
            _parts.move_to_end(key)
    values = {key: part.value for key, part in found.items()}
    missing = [key for key in keys if key not in values]
    if not missing:
        return values
    with recording() as made_from:
        made = make(missing)
    if not made_from.is_somebodys:
        _keep(made, made_from, latest)
    return {**values, **made}


def _keep(made: Mapping[str, Any], made_from: Recording, latest_before: int) -> None:
    slots = array("I", OF_ALL | made_from.slots | {slot_of(tag) for tag in made_from.tags})
    try:
        stamps = shared_stamps().read(slots)
        if shared_stamps().latest() != latest_before:
            return
    except StampsUnreachable:
        return
    good_until = time.monotonic() + OLDEST
    with _lock:
        for key, value in made.items():
            _parts[key] = _Part(value, slots, stamps, latest_before, good_until)
            _parts.move_to_end(key)
        while len(_parts) > MOST:
            _parts.popitem(last=False)
