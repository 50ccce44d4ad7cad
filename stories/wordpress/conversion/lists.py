"""Lists. An entry that holds more than words and further lists is taken out, because rich text has no room for it."""

from stories.wordpress.blocks import Paragraph
from stories.wordpress.conversion.figures import read_figure
from stories.wordpress.conversion.inline import BREAK, Style, lines_html, lines_of
from stories.wordpress.conversion.reader import BodyReader
from stories.wordpress.conversion.shortcodes import has_shortcode
from stories.wordpress.markup import HEADINGS, Element

_NEEDS_ROOM = HEADINGS | frozenset(
    """applet audio blockquote button canvas datalist details dl embed fieldset figure form frame hr iframe input map
    math noembed noframes object pre script select style svg table template textarea video xmp""".split()  # noqa: SIM905
)


def read_list(reader: BodyReader, element: Element, style: Style) -> None:
    if reader.gathering is not None:
        reader.read_apart(element, style)
        return
    reader.flush()
    if element.name == "ol" and (element["start"] not in {"", "1"} or "reversed" in element.attributes):
        reader.report.add("list-start", element["start"])
    entries: list[str] = []
    for entry in _entries(element):
        if _fits_in_list(entry):
            entries += _entry_html(reader, entry, style)
        else:
            _write(reader, element.name, entries)
            entries = []
            reader.report.add("list-opened", entry.text)
            reader.read_apart(entry, style)
    _write(reader, element.name, entries)


def _entries(element: Element) -> list[Element]:
    """The <li> of a list; what stands loose between them counts as one more, a loose list as part of the one before."""
    entries: list[Element] = []
    loose: Element | None = None
    for child in element.children:
        if isinstance(child, Element) and child.name == "li":
            entries.append(Element("li", child.attributes, child.start, child.end, list(child.children)))
            loose = None
        elif isinstance(child, Element) and child.name in {"ul", "ol"} and entries:
            entries[-1].children.append(child)
        elif loose is not None:
            loose.children.append(child)
        elif isinstance(child, Element) or child.strip():
            loose = Element("li", {}, 0, 0, [child])
            entries.append(loose)
    return entries


def _fits_in_list(entry: Element) -> bool:
    return not any(inner.name in _NEEDS_ROOM for inner in entry.walk()) and not has_shortcode(entry.text)


def _entry_html(reader: BodyReader, entry: Element, style: Style) -> list[str]:
    """One <li>, or more where words follow an inner list: the editor keeps no words after one."""
    written: list[str] = []
    words: list[Element | str] = []
    for child in [*entry.children, None]:
        if child is not None and not (isinstance(child, Element) and child.name in {"ul", "ol"}):
            words.append(child)
            continue
        with reader.gathered(BREAK) as runs:
            reader.read(words, style)
        words = []
        if html := lines_html(lines_of(runs)):
            written.append(html)
        if child is not None:
            inner = "".join(html for item in _entries(child) for html in _entry_html(reader, item, style))
            if inner:
                written = written or [""]
                written[-1] += f"<{child.name}>{inner}</{child.name}>"
    return [f"<li>{html}</li>" for html in written]


def _write(reader: BodyReader, name: str, entries: list[str]) -> None:
    """Pictures lifted out of the entries stand after the list."""
    lifted, reader.lifted = reader.lifted, []
    if entries:
        reader.append(Paragraph(f"<{name}>{''.join(entries)}</{name}>"))
    for block, _had_words in lifted:
        reader.append(block)


def read_definitions(reader: BodyReader, element: Element, style: Style) -> None:
    """Terms bold, definitions below. WordPress's classic galleries are definition lists too: those become figures."""
    if reader.gathering is None and "gallery-item" in element.classes:
        read_figure(reader, element, style)
        return
    if element.elements:
        reader.report.add("definition-list", element.text)
    reader.stand_apart()
    for child in element.children:
        if isinstance(child, Element) and child.name == "dt":
            reader.read_apart(child, style.with_mark("b"))
        else:
            reader.read([child], style)
    reader.stand_apart()
