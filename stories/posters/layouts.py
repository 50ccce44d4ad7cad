"""Where things stand on a poster. Each layout is composed by hand for one hero, one or two companions and two papers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from stories.posters.motif import Motif
from stories.posters.plates import HEIGHT, WIDTH, Plates
from stories.posters.shapes import box, disc, moved, polygon, spokes

SHEET = box(-20, -20, WIDTH + 40, HEIGHT + 40)


@dataclass(frozen=True)
class Cast:
    """What a layout places: the hero, its companions (the hero again where there is none), and the two papers."""

    hero: Motif
    companions: Sequence[Motif]
    paper: str
    second_paper: str
    random: Random

    @property
    def first(self) -> Motif:
        return self.companions[0] if self.companions else self.hero

    @property
    def last(self) -> Motif:
        return self.companions[-1] if self.companions else self.hero


def sunrise(plates: Plates, cast: Cast) -> None:
    """Rays from the horizon, the hero before a great disc, companions standing on the ground beside it."""
    plates.in_spot(spokes(800, 880, 18, (0, 0), (1500, 118), 5))
    plates.paper(disc(800, 880, 610), cast.second_paper)
    plates.spot_plate.append(f'<path fill="#fff" d="{disc(800, 880, 610)}"/>')
    plates.fading_dots(plates.dark_plate, plates.dark, lambda x, y: 0.45 - y * 1.1)
    _companion(plates, cast.first, 265, 905, 470, paper=cast.paper)
    _companion(plates, cast.last, 1340, 905, 470, paper=cast.paper)
    plates.motif(cast.hero, 800, 905, 800, paper=cast.second_paper)
    _ground(plates, 890)


def panel(plates: Plates, cast: Cast) -> None:
    """A sheet of another paper on the right; the hero steps over its edge."""
    plates.paper(polygon((930, -20), (1620, -20), (1620, 1020), (870, 1020)), cast.second_paper)
    plates.fading_dots(
        plates.spot_plate, plates.spot, lambda x, y: (y - 0.28) * 0.95 if x < 0.62 - 0.04 * y else 0
    )
    if not cast.first.aloft:
        plates.in_spot(disc(1320, 300, 230))
    plates.in_dark(polygon((926, -20), (944, -20), (884, 1020), (866, 1020)))
    _companion(plates, cast.first, 1290, 890, 580)
    plates.motif(cast.hero, 570, 985, 960, paper=cast.paper)
    _ground(plates, 965)


def procession(plates: Plates, cast: Cast) -> None:
    """Companions in a row that comes nearer, before broad stripes; the hero at the head of it."""
    for stripe in range(5):
        plates.in_spot(box(-20, 70 + stripe * 150, WIDTH + 40, 62))
    plates.paper(polygon((-20, 620), (1620, 470), (1620, 1020), (-20, 1020)), cast.second_paper)
    plates.spot_plate.append(
        f'<path fill="#fff" d="{polygon((-20, 620), (1620, 470), (1620, 1020), (-20, 1020))}"/>'
    )
    plates.fading_dots(plates.dark_plate, plates.dark, lambda x, y: (y - 0.72 + 0.12 * x) * 1.5)
    walking = next((motif for motif in (*cast.companions, cast.hero) if not motif.aloft), cast.hero)
    for step in range(3):
        plates.motif(walking, 135 + 245 * step, 770 + 70 * step, 270 + 85 * step, paper=cast.paper)
    plates.motif(cast.hero, 1175, 985, 900, paper=cast.paper)


def tilt(plates: Plates, cast: Cast) -> None:
    """Everything leans into a broad diagonal band."""
    plates.paper(polygon((-20, 250), (1620, -330), (1620, 250), (-20, 830)), cast.second_paper)
    plates.in_spot(polygon((-20, 830), (1620, 250), (1620, 520), (-20, 1100)))
    plates.fading_dots(plates.dark_plate, plates.dark, lambda x, y: (y + 0.36 * x - 0.98) * 1.3)
    plates.in_dark(polygon((-20, 236), (1620, -344), (1620, -316), (-20, 264)))
    plates.in_dark(polygon((-20, 816), (1620, 236), (1620, 258), (-20, 838)))
    plates.motif(cast.first, 345, 705, 520, turn=-19, paper=cast.second_paper)
    plates.motif(cast.hero, 1030, 1030, 930, turn=-9, paper=cast.paper)


def wallpaper(plates: Plates, cast: Cast) -> None:
    """The companion repeated as a printed cloth, the hero on a clear round of paper."""
    for row in range(4):
        for column in range(7):
            plates.motif(
                cast.first, 20 + column * 265 + row % 2 * 132, 215 + row * 262, 190, turn=8 if row % 2 else -8
            )
    plates.in_spot(disc(800, 520, 512))
    plates.paper(disc(800, 520, 470), cast.second_paper)
    plates.spot_plate.append(f'<path fill="#fff" d="{disc(800, 520, 470)}"/>')
    plates.dark_plate.append(f'<path fill="#fff" d="{disc(800, 520, 512)}"/>')
    plates.motif(cast.hero, 800, 935, 790, within=disc(800, 520, 470))
    plates.in_dark("M561.5 925A470 470 0 0 0 1038.5 925z")


def field(plates: Plates, cast: Cast) -> None:
    """A bare sky with one companion in it, furrows of ink, and the hero very large at one side."""
    side = cast.random.choice((False, True))
    place: Callable[[float], float] = (lambda x: WIDTH - x) if side else (lambda x: x)
    plates.paper(box(-20, -20, WIDTH + 40, 560), cast.second_paper)
    furrows = "".join(
        polygon(
            (800 + 60 * row, 560),
            (800 + 60 * row + 34, 560),
            (800 + 420 * row + 240, 1020),
            (800 + 420 * row, 1020),
        )
        for row in range(-14, 14)
    )
    plates.in_spot(furrows)
    plates.in_dark(box(-20, 548, WIDTH + 40, 16))
    plates.fading_dots(plates.dark_plate, plates.dark, lambda x, y: 0.42 - y if y < 0.54 else 0)
    _companion(plates, cast.last, place(1270), 600, 420, mirrored=side, paper=cast.second_paper)
    plates.motif(cast.hero, place(560), 975, 940, mirrored=side, paper=cast.paper)


def _companion(
    plates: Plates, motif: Motif, x: float, y: float, size: float, *, mirrored: bool = False, paper: str = ""
) -> None:
    """A companion on the ground at (x, y), or above it where its place is the sky."""
    foot = min(y, size + 50) if motif.aloft else y
    plates.motif(motif, x, foot, size, mirrored=mirrored, paper=paper)


def _ground(plates: Plates, top: float) -> None:
    plates.spot_plate.append(f'<path fill="#fff" d="{box(-20, top, WIDTH + 40, HEIGHT)}"/>')
    plates.in_dark(box(-20, top, WIDTH + 40, HEIGHT))
    cuts = "".join(
        moved("M0 0L90 4L94 10L2 8z", x, top + 22 + 26 * row)
        for row in range(4)
        for x in range(40 + 70 * (row % 2), WIDTH, 230)
    )
    plates.dark_plate.append(f'<path fill="#fff" d="{cuts}"/>')


LAYOUTS: dict[str, Callable[[Plates, Cast], None]] = {
    "sunrise": sunrise,
    "panel": panel,
    "procession": procession,
    "tilt": tilt,
    "wallpaper": wallpaper,
    "field": field,
}
