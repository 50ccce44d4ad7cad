"""The demo's content as its author wrote it: TOML tables, and texts with TOML front matter between lines of +++."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

CONTENT = Path(__file__).parent / "content"
WORDPRESS_PAGE = CONTENT / "wordpress-page.json"
FENCE = "+++\n"

# Everything the demo makes gets its key from here, so that a second run knows it again after editors renamed it.
_NAMESPACE = UUID("9b0b6f5e-0d5c-5a52-9a57-5b6d2f6c7a41")


class ContentError(Exception):
    """A file of the demo's content that cannot be used. The message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Text:
    """One text in one language. `front` holds title, slug, standfirst and, by kind, topics, authors, published …"""

    kind: str
    key: str
    language: str
    front: dict[str, Any]
    body: str

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.key}.{self.language}.md"


def demo_key(kind: str, key: str) -> UUID:
    """The same in every language and at every run, such as the translation_key of a page."""
    return uuid5(_NAMESPACE, f"{kind}/{key}")


def read_network() -> dict[str, Any]:
    """network.toml: languages, identity, topics, places, authors, sections, newsletters, segments, organisations, series."""
    return _read_toml("network.toml")


def read_edition() -> dict[str, Any]:
    """edition.toml: newsletter, number, segments, stories, and by language subject, opening, aimed …"""
    return _read_toml("edition.toml")


def read_names() -> dict[str, Any]:
    """names.toml: {language: {"given": […], "surnames": […]}} and "organisations" by language."""
    return _read_toml("names.toml")


def read_texts(kind: str) -> list[Text]:
    """Every text in the folder of that kind: stories, news, events, resources, pages, collaborations or drafts; oldest first where they are dated."""
    texts = [_read_text(path, kind) for path in sorted((CONTENT / kind).glob("*.md"))]
    return sorted(texts, key=lambda text: (str(text.front.get("published", "")), text.key, text.language))


def _read_toml(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{name}: {error}") from error


def _read_text(path: Path, kind: str) -> Text:
    key, language = path.stem.rsplit(".", 1)
    before, separator, rest = path.read_text(encoding="utf-8").partition(FENCE)
    front, end, body = rest.partition(FENCE)
    if before or not separator or not end:
        raise ContentError(f"{path.name}: the front matter must stand between two lines of +++ at the top.")
    try:
        return Text(kind=kind, key=key, language=language, front=tomllib.loads(front), body=body.strip("\n"))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path.name}: {error}") from error
