"""Path data for the shapes that motifs are drawn with. Lengths in units of a motif's 1000 by 1000 box."""

import math
import re
from collections.abc import Iterable

_PAIR = re.compile(r"(-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)")


def polygon(*points: tuple[float, float]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "z"


def box(x: float, y: float, width: float, height: float) -> str:
    return polygon((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def disc(x: float, y: float, radius: float) -> str:
    """A circle in four curves, so that `moved` can carry it."""
    handle = radius * 0.5523
    left, right, top, bottom = x - radius, x + radius, y - radius, y + radius
    return (
        f"M{x:g} {top:g}C{x + handle:g} {top:g} {right:g} {y - handle:g} {right:g} {y:g}"
        f"C{right:g} {y + handle:g} {x + handle:g} {bottom:g} {x:g} {bottom:g}"
        f"C{x - handle:g} {bottom:g} {left:g} {y + handle:g} {left:g} {y:g}"
        f"C{left:g} {y - handle:g} {x - handle:g} {top:g} {x:g} {top:g}z"
    )


def spoke(x: float, y: float, angle: float, inner: tuple[float, float], outer: tuple[float, float]) -> str:
    """A tapered bar that points away from (x, y); inner and outer are (distance, half the width), angle in degrees."""
    turn = math.radians(angle)
    along, across = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))

    def at(distance: float, offset: float) -> tuple[float, float]:
        return (
            round(x + along[0] * distance + across[0] * offset, 1),
            round(y + along[1] * distance + across[1] * offset, 1),
        )

    (near, near_width), (far, far_width) = inner, outer
    return polygon(at(near, -near_width), at(far, -far_width), at(far, far_width), at(near, near_width))


def spokes(
    x: float, y: float, count: int, inner: tuple[float, float], outer: tuple[float, float], first: float = 0
) -> str:
    return "".join(spoke(x, y, first + 360 / count * turn, inner, outer) for turn in range(count))


def moved(path: str, dx: float, dy: float, scale: float = 1, *, mirrored: bool = False) -> str:
    """The path, scaled about its origin, mirrored left to right if asked, then moved. Absolute coordinates only."""
    across = -scale if mirrored else scale

    def place(pair: re.Match[str]) -> str:
        return f"{float(pair[1]) * across + dx:.1f} {float(pair[2]) * scale + dy:.1f}"

    return _PAIR.sub(place, path)


def lines(points: Iterable[tuple[float, float, float, float]]) -> str:
    return "".join(f"M{x1:g} {y1:g}L{x2:g} {y2:g}" for x1, y1, x2, y2 in points)
