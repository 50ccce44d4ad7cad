"""The import check: words, links, pictures, headings and players, counted in the source and in what was stored.

The source is counted from its tokens, without the conversion and without its tree, so that a fault of either shows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from stories.wordpress.addresses import Repair, embeddable_address, repair_address
from stories.wordpress.conversion.shortcodes import open_captions
from stories.wordpress.conversion.words import is_button
from stories.wordpress.markup import HEADINGS, is_inline
from stories.wordpress.pictures import background_address, emoji, is_tracking_pixel, picture_address
from stories.wordpress.tokens import EndTag, StartTag, Text, read_tokens

# What a browser with scripts shows nothing of.
_UNSEEN = frozenset({"script", "style", "template", "title", "iframe", "noembed", "noframes", "noscript"})
_PLAYERS = frozenset({"iframe", "video", "audio", "object", "embed"})
_BACK_ARROWS = "↩\ufe0e\ufe0f"


@dataclass(slots=True)
class Tally:
    """Links, pictures and players by address. Words of headings stand in `words` too."""

    words: list[str] = field(default_factory=list)
    headings: int = 0
    heading_words: list[str] = field(default_factory=list)
    links: Counter[str] = field(default_factory=Counter)
    pictures: Counter[str] = field(default_factory=Counter)
    players: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.words += other.words
        self.headings += other.headings
        self.heading_words += other.heading_words
        self.links += other.links
        self.pictures += other.pictures
        self.players += other.players

    def add_words(self, text: str) -> None:
        """A bare address of a film is a player, wherever it stands; an arrow back from a footnote is no word.

        Square brackets part words, because a shortcode leaves the word it was written against.
        """
        for word in text.replace("[", " [").replace("]", "] ").split():
            if url := embeddable_address(word):
                self.players[url] += 1
            elif word.strip(_BACK_ARROWS):
                self.words.append(word)

    def add_link(self, href: str, base: str) -> None:
        address = repair_address(href, base)
        if address.repair not in {Repair.REFUSED, Repair.IN_PAGE}:
            self.links[address.url] += 1


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """`rows` are (what is counted, in the source, here); `losses` say what is missing, empty when nothing is."""

    rows: tuple[tuple[str, int, int], ...]
    losses: tuple[str, ...]


ROW_LABELS: dict[str, Promise] = {
    "words": lazy("Words"),
    "headings": lazy("Headings"),
    "links": lazy("Links"),
    "pictures": lazy("Pictures"),
    "players": lazy("Films and sound"),
}


def check_import(
    html: str, stream: Iterable[Mapping[str, Any]], *, base: str, pictures: Mapping[str, str]
) -> ImportCheck:
    """Compares the source with the stored values of a page's body.

    `pictures` gives the old address of the picture in each image block, by the block's id.
    """
    source = count_html(open_captions(html)[0], base=base)
    stored = count_stream(stream, base=base, pictures=pictures)
    rows = (
        ("words", len(source.words), len(stored.words)),
        ("headings", source.headings, stored.headings),
        ("links", source.links.total(), stored.links.total()),
        ("pictures", source.pictures.total(), stored.pictures.total()),
        ("players", source.players.total(), stored.players.total()),
    )
    return ImportCheck(rows, tuple(_losses(source, stored)))


def _losses(source: Tally, stored: Tally) -> Iterable[str]:
    if source.words != stored.words:
        lost, added = (
            Counter(source.words) - Counter(stored.words),
            Counter(stored.words) - Counter(source.words),
        )
        if lost:
            yield _("Words lost: %(words)s") % {"words": _some(lost)}
        if added:
            yield _("Words that were not there before: %(words)s") % {"words": _some(added)}
        if not lost and not added:
            pairs = enumerate(zip(source.words, stored.words, strict=True))
            place = next(index for index, (before, after) in pairs if before != after)
            yield _("The words are in another order from here: %(words)s") % {
                "words": " ".join(source.words[place : place + 8])
            }
    if source.heading_words != stored.heading_words:
        lost = Counter(source.heading_words) - Counter(stored.heading_words)
        yield _("Headings are no longer what they were: %(words)s") % {"words": _some(lost)}
    if lost := source.links - stored.links:
        yield _("Links lost: %(links)s") % {"links": _some(lost)}
    if lost := source.pictures - stored.pictures:
        yield _("Pictures lost: %(pictures)s") % {"pictures": _some(lost)}
    if lost := source.players - stored.players:
        yield _("Films or sound lost: %(players)s") % {"players": _some(lost)}


def _some(lost: Counter[str]) -> str:
    shown = ", ".join(
        f"{name[:120]} ×{count}" if count > 1 else name[:120] for name, count in lost.most_common(8)
    )
    return f"{shown}, …" if len(lost) > 8 else shown


def count_stream(stream: Iterable[Mapping[str, Any]], *, base: str, pictures: Mapping[str, str]) -> Tally:
    """Counts stored block values: what a reader sees, and what is kept for an editor in quarantined blocks."""
    tally = Tally()
    for block in stream:
        value = block["value"]
        match block["type"]:
            case "paragraph":
                tally.add(count_html(value, base=base))
            case "quarantined":
                tally.add(count_html(value["source"], base=base))
            case "heading":
                tally.headings += 1
                heading = Tally()
                heading.add_words(value["text"])
                tally.heading_words += heading.words
                tally.add(heading)
                tally.add_link(value["link"], base)
            case "image":
                tally.pictures[pictures[block["id"]]] += 1
                tally.add_words(value["caption"])
                tally.add_link(value["link"], base)
            case "quote":
                tally.add_words(f"{value['text']} {value['attribution']}")
                tally.add_link(value["source"], base)
            case "embed":
                tally.players[embeddable_address(value["url"]) or value["url"]] += 1
                tally.add_words(value["caption"])
            case "button":
                tally.add_words(value["label"])
                tally.add_link(value["url"], base)
            case "table":
                tally.add(_count_table(value["table"], base=base))
            case unknown:
                raise ValueError(f"The import writes no block of the type {unknown!r}.")
    return tally


def _count_table(table: Mapping[str, Any], *, base: str) -> Tally:
    tally = Tally()
    tally.add_words(table["caption"])
    for column in table["columns"]:
        tally.add_words(column["heading"])
    for row in table["rows"]:
        for cell in row["values"]:
            tally.add(count_html(cell, base=base))
    return tally


def count_html(html: str, *, base: str) -> Tally:
    counter = _Counter(base)
    for token in read_tokens(html):
        match token:
            case Text():
                counter.read_text(token.text)
            case StartTag():
                counter.open(token)
            case EndTag():
                counter.close(token.name)
    return counter.finish()


@dataclass(slots=True)
class _OpenLink:
    href: str
    is_button: bool
    filled: bool = False


class _Counter:
    def __init__(self, base: str) -> None:
        self.base = base
        self.tally = Tally()
        self.text: list[str] = []
        self.heading: list[str] | None = None
        self.heading_links: set[str] = set()
        self.link: _OpenLink | None = None
        self.unseen: list[str] = []
        self.quotes = 0
        self.stand_ins: list[str] = []

    def read_text(self, text: str) -> None:
        if self.unseen:
            return
        self.text.append(text)
        if self.heading is not None:
            self.heading.append(text)
        if text.strip():
            self.fill_link()

    def fill_link(self) -> None:
        if self.link is not None:
            self.link.filled = True

    def open(self, tag: StartTag) -> None:
        if not is_inline(tag.name) or (tag.name == "cite" and self.quotes):
            self.read_text(" ")
        if self.unseen:
            litter = emoji(tag.attributes) or is_tracking_pixel(tag.attributes)
            if tag.name == "img" and "noscript" in self.unseen and not litter:
                self.stand_ins.append(picture_address(tag.attributes, self.base))
        else:
            self.count(tag)
        if tag.name in _UNSEEN:
            self.unseen.append(tag.name)

    def count(self, tag: StartTag) -> None:
        if background := background_address(tag.attributes, self.base):
            self.tally.pictures[background] += 1
        if tag.name in HEADINGS:
            self.end_heading()
            self.heading, self.heading_links = [], set()
        elif tag.name == "blockquote":
            self.quotes += 1
        elif tag.name == "a" and tag.attributes.get("href", "").strip():
            self.end_link()  # a link within a link ends the outer one
            button = is_button(tag.attributes)
            if button:
                self.read_text(" ")
            self.link = _OpenLink(tag.attributes["href"], button)
        elif tag.name == "img":
            self.count_picture(tag)
        elif tag.name in _PLAYERS:
            self.fill_link()
            self.tally.players[_player(tag, self.base)] += 1

    def count_picture(self, tag: StartTag) -> None:
        if character := emoji(tag.attributes):
            self.read_text(f" {character} ")
        elif not is_tracking_pixel(tag.attributes) and (
            address := picture_address(tag.attributes, self.base)
        ):
            self.tally.pictures[address] += 1
            self.fill_link()

    def close(self, name: str) -> None:
        if self.unseen:
            if self.unseen[-1] == name:
                self.unseen.pop()
            return
        if not is_inline(name) or (name == "cite" and self.quotes):
            self.read_text(" ")
        if name in HEADINGS:
            self.end_heading()
        elif name == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        elif name == "a":
            self.end_link()

    def end_link(self) -> None:
        if self.link is None:
            return
        link, self.link = self.link, None
        # A heading holds one link: two to the same place are one there.
        if link.filled and (self.heading is None or link.href not in self.heading_links):
            self.tally.add_link(link.href, self.base)
            self.heading_links.add(link.href)
        if link.is_button:
            self.read_text(" ")

    def end_heading(self) -> None:
        words = Tally()
        words.add_words("".join(self.heading or []))
        self.heading = None
        if words.words or words.players:
            self.tally.headings += 1
            self.tally.heading_words += words.words

    def finish(self) -> Tally:
        self.end_heading()
        self.end_link()
        self.tally.add_words("".join(self.text))
        for address in self.stand_ins:
            if address and address not in self.tally.pictures:
                self.tally.pictures[address] += 1
        return self.tally


def _player(tag: StartTag, base: str) -> str:
    written = (tag.attributes.get(name, "").strip() for name in ("src", "data-src", "data-lazy-src", "data"))
    source = next((address for address in written if address.startswith(("http", "//"))), "")
    url = "https:" + source if source.startswith("//") else source
    return embeddable_address(url) or url or tag.name
