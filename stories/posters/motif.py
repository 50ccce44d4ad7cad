from dataclasses import dataclass


@dataclass(frozen=True)
class Motif:
    """A drawing as SVG path data, separated for printing.

    `body` is the outer shape, which keeps whatever lies behind it off the sheet; `tone` prints solid in the spot ink;
    `shade` prints as halftone in the dark ink, `solid` as full areas of it, `line` as its strokes. Areas are even-odd.
    One that is `aloft` hangs in the sky; the others stand on the ground.
    """

    body: str
    tone: str
    shade: str
    solid: str
    line: str
    aloft: bool = False
