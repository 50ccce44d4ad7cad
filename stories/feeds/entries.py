"""What a feed says, apart from the format that says it.

A FeedDocument holds nothing but absolute URLs, text without characters XML forbids, and aware UTC datetimes in whole
seconds; the writers of RSS, Atom and JSON Feed take it as it is.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Everything outside the Char production of XML 1.0 §2.2, and the C1 controls §2.2 discourages; lone surrogates among them.
FORBIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

# Atom demands an updated date even of a feed without entries, and "now" would change the bytes at each fetch.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def printable(text: str) -> str:
    """The text without the characters no XML document may hold."""
    return FORBIDDEN_CHARACTERS.sub("", text)


def plain_line(text: str) -> str:
    """The text on one line: forbidden characters removed, each run of white space made one space."""
    return " ".join(printable(text).split())


def whole_seconds(moment: datetime) -> datetime:
    """The moment in UTC without its microseconds, as precise as HTTP and RFC 822 dates are."""
    return moment.astimezone(UTC).replace(microsecond=0)


def permanent_id(translation_key: uuid.UUID, language: str) -> str:
    """A urn:uuid that stays the same when an article is renamed, moved, or the site changes its domain.

    A URL would break at a change of slug, a tag: URI (RFC 4151) at a change of domain. An article's translations share one
    translation key, so the language takes part.
    """
    return uuid.uuid5(translation_key, language).urn


@dataclass(frozen=True)
class Person:
    name: str
    url: str = ""


@dataclass(frozen=True)
class Category:
    """A topic: its slug as term, its name as label, and the URL of the vocabulary it belongs to as scheme."""

    term: str
    label: str
    scheme: str


@dataclass(frozen=True)
class Licence:
    """name is what a person reads; url is empty where the licence has no public text."""

    name: str
    url: str = ""

    @property
    def is_creative_commons(self) -> bool:
        return "//creativecommons.org/" in self.url


@dataclass(frozen=True)
class Picture:
    """An image file; length in bytes, width and height in pixels."""

    url: str
    length: int
    media_type: str
    width: int
    height: int
    alt: str = ""
    credit: str = ""
    licence: str = ""
    may_be_republished: bool = False
    thumbnail: Picture | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an article; length in bytes."""

    url: str
    length: int
    media_type: str
    title: str = ""


@dataclass(frozen=True)
class FeedEntry:
    """title and summary are plain text; content_html is clean HTML with absolute URLs."""

    guid: str
    url: str
    title: str
    summary: str
    content_html: str
    published: datetime
    updated: datetime
    language: str
    authors: tuple[Person, ...]
    translators: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    picture: Picture | None = None
    file: Attachment | None = None
    licence: Licence | None = None
    first_published_elsewhere: str = ""


@dataclass(frozen=True)
class FeedDocument:
    """One feed document in one format: the feed itself, or one of its archives (RFC 5005 §4).

    entries come newest first. id is the same in every format and archive of a channel.
    """

    id: str
    title: str
    description: str
    home_url: str
    self_url: str
    language: str
    publisher: Person
    rights: str
    entries: tuple[FeedEntry, ...]
    updated: datetime = NEVER
    licence: Licence | None = None
    logo: Picture | None = None
    icon_url: str = ""
    hub_url: str = ""
    other_formats: tuple[tuple[str, str], ...] = field(default=())
    """(media type, URL) of the same document in the other formats."""
    current_url: str = ""
    previous_archive_url: str = ""
    next_archive_url: str = ""
    is_archive: bool = False
