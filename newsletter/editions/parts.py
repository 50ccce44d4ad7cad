"""An edition's blocks as readers of one version get them, before anything says HTML or plain text.

Mail, plain text and web archive are made of the same parts, so they say the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from wagtail.models import Locale

from newsletter.audience.models import Segment
from newsletter.editions.addresses import on_this_site, sendable_address
from newsletter.editions.characters import sendable_line
from newsletter.editions.localised import readable_pages
from newsletter.editions.models import EditionPage
from newsletter.editions.rich_text import finished_text
from newsletter.editions.story_cards import StoryCard, story_cards

# What becomes of the words an editor typed: their merge fields made tokens, or replaced by their fallbacks.
Words = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """`aimed_at` is the segment's name, empty for what everybody gets."""

    kind: ClassVar[str]
    block_id: str
    aimed_at: str = ""


@dataclass(frozen=True, kw_only=True)
class HeadingPart(Part):
    kind = "heading"
    text: str


@dataclass(frozen=True, kw_only=True)
class TextPart(Part):
    """`text` is clean HTML with absolute links."""

    kind = "text"
    text: str


@dataclass(frozen=True, kw_only=True)
class StoriesPart(Part):
    kind = "stories"
    stories: list[StoryCard]


@dataclass(frozen=True, kw_only=True)
class ButtonPart(Part):
    kind = "button"
    label: str
    href: str


# The edition's stories, by the chosen page's id.
Cards = dict[int, StoryCard]


def cards_of(edition: EditionPage) -> Cards:
    """A card for each story of the edition: whoever makes several versions of it asks once."""
    return story_cards(_chosen_pages(edition.body), locale=edition.locale)


def parts_for(
    edition: EditionPage, *, shown_segments: frozenset[int] | None, words: Words, cards: Cards | None = None
) -> list[Part]:
    """The parts of the edition that a version shows: unaimed blocks, and those aimed at a segment in shown_segments.

    None shows every block whose segment exists. A block aimed at a deleted segment is never shown: that would
    show it to people it was not meant for. A part with nothing in it is left out. `cards` is cards_of() the edition.
    """
    blocks = [block for block in edition.body if _is_shown(block.value["show_only_to"], shown_segments)]
    cards = cards_of(edition) if cards is None else cards
    parts = (_part(block, cards=cards, locale=edition.locale, words=words) for block in blocks)
    return [part for part in parts if part is not None]


def _is_shown(segment: Segment | None, shown_segments: frozenset[int] | None) -> bool:
    if segment is None:
        return True
    exists = not segment._state.adding
    return exists and (shown_segments is None or segment.pk in shown_segments)


def _chosen_pages(blocks: Iterable[Any]) -> Iterator[int]:
    for block in blocks:
        if block.block_type == "stories":
            yield from (page.pk for page in block.value["stories"] if page)


def _part(block: Any, *, cards: Cards, locale: Locale, words: Words) -> Part | None:
    value = block.value
    segment = value["show_only_to"]
    common = {"block_id": block.id or "", "aimed_at": segment.name if segment else ""}
    if block.block_type == "heading":
        text = words(sendable_line(value["text"]))
        return HeadingPart(text=text, **common) if text else None
    if block.block_type == "text":
        html = finished_text(value["text"].source, words=words, locale=locale)
        return TextPart(text=html, **common) if html.strip() else None
    if block.block_type == "stories":
        stories = [cards[page.pk] for page in value["stories"] if page and page.pk in cards]
        return StoriesPart(stories=stories, **common) if stories else None
    label, href = words(sendable_line(value["label"])), button_address(value, locale=locale)
    return ButtonPart(label=label, href=href, **common) if label and href else None


def button_address(value: Any, *, locale: Locale) -> str:
    """Where a button leads; empty when its page is gone or not public."""
    chosen = value["page"]
    if chosen is None:
        return sendable_address(value["url"] or "")
    page = readable_pages([chosen.pk], locale=locale).get(chosen.pk)
    return on_this_site(page.full_url or "") if page else ""
