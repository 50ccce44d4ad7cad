"""A reader of HTML tokens (WHATWG HTML §13.2.5, shortened) for markup by strangers.

Its time grows in proportion to the text: Python's own html.parser needs minutes for a megabyte of "<!--"
(CVE-2025-6069). What never ends is refused instead of guessed at, because a guess may swallow the rest of the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from django.utils.translation import gettext as _

from stories.wordpress.errors import DocumentError

VOID = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr".split()  # noqa: SIM905
)
# Their content is text up to the matching end tag; the second group still decodes character references.
RAW_TEXT = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes"})
RAW_TEXT_WITH_REFERENCES = frozenset({"textarea", "title"})

_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"[a-zA-Z][^ \t\n\f\r/>]*")
_BETWEEN_ATTRIBUTES = re.compile(r"[ \t\n\f\r/]*")
_ATTRIBUTE_NAME = re.compile(r"=?[^ \t\n\f\r/>=]*")
_EQUALS = re.compile(r"[ \t\n\f\r]*=[ \t\n\f\r]*")
_UNQUOTED = re.compile(r"[^ \t\n\f\r>]*")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;)")


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class StartTag:
    """`start` and `end` are offsets of the tag itself in the source."""

    name: str
    attributes: dict[str, str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EndTag:
    name: str
    start: int
    end: int


Token = Text | StartTag | EndTag


def read_tokens(html: str) -> Iterator[Token]:
    """Texts with character references decoded, and tags with lower-case names; comments and declarations vanish.

    Raises DocumentError for a tag, comment, quotation mark or script that never ends.
    """
    at = 0
    while (found := _MARKUP.search(html, at)) is not None:
        if found.start() > at:
            yield Text(unescape(html[at : found.start()]))
        start = found.start()
        if _NAME.match(html, start + 1):
            tag = _read_start_tag(html, start)
            yield tag
            at = tag.end
            if tag.name in RAW_TEXT or tag.name in RAW_TEXT_WITH_REFERENCES:
                closing = re.compile(rf"</{re.escape(tag.name)}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(
                    html, at
                )
                if closing is None:
                    raise _never_ends(html, start)
                if closing.start() > at:
                    raw = html[at : closing.start()]
                    yield Text(unescape(raw) if tag.name in RAW_TEXT_WITH_REFERENCES else raw)
                at = closing.start()
        elif html[start + 1] == "/" and _NAME.match(html, start + 2):
            closing_tag = _read_start_tag(html, start + 1)
            yield EndTag(closing_tag.name, start, closing_tag.end)
            at = closing_tag.end
        else:
            at = _end_of_comment(html, start)
    if at < len(html):
        yield Text(unescape(html[at:]))


def _read_start_tag(html: str, start: int) -> StartTag:
    """The tag at `start`, a "<" or the "/" of an end tag, which a name follows."""
    at = _end_of(_NAME, html, start + 1)
    name = html[start + 1 : at].lower()
    attributes: dict[str, str] = {}
    while True:
        at = _end_of(_BETWEEN_ATTRIBUTES, html, at)
        if at >= len(html):
            raise _never_ends(html, start)
        if html[at] == ">":
            return StartTag(name, attributes, start, at + 1)
        attribute_end = _end_of(_ATTRIBUTE_NAME, html, at)
        attribute, value = html[at:attribute_end].lower(), ""
        at = attribute_end
        if equals := _EQUALS.match(html, at):
            at = equals.end()
            quote = html[at : at + 1]
            if quote in {'"', "'"}:
                closing = html.find(quote, at + 1)
                if closing < 0:
                    raise _never_ends(html, start)
                value, at = html[at + 1 : closing], closing + 1
            else:
                value_end = _end_of(_UNQUOTED, html, at)
                value, at = html[at:value_end], value_end
        attributes.setdefault(attribute, _unescape_attribute(value))


def _end_of(pattern: re.Pattern[str], html: str, at: int) -> int:
    found = pattern.match(html, at)
    return found.end() if found else at


def _unescape_attribute(value: str) -> str:
    # "?a=1&copy=2" is no copyright sign: without its semicolon a name is left alone here (WHATWG HTML §13.2.5.73).
    return _REFERENCE.sub(lambda reference: unescape(reference[0]), value) if "&" in value else value


def _end_of_comment(html: str, start: int) -> int:
    if html.startswith(("<!-->", "<!--->"), start):
        return html.index(">", start) + 1
    ending = "-->" if html.startswith("<!--", start) else ">"
    end = html.find(ending, start + 2 if ending == ">" else start + 4)
    if end < 0:
        raise _never_ends(html, start)
    return end + len(ending)


def _never_ends(html: str, start: int) -> DocumentError:
    return DocumentError(
        _(
            "The HTML is cut off or broken: what begins with %(beginning)r at character %(position)d never ends."
        )
        % {"beginning": html[start : start + 40], "position": start + 1}
    )
