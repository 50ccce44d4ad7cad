"""What rules read of an article: every value of its text with words that find it, whatever blocks there will be."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.db.models import ForeignKey
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.blocks.list_block import ListValue
from wagtail.blocks.stream_block import StreamValue
from wagtail.contrib.typed_table_block.blocks import TypedTable
from wagtail.fields import RichTextField, StreamField
from wagtail.images.models import AbstractImage
from wagtail.rich_text import RichText

if TYPE_CHECKING:
    from stories.models.articles import ArticlePage


@dataclass(frozen=True)
class Piece:
    """One value. `where` names the outermost block or the field it stands in, `block_id` that block."""

    where: str
    field: str
    value: Any
    block: blocks.Block | None = None
    block_id: str = ""


@dataclass(frozen=True)
class Link:
    """An <a> of a rich text. One of page_id, document_id and href is given; `words` is what the reader sees."""

    piece: Piece
    words: str
    page_id: int | None = None
    document_id: int | None = None
    href: str = ""


class ReadArticle:
    def __init__(self, page: "ArticlePage") -> None:
        self.page = page

    @cached_property
    def pieces(self) -> list[Piece]:
        return list(_pieces(self.page))

    @cached_property
    def links(self) -> list[Link]:
        return [link for piece in self.pieces if _is_rich_text(piece) for link in _links(piece)]

    @cached_property
    def word_count(self) -> int:
        """Words of the running text, headings and quotes included."""
        return sum(len(text.split()) for text in map(_text_of, self.pieces))


def read(page: "ArticlePage") -> ReadArticle:
    return ReadArticle(page)


def _pieces(page: "ArticlePage") -> Iterator[Piece]:
    for field in page._meta.concrete_fields:
        where = _("“%(field)s”") % {"field": str(field.verbose_name).capitalize()}
        if isinstance(field, StreamField):
            yield from _pieces_of_stream(getattr(page, field.name), field.name)
        elif isinstance(field, RichTextField):
            yield Piece(where, field.name, RichText(getattr(page, field.name) or ""))
        elif isinstance(field, ForeignKey) and issubclass(field.related_model, AbstractImage):
            yield Piece(where, field.name, getattr(page, field.name))


def _pieces_of_stream(stream: StreamValue, field: str) -> Iterator[Piece]:
    heading = ""
    for position, child in enumerate(stream, start=1):
        words = {"label": child.block.label, "position": position, "heading": heading}
        if child.block_type == "heading":
            heading = child.value.get("text") or ""
            words["heading"] = ""
        where = (
            _("“%(label)s”, block %(position)s, under “%(heading)s”")
            if words["heading"]
            else _("“%(label)s”, block %(position)s")
        ) % words
        for block, value in _inside(child.block, child.value):
            yield Piece(where, field, value, block, child.id or "")


def _inside(block: blocks.Block, value: Any) -> Iterator[tuple[blocks.Block, Any]]:
    """The value itself, then every value in it."""
    yield block, value
    # An image block is a structure, its value is the picture.
    if value is None or isinstance(value, AbstractImage):
        return
    if isinstance(value, StreamValue):
        children = [(child.block, child.value) for child in value]
    elif isinstance(value, ListValue):
        children = [(child.block, child.value) for child in value.bound_blocks]
    elif isinstance(value, TypedTable):
        children = [(cell.block, cell.value) for row in value.rows for cell in row]
    elif isinstance(block, blocks.BaseStructBlock):
        children = [(child, value.get(name)) for name, child in block.child_blocks.items()]
    else:
        return
    for child_block, child_value in children:
        yield from _inside(child_block, child_value)


def _is_rich_text(piece: Piece) -> bool:
    return isinstance(piece.value, RichText)


def _links(piece: Piece) -> Iterator[Link]:
    for link in _tree(piece.value.source).find_all("a"):
        words = " ".join(link.get_text(" ").split())
        kind, number = link.get("linktype"), _number(link)
        if kind == "page":
            yield Link(piece, words, page_id=number)
        elif kind == "document":
            yield Link(piece, words, document_id=number)
        else:
            yield Link(piece, words, href=str(link.get("href") or ""))


def _number(link: Tag) -> int:
    identifier = str(link.get("id") or "")
    return int(identifier) if identifier.isdecimal() else 0


def _text_of(piece: Piece) -> str:
    if isinstance(piece.value, RichText):
        return str(_tree(piece.value.source).get_text(" "))
    # Not raw HTML, choices or addresses: only what is written to be read.
    if type(piece.block) in {blocks.CharBlock, blocks.TextBlock} and isinstance(piece.value, str):
        return piece.value
    return ""


def _tree(html: str) -> Tag:
    # In a wrapper: BeautifulSoup warns of bare text that looks like a file name.
    return cast(Tag, BeautifulSoup(f"<div>{html}</div>", "html.parser").div)
