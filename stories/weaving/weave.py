"""The woven band: one thread per story, each the colour of its topic's paper.

The band is the masthead's rule, the header of every edition, the picture of a page that has none, and the favicon.
Everything here is pure: the same papers give the same bytes, so an address made of thread letters can be cached for ever.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import resvg_py

INK = "#15233B"
BARE = "#FFFFFF"
PAPER_COLOURS = {
    "canary": "#FFE56B",
    "salmon": "#FFB7A1",
    "mint": "#B8E6C8",
    "sky": "#B5DCF4",
    "lilac": "#D8CBF1",
    "buff": "#F2D6A2",
}
LETTERS = {"canary": "c", "salmon": "s", "mint": "m", "sky": "k", "lilac": "l", "buff": "b"}
PAPERS = {letter: paper for paper, letter in LETTERS.items()}
MAX_THREADS = 24

TENTHS = 10  # a thread is ten units wide, so that path data is whole numbers
GAP = 1  # half of what shows between two threads, in the same units


def band_letters(papers: Sequence[str]) -> str:
    """One letter per thread, newest story first; only the first 24 are kept.

    Raises ValueError for a paper that is not in stock.
    """
    try:
        return "".join(LETTERS[paper] for paper in papers[:MAX_THREADS])
    except KeyError as unknown:
        raise ValueError(f"No paper is called {unknown}; there are {', '.join(LETTERS)}.") from unknown


def papers_of_letters(letters: str) -> list[str]:
    """The papers that `band_letters` wrote down. Raises ValueError unless they are 1 to 24 known letters."""
    if not 1 <= len(letters) <= MAX_THREADS:
        raise ValueError(f"A band has 1 to {MAX_THREADS} threads, not {len(letters)}.")
    try:
        return [PAPERS[letter] for letter in letters]
    except KeyError as unknown:
        raise ValueError(f"No paper has the letter {unknown}; there are {', '.join(PAPERS)}.") from unknown


class _Weave(NamedTuple):
    """A stretch of plain weave laid diagonally: the fills by colour, and the outlines, as SVG path data."""

    fills: dict[str, str]
    outlines: str


def band_svg(papers: Sequence[str], *, width: float | None = None, height: float = 18) -> str:
    """The band as one SVG element, lengths in CSS pixels.

    Without a width it fills its line at any length, repeating every 24 threads at most. With one it is also a
    file of its own; where it is tall enough, a thread is as wide as shows all 24 once. No papers: a bare weave.
    """
    half = height / 2
    if width is not None:
        half = min(half, width / (2 * MAX_THREADS))
        half = height / round(height / half)
    colours = [PAPER_COLOURS[paper] for paper in papers[:MAX_THREADS]] or [BARE]
    line = max(0.75, half * 0.075)
    edge = f'<path stroke="{INK}" stroke-width="{_number(line * 1.5)}" d="'
    if width is None:
        repeat = 2 * half * len(colours)
        woven = _drawn(_weave(tuple(colours), half, repeat, height), half, line)
        name = f"band-{band_letters(papers) or 'bare'}-{_number(height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="band" width="100%" height="{_number(height)}"'
            f' aria-hidden="true" focusable="false"><defs><pattern id="{name}" patternUnits="userSpaceOnUse"'
            f' width="{_number(repeat)}" height="{_number(height)}">{woven}</pattern></defs>'
            f'<rect width="100%" height="100%" fill="{BARE}"/><rect width="100%" height="100%" fill="url(#{name})"/>'
            f'<rect width="100%" height="{_number(line * 1.5)}" fill="{INK}"/>'
            f'<rect width="100%" height="{_number(line * 1.5)}" y="{_number(height - line * 1.5)}" fill="{INK}"/></svg>'
        )
    woven = _drawn(_weave(tuple(colours), half, width, height), half, line)
    top, bottom = _number(line * 0.75), _number(height - line * 0.75)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width)}" height="{_number(height)}"'
        f' viewBox="0 0 {_number(width)} {_number(height)}"><rect width="100%" height="100%" fill="{BARE}"/>{woven}'
        f'{edge}M0 {top}H{_number(width)}M0 {bottom}H{_number(width)}"/></svg>'
    )


@lru_cache(maxsize=256)
def band_png(letters: str, *, width: int, height: int) -> bytes:
    """The band of these thread letters as a PNG, in pixels. Raises ValueError as `papers_of_letters` does."""
    return _png(band_svg(papers_of_letters(letters), width=width, height=height))


def favicon_svg(papers: Sequence[str]) -> str:
    """A 32 by 32 corner of the band: one crossing of the two newest threads, with a frame of ink."""
    colours = [PAPER_COLOURS[paper] for paper in papers[:2]] or [BARE]
    woven = _drawn(_weave(tuple(colours), 16, 32, 32), 16, 2.2)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" fill="{BARE}"/>{woven}'
        f'<rect x="1.5" y="1.5" width="29" height="29" fill="none" stroke="{INK}" stroke-width="3"/></svg>'
    )


def _png(svg: str) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))


def _drawn(weave: _Weave, half: float, line: float) -> str:
    """Turn the upright weave onto its corner and scale its tenths of a thread to `half`."""
    scale = _number(half / TENTHS)
    fills = "".join(f'<path fill="{colour}" d="{path}"/>' for colour, path in weave.fills.items())
    return (
        f'<g transform="matrix({scale} {scale} {scale} -{scale} 0 0)">{fills}<path fill="none" stroke="{INK}"'
        f' stroke-width="{_number(line / (half / TENTHS * 2**0.5))}" d="{weave.outlines}"/></g>'
    )


@lru_cache(maxsize=64)
def _weave(colours: tuple[str, ...], half: float, width: float, height: float) -> _Weave:
    """Draw every crossing that touches the rectangle; `half` is half a thread's width along the band, in pixels.

    Warp thread u runs where x + y = 2·half·u, weft thread v where x − y = 2·half·v; they cross over and under by turns.
    """
    fills: defaultdict[str, str] = defaultdict(str)
    outlines = ""
    short, long = TENTHS - 2 * GAP, TENTHS + 2 * GAP
    for u, v in _crossings(half, width, height):
        if (u + v) % 2 == 0:
            colour = colours[u % len(colours)]
            left, top = TENTHS * u + GAP, TENTHS * v - GAP
            fills[colour] += f"M{left} {top}h{short}v{long}h-{short}z"
            outlines += f"M{left} {top}v{long}m{short} 0v-{long}"
        else:
            colour = colours[v % len(colours)]
            left, top = TENTHS * u - GAP, TENTHS * v + GAP
            fills[colour] += f"M{left} {top}h{long}v{short}h-{long}z"
            outlines += f"M{left} {top}h{long}m0 {short}h-{long}"
    return _Weave(dict(fills), outlines)


def _crossings(half: float, width: float, height: float) -> Iterator[tuple[int, int]]:
    columns, rows = int(width / (2 * half)), int(height / (2 * half))
    for u in range(-1, columns + rows + 3):
        for v in range(-rows - 3, columns + 2):
            x, y = (u + v + 1) * half, (u - v) * half
            if -half * 1.5 < x < width + half * 1.5 and -half * 1.5 < y < height + half * 1.5:
                yield u, v


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
