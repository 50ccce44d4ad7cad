"""Drawing the picture. Pure: the same sheet gives the same bytes."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape

import resvg_py

from stories.share_pictures.lettering import SANS, WOOD, Face, cut, settable, wrapped
from stories.weaving.weave import INK, PAPER_COLOURS, band_svg

# Pixels, as social networks and messengers crop their previews.
SIZE = WIDTH, HEIGHT = (1200, 630)
MARGIN = 56
COLUMN = WIDTH - 2 * MARGIN
BAND = 72
HEAD = 112  # the rule below the newsroom's name
FOOT = HEIGHT - BAND - 40  # the line of place and topics
LARGEST, SMALLEST, STEP = 280, 60, 5
LEADING = 0.94
CAP_HEIGHT = 0.72  # of League Gothic, in parts of its size


@dataclass(frozen=True)
class Sheet:
    """What is printed. `papers` are the article's topics' in its order, at least one; `site` is the newsroom's name."""

    headline: str
    site: str
    label: str
    papers: tuple[str, ...]


@lru_cache(maxsize=64)
def share_png(sheet: Sheet) -> bytes:
    """A PNG of SIZE pixels. A headline in letters our faces lack is left out, and the band takes its room."""
    drawn = resvg_py.svg_to_bytes(
        svg_string=share_svg(sheet),
        skip_system_fonts=True,
        font_files=[str(WOOD.file), str(SANS.file)],
    )
    return bytes(drawn)


def share_svg(sheet: Sheet) -> str:
    """Raises ValueError for a paper that is not in stock."""
    headline = settable(sheet.headline, WOOD)
    band = BAND if headline else HEIGHT - HEAD
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_colour(sheet.papers[0])}"/>'
        f"{_head(sheet)}{_headline(headline)}{_label(sheet) if headline else ''}"
        f'<g transform="translate(0 {HEIGHT - band})">'
        f"{band_svg(sheet.papers, width=WIDTH, height=band)}</g></svg>"
    )


def _head(sheet: Sheet) -> str:
    name = cut(settable(sheet.site, WOOD), WOOD, 72, COLUMN)
    return f'{_line(name, WOOD, 72, HEAD - 26)}<rect x="{MARGIN}" y="{HEAD - 8}" width="{COLUMN}" height="8" fill="{INK}"/>'


def _headline(text: str) -> str:
    """As large as fits between the rule and the label; cut where even the smallest size does not."""
    room = FOOT - 50 - (HEAD + 30)
    for size in range(LARGEST, SMALLEST - 1, -STEP):
        lines = wrapped(text, WOOD, size, COLUMN)
        # A word broken in two is worse than a smaller size.
        whole = all(WOOD.width(word, size) <= COLUMN for word in text.split())
        if len(lines) * size * LEADING <= room and (whole or size == SMALLEST):
            break
    else:
        most = int(room / (SMALLEST * LEADING))
        lines = [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), WOOD, SMALLEST, COLUMN)]
    first = HEAD + 30 + size * CAP_HEIGHT
    return "".join(
        _line(line, WOOD, size, first + number * size * LEADING) for number, line in enumerate(lines)
    )


def _label(sheet: Sheet) -> str:
    return _line(cut(settable(sheet.label, SANS), SANS, 30, COLUMN), SANS, 30, FOOT)


def _line(text: str, face: Face, size: float, y: float) -> str:
    return (
        f'<text x="{MARGIN}" y="{y:.1f}" font-family="{face.family}" font-size="{size}" fill="{INK}">'
        f"{escape(text)}</text>"
    )


def _colour(paper: str) -> str:
    try:
        return PAPER_COLOURS[paper]
    except KeyError as unknown:
        raise ValueError(f"No paper is called {unknown}; there are {', '.join(PAPER_COLOURS)}.") from unknown
