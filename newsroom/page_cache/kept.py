"""Answers kept whole, plain and compressed, and the bounded store of them. One of each in every process."""

from __future__ import annotations

import gzip
import hashlib
import time
from array import array
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from django.utils.http import parse_http_date_safe

from newsroom.page_cache.stamps import Stamps

# What depends on the time of day, such as the next gathering, is not told by any change.
OLDEST = 60.0  # seconds
# While one request makes a page anew because of its age, the others get it as it was; not for ever, should none of them succeed.
PATIENCE = 10.0  # seconds
OLDEST_OF_ALL = 2 * OLDEST
COMPRESSED_SUFFIX = "-gzip"
WORTH_COMPRESSING = 500  # bytes
_COMPRESSIBLE = ("text/", "application/rss+xml", "application/atom+xml", "application/feed+json")
_ALSO_COMPRESSIBLE = ("application/json", "application/xml", "image/svg+xml", "application/ld+json")

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes
    status_line: str


class Kept:
    """One answer in the forms it is asked for. `headers` are without length, tag and coding: those are added here."""

    def __init__(self, body: bytes, headers: Headers) -> None:
        self.digest = hashlib.sha256(body).hexdigest()[:32]
        names = {name.lower(): value for name, value in headers}
        self.last_modified = parse_http_date_safe(names.get("last-modified", ""))
        headers = [(name, value) for name, value in headers if name.lower() not in {"etag", "content-length"}]
        if "cache-control" not in names:
            # Kept by whoever likes, shown only after asking us: a withdrawn story must go at once.
            headers.append(("Cache-Control", "public, no-cache"))
        compressed = b""
        media_type = names.get("content-type", "")
        if len(body) >= WORTH_COMPRESSING and media_type.startswith((*_COMPRESSIBLE, *_ALSO_COMPRESSIBLE)):
            headers = _with_vary(headers)
            # mtime=0: the moment of compressing must not change the bytes.
            compressed = gzip.compress(body, 6, mtime=0)
        self._answers = {
            False: _forms(body, headers, self.digest, ""),
            True: _forms(compressed, headers, self.digest + COMPRESSED_SUFFIX, "gzip")
            if compressed
            else _forms(body, headers, self.digest, ""),
        }
        self.size = len(body) + len(compressed) + 2048

    def answer(
        self, *, accept_encoding: str = "", if_none_match: str | None = None, if_modified_since: str = ""
    ) -> Answer:
        """200 or 304 (RFC 9110 §13). For HEAD the caller leaves the body out."""
        whole, unchanged = self._answers["gzip" in accept_encoding and accepts_gzip(accept_encoding)]
        if if_none_match is not None:
            return unchanged if self._knows(if_none_match) else whole
        if if_modified_since and self.last_modified is not None:
            since = parse_http_date_safe(if_modified_since)
            if since is not None and self.last_modified <= since:
                return unchanged
        return whole

    def _knows(self, tags: str) -> bool:
        """If-None-Match compares weakly and, when sent, alone decides (RFC 9110 §13.1.2, §13.1.3)."""
        known = {self.digest, self.digest + COMPRESSED_SUFFIX}
        return tags.strip() == "*" or any(opaque_tag(tag) in known for tag in tags.split(","))


def _forms(body: bytes, headers: Headers, tag: str, coding: str) -> tuple[Answer, Answer]:
    tagged = [*headers, ("ETag", f'"{tag}"')]
    whole = [*tagged, ("Content-Length", str(len(body)))]
    if coding:
        whole.append(("Content-Encoding", coding))
    unchanged = [(name, value) for name, value in tagged if name.lower() != "content-type"]
    return Answer(200, whole, body, "200 OK"), Answer(304, unchanged, b"", "304 Not Modified")


def _with_vary(headers: Headers) -> Headers:
    varies = [value for name, value in headers if name.lower() == "vary"]
    rest = [(name, value) for name, value in headers if name.lower() != "vary"]
    names = [part.strip() for value in varies for part in value.split(",") if part.strip()]
    if not any(name.lower() == "accept-encoding" for name in names):
        names.append("Accept-Encoding")
    return [*rest, ("Vary", ", ".join(names))]


def opaque_tag(tag: str) -> str:
    """What stands between the quotes. nginx weakens the tags of what it compresses, Apache appends its own suffix."""
    return tag.strip().removeprefix("W/").strip('"')


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, or * is, with a weight above zero (RFC 9110 §12.5.3)."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        name, _, value = parameters.partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


@dataclass
class _Entry:
    kept: Kept
    slots: array[int]
    stamps: list[int]
    checked: int
    """The stamps' latest, when they were last compared."""
    good_until: float
    gone_by: float

    @property
    def size(self) -> int:
        return self.kept.size + self.slots.itemsize * len(self.slots) + 40 * len(self.stamps)


class Store:
    """Bounded in bytes; what was not asked for the longest goes first."""

    def __init__(self, limit: int, stamps: Stamps) -> None:
        self._limit = limit
        self._stamps = stamps
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str, *, now: float | None = None) -> Kept | None:
        """What may be shown this moment. Raises StampsUnreachable."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        latest = self._stamps.latest()
        if entry.checked != latest:
            if self._stamps.read(entry.slots) != entry.stamps:
                self.forget(key)
                return None
            entry.checked = latest
        now = time.monotonic() if now is None else now
        if now > entry.good_until:
            entry.good_until = min(now + PATIENCE, entry.gone_by)
            return None
        with suppress(KeyError):  # another thread has just let it go; it is still good
            self._entries.move_to_end(key)
        return entry.kept

    def put(self, key: str, kept: Kept, slots: Collection[int], *, latest_before: int) -> bool:
        """Keeps it, unless anything at all has changed since `latest_before` was read: before it was begun.

        Raises StampsUnreachable.
        """
        places = array("I", slots)
        stamps = self._stamps.read(places)
        # In this order: had one of them changed after it was read, the latest would be another.
        if self._stamps.latest() != latest_before:
            return False
        now = time.monotonic()
        entry = _Entry(kept, places, stamps, latest_before, now + OLDEST, now + OLDEST_OF_ALL)
        if entry.size > self._limit:
            return False
        with self._lock:
            self._remove(key)
            self._entries[key] = entry
            self.size += entry.size
            while self.size > self._limit:
                self._remove(next(iter(self._entries)))
        return True

    def forget(self, key: str) -> None:
        with self._lock:
            self._remove(key)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.size = 0

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry.size
