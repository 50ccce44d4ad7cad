"""Words with their marks and links, flat as the eye sees them, and the rich text written from them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

_BLANKS = re.compile(r"\s+")
_NO_BREAK_SPACES = {"\u00a0", "\u202f"}
# Written in a fixed order, so that the same look is always the same markup.
MARKS = ("b", "i", "sup", "sub", "code")


@dataclass(frozen=True, slots=True)
class Link:
    """`position` tells two neighbouring links with one address apart. `holds_words`: more than a picture."""

    url: str
    position: int
    is_button: bool = False
    holds_words: bool = True


@dataclass(frozen=True, slots=True)
class Style:
    marks: frozenset[str] = frozenset()
    link: Link | None = None
    in_quote: bool = False
    in_opened_quote: bool = False
    is_attribution: bool = False
    keeps_blanks: bool = False

    def with_mark(self, mark: str) -> "Style":
        return replace(self, marks=self.marks | {mark})


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    style: Style = PLAIN


BREAK = Run("\n", Style(keeps_blanks=True))

Line = list[Run]


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """The runs cut at line breaks, blanks collapsed; an empty line stays, for it parts two paragraphs."""
    lines: list[Line] = [[]]
    for run in runs:
        if run is BREAK:
            lines.append([])
        else:
            lines[-1].append(run)
    return [_collapsed(line) for line in lines]


def _collapsed(line: Line) -> Line:
    collapsed: Line = []
    ends_blank = True
    for run in line:
        for piece in [run] if run.style.keeps_blanks else _pieces(run):
            if piece.text == " " and ends_blank:
                continue
            ends_blank = piece.text == " "
            collapsed.append(piece)
    if collapsed and ends_blank:
        collapsed.pop()
    return _joined(collapsed)


def _pieces(run: Run) -> Iterator[Run]:
    """A blank at either end stands outside the run's marks and link: nobody underlines a blank."""
    text = _BLANKS.sub(_collapse, run.text)
    core = text.strip(" ")
    if not core:
        if text:
            yield Run(" ")
        return
    if text.startswith(" "):
        yield Run(" ")
    yield Run(core, run.style)
    if text.endswith(" "):
        yield Run(" ")


def _collapse(blanks: re.Match[str]) -> str:
    """One blank, except French punctuation: its no-break space keeps a question mark from starting a line."""
    if blanks[0] in _NO_BREAK_SPACES:
        after_guillemet = blanks.start() > 0 and blanks.string[blanks.start() - 1] == "«"
        if after_guillemet or blanks.string.startswith((";", ":", "!", "?", "»"), blanks.end()):
            return blanks[0]
    return " "


def _joined(runs: Iterable[Run]) -> Line:
    """A blank between two runs belongs to the marks and the link that both have."""
    line = list(runs)
    for index in range(1, len(line) - 1):
        if line[index].text == " ":
            before, after = line[index - 1].style, line[index + 1].style
            link = before.link if before.link == after.link else None
            line[index] = Run(" ", replace(before, marks=before.marks & after.marks, link=link))
    joined: Line = []
    for run in line:
        if joined and joined[-1].style == run.style:
            joined[-1] = Run(joined[-1].text + run.text, run.style)
        else:
            joined.append(run)
    return joined


def text_of(line: Line) -> str:
    return "".join(run.text for run in line)


def links_of(lines: Iterable[Line]) -> list[Link]:
    """Each link once, in order."""
    return list(dict.fromkeys(run.style.link for line in lines for run in line if run.style.link is not None))


def line_html(line: Line) -> str:
    html = ""
    for link, runs in groupby(line, key=lambda run: run.style.link):
        inside = "".join(_marked(run) for run in runs)
        html += f'<a href="{escape(link.url)}">{inside}</a>' if link else inside
    return html


def _marked(run: Run) -> str:
    html = escape(run.text, quote=False)
    for mark in reversed(MARKS):
        if mark in run.style.marks:
            html = f"<{mark}>{html}</{mark}>"
    return html


def lines_html(lines: Iterable[Line]) -> str:
    """Lines with words in them, parted by line breaks."""
    return "<br/>".join(line_html(line) for line in lines if line)
