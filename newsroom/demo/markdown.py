"""The little grammar the demo's texts are written in, as the blocks of an article.

Blocks stand between empty lines: `## Heading`, `> quote` with a last line `> — Name, role`, `- list`,
`[button: label](address)`, `[related: key, key]`, and paragraphs. Within a line: **bold**, *italic*,
[text](address), where an address may be `story:key`, another text of the demo, and ^[a footnote].
What stands between `::: name` and `:::` is described in newsroom/demo/fenced.py.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from newsroom.demo.content_files import ContentError, demo_key
from newsroom.demo.fenced import fenced_block
from stories.models import CreditedImage

STORY = "story:"
_BUTTON = re.compile(r"\[button: (?P<label>[^\]]+)\]\((?P<address>[^)\s]+)\)")
_RELATED = re.compile(r"\[related: (?P<keys>[^\]]+)\]")
_HEADING, _QUOTE, _ITEM, _WHO = "## ", "> ", "- ", "— "
# A note may hold links, so brackets inside it come in pairs.
_NOTE = re.compile(r"\^\[(?P<words>(?:[^\[\]]|\[[^\]]*\])+)\]")
_FENCED = re.compile(r"(?ms)^(::: .+?^:::)[ \t]*$")

PLACE_OF_NOTE = "\ue000"

Block = tuple[str, Any]


class Inline(RendererHTML):
    """Writes b and i, as Wagtail's editor stores them, and links to pages by their number."""

    def __init__(self, parser: object = None) -> None:
        super().__init__(parser)
        self.pages: Mapping[str, int] = {}

    def link_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        address = str(tokens[index].attrGet("href"))
        if address.startswith(STORY):
            return f'<a linktype="page" id="{_page(address.removeprefix(STORY), self.pages)}">'
        return self.renderToken(tokens, index, options, env)

    def strong_open(self, *_arguments: object) -> str:
        return "<b>"

    def strong_close(self, *_arguments: object) -> str:
        return "</b>"

    def em_open(self, *_arguments: object) -> str:
        return "<i>"

    def em_close(self, *_arguments: object) -> str:
        return "</i>"

    def softbreak(self, *_arguments: object) -> str:
        return " "


def inline_html(text: str, *, pages: Mapping[str, int]) -> str:
    """Bold, italic, links and notes of one line. `pages` gives the page numbers of the keys that links may name."""
    parser = MarkdownIt("zero", renderer_cls=Inline).enable(["emphasis", "link", "newline"])
    if isinstance(parser.renderer, Inline):
        parser.renderer.pages = pages
    notes = [str(parser.renderInline(found["words"])) for found in _NOTE.finditer(text)]
    # Markdown does not know notes: a character that no text has keeps their places.
    html = str(parser.renderInline(_NOTE.sub(PLACE_OF_NOTE, text.strip())))
    for note in notes:
        html = html.replace(PLACE_OF_NOTE, f"<footnote>{note}</footnote>", 1)
    return html


def paragraphs_html(text: str, *, pages: Mapping[str, int]) -> str:
    """Paragraphs and lists, as one rich text."""
    return "".join(_rich_text(chunk, pages) for chunk in _chunks(text))


def article_blocks(
    text: str,
    *,
    pages: Mapping[str, int],
    name: str,
    pictures: Mapping[str, CreditedImage] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """A text as StreamField data, [{"type", "value", "id"}]; the ids are the same at every run.

    `name` is the file's, for the ids and for errors. `pictures` are the images that a gallery may name.
    Raises ContentError.
    """
    blocks: list[Block] = []
    for chunk in _chunks(text):
        try:
            kind, value = (
                fenced_block(
                    chunk,
                    paragraphs=partial(paragraphs_html, pages=pages),
                    line=partial(inline_html, pages=pages),
                    pictures=pictures,
                )
                if chunk.startswith(":::")
                else _block(chunk, pages)
            )
        except ContentError as error:
            raise ContentError(f"{name}: {error}") from error
        if kind == "paragraph" and blocks and blocks[-1][0] == "paragraph":
            # Paragraphs that follow one another are one block, as an editor would have typed them.
            value = blocks.pop()[1] + value
        blocks.append((kind, value))
    return with_ids(blocks, name=name)


def with_ids(blocks: Sequence[Block], *, name: str) -> list[dict[str, Any]]:
    """StreamField data with an id for every block and every list item, made from the name and the place."""
    return [
        {
            "type": kind,
            "value": _items_with_ids(value, f"{name}#{place}"),
            "id": str(demo_key("block", f"{name}#{place}")),
        }
        for place, (kind, value) in enumerate(blocks)
    ]


def _items_with_ids(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        field: [
            {"type": "item", "value": item, "id": str(demo_key("item", f"{name}.{field}.{place}"))}
            for place, item in enumerate(entry)
        ]
        if isinstance(entry, list)
        else entry
        for field, entry in value.items()
    }


def _chunks(text: str) -> list[str]:
    """What stands between empty lines; a fence is one chunk, empty lines and all."""
    return [
        chunk.strip("\n")
        for part in _FENCED.split(text)
        for chunk in ([part] if part.startswith(":::") else re.split(r"\n[ \t]*\n", part))
        if chunk.strip()
    ]


def _block(chunk: str, pages: Mapping[str, int]) -> Block:
    forms: list[tuple[bool, Callable[[str, Mapping[str, int]], Block]]] = [
        (chunk.startswith(_HEADING), _heading),
        (chunk.startswith(">"), _quote),
        (chunk.startswith("[button:"), _button),
        (chunk.startswith("[related:"), _related),
    ]
    for fits, form in forms:
        if fits:
            return form(chunk, pages)
    return "paragraph", _rich_text(chunk, pages)


def _heading(chunk: str, _pages: Mapping[str, int]) -> Block:
    if "\n" in chunk:
        raise ContentError(f"an empty line is missing after the heading “{chunk.splitlines()[0]}”.")
    return "heading", {"text": chunk.removeprefix(_HEADING).strip(), "level": "h2", "link": ""}


def _quote(chunk: str, _pages: Mapping[str, int]) -> Block:
    lines = [line.removeprefix(">").strip() for line in chunk.splitlines()]
    who = lines.pop().removeprefix(_WHO) if len(lines) > 1 and lines[-1].startswith(_WHO) else ""
    # A quote block is plain text.
    words = re.sub(r"[*]{1,2}([^*]+)[*]{1,2}", r"\1", " ".join(lines))
    attribution, _comma, role = who.replace("*", "").partition(", ")
    return "quote", {"text": words, "attribution": attribution, "role": role, "source": ""}


def _button(chunk: str, pages: Mapping[str, int]) -> Block:
    found = _BUTTON.fullmatch(chunk)
    if found is None:
        raise ContentError(f"this is no button: {chunk}")
    return "button", button_value(found["label"], found["address"], pages=pages)


def button_value(label: str, address: str, *, pages: Mapping[str, int]) -> dict[str, Any]:
    if address.startswith(STORY):
        return {"label": label, "page": _page(address.removeprefix(STORY), pages), "url": ""}
    return {"label": label, "page": None, "url": address}


def _related(chunk: str, pages: Mapping[str, int]) -> Block:
    found = _RELATED.fullmatch(chunk)
    if found is None:
        raise ContentError(f"this is no list of related stories: {chunk}")
    keys = [key.strip() for key in found["keys"].split(",")]
    return "related_stories", {"heading": "", "stories": [_page(key, pages) for key in keys]}


def _rich_text(chunk: str, pages: Mapping[str, int]) -> str:
    lines = chunk.splitlines()
    if all(line.startswith(_ITEM) for line in lines):
        items = "".join(f"<li>{inline_html(line.removeprefix(_ITEM), pages=pages)}</li>" for line in lines)
        return f"<ul>{items}</ul>"
    if any(line.startswith((_ITEM, _HEADING, _QUOTE)) for line in lines):
        raise ContentError(f"an empty line is missing in “{lines[0][:60]}”.")
    return f"<p>{inline_html(chunk, pages=pages)}</p>"


def _page(key: str, pages: Mapping[str, int]) -> int:
    if key not in pages:
        raise ContentError(f"there is no story or news named “{key}”.")
    return pages[key]
