from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

import resvg_py

from stories.posters.layouts import LAYOUTS, SHEET, Cast
from stories.posters.motifs import MOTIFS
from stories.posters.plates import HEIGHT, WIDTH, Plates
from stories.weaving.weave import INK, PAPER_COLOURS

Stocked = TypeVar("Stocked")

SPOT_RED = "#D0301F"


def poster_svg(
    *,
    slug: str,
    motifs: Sequence[str],
    papers: Sequence[str],
    width: int = 1600,
    height: int = 1000,
    layout: str = "",
) -> str:
    """A poster as an SVG file, in pixels; the same arguments always give the same drawing.

    The first motif is the hero, the others are its companions; the first paper is the sheet, the second is glued on.
    The slug draws one of the layouts unless one is named.
    Raises ValueError for no motif, no paper, or one that is not in stock.
    """
    drawn = [_stocked(name, MOTIFS, "motif") for name in motifs]
    stock = [_stocked(name, PAPER_COLOURS, "paper") for name in papers]
    if not drawn or not stock:
        raise ValueError("A poster needs at least one motif and one paper.")
    random = Random(sha256(slug.encode()).digest())
    drawn_layout = random.choice(list(LAYOUTS))
    place = _stocked(layout or drawn_layout, LAYOUTS, "layout")
    plates = Plates(spot=_ink_on(stock[0]), dark=INK)
    place(plates, Cast(drawn[0], drawn[1:3], stock[0], stock[1] if len(stock) > 1 else "#FFFFFF", random))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' preserveAspectRatio="xMidYMid slice"><path fill="{stock[0]}" d="{SHEET}"/>{plates.printed(random)}</svg>'
    )


def poster_png(
    *,
    slug: str,
    motifs: Sequence[str],
    papers: Sequence[str],
    width: int = 1600,
    height: int = 1000,
    layout: str = "",
) -> bytes:
    """The poster of `poster_svg` as a PNG."""
    svg = poster_svg(slug=slug, motifs=motifs, papers=papers, width=width, height=height, layout=layout)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))


def _stocked(name: str, stock: dict[str, Stocked], kind: str) -> Stocked:
    try:
        return stock[name]
    except KeyError as unknown:
        raise ValueError(f"No {kind} is called {unknown}; there are {', '.join(stock)}.") from unknown


def _ink_on(paper: str) -> str:
    """The red to print with so that it still looks like the spot red on this paper; ink can only darken."""
    channels = [
        min(255, round(255 * int(SPOT_RED[place : place + 2], 16) / int(paper[place : place + 2], 16)))
        for place in (1, 3, 5)
    ]
    return "#" + "".join(f"{channel:02X}" for channel in channels)
