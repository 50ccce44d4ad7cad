"""Printing: two plates of ink laid over a sheet of paper, not quite in register, as on a stencil duplicator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from stories.posters.motif import Motif

WIDTH, HEIGHT = 1600, 1000
NO_INK = "#fff"  # multiplied with the sheet it leaves the sheet as it is
LINE = 13.0  # width of a drawn line on the sheet, whatever the size of the motif


@dataclass
class Plates:
    """SVG markup of the sheet and of the two plates, painted from back to front."""

    spot: str
    dark: str
    sheet: list[str] = field(default_factory=list)
    spot_plate: list[str] = field(default_factory=list)
    dark_plate: list[str] = field(default_factory=list)

    def paper(self, path: str, colour: str) -> None:
        """A piece of another paper, glued on."""
        self.sheet.append(f'<path fill="{colour}" d="{path}"/>')

    def in_spot(self, path: str) -> None:
        self.spot_plate.append(f'<path fill="{self.spot}" d="{path}"/>')

    def in_dark(self, path: str) -> None:
        self.dark_plate.append(f'<path fill="{self.dark}" d="{path}"/>')

    def spot_dots(self, area: str) -> None:
        self.spot_plate.append(f'<path fill="url(#spot-dots)" d="{area}"/>')

    def dark_dots(self, area: str) -> None:
        self.dark_plate.append(f'<path fill="url(#dark-dots)" d="{area}"/>')

    def motif(
        self,
        motif: Motif,
        x: float,
        y: float,
        size: float,
        *,
        turn: float = 0,
        mirrored: bool = False,
        paper: str = "",
        within: str = "",
    ) -> None:
        """Print a motif with the middle of its foot at (x, y), `size` units high and wide, turned by degrees.

        With a paper it is cut out of that and glued on first, so that no edge of the sheet shows through it. `within` is a path on the sheet that crops it.
        """
        scale = size / 1000
        flip = f" translate({size:.4g} 0) scale(-1 1)" if mirrored else ""
        place = f'transform="translate({x - size / 2:.1f} {y - size:.1f}) rotate({turn} {size / 2:g} {size:g}){flip}'
        place += f' scale({scale:.4g})"'
        if within:
            self.sheet.insert(0, f'<defs><clipPath id="within"><path d="{within}"/></clipPath></defs>')
        crop, end = ('<g clip-path="url(#within)">', "</g>") if within else ("", "")
        stroke = LINE / scale
        if paper:
            self.sheet.append(
                f'<g {place}><path fill="{paper}" stroke="{paper}" stroke-width="{stroke * 1.4:.4g}" d="{motif.body}"/></g>'
            )
        bare = f'<path fill="{NO_INK}" stroke="{NO_INK}" stroke-width="{stroke * 1.4:.4g}" d="{motif.body}"/>'
        self.spot_plate.append(
            f'{crop}<g {place}>{bare}<path fill="{self.spot}" fill-rule="evenodd" d="{motif.tone}"/></g>{end}'
        )
        # A pattern inside a scaled group would scale its dots; the opposite scale keeps one screen for the sheet.
        dots = f"dark-dots-{scale:.4g}"
        if not any(dots in part for part in self.sheet):
            self.sheet.insert(0, f"<defs>{dot_pattern(dots, self.dark, 1 / scale)}</defs>")
        self.dark_plate.append(
            f'{crop}<g {place}>{bare}<path fill="url(#{dots})" fill-rule="evenodd" d="{motif.shade}"/>'
            f'<path fill="{self.dark}" fill-rule="evenodd" d="{motif.solid}"/>'
            f'<path fill="none" stroke="{self.dark}" stroke-width="{stroke:.4g}" stroke-linejoin="round"'
            f' stroke-linecap="round" d="{motif.line}"/></g>{end}'
        )

    def fading_dots(self, plate: list[str], colour: str, strength: Callable[[float, float], float]) -> None:
        """Halftone over the whole sheet; strength(x, y) from 0 (no ink) to 1 (dots touch)."""
        pitch, dots = 17.0, []
        for row in range(int(HEIGHT / pitch * 2) + 2):
            for column in range(int(WIDTH / pitch) + 2):
                x, y = (column + row % 2 / 2) * pitch, row * pitch / 2
                radius = 0.5 * pitch * min(max(strength(x / WIDTH, y / HEIGHT), 0), 1) ** 0.5
                if radius > 1.1:
                    dots.append(
                        f"M{x - radius:.1f} {y:g}a{radius:.1f} {radius:.1f} 0 1 0 {2 * radius:.1f} 0"
                        f"a{radius:.1f} {radius:.1f} 0 1 0 {-2 * radius:.1f} 0"
                    )
        plate.append(f'<path fill="{colour}" d="{"".join(dots)}"/>')

    def printed(self, random: Random) -> str:
        """The sheet with both plates on it, slightly out of register, and the specks a worn stencil leaves."""
        slip_x, slip_y = (
            random.choice((-1, 1)) * random.uniform(4, 8),
            random.choice((-1, 1)) * random.uniform(3, 6),
        )
        turn = random.uniform(-0.25, 0.25)
        self.dark_plate.append(_specks(random, 240, (0.6, 2.4), NO_INK))
        self.spot_plate.append(_specks(random, 320, (0.6, 3.0), NO_INK))
        self.dark_plate.append(_specks(random, 70, (0.5, 1.6), self.dark))
        return (
            f"<defs>{dot_pattern('spot-dots', self.spot, 1)}{dot_pattern('dark-dots', self.dark, 1)}</defs>"
            f"{''.join(self.sheet)}"
            f'<g style="mix-blend-mode:multiply" transform="translate({slip_x:.1f} {slip_y:.1f}) rotate({turn:.3f} 800 500)">'
            f"{''.join(self.spot_plate)}</g>"
            f'<g style="mix-blend-mode:multiply">{"".join(self.dark_plate)}</g>'
        )


def dot_pattern(name: str, colour: str, scale: float) -> str:
    pitch = 13 * scale
    return (
        f'<pattern id="{name}" width="{pitch:.4g}" height="{pitch:.4g}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(38)"><circle cx="{pitch / 2:.4g}" cy="{pitch / 2:.4g}" r="{pitch * 0.31:.4g}"'
        f' fill="{colour}"/></pattern>'
    )


def _specks(random: Random, count: int, radius: tuple[float, float], colour: str) -> str:
    path = ""
    for _speck in range(count):
        x, y, size = random.uniform(0, WIDTH), random.uniform(0, HEIGHT), random.uniform(*radius)
        path += f"M{x:.0f} {y:.0f}h{size:.1f}l{size * 0.6:.1f} {size:.1f}h{-size:.1f}z"
    return f'<path fill="{colour}" d="{path}"/>'
