"""Walks a document's tree and writes blocks. What each element becomes stands in elements.py."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from urllib.parse import urlsplit

from django.utils.text import slugify
from django.utils.translation import gettext as _

from stories.wordpress.addresses import Repair, embeddable_address, repair_address
from stories.wordpress.blocks import MAX_BUTTON_LABEL, Block, Button, Embed, Paragraph, Picture, Quarantined
from stories.wordpress.conversion.inline import (
    BREAK,
    PLAIN,
    Line,
    Link,
    Run,
    Style,
    lines_html,
    lines_of,
)
from stories.wordpress.conversion.shortcodes import split_shortcodes
from stories.wordpress.markup import HEADINGS, Element, is_inline
from stories.wordpress.pictures import background_address, full_size_candidates, picture_address
from stories.wordpress.report import Report

# Neighbouring paragraphs become one text to edit, up to so many characters.
LONGEST_TEXT = 8_000

_INDENTS = re.compile(r"^ +| {2,}")

Handler = Callable[["BodyReader", Element, Style], None]


class BodyReader:
    """Reads elements into `blocks`.

    Words collect in `runs` until something that is a block of its own, or the end of a paragraph, calls flush().
    Pictures met on the way wait in `lifted`, each with whether words stood before it, and come out with the flush.
    While `gathering` is a run, nothing is flushed: wrappers only leave that run behind, as in a heading or list entry.
    """

    def __init__(
        self, root: Element, source: str, base: str, report: Report, handlers: dict[str, Handler]
    ) -> None:
        self.source = source
        self.base = base
        self.report = report
        self.handlers = handlers
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.lifted: list[tuple[Block, bool]] = []
        self.words_met = False
        self.gathering: Run | None = None
        # Of the figure that is being read: where among its blocks each caption stands, and its lines.
        self.captions: list[tuple[int, list[Line]]] | None = None
        self.anchors = heading_anchors(root)
        self.pictures_shown = pictures_outside_noscript(root, base)

    # --- Reading ------------------------------------------------------------------------------------

    def read(self, children: Iterable[Element | str], style: Style = PLAIN) -> None:
        for child in children:
            if isinstance(child, str):
                self.read_text(child, style)
            else:
                self.read_element(child, style)

    def read_element(self, element: Element, style: Style) -> None:
        if background := background_address(element.attributes, self.base):
            self.lift(Picture(background, full_size_candidates(background), decorative=True))
        if handler := self.handlers.get(element.name):
            handler(self, element, style)
        elif is_inline(element.name):
            self.read(element.children, style)
        else:
            self.read_apart(element, style)

    def read_text(self, text: str, style: Style) -> None:
        if style.keeps_blanks:
            self._read_preformatted(text, style)
            return
        if self.gathering is not None:
            self.say(text, style)
            return
        for piece, is_shortcode in split_shortcodes(text):
            if is_shortcode:
                self.flush()
                self.report.add("shortcode", piece)
                self._keep_shortcode(piece)
            else:
                self.say(piece, style)

    def _read_preformatted(self, text: str, style: Style) -> None:
        rows = text.replace("\r", "").expandtabs(4).split("\n")
        for number, row in enumerate(rows):
            if number:
                self.break_line()
            # The last row may go on behind a comment or an element: its blanks part two words.
            shown = row if number == len(rows) - 1 else row.rstrip()
            if shown:
                self.say(_INDENTS.sub(lambda blanks: "\u00a0" * len(blanks[0]), shown), style)

    def break_line(self) -> None:
        self.runs.append(BREAK if self.gathering is None else self.gathering)

    def say(self, text: str, style: Style) -> None:
        self.words_met = self.words_met or not text.isspace()
        self.runs.append(Run(text, style))

    def _keep_shortcode(self, shortcode: str) -> None:
        reason = _("A shortcode of the old site. It was not run.")
        last = self.blocks[-1] if self.blocks else None
        if isinstance(last, Quarantined) and last.reason == reason and len(last.source) < LONGEST_TEXT:
            self.blocks[-1] = replace(last, source=f"{last.source}\n{shortcode}")
        else:
            self.blocks.append(Quarantined(reason, shortcode))

    def read_apart(self, element: Element, style: Style) -> None:
        """A wrapper: what is in it stands apart from what is around it."""
        self.stand_apart()
        self.read(element.children, style)
        self.stand_apart()

    def stand_apart(self) -> None:
        if self.gathering is not None:
            self.runs.append(self.gathering)
        else:
            self.flush()

    @contextmanager
    def gathered(self, separator: Run) -> Iterator[list[Run]]:
        """Collects the runs read inside, wrappers leaving the separator; pictures stay in `lifted`."""
        around = self.runs, self.words_met, self.gathering
        self.runs, self.words_met, self.gathering = [], False, separator
        try:
            yield self.runs
        finally:
            self.runs, self.words_met, self.gathering = around

    @contextmanager
    def captured(self) -> Iterator[list[Block]]:
        """Collects the blocks read inside instead of adding them to the document."""
        self.flush()
        blocks, self.blocks = self.blocks, []
        try:
            yield self.blocks
            self.flush()
        finally:
            self.blocks = blocks

    # --- Writing ------------------------------------------------------------------------------------

    def add(self, block: Block) -> None:
        """A block of its own: between the words, or beside them where words are being gathered."""
        if self.gathering is not None:
            self.lift(block)
            self.runs.append(Run(" "))
        else:
            self.flush()
            self.append(block)

    def append(self, block: Block) -> None:
        last = self.blocks[-1] if self.blocks else None
        if isinstance(block, Paragraph) and isinstance(last, Paragraph) and len(last.html) < LONGEST_TEXT:
            self.blocks[-1] = Paragraph(last.html + block.html)
        else:
            self.blocks.append(block)

    def lift(self, block: Block) -> None:
        self.lifted.append((block, self.words_met))

    def flush(self) -> None:
        runs, self.runs, self.words_met = self.runs, [], False
        lifted, self.lifted = self.lifted, []
        lines = lines_of(runs)
        for block, had_words in lifted:
            if not had_words:
                self.append(block)
        self._append_lines(lines)
        for block, had_words in lifted:
            if had_words:
                self.append(block)
        if any(lines):
            for block, _had_words in lifted:
                if isinstance(block, Picture):
                    self.report.add("picture-lifted", block.address)

    def _append_lines(self, lines: list[Line]) -> None:
        paragraph: list[Line] = []
        for line in lines:
            own_blocks = self._blocks_of_line(line)
            if line and not own_blocks:
                paragraph.append(line)
                continue
            self.append_paragraph(paragraph)
            paragraph = []
            for block in own_blocks:
                self.append(block)
        self.append_paragraph(paragraph)

    def append_paragraph(self, lines: list[Line]) -> None:
        if any(lines):
            self.append(Paragraph(f"<p>{lines_html(lines)}</p>"))

    def _blocks_of_line(self, line: Line) -> list[Block]:
        """Buttons, when there is nothing else on the line; a film, when the line is its bare address."""
        words = [run for run in line if run.text.strip()]
        if len(words) == 1 and words[0].style.link is None and (url := embeddable_address(words[0].text)):
            return [Embed(url=url, title=embed_title(url))]
        labels: dict[Link, str] = {}
        for run in words:
            link = run.style.link
            if link is None or not link.is_button or not link.url.startswith(("http://", "https://")):
                return []
            labels[link] = labels.get(link, "") + run.text
        if any(len(label) > MAX_BUTTON_LABEL for label in labels.values()):
            return []
        return [Button(label, link.url) for link, label in labels.items()]

    def keep_back(self, element: Element, style: Style, key: str, reason: str) -> None:
        source = self.source_of(element, style)
        self.report.add(key, source)
        self.add(Quarantined(reason, source))

    def source_of(self, element: Element, style: Style) -> str:
        """The element as it was written, inside the link it stands in, if any."""
        source = self.source[element.start : element.end]
        if style.link is not None and style.link.url:
            return f'<a href="{escape(style.link.url)}">{source}</a>'
        return source

    # --- Addresses ----------------------------------------------------------------------------------

    def follow(self, href: str) -> str:
        """The address behind a link, put right; empty when there is nothing to follow. Reports what it did."""
        address = repair_address(href, self.base)
        match address.repair:
            case Repair.REFUSED:
                self.report.add("address-refused", href)
            case Repair.SCHEME_ADDED:
                self.report.add("scheme-added", f"{href} → {address.url}")
            case Repair.MADE_ABSOLUTE:
                self.report.add("made-absolute", f"{href} → {address.url}")
            case Repair.IN_PAGE:
                anchor = self.anchors.get(address.url[1:])
                self.report.add(
                    *(("anchor-moved", f"{href} → #{anchor}") if anchor else ("in-page-link", href))
                )
                return f"#{anchor}" if anchor else ""
        return address.url


def embed_title(url: str) -> str:
    return _("On %(host)s") % {"host": (urlsplit(url).hostname or "").removeprefix("www.")}


def heading_anchors(root: Element) -> dict[str, str]:
    """The anchor that each named place of the document gets here: the one of the heading it is in or just before."""
    anchors: dict[str, str] = {}
    waiting: list[str] = []
    for element in root.walk():
        names = [name for name in (element["id"], element["name"] if element.name == "a" else "") if name]
        if element.name in HEADINGS:
            anchor = slugify(element.text)
            names += [inner["id"] or inner["name"] for inner in element.walk()]
            if anchor:
                anchors.update({name: anchor for name in [*waiting, *names] if name})
                waiting = []
        elif names and not element.children:
            waiting += names
        elif element.name == "p" and element.children:
            waiting = (
                [] if any(isinstance(child, str) and child.strip() for child in element.children) else waiting
            )
    return anchors


def pictures_outside_noscript(root: Element, base: str) -> frozenset[str]:
    addresses: set[str] = set()

    def collect(element: Element) -> None:
        for child in element.elements:
            if child.name == "img":
                addresses.add(picture_address(child.attributes, base))
            elif child.name != "noscript":
                collect(child)

    collect(root)
    return frozenset(addresses)
