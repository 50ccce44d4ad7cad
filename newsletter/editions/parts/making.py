"""Parts made of blocks."""

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from wagtail.models import Locale

from newsletter.audience.models import Segment
from newsletter.editions.addresses import on_this_site, sendable_address
from newsletter.editions.characters import sendable_line
from newsletter.editions.mail_html import finished_mail_html
from newsletter.editions.models import EditionPage
from newsletter.editions.parts.cards import Cards, cards_of, chosen_pages
from newsletter.editions.parts.kinds import (
    ButtonPart,
    DividerPart,
    EventsPart,
    HeadingPart,
    HTMLPart,
    ImagePart,
    OwnTopicsPart,
    Part,
    QuotePart,
    StoriesPart,
    TextPart,
)
from newsletter.editions.rich_text import Words, finished_text
from newsletter.editions.story_cards import StoryCard
from stories.licences import LICENCES
from stories.models import CreditedImage
from stories.readable import readable_pages

# Kinds of blocks that are filled when the edition is made, and may find nothing.
LISTS = ("new_stories", "events")


def parts_for(
    edition: EditionPage,
    *,
    shown_segments: frozenset[int] | None,
    shown_topics: frozenset[UUID] | None = None,
    words: Words,
    cards: Cards | None = None,
) -> list[Part]:
    """The parts of the edition that a version shows: unaimed blocks, and those aimed at a segment in shown_segments.

    None shows every block whose segment exists. A block aimed at a deleted segment is never shown: that would
    show it to people it was not meant for. Lists of each reader's own topics keep to shown_topics, translation keys;
    None shows them whole. A part with nothing in it is left out, and with a list the heading right above it. `cards` is
    cards_of() the edition, for these topics.
    """
    cards = cards_of(edition, topics=shown_topics or ()) if cards is None else cards
    version = _Version(cards=cards, locale=edition.locale, words=words, topics=shown_topics)
    shown = [
        (at, block)
        for at, block in enumerate(edition.body)
        if _is_shown(block.value["show_only_to"], shown_segments)
    ]
    version.told = {
        cards[page.pk].url
        for _at, block in shown
        for page in chosen_pages(block)
        if page and page.pk in cards
    }
    made = [(block.block_type, version.part(at, block)) for at, block in shown]
    return [part for part in _without_bare_headings(made) if part is not None]


def _without_bare_headings(made: list[tuple[str, Part | None]]) -> Iterator[Part | None]:
    """All but the headings right above lists that hold nothing for these readers. Several lists may stand under one."""
    for at, (_kind, part) in enumerate(made):
        lists = list(takewhile(lambda one: one[0] in LISTS, made[at + 1 :]))
        if not isinstance(part, HeadingPart) or not lists or any(filled for _list, filled in lists):
            yield part


def _is_shown(segment: Segment | None, shown_segments: frozenset[int] | None) -> bool:
    if segment is None:
        return True
    exists = not segment._state.adding
    return exists and (shown_segments is None or segment.pk in shown_segments)


class _Version:
    """Makes the parts of one version; `told` are the addresses of stories it shows already."""

    def __init__(self, *, cards: Cards, locale: Locale, words: Words, topics: frozenset[UUID] | None) -> None:
        self.cards = cards
        self.locale = locale
        self.words = words
        self.topics = topics
        self.told: set[str] = set()

    def part(self, at: int, block: Any) -> Part | None:
        segment = block.value["show_only_to"]
        common = {"block_id": block.id or "", "aimed_at": segment.name if segment else ""}
        if block.block_type == "new_stories":
            return self.new_stories(at, block.value, common)
        if block.block_type == "events":
            return self.events(at, common)
        make: Callable[[Any, dict[str, str]], Part | None] = getattr(self, block.block_type)
        return make(block.value, common)

    def line(self, text: str | None) -> str:
        return self.words(sendable_line(text or ""))

    def heading(self, value: Any, common: dict[str, str]) -> Part | None:
        text = self.line(value["text"])
        return HeadingPart(text=text, **common) if text else None

    def text(self, value: Any, common: dict[str, str]) -> Part | None:
        html = finished_text(value["text"].source, words=self.words, locale=self.locale)
        return TextPart(text=html, **common) if html.strip() else None

    def story(self, value: Any, common: dict[str, str]) -> Part | None:
        return self._stories([value["story"]], common)

    def stories(self, value: Any, common: dict[str, str]) -> Part | None:
        return self._stories(value["stories"], common)

    def new_stories(self, at: int, value: Any, common: dict[str, str]) -> Part | None:
        found = self.cards.new_stories[at].read_by(self.topics)
        cards = [self.cards[pk] for pk in found if pk in self.cards]
        fresh = [card for card in cards if card.url not in self.told]
        self.told.update(card.url for card in fresh)
        kind = OwnTopicsPart if value["own_topics"] else StoriesPart
        return kind(stories=fresh, **common) if fresh else None

    def events(self, at: int, common: dict[str, str]) -> Part | None:
        found = self.cards.events.get(at)
        return EventsPart(events=found, **common) if found else None

    def image(self, value: Any, common: dict[str, str]) -> Part | None:
        image = value["image"]
        picture = self.cards.pictures.get(image.pk) if image else None
        if picture is None:
            return None
        return ImagePart(
            picture=picture.described(_description(image)),
            caption=self.line(value["caption"]),
            credit=_credit(image),
            href=sendable_address(value["link"] or ""),
            **common,
        )

    def button(self, value: Any, common: dict[str, str]) -> Part | None:
        label, href = self.line(value["label"]), button_address(value, locale=self.locale)
        return ButtonPart(label=label, href=href, **common) if label and href else None

    def quote(self, value: Any, common: dict[str, str]) -> Part | None:
        text = self.line(value["text"])
        if not text:
            return None
        return QuotePart(
            text=text,
            attribution=self.line(value["attribution"]),
            role=self.line(value["role"]),
            source=sendable_address(value["source"] or ""),
            **common,
        )

    def divider(self, value: Any, common: dict[str, str]) -> Part | None:
        return DividerPart(**common)

    def html(self, value: Any, common: dict[str, str]) -> Part | None:
        html = finished_mail_html(str(value["html"] or ""), words=self.words)
        return HTMLPart(html=html, **common) if html else None

    def _stories(self, pages: Any, common: dict[str, str]) -> Part | None:
        cards: list[StoryCard] = [self.cards[page.pk] for page in pages if page and page.pk in self.cards]
        return StoriesPart(stories=cards, **common) if cards else None


def button_address(value: Any, *, locale: Locale) -> str:
    """Where a button leads; empty when its page is gone or not public."""
    chosen = value["page"]
    if chosen is None:
        return sendable_address(value["url"] or "")
    page = readable_pages([chosen.pk], locale=locale).get(chosen.pk)
    return on_this_site(page.full_url or "") if page else ""


def _description(image: Any) -> str:
    """What stands in the picture's place: what the editor wrote for this edition, else the picture's own words."""
    if getattr(image, "decorative", False):
        return ""
    return sendable_line(getattr(image, "contextual_alt_text", None) or image.alt)


def _credit(image: CreditedImage) -> str:
    if not image.credit:
        return ""
    words = _("Picture: %(credit)s") % {"credit": sendable_line(image.credit)}
    return f"{words}, {LICENCES[image.licence].name}" if image.licence in LICENCES else words
