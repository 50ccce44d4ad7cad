"""What the bodies of many articles point at, fetched together.

Rendering each article alone would ask the database for each picture and link; a feed of fifty asks as often as a feed of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.html import escape
from wagtail.documents import get_document_model
from wagtail.models import Page
from wagtail.rich_text.rewriters import extract_attrs

from stories.models import ArticlePage, CreditedImage
from stories.readable import everybodys

from .channels import Scope
from .pictures import FILTERS

LINK_TAG = re.compile(r"<a\b([^>]*)>")


@dataclass(frozen=True)
class Target:
    title: str
    url: str


@dataclass
class References:
    """Keyed by primary key; what was deleted, or may not be read by everybody, is missing."""

    images: dict[int, CreditedImage] = field(default_factory=dict)
    documents: dict[int, Target] = field(default_factory=dict)
    pages: dict[int, Target] = field(default_factory=dict)

    def expand_links(self, rich_text: str) -> str:
        """Rich text as the database holds it, with addresses for its links to pages and documents."""

        def expand(match: re.Match[str]) -> str:
            attributes = extract_attrs(match[1])
            targets = {"page": self.pages, "document": self.documents}.get(attributes.get("linktype", ""))
            if targets is None:
                return match[0]
            target = targets.get(_number(attributes.get("id")))
            return f'<a href="{escape(target.url)}">' if target else "<a>"

        return LINK_TAG.sub(expand, rich_text)


def load_references(articles: Iterable[ArticlePage], scope: Scope) -> References:
    wanted: dict[str, set[int]] = {"image": set(), "document": set(), "page": set()}
    for article in articles:
        if article.lead_image_id:
            wanted["image"].add(article.lead_image_id)
        for kind, key in _keys("paragraph", getattr(article, "recap", "")):
            wanted[kind].add(key)
        for block in article.body.raw_data:
            for kind, key in _keys(block["type"], block["value"]):
                wanted[kind].add(key)
    wanted = {kind: keys - {0} for kind, keys in wanted.items()}
    return References(
        images=CreditedImage.objects.prefetch_renditions(*FILTERS).in_bulk(wanted["image"])
        if wanted["image"]
        else {},
        documents=_documents(wanted["document"], scope),
        pages=_pages(wanted["page"], scope),
    )


def _keys(block_type: str, value: Any) -> Iterator[tuple[str, int]]:
    for rich_text in rich_texts(block_type, value):
        for match in LINK_TAG.finditer(rich_text):
            attributes = extract_attrs(match[1])
            if attributes.get("linktype") in {"page", "document"}:
                yield attributes["linktype"], _number(attributes.get("id"))
    if block_type == "image":
        yield "image", image_key(value)
    elif block_type == "gallery":
        for picture in members(value, "pictures"):
            yield "image", image_key(picture)
    elif block_type == "document":
        yield "document", _number(value.get("document"))
    elif block_type == "audio":
        yield "document", _number(value.get("sound"))
    elif block_type == "button":
        yield "page", _number(value.get("page"))
    elif block_type == "related_stories":
        for key in page_keys(value):
            yield "page", key


def rich_texts(block_type: str, value: Any) -> Iterator[str]:
    """Every rich text of a block, as the database holds it."""
    if block_type == "paragraph":
        yield value or ""
    elif block_type == "call_out":
        yield value.get("text") or ""
    elif block_type == "audio":
        yield value.get("transcript") or ""
    elif block_type in {"accordion", "timeline"}:
        for item in members(value, "items"):
            yield item.get("text") or ""
    elif block_type == "table":
        for row in table_of(value)[1]:
            yield from (cell for kind, cell in row if kind == "text")


def members(value: dict[str, Any], field: str) -> list[Any]:
    """The members of a list in a block; they are wrapped since Wagtail 2.16."""
    return [
        member["value"] if isinstance(member, dict) and "value" in member else member
        for member in value.get(field) or []
    ]


def table_of(value: dict[str, Any]) -> tuple[list[str], list[list[tuple[str, str]]]]:
    """The headings of a table block, and its rows as (column type, stored value)."""
    table = value.get("table") or {}
    columns = table.get("columns") or []
    rows = [
        [(column["type"], cell or "") for column, cell in zip(columns, row.get("values") or [], strict=False)]
        for row in table.get("rows") or []
    ]
    return [column.get("heading") or "" for column in columns], rows


def image_key(value: dict[str, Any]) -> int:
    """The picture of an image block: Wagtail's ImageBlock holds it one level down."""
    chosen = value.get("image")
    return _number(chosen.get("image") if isinstance(chosen, dict) else chosen)


def page_keys(value: dict[str, Any]) -> list[int]:
    """The pages of a related-stories block."""
    return [_number(member) for member in members(value, "stories")]


def _number(value: Any) -> int:
    """0, the key of nothing, for what is not a key."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _documents(keys: set[int], scope: Scope) -> dict[int, Target]:
    if not keys:
        return {}
    documents = get_document_model().objects.in_bulk(keys)
    return {
        key: Target(document.title, scope.site.root_url + document.url) for key, document in documents.items()
    }


def _pages(keys: set[int], scope: Scope) -> dict[int, Target]:
    """Each page in the scope's language where that translation is public."""
    if not keys:
        return {}
    chosen = {page.pk: page for page in Page.objects.filter(pk__in=keys)}
    readable = {
        (page.translation_key, page.locale_id): page
        for page in everybodys(
            Page.objects.filter(translation_key__in=[page.translation_key for page in chosen.values()])
        )
    }
    targets = {}
    for key, page in chosen.items():
        found = readable.get((page.translation_key, scope.locale.pk)) or readable.get(
            (page.translation_key, page.locale_id)
        )
        with translation.override(scope.language):
            url = found.full_url if found else None
        if found and url:
            targets[key] = Target(found.title, url)
    return targets
