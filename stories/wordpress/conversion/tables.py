"""Tables: rows of words under headings become our table; what is laid out in cells is kept for an editor."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from stories.wordpress.blocks import Table
from stories.wordpress.conversion.inline import BREAK, Line, Style, lines_html, lines_of, links_of, text_of
from stories.wordpress.conversion.reader import BodyReader
from stories.wordpress.conversion.shortcodes import has_shortcode
from stories.wordpress.markup import HEADINGS, Element

_MOST_COLUMNS = 20
_MOST_ROWS = 500
# Marks a cell of our tables can hold.
_MARKS = frozenset({"b", "i"})
_TOO_MUCH = HEADINGS | frozenset(
    """applet audio blockquote button canvas datalist details dl embed fieldset figure form frame hr iframe img input
    map math noembed noframes noscript object ol pre script select style svg table template textarea ul video xmp""".split()  # noqa: SIM905
)


class _NotPlain(Exception):
    """The table holds more than rows of words."""


def read_table(reader: BodyReader, element: Element, style: Style) -> None:
    told = len(reader.report.notes)
    if reader.gathering is None and style.link is None:
        try:
            reader.add(_plain_table(reader, element, style))
        except _NotPlain:
            del reader.report.notes[told:]
            reader.lifted = []
        else:
            return
    reader.keep_back(
        element, style, "table", _("A table that is more than rows of words. Set it anew as a table.")
    )


def _plain_table(reader: BodyReader, element: Element, style: Style) -> Table:
    reader.flush()
    if has_shortcode(element.text) or any(inner.name in _TOO_MUCH for inner in element.walk()):
        raise _NotPlain
    captions = [child for child in element.elements if child.name == "caption"]
    rows = list(_rows(element))
    width = len(rows[0]) if rows else 0
    if not 2 <= width <= _MOST_COLUMNS or not 2 <= len(rows) <= _MOST_ROWS or len(captions) > 1:
        raise _NotPlain
    if any(len(row) != width or any(_is_merged(cell) for cell in row) for row in rows):
        raise _NotPlain
    caption = _words(reader, captions[0], style) if captions else ""
    headings = [""] * width
    if all(cell.name == "th" for cell in rows[0]):
        headings = [_words(reader, cell, style) for cell in rows.pop(0)]
    return Table(
        caption=caption,
        headings=tuple(headings),
        rows=tuple(tuple(_html(reader, cell, style) for cell in row) for row in rows),
        row_headings=all(row[0].name == "th" for row in rows),
    )


def _rows(element: Element) -> Iterator[list[Element]]:
    for child in element.children:
        if isinstance(child, str):
            if child.strip():
                raise _NotPlain
        elif child.name == "tr":
            if any(isinstance(inner, str) and inner.strip() for inner in child.children):
                raise _NotPlain
            if any(cell.name not in {"td", "th"} for cell in child.elements):
                raise _NotPlain
            yield child.elements
        elif child.name in {"thead", "tbody", "tfoot"}:
            yield from _rows(child)
        elif child.name == "caption" and element.name == "table" and child is element.elements[0]:
            continue
        elif child.name not in {"colgroup", "col"} or child.text.strip():
            raise _NotPlain


def _is_merged(cell: Element) -> bool:
    return cell["colspan"] not in {"", "1"} or cell["rowspan"] not in {"", "1"}


def _lines(reader: BodyReader, cell: Element, style: Style) -> list[Line]:
    with reader.gathered(BREAK) as runs:
        reader.read(cell.children, style)
    if reader.lifted:
        raise _NotPlain
    return [line for line in lines_of(runs) if line]


def _words(reader: BodyReader, cell: Element, style: Style) -> str:
    lines = _lines(reader, cell, style)
    if links_of(lines):
        raise _NotPlain
    return " ".join(map(text_of, lines))


def _html(reader: BodyReader, cell: Element, style: Style) -> str:
    lines = _lines(reader, cell, style)
    if any(not run.style.marks <= _MARKS for line in lines for run in line):
        raise _NotPlain
    return f"<p>{lines_html(lines)}</p>" if lines else ""
