"""An article's text as full content of a feed: clean HTML, nothing loaded from elsewhere, nothing relative.

Rendered from the raw stream, not through the blocks' templates, which belong to our own pages: there an embed is a button to
press, a sign-up a form. Blocks this module does not know are rendered by their template and then cleaned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.rich_text import expand_db_html

from stories.models import ArticlePage

from . import plain_blocks
from .clean_html import clean_html
from .entries import Picture
from .pictures import picture_of
from .plain_blocks import with_notes_below
from .references import References, image_key, members, page_keys

# What editors see and readers never do, and what works on our pages only.
LEFT_OUT = frozenset({"quarantined", "sign_up"})

EMPTY = mark_safe("")


def body_html(
    article: ArticlePage, references: References, *, url: str, lead: Picture | None, root_url: str
) -> str:
    """The lead picture and the text. url is the article's own, against which fragments such as #notes are resolved."""
    parts: list[str] = [figure(lead)] if lead else []
    for position, raw in enumerate(article.body.raw_data):
        if raw["type"] in LEFT_OUT:
            continue
        render = RENDERERS.get(raw["type"])
        if render is None:
            parts.append(expand_db_html(str(article.body[position].render())))
        else:
            parts.append(render(raw["value"], references, root_url))
    return clean_html(with_notes_below("\n".join(part for part in parts if part)), base_url=url)


def figure(picture: Picture, *, caption: str = "", link: str = "") -> SafeString:
    """A picture with its caption and, always, its rights: others take the text from here."""
    image = format_html(
        '<img src="{}" alt="{}" width="{}" height="{}">',
        picture.url,
        picture.alt,
        picture.width,
        picture.height,
    )
    if link:
        image = format_html('<a href="{}">{}</a>', link, image)
    words = " ".join(part for part in (caption, rights_line(picture)) if part)
    return format_html(
        "<figure>{}{}</figure>", image, format_html("<figcaption>{}</figcaption>", words) if words else ""
    )


def rights_line(picture: Picture) -> str:
    if not picture.credit:
        return ""
    line = _("Picture: %(credit)s") % {"credit": picture.credit}
    if picture.licence:
        line = f"{line}, {picture.licence}"
    if not picture.may_be_republished:
        line = _("%(picture)s (not for republication)") % {"picture": line}
    return f"{line}."


def _paragraph(value: str, references: References, root_url: str) -> str:
    return references.expand_links(value or "")


def _heading(value: dict[str, Any], references: References, root_url: str) -> str:
    level = value.get("level") if value.get("level") in {"h2", "h3", "h4"} else "h2"
    return format_html("<{0}>{1}</{0}>", level, _linked(value.get("text") or "", value.get("link")))


def _image(value: dict[str, Any], references: References, root_url: str) -> str:
    image = references.images.get(image_key(value))
    if image is None:
        return EMPTY
    chosen = value["image"] if isinstance(value.get("image"), dict) else value
    alt = "" if chosen.get("decorative") else (chosen.get("alt_text") or None)
    picture = picture_of(image, root_url=root_url, alt=alt)
    if picture is None:
        return EMPTY
    return figure(picture, caption=value.get("caption") or "", link=value.get("link") or "")


def _gallery(value: dict[str, Any], references: References, root_url: str) -> str:
    pictures = [_image(picture, references, root_url) for picture in members(value, "pictures")]
    if not any(pictures):
        return EMPTY
    caption = format_html("<p>{}</p>", value["caption"]) if value.get("caption") else ""
    return format_html("{}{}", format_html_join("", "{}", ((picture,) for picture in pictures)), caption)


def _quote(value: dict[str, Any], references: References, root_url: str) -> str:
    said_by = ", ".join(part for part in (value.get("attribution"), value.get("role")) if part)
    source = value.get("source") or ""
    paragraphs = format_html_join(
        "", "<p>{}</p>", ((line,) for line in (value.get("text") or "").splitlines() if line)
    )
    attribution = format_html("<p>— {}</p>", _linked(said_by or source, source)) if said_by or source else ""
    return format_html("<blockquote>{}{}</blockquote>", paragraphs, attribution)


def _embed(value: dict[str, Any], references: References, root_url: str) -> str:
    caption = format_html("<br>{}", value["caption"]) if value.get("caption") else ""
    return format_html(
        "<p>{}{}</p>", _linked(value.get("title") or value.get("url") or "", value.get("url")), caption
    )


def _button(value: dict[str, Any], references: References, root_url: str) -> str:
    page = references.pages.get(value.get("page") or 0)
    address = page.url if page else value.get("url")
    return format_html("<p>{}</p>", _linked(value.get("label") or "", address)) if address else EMPTY


def _document(value: dict[str, Any], references: References, root_url: str) -> str:
    document = references.documents.get(value.get("document") or 0)
    if document is None:
        return EMPTY
    return format_html("<p>{}</p>", _linked(value.get("label") or document.title, document.url))


def _related_stories(value: dict[str, Any], references: References, root_url: str) -> str:
    pages = [references.pages[key] for key in page_keys(value) if key in references.pages]
    if not pages:
        return EMPTY
    heading = format_html("<h2>{}</h2>", value["heading"]) if value.get("heading") else ""
    return format_html(
        "{}<ul>{}</ul>",
        heading,
        format_html_join("", "<li>{}</li>", ((_linked(page.title, page.url),) for page in pages)),
    )


def _linked(words: str, address: str | None) -> str | SafeString:
    return format_html('<a href="{}">{}</a>', address, words) if address else words


RENDERERS: dict[str, Callable[[Any, References, str], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "image": _image,
    "quote": _quote,
    "embed": _embed,
    "button": _button,
    "document": _document,
    "related_stories": _related_stories,
    "pull_quote": plain_blocks.pull_quote,
    "call_out": plain_blocks.call_out,
    "accordion": plain_blocks.accordion,
    "table": plain_blocks.table,
    "numbers": plain_blocks.numbers,
    "timeline": plain_blocks.timeline,
    "audio": plain_blocks.audio,
    "gallery": _gallery,
}
