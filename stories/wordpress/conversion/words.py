"""What stands in a line: links, marks, and the spans that editors and clipboards leave behind."""

import re
from dataclasses import replace

from stories.wordpress.conversion.inline import Link, Run, Style
from stories.wordpress.conversion.reader import BodyReader
from stories.wordpress.markup import Element

_BUTTON_CLASS = re.compile(
    r"(?:^|\s)(?:cta-link|cta|wp-block-button__link|wp-element-button|wp-block-file__button|"
    r"elementor-button|button|btn(?:-[\w-]+)?)(?=\s|$)"
)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)\b")
_NOT_BOLD = re.compile(r"font-weight\s*:\s*(?:normal|[1-5]00)\b")
_ITALIC = re.compile(r"font-style\s*:\s*italic\b")
MARK_OF = {
    **dict.fromkeys(["b", "strong"], "b"),
    **dict.fromkeys(["i", "em", "dfn", "var"], "i"),
    **dict.fromkeys(["code", "kbd", "samp", "tt"], "code"),
    "sub": "sub",
    "sup": "sup",
}
_SHOWN_WITHOUT_WORDS = frozenset({"a", "img", "iframe", "video", "audio", "object", "embed", "svg"})


def is_button(attributes: dict[str, str]) -> bool:
    """Whether a link is dressed as a button; then it stands apart from the words around it."""
    return bool(_BUTTON_CLASS.search(attributes.get("class", "")[:500]))


def _words_outside_links(element: Element) -> str:
    """A link within a link is none of the outer one's words."""
    pieces = []
    for child in element.children:
        if isinstance(child, str):
            pieces.append(child)
        elif child.name != "a" or not child["href"]:
            pieces.append(_words_outside_links(child))
    return "".join(pieces).strip()


def read_link(reader: BodyReader, element: Element, style: Style) -> None:
    href = element["href"]
    if not href:  # <a name="…"> is a place, not a link
        reader.read(element.children, style)
        return
    words = _words_outside_links(element)
    if words and not words.strip("↩\ufe0e\ufe0f") and href.startswith("#"):
        reader.report.add("back-link", href)
        return
    has_words = bool(words)
    if not has_words and not any(inner.name in _SHOWN_WITHOUT_WORDS for inner in element.walk()):
        reader.report.add("empty-link", href)
        reader.read(element.children, style)
        return
    url = reader.follow(href)
    if not url:
        reader.read(element.children, style)
        return
    button = is_button(element.attributes)
    if button:
        reader.runs.append(Run(" "))
    reader.read(element.children, replace(style, link=Link(url, element.start, button, has_words)))
    if button:
        reader.runs.append(Run(" "))


def read_mark(reader: BodyReader, element: Element, style: Style) -> None:
    if element.name == "b" and _NOT_BOLD.search(element["style"]):  # Google Docs wraps whole texts in this
        reader.read(element.children, style)
    else:
        reader.read(element.children, style.with_mark(MARK_OF[element.name]))


def read_span(reader: BodyReader, element: Element, style: Style) -> None:
    if "Apple-converted-space" in element.classes:
        reader.report.add("apple-span")
    look = element["style"][:500]
    if _BOLD.search(look):
        style = style.with_mark("b")
    if _ITALIC.search(look):
        style = style.with_mark("i")
    reader.read(element.children, style)


def read_struck(reader: BodyReader, element: Element, style: Style) -> None:
    reader.report.add("struck-text", element.text)
    reader.read(element.children, style)
