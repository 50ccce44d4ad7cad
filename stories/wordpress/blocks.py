"""What a document consists of once it is read, before anything of it is in the database.

as_stream() gives the values that ArticleBody (stories.blocks) stores.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

# The limits of the blocks in stories.blocks: what is longer would be refused when an editor saves.
MAX_HEADING = 200
MAX_CAPTION = 400
MAX_BUTTON_LABEL = 60
MAX_ATTRIBUTION = 120
MAX_EMBED_TITLE = 200
MAX_REASON = 250


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Rich text: paragraphs and lists that follow each other, already sanitised."""

    html: str


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """`candidates` are addresses to fetch, best first; `address` is the one the document shows."""

    address: str
    candidates: tuple[str, ...] = ()
    alt: str = ""
    decorative: bool = False
    caption: str = ""
    link: str = ""
    alignment: str = ""

    @property
    def markup(self) -> str:
        """An <img> with what is known of it, for the editor who has to find the picture."""
        image = f'<img src="{escape(self.address)}" alt="{escape(self.alt)}"'
        image += f' class="align{escape(self.alignment)}">' if self.alignment else ">"
        if self.link:
            image = f'<a href="{escape(self.link)}">{image}</a>'
        if self.caption:
            image = f"<figure>{image}<figcaption>{escape(self.caption)}</figcaption></figure>"
        return image


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    attribution: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Embed:
    url: str
    title: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` hold rich text, as many cells each as there are `headings`, which are plain words or empty."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_headings: bool = False


@dataclass(frozen=True, slots=True)
class Quarantined:
    reason: str
    source: str


Block = Paragraph | Heading | Picture | Quote | Embed | Button | Table | Quarantined


def as_stream(
    blocks: Iterable[Block], images: Mapping[str, int]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Stored values of the blocks, and the address of each picture by the id of its block.

    `images` maps addresses to the keys of images here; a picture that is not in it becomes a quarantined block
    saying which picture belongs there.
    """
    stream: list[dict[str, Any]] = []
    addresses: dict[str, str] = {}
    for block in blocks:
        if isinstance(block, Picture) and block.address in images:
            stored = _picture(block, images[block.address])
            addresses[stored["id"]] = block.address
        else:
            stored = _stored(block)
        stream.append(stored)
    return stream, addresses


def _block(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "id": str(uuid4())}


def _picture(picture: Picture, image: int) -> dict[str, Any]:
    chosen = {"image": image, "decorative": picture.decorative, "alt_text": picture.alt}
    return _block("image", {"image": chosen, "caption": picture.caption, "link": picture.link})


def _stored(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(html):
            return _block("paragraph", html)
        case Heading(text, level, link):
            return _block("heading", {"text": text, "level": level, "link": link})
        case Picture():
            reason = _("This picture could not be fetched. Add it by hand: %(alt)s") % {
                "alt": block.alt or _("(it had no description)")
            }
            return _block("quarantined", {"reason": _shortened(reason, MAX_REASON), "source": block.markup})
        case Quote(text, attribution, source):
            return _block("quote", {"text": text, "attribution": attribution, "role": "", "source": source})
        case Embed(url, title, caption):
            return _block("embed", {"url": url, "title": title, "caption": caption})
        case Button(label, url):
            return _block("button", {"label": label, "page": None, "url": url})
        case Table():
            cells = {
                "caption": block.caption,
                "columns": [{"type": "text", "heading": heading} for heading in block.headings],
                "rows": [{"values": list(row)} for row in block.rows],
            }
            return _block("table", {"table": cells, "row_headings": block.row_headings, "source": ""})
        case Quarantined(reason, source):
            return _block("quarantined", {"reason": _shortened(reason, MAX_REASON), "source": source})


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
