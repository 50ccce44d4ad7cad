"""Stamps: one small random number for each tag, shared by all processes. A change writes a new one.

Two kinds share one meaning. On one machine they lie in a file that every process maps into its memory, so that reading one
costs no call to the system. On several they lie in a hash of Redis.

A tag has no place of its own: its hash chooses one of SLOTS places. Two tags may share one; then a change of the one also makes
the other's pages anew, which costs a rendering and shows nothing wrong.
"""

import mmap
import os
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

SLOTS = 1 << 20
_BYTES = 4


class StampsUnreachable(Exception):
    """The shared stamps cannot be read now: nothing kept may be shown."""


class Stamps(Protocol):
    def latest(self) -> int:
        """Changes with every change of any tag. Raises StampsUnreachable."""

    def read(self, slots: Sequence[int]) -> list[int]:
        """The stamps in those places. Raises StampsUnreachable."""

    def change(self, slots: Iterable[int]) -> None:
        """New stamps in those places, and a new latest no later than the first and no sooner than the last of them.

        Raises StampsUnreachable.
        """


def slot_of(tag: str) -> int:
    """From 1 on; 0 is the latest's. The same in every process, unlike hash()."""
    return 1 + zlib.crc32(tag.encode()) % (SLOTS - 1)


class StampFile:
    """SLOTS numbers of 32 bits in a sparse file. Writing one is one store of the processor: readers need no lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Never cut: another process may be reading behind its end, and would die of it.
            if os.fstat(descriptor).st_size < SLOTS * _BYTES:
                os.ftruncate(descriptor, SLOTS * _BYTES)
            self._numbers = memoryview(mmap.mmap(descriptor, SLOTS * _BYTES)).cast("I")
        finally:
            os.close(descriptor)

    def latest(self) -> int:
        return self._numbers[0]

    def read(self, slots: Sequence[int]) -> list[int]:
        numbers = self._numbers
        return [numbers[slot] for slot in slots]

    def change(self, slots: Iterable[int]) -> None:
        # A new latest before, too: who reads new stamps for an old page must not find the latest as it was.
        self._numbers[0] = _fresh()
        for slot in slots:
            self._numbers[slot] = _fresh()
        self._numbers[0] = _fresh()


class RedisStamps:
    """The same in one hash of Redis, for several machines: one round trip for a page that is kept."""

    KEY = "newsroom:stamps"
    TIMEOUT = 0.5  # seconds; a page is rendered sooner than it would wait longer

    def __init__(self, address: str) -> None:
        from redis import Redis

        self._redis = Redis.from_url(
            address, socket_timeout=self.TIMEOUT, socket_connect_timeout=self.TIMEOUT
        )

    def latest(self) -> int:
        return self.read([0])[0]

    def read(self, slots: Sequence[int]) -> list[int]:
        from redis import RedisError

        if not slots:
            return []
        try:
            found = self._redis.hmget(self.KEY, [str(slot) for slot in slots])
        except RedisError as error:
            raise StampsUnreachable(str(error)) from error
        return [int(number or 0) for number in found]

    def change(self, slots: Iterable[int]) -> None:
        from redis import RedisError

        new: dict[Any, int] = {str(slot): _fresh() for slot in slots}
        try:
            pipeline = self._redis.pipeline(transaction=True)
            if new:
                pipeline.hset(self.KEY, mapping=new)
            pipeline.hset(self.KEY, "0", _fresh())
            pipeline.execute()
        except RedisError as error:
            raise StampsUnreachable(str(error)) from error


def _fresh() -> int:
    return int.from_bytes(os.urandom(_BYTES), "little")


@cache
def shared_stamps() -> Stamps:
    """This process's view of them."""
    if settings.CACHE_URL:
        return RedisStamps(settings.CACHE_URL)
    return StampFile(settings.VAR_DIR / "page-stamps")
