from stories.posters.motif import Motif
from stories.posters.shapes import box, disc, lines, moved, polygon, spokes

# One raised hand, its wrist at (148, 480).
_HAND = (
    "M70 480L72 372C50 336 22 300 2 268C-14 240 20 212 46 240L88 290L72 98C70 62 114 56 118 92L130 232"
    "L132 46C132 10 178 10 178 46L180 230L196 70C200 36 240 42 238 78L228 244L254 132C262 100 302 110 296 146"
    "L272 306C264 356 240 380 228 404L228 480z"
)
_PALM = "M92 344C130 306 196 300 246 322M104 410C112 360 140 334 176 330M150 420C176 400 208 392 232 372"
_CUFF = "M38 458L260 458L262 528L36 528z"
_KNUCKLES = "M92 214L106 212M146 160L166 160M206 178L222 180M258 222L272 226"


def _hand(x: float, y: float, scale: float, *, mirrored: bool = False) -> dict[str, str]:
    ground = (1000 - y) / scale
    sleeve = polygon((48, 470), (250, 470), (272, ground), (26, ground))
    parts = {"hand": _HAND, "palm": _PALM, "sleeve": sleeve, "cuff": _CUFF, "knuckles": _KNUCKLES}
    return {name: moved(path, x, y, scale, mirrored=mirrored) for name, path in parts.items()}


def _hands() -> Motif:
    left, middle, right = _hand(0, 300, 1.15), _hand(330, 10, 1.3), _hand(1010, 270, 1.12, mirrored=True)
    every = (left, right, middle)
    return Motif(
        body="".join(each["hand"] + each["sleeve"] + each["cuff"] for each in every),
        tone=left["sleeve"] + right["sleeve"] + middle["hand"] + middle["cuff"],
        shade=left["hand"] + right["hand"],
        solid=middle["sleeve"] + left["cuff"] + right["cuff"],
        line="".join(
            each["hand"] + each["palm"] + each["sleeve"] + each["cuff"] + each["knuckles"] for each in every
        ),
    )


HANDS = _hands()

_GABLE = polygon((70, 1000), (70, 470), (340, 190), (610, 470), (610, 1000))
_NEIGHBOUR = polygon((610, 1000), (610, 590), (790, 400), (970, 590), (970, 1000))
_ROOFS = polygon((10, 490), (340, 130), (670, 490), (624, 536), (340, 232), (56, 536)) + polygon(
    (660, 540), (790, 345), (1000, 575), (962, 616), (790, 432), (640, 592), (624, 560)
)
_PANES = [(135, 580, 120, 130), (425, 580, 120, 130), (730, 640, 120, 130)]
ROOF = Motif(
    body=_GABLE + _NEIGHBOUR + _ROOFS + box(470, 150, 84, 200),
    tone=_NEIGHBOUR + box(270, 740, 140, 260) + disc(340, 420, 58),
    shade=polygon((340, 190), (610, 470), (610, 1000), (410, 1000), (410, 740), (340, 740)),
    solid=_ROOFS + polygon((470, 150), (554, 150), (554, 372), (470, 282)) + box(730, 830, 120, 170),
    line=_GABLE
    + _NEIGHBOUR
    + box(470, 150, 84, 200)
    + disc(340, 420, 58)
    + box(270, 740, 140, 260)
    + "".join(box(*pane) for pane in _PANES)
    + lines((x + 60, y, x + 60, y + 130) for x, y, _w, _h in _PANES)
    + lines((x, y + 65, x + 120, y + 65) for x, y, _w, _h in _PANES)
    + lines([(282, 420, 398, 420), (340, 362, 340, 478), (385, 870, 386, 872), (455, 150, 570, 150)]),
)

WHEEL = Motif(
    body=disc(500, 500, 470),
    tone=disc(500, 500, 470) + disc(500, 500, 372) + disc(500, 500, 120) + disc(500, 500, 44),
    shade=disc(500, 500, 372) + disc(500, 500, 120),
    solid=spokes(500, 500, 12, (112, 15), (380, 30)) + spokes(500, 500, 24, (412, 9), (434, 9), 7.5),
    line=disc(500, 500, 470) + disc(500, 500, 372) + disc(500, 500, 120) + disc(500, 500, 44),
)

_URN = polygon((130, 540), (870, 540), (830, 1000), (170, 1000))
_LID = polygon((130, 540), (250, 400), (750, 400), (870, 540))
_PAPER = polygon((372, 40), (668, 78), (622, 470), (378, 470))
BALLOT = Motif(
    body=_URN + _LID + _PAPER,
    tone=_URN,
    shade=_LID + polygon((870, 540), (830, 1000), (650, 1000), (680, 540)),
    solid=polygon((330, 452), (670, 452), (690, 492), (310, 492)),
    line=_URN
    + _LID
    + "M378 462L372 40L668 78L622 462"
    + "M440 172L590 322M598 182L436 318M430 100L560 116M418 396L580 396"
    + "M392 760L474 846L640 640",
)

_CONE = "M250 430L690 130C770 230 790 620 700 760L250 580z"
_BELL = "M690 130C590 190 600 720 700 760C800 730 800 170 690 130z"
_GRIP = polygon((340, 616), (450, 660), (430, 930), (320, 930))
_CALLS = (
    polygon((830, 300), (985, 170), (1000, 232))
    + polygon((850, 425), (1010, 400), (1010, 480))
    + polygon((832, 560), (1000, 640), (972, 700))
)
MEGAPHONE = Motif(
    body=_CONE + _BELL + _GRIP + box(140, 440, 120, 132),
    tone=_CONE + _CALLS,
    shade="M250 520L640 640C660 700 680 740 700 760L250 580z" + _GRIP,
    solid=_BELL + box(140, 440, 70, 132) + disc(700, 440, 44),
    line=_CONE
    + _GRIP
    + box(140, 440, 120, 132)
    + "M340 372L340 612M430 312L430 648M372 700L436 722M368 770L432 790M364 840L430 858",
)

_RIM = disc(520, 400, 370)
_SLABS = [(90, 800), (150, 866), (70, 932)]
_GRAIN = "M0 0C-14 -62 -70 -104 -128 -100C-122 -40 -68 4 0 0z"
_GRAINS = [
    moved(_GRAIN, 520, 610 - 88 * row, 1.1 - 0.08 * row, mirrored=mirrored)
    for row in range(4)
    for mirrored in (False, True)
]
_TOP_GRAIN = "M520 262C484 222 490 174 520 136C550 174 556 222 520 262z"
COIN = Motif(
    body=_RIM + "".join(box(x, y, 620, 66) for x, y in _SLABS),
    tone=_RIM + disc(520, 400, 300) + "".join(_GRAINS[::2]) + _TOP_GRAIN + box(150, 866, 620, 66),
    shade="".join(_GRAINS[1::2]) + box(90, 800, 620, 66),
    solid=spokes(520, 400, 48, (322, 5), (350, 5)) + box(70, 932, 620, 66),
    line=_RIM
    + disc(520, 400, 300)
    + "".join(_GRAINS)
    + _TOP_GRAIN
    + "M520 270L520 680"
    + "".join(box(x, y, 620, 66) for x, y in _SLABS)
    + "".join(
        lines([(x + step, y + 14, x + step, y + 52) for step in range(30, 620, 40)]) for x, y in _SLABS[:2]
    ),
)

_LEFT_PAGE = "M500 300C400 220 210 210 70 262L70 812C210 762 400 772 500 852z"
_RIGHT_PAGE = moved(_LEFT_PAGE, 1000, 0, mirrored=True)
_LEFT_LINES = "".join(moved("M130 0C240 -34 350 -20 440 40", 0, 380 + 74 * row) for row in range(6))
BOOK = Motif(
    body=_LEFT_PAGE
    + _RIGHT_PAGE
    + polygon(
        (30, 320), (70, 300), (70, 812), (500, 852), (930, 812), (930, 300), (970, 320), (970, 880), (30, 880)
    ),
    tone="M560 392C650 330 770 322 872 344L872 560C770 540 650 548 560 606z"
    + polygon((610, 830), (690, 800), (690, 985), (650, 950), (610, 990)),
    shade="M500 300C470 276 430 258 390 246L390 786C430 800 470 824 500 852C530 824 560 806 600 790L600 250C560 262 530 276 500 300z",
    solid="M30 320L70 300L70 812C210 762 400 772 500 852C600 772 790 762 930 812L930 300L970 320L970 880L560 880C540 905 460 905 440 880L30 880z",
    line=_LEFT_PAGE
    + _RIGHT_PAGE
    + _LEFT_LINES
    + "".join(moved("M560 40C650 -20 760 -34 870 -10", 0, 650 + 70 * row) for row in range(2))
    + "M560 392C650 330 770 322 872 344L872 560C770 540 650 548 560 606z",
)
