"""Blocks that stand beside the text, as plain HTML for readers that know no style and no script.

Each takes the stored value, what it points at and the site's address, and gives a fragment that is cleaned afterwards.
"""

from typing import Any

import lxml.html
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from stories.blocks.notes import has_notes, lift_notes

from .references import References, members, table_of

EMPTY = mark_safe("")


def pull_quote(value: dict[str, Any], references: References, root_url: str) -> str:
    return format_html("<blockquote><p>{}</p></blockquote>", value.get("text") or "")


def call_out(value: dict[str, Any], references: References, root_url: str) -> str:
    heading = format_html("<p><b>{}</b></p>", value["heading"]) if value.get("heading") else ""
    return format_html("{}{}", heading, _rich(value.get("text"), references))


def accordion(value: dict[str, Any], references: References, root_url: str) -> str:
    return format_html_join(
        "",
        "<p><b>{}</b></p>{}",
        ((item.get("title") or "", _rich(item.get("text"), references)) for item in members(value, "items")),
    )


def numbers(value: dict[str, Any], references: References, root_url: str) -> str:
    items = format_html_join(
        "",
        "<li><b>{}</b> {}</li>",
        ((item.get("figure") or "", item.get("counts") or "") for item in members(value, "items")),
    )
    address = value.get("source_link")
    words: str = value.get("source") or address or ""
    source = format_html('<a href="{}">{}</a>', address, words) if address else words
    return format_html("<ul>{}</ul>{}", items, _source(source))


def timeline(value: dict[str, Any], references: References, root_url: str) -> str:
    items = (
        (item.get("when") or "", _rich(item.get("text"), references)) for item in members(value, "items")
    )
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", items))


def table(value: dict[str, Any], references: References, root_url: str) -> str:
    headings, rows = table_of(value)
    if not headings:
        return EMPTY
    caption = (value.get("table") or {}).get("caption") or ""
    return format_html(
        "<table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}",
        format_html("<caption>{}</caption>", caption) if caption else "",
        format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings)),
        format_html_join(
            "",
            "<tr>{}</tr>",
            ((_row(row, references, named=value.get("row_headings", False)),) for row in rows),
        ),
        _source(value.get("source") or ""),
    )


def audio(value: dict[str, Any], references: References, root_url: str) -> str:
    title = value.get("title") or ""
    sound = references.documents.get(value.get("sound") or 0)
    linked = format_html('<a href="{}">{}</a>', sound.url, title) if sound else title
    length = f" ({value['length']})" if value.get("length") else ""
    caption = format_html("<p>{}</p>", value["caption"]) if value.get("caption") else ""
    return format_html(
        "<p>{} {}{}</p>{}<blockquote>{}</blockquote>",
        _("Sound:"),
        linked,
        length,
        caption,
        _rich(value.get("transcript"), references),
    )


def with_notes_below(html: str) -> str:
    """A body with its footnotes at the end; the numbers lead to the notes on our own page."""
    if not has_notes(html):
        return html
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    notes = lift_notes(root, first=1)
    below = format_html(
        "<p><b>{}</b></p><ol>{}</ol>",
        _("Notes"),
        format_html_join("", "<li>{}</li>", ((note.html,) for note in notes)),
    )
    return lxml.html.tostring(root, encoding="unicode") + (below if notes else "")


def _row(row: list[tuple[str, str]], references: References, *, named: bool) -> SafeString:
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html('<th scope="row">{}</th>', _cell(kind, cell, references))
                if named and place == 0
                else format_html("<td>{}</td>", _cell(kind, cell, references)),
            )
            for place, (kind, cell) in enumerate(row)
        ),
    )


def _cell(kind: str, cell: str, references: References) -> str:
    return _rich(cell, references) if kind == "text" else cell


def _rich(stored: str | None, references: References) -> SafeString:
    return mark_safe(references.expand_links(stored or ""))


def _source(words: str) -> SafeString:
    return format_html("<p>{}: {}</p>", _("Source"), words) if words else EMPTY
