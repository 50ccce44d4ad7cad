"""Setting lines in our own faces: what they have letters for, how wide a text runs, where it breaks.

The faces are the site's (stories/static/stories/fonts), joined to one file each, because the renderer reads no WOFF2.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

_FOLDER = Path(__file__).parent / "fonts"
_MEASURED_AT = 100  # pixels; widths grow in proportion
_NO_LETTER = "\ufffe"  # never a character, so it shows what a face draws for a letter it lacks


@dataclass(frozen=True)
class Face:
    family: str
    file: Path

    def width(self, text: str, size: float) -> float:
        """How far the text runs at that size, both in pixels."""
        return float(_font(self.file).getlength(text)) * size / _MEASURED_AT


WOOD = Face("League Gothic", _FOLDER / "league-gothic.ttf")
SANS = Face("Atkinson Hyperlegible Next", _FOLDER / "atkinson-hyperlegible-next.ttf")


def settable(text: str, face: Face) -> str:
    """The text on one line without signs the face lacks; empty when it lacks a letter, for then it could not be read."""
    kept = []
    for character in " ".join(unicodedata.normalize("NFC", text).split()):
        if character == " " or _has(face.file, character):
            kept.append(character)
        elif unicodedata.category(character)[0] in "LN":
            return ""
    return " ".join("".join(kept).split())


def wrapped(text: str, face: Face, size: float, width: float) -> list[str]:
    """Lines no wider than `width` pixels, broken between words; a word that is wider is broken inside."""
    lines: list[str] = []
    for word in text.split():
        if lines and face.width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
            continue
        pieces = _broken(word, face, size, width)
        lines += pieces
    return lines


def cut(text: str, face: Face, size: float, width: float) -> str:
    """The text, ended with an ellipsis where it runs wider than `width` pixels."""
    if face.width(text, size) <= width:
        return text
    while text and face.width(f"{text}…", size) > width:
        text = text[:-1].rstrip()
    return f"{text}…"


def _broken(word: str, face: Face, size: float, width: float) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and face.width(pieces[-1] + character, size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


@lru_cache
def _font(file: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, _MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def _has(file: Path, character: str) -> bool:
    if unicodedata.category(character).startswith("C"):
        return False
    font = _font(file)
    drawn, missing = font.getmask(character), font.getmask(_NO_LETTER)
    return (drawn.size, bytes(drawn)) != (missing.size, bytes(missing))
