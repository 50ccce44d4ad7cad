"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/) bytes from a FeedDocument."""

from __future__ import annotations

import json
from typing import Any

from .entries import Attachment, FeedDocument, FeedEntry, Person, Picture

JSON_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write_json(document: FeedDocument) -> bytes:
    """The licence and the picture's credit stand under `_newsroom`: JSON Feed has no field for them."""
    feed: dict[str, Any] = {
        "version": VERSION,
        "title": document.title,
        "description": document.description,
        "home_page_url": document.home_url,
        "feed_url": document.self_url,
        "next_url": document.previous_archive_url,
        "icon": document.logo.url if document.logo else "",
        "favicon": document.icon_url,
        "authors": _people((document.publisher,)),
        "language": document.language,
        "hubs": [{"type": "WebSub", "url": document.hub_url}] if document.hub_url else [],
        "_newsroom": _present(
            {
                "rights": document.rights,
                "licence_url": document.licence.url if document.licence else "",
                "archive": document.is_archive,
            }
        ),
    }
    # items must be there even when empty.
    return json.dumps(
        {**_present(feed), "items": [_item(entry) for entry in document.entries]},
        ensure_ascii=False,
        indent=1,
    ).encode()


def _item(entry: FeedEntry) -> dict[str, Any]:
    picture = entry.picture
    return _present(
        {
            "id": entry.guid,
            "url": entry.url,
            "external_url": entry.first_published_elsewhere,
            "title": entry.title,
            "summary": entry.summary,
            "content_html": entry.content_html,
            "image": picture.url if picture else "",
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": _people(entry.authors),
            "tags": [category.label for category in entry.categories],
            "language": entry.language,
            "attachments": [
                *([_attachment(picture, picture.alt)] if picture else []),
                *([_attachment(entry.file, entry.file.title)] if entry.file else []),
            ],
            "_newsroom": _present(
                {
                    "licence": entry.licence.name if entry.licence else "",
                    "licence_url": entry.licence.url if entry.licence else "",
                    "translators": _people(entry.translators),
                    "topics": [{"slug": topic.term, "name": topic.label} for topic in entry.categories],
                    "image": _rights(picture) if picture else {},
                }
            ),
        }
    )


def _people(people: tuple[Person, ...]) -> list[dict[str, str]]:
    return [_present({"name": person.name, "url": person.url}) for person in people]


def _attachment(file: Picture | Attachment, title: str) -> dict[str, Any]:
    return _present(
        {
            "url": file.url,
            "mime_type": file.media_type,
            "title": title,
            "size_in_bytes": file.length,
        }
    )


def _rights(picture: Picture) -> dict[str, Any]:
    words = _present({"alt": picture.alt, "credit": picture.credit, "licence": picture.licence})
    return {**words, "may_be_republished": picture.may_be_republished}


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that hold something; JSON Feed leaves absent fields out rather than null."""
    return {name: value for name, value in fields.items() if value}
