"""The formats a feed comes in. Add one here, and every channel has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .entries import FeedDocument
from .json_feed import JSON_TYPE, write_json
from .xml_feeds import ATOM_TYPE, RSS_TYPE, write_atom, write_rss


@dataclass(frozen=True)
class Format:
    extension: str
    name: str
    media_type: str
    write: Callable[[FeedDocument], bytes]

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8"


FORMATS = {
    feed_format.extension: feed_format
    for feed_format in (
        Format("rss", "RSS", RSS_TYPE, write_rss),
        Format("atom", "Atom", ATOM_TYPE, write_atom),
        Format("json", "JSON Feed", JSON_TYPE, write_json),
    )
}
