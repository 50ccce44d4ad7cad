"""The plain-text half of a message, written by hand from the same parts as the HTML."""

import textwrap
from collections.abc import Iterable

from bs4.element import NavigableString, Tag
from django.utils.translation import gettext as _

from newsletter.editions.characters import one_line
from newsletter.editions.coming_events import EventCard
from newsletter.editions.frame import MailFrame
from newsletter.editions.parts import (
    ButtonPart,
    DividerPart,
    EventsPart,
    HeadingPart,
    HTMLPart,
    ImagePart,
    Part,
    QuotePart,
    StoriesPart,
    TextPart,
)
from newsletter.editions.rich_text import parsed
from newsletter.editions.story_cards import StoryCard

WIDTH = 72
RULE = "-" * WIDTH
DIVIDER = "* * *".center(WIDTH).rstrip()
PARAGRAPHS = {"p", "ul", "ol", "table", "h2", "h3", "h4", "hr", "pre"}
AROUND_PARAGRAPHS = {"div", "center", "blockquote"}


def plain_text(parts: list[Part], frame: MailFrame, *, label_aimed: bool = False) -> str:
    """Paragraphs at 72 columns, headings underlined, addresses in angle brackets so that mail programs link them."""
    sections = [_masthead(frame)]
    if frame.notice:
        sections.append(wrapped(frame.notice))
    for part in parts:
        if label_aimed and part.aimed_at:
            sections.append(_("[Show only to: %(segment)s]") % {"segment": part.aimed_at})
        if label_aimed and part.own_topics:
            sections.append(_("[Only on the topics each reader chose]"))
        sections.append(_section(part))
    sections.append(_footer(frame))
    return "\n\n".join(section for section in sections if section) + "\n"


def _masthead(frame: MailFrame) -> str:
    return underlined(f"{frame.newsletter}, {frame.edition_line}", "=")


def _section(part: Part) -> str:
    match part:
        case HeadingPart():
            return underlined(part.text, "=")
        case TextPart():
            return text_from_html(part.text)
        case StoriesPart():
            return "\n\n".join(_story(card) for card in part.stories)
        case EventsPart():
            return "\n\n".join(_event(card) for card in part.events)
        case ButtonPart():
            return f"{wrapped(part.label)}\n<{part.href}>"
        case QuotePart():
            return _quote(part)
        case ImagePart():
            return _image(part)
        case HTMLPart():
            return text_from_html(part.html)
        case DividerPart():
            return DIVIDER
    raise TypeError(f"No plain text is written for {part.kind}.")


def _story(card: StoryCard) -> str:
    where = " · ".join(words for words in (card.topic, card.place, card.language_label) if words)
    lines = [underlined(card.title, "-"), wrapped(where), wrapped(card.standfirst), f"<{card.url}>"]
    return "\n".join(line for line in lines if line)


def _event(card: EventCard) -> str:
    lines = [underlined(card.title, "-"), wrapped(card.when), wrapped(card.where), f"<{card.url}>"]
    return "\n".join(line for line in lines if line)


def _quote(part: QuotePart) -> str:
    who = ", ".join(words for words in (part.attribution, part.role) if words)
    lines = [wrapped(part.text, first="> ", rest="> ")]
    lines += [wrapped(f"– {who}")] if who else []
    lines += [f"<{part.source}>"] if part.source else []
    return "\n".join(lines)


def _image(part: ImagePart) -> str:
    """Nothing for a picture that says nothing by itself: its words are in the text around it."""
    described = (
        _("[Picture: %(description)s]") % {"description": part.picture.alt} if part.picture.alt else ""
    )
    lines = [
        wrapped(described),
        wrapped(part.caption),
        wrapped(part.credit) if part.caption or described else "",
    ]
    lines += [f"<{part.href}>"] if part.href else []
    return "\n".join(line for line in lines if line)


def _footer(frame: MailFrame) -> str:
    footer = frame.footer
    links = [footer.preferences, footer.unsubscribe, footer.forwarded]
    if footer.web:
        links.append(footer.web)
    return "\n\n".join(
        [
            RULE,
            wrapped(footer.why),
            wrapped(footer.privacy),
            *(f"{wrapped(words)}{_(':')}\n<{address}>" for words, address in links),
            "\n".join(footer.postal_address or [footer.sender]),
        ]
    )


def underlined(heading: str, character: str) -> str:
    text = wrapped(heading)
    return f"{text}\n{character * min(WIDTH, max(map(len, text.splitlines())))}" if text else ""


def wrapped(text: str, *, first: str = "", rest: str = "") -> str:
    """At most 72 columns; a longer address stays in one piece. `first` and `rest` begin the lines."""
    return textwrap.fill(
        one_line(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def text_from_html(html: str) -> str:
    """Paragraphs, headings, lists and tables, a row on a line; a link is its words and its address."""
    return "\n\n".join(_blocks(parsed(html).children))


def _blocks(nodes: Iterable[object]) -> list[str]:
    blocks: list[str] = []
    inline: list[str] = []
    for node in nodes:
        if isinstance(node, Tag) and (node.name in PARAGRAPHS or node.name in AROUND_PARAGRAPHS):
            _flush(inline, blocks)
            blocks.extend(
                filter(None, _blocks(node.children) if node.name in AROUND_PARAGRAPHS else [_block(node)])
            )
        elif isinstance(node, Tag | NavigableString):
            inline.append(_inline(node))
    _flush(inline, blocks)
    return blocks


def _block(node: Tag) -> str:
    match node.name:
        case "ul" | "ol":
            return _list(node)
        case "table":
            # A table within a cell is that cell's words.
            rows = [row for row in node.find_all("tr") if row.find_parent("table") is node]
            return "\n".join(filter(None, map(_row, rows)))
        case "h2" | "h3" | "h4":
            return underlined(_inline(node), "-")
        case "hr":
            return DIVIDER
    return _paragraph(_inline(node))


def _row(row: Tag) -> str:
    cells = row.find_all(["th", "td"], recursive=False)
    return wrapped(" | ".join(words for cell in cells if (words := one_line(_inline(cell)))))


def _flush(inline: list[str], blocks: list[str]) -> None:
    paragraph = _paragraph("".join(inline))
    if paragraph:
        blocks.append(paragraph)
    inline.clear()


def _paragraph(text: str, *, first: str = "", rest: str = "") -> str:
    """A line break of the editor's stays one."""
    lines = [line for line in text.split("\n") if line.strip()]
    return "\n".join(
        wrapped(line, first=first if not at else rest, rest=rest) for at, line in enumerate(lines)
    )


def _list(element: Tag, indent: str = "") -> str:
    entries: list[str] = []
    for number, entry in enumerate(element.find_all("li", recursive=False), start=1):
        mark = f"{indent}{number}. " if element.name == "ol" else f"{indent}- "
        hang = " " * len(mark)
        nested = entry.find_all(["ul", "ol"], recursive=False)
        for inner in nested:
            inner.extract()
        text = _paragraph(_inline(entry), first=mark, rest=hang)
        entries.extend(filter(None, [text, *(_list(inner, hang) for inner in nested)]))
    return "\n".join(entries)


def _inline(node: Tag | NavigableString) -> str:
    if isinstance(node, NavigableString):
        return " ".join(str(node).split("\n"))
    if node.name == "br":
        return "\n"
    words = "".join(_inline(child) for child in node.children if isinstance(child, Tag | NavigableString))
    href = str(node.get("href", "")) if node.name == "a" else ""
    if not href or words.strip() == href or f"mailto:{words.strip()}" == href:
        return f"<{words.strip()}>" if href.startswith(("http:", "https:")) else words
    return f"{words} <{href}>"
