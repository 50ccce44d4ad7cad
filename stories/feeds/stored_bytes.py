"""The bytes of feeds as they were last written, per process, valid as long as their freshness is unchanged."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from .freshness import Freshness

LIMIT = 32 * 1024 * 1024  # bytes, plain and compressed together


@dataclass(frozen=True)
class StoredFeed:
    freshness: Freshness
    plain: bytes
    compressed: bytes
    digest: str
    links: tuple[tuple[str, str], ...]
    """(rel, URL) for the Link header."""

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.compressed)

    @classmethod
    def of(cls, content: bytes, freshness: Freshness, links: tuple[tuple[str, str], ...]) -> StoredFeed:
        return cls(
            freshness=freshness,
            plain=content,
            # mtime=0: the moment of compressing must not change the bytes.
            compressed=gzip.compress(content, mtime=0),
            digest=hashlib.sha256(content).hexdigest()[:32],
            links=links,
        )


class StoredFeeds:
    """A bounded store; what was not asked for the longest goes first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._feeds: OrderedDict[Hashable, StoredFeed] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable, freshness: Freshness) -> StoredFeed | None:
        with self._lock:
            feed = self._feeds.get(key)
            if feed is None or feed.freshness != freshness:
                return None
            self._feeds.move_to_end(key)
            return feed

    def put(self, key: Hashable, feed: StoredFeed) -> None:
        with self._lock:
            self._remove(key)
            self._feeds[key] = feed
            self._size += feed.size
            while self._size > self._limit and len(self._feeds) > 1:
                self._remove(next(iter(self._feeds)))

    def forget(self) -> None:
        with self._lock:
            self._feeds.clear()
            self._size = 0

    def __len__(self) -> int:
        return len(self._feeds)

    def _remove(self, key: Hashable) -> None:
        feed = self._feeds.pop(key, None)
        if feed:
            self._size -= feed.size


stored_feeds = StoredFeeds()
