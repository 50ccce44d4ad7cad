"""The tree of a WordPress text, with the end tags that HTML lets authors leave out (WHATWG HTML §13.2.6, shortened).

Neither of BeautifulSoup's parsers would do: under html.parser an unclosed <p> holds all that follows, and lxml ends
a heading at the first paragraph inside it, so that "<h2><p>Title</p></h2>" is a heading no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from stories.wordpress.errors import DocumentError
from stories.wordpress.tokens import VOID, EndTag, StartTag, Text, read_tokens

# Real pages from page builders reach about forty.
MAX_DEPTH = 150

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Everything else stands apart from the words around it. A custom element is inline, as in a browser.
_KNOWN_BLOCKS = frozenset(
    """address applet area article aside audio base blockquote body br button canvas caption center col colgroup
    datalist dd details dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4
    h5 h6 head header hgroup hr html iframe image img input legend li link main map math menu meta nav noembed
    noframes noscript object ol optgroup option p param picture plaintext pre progress script search section select
    source style summary svg table tbody td template textarea tfoot th thead title tr track ul video xmp""".split()  # noqa: SIM905
)
_CLOSES_PARAGRAPH = frozenset(
    """address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre search section summary table ul""".split()  # noqa: SIM905
)
# An end tag left out is never looked for beyond these.
_SEALED = frozenset({"applet", "button", "math", "noscript", "object", "svg", "template"})
_SCOPES = _SEALED | {"table", "td", "th", "caption"}
_TABLE_PARTS = frozenset({"caption", "colgroup", "thead", "tbody", "tfoot"})
_IN_TABLE = frozenset({"table", "tr", "td", "th"}) | _TABLE_PARTS
_TABLE_TAGS = frozenset({"tr", "td", "th", "tbody", "thead", "tfoot"})
# A heading or a quotation inside an item is part of it, and so is a list's item in there.
_WITHIN_ITEM = _KNOWN_BLOCKS - {"address", "div", "p"}
# What a start tag ends: the nearest of the first names, unless one of the second lies between.
_ENDS_BEFORE: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _WITHIN_ITEM - {"li"}),
    "dt": (frozenset({"dt", "dd"}), _WITHIN_ITEM - {"dt", "dd"}),
    "dd": (frozenset({"dt", "dd"}), _WITHIN_ITEM - {"dt", "dd"}),
    "option": (frozenset({"option"}), _SEALED | {"select", "datalist", "optgroup"}),
    "optgroup": (frozenset({"option", "optgroup"}), _SEALED | {"select"}),
    "tr": (frozenset({"tr"}), _SEALED | {"table"}),
    "td": (frozenset({"td", "th"}), _SEALED | {"tr", "table"}),
    "th": (frozenset({"td", "th"}), _SEALED | {"tr", "table"}),
    "tbody": (_TABLE_PARTS, _SEALED | {"table"}),
    "thead": (_TABLE_PARTS, _SEALED | {"table"}),
    "tfoot": (_TABLE_PARTS, _SEALED | {"table"}),
}


def is_inline(name: str) -> bool:
    return name not in _KNOWN_BLOCKS


@dataclass(slots=True)
class Element:
    """`start` and `end` are offsets in the source, so that what is kept back can be quoted letter by letter."""

    name: str
    attributes: dict[str, str]
    start: int
    end: int = 0
    children: list["Element | str"] = field(default_factory=list)
    ends_with_parent: bool = False
    # Begun outside of the block it stands in, and not over when that block is.
    goes_on: bool = False

    def __getitem__(self, attribute: str) -> str:
        """The attribute's value without surrounding blanks, empty when there is none."""
        return self.attributes.get(attribute, "").strip()

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self["class"].split())

    @property
    def elements(self) -> list["Element"]:
        return [child for child in self.children if isinstance(child, Element)]

    def walk(self) -> Iterator["Element"]:
        """Every element below this one, in the order of the text."""
        for child in self.elements:
            yield child
            yield from child.walk()

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


def read_markup(html: str) -> Element:
    """The root of the tree, an element named "body". Raises DocumentError where nesting is deeper than MAX_DEPTH."""
    open_elements = [Element("body", {}, 0)]
    for token in read_tokens(html):
        match token:
            case Text():
                open_elements[-1].children.append(token.text)
            case StartTag():
                reopened = _close_what_ends_before(token, open_elements)
                element = Element(token.name, token.attributes, token.start, token.end)
                open_elements[-1].children.append(element)
                if token.name not in VOID:
                    open_elements.append(element)
                for inline in reopened:
                    open_elements[-1].children.append(inline)
                    open_elements.append(inline)
                if len(open_elements) > MAX_DEPTH:
                    raise DocumentError(
                        _("The HTML is nested more than %(limit)d levels deep.") % {"limit": MAX_DEPTH}
                    )
            case EndTag():
                _close(token, open_elements)
    _pop_to(open_elements, 0, len(html))
    return open_elements[0]


def _pop_to(open_elements: list[Element], index: int, position: int) -> None:
    while len(open_elements) > index:
        open_elements[-1].end = position
        if len(open_elements) == 1:
            return
        open_elements.pop()
    while open_elements[-1].ends_with_parent:
        open_elements.pop().end = position


def _innermost(names: frozenset[str], scopes: frozenset[str], open_elements: list[Element]) -> int | None:
    """Where in the stack the innermost open element of one of these names is, unless a scope lies between."""
    for index in range(len(open_elements) - 1, 0, -1):
        name = open_elements[index].name
        if name in names:
            return index
        if name in scopes:
            return None
    return None


def _close_what_ends_before(tag: StartTag, open_elements: list[Element]) -> list[Element]:
    """Ends what the tag implies to be over. Links and marks that were open in it go on: they are given back, empty."""
    ended: int | None = None
    if tag.name in _CLOSES_PARAGRAPH:
        ended = _innermost(frozenset({"p"}), _SCOPES, open_elements)
    if tag.name in HEADINGS and open_elements[-1].name in HEADINGS:
        ended = len(open_elements) - 1 if ended is None else ended
    ends = _ENDS_BEFORE.get(tag.name)
    if tag.name in _TABLE_TAGS and all(element.name != "table" for element in open_elements):
        ends = None  # rows and cells outside of a table mean nothing, as in a browser
    if ends is not None:
        outer = _innermost(*ends, open_elements=open_elements)
        ended = outer if ended is None or (outer is not None and outer < ended) else ended
    if ended is None:
        return []
    going_on: dict[str, Element] = {}
    for element in open_elements[ended + 1 :]:
        if not is_inline(element.name):
            going_on.clear()
        elif not element.ends_with_parent:
            going_on[element.name] = _again(element, tag.start)
    _pop_to(open_elements, ended, tag.start)
    return list(going_on.values())


def _close(tag: EndTag, open_elements: list[Element]) -> None:
    if tag.name == "br":  # </br> is a line break, so the standard says
        open_elements[-1].children.append(Element("br", {}, tag.start, tag.end))
        return
    names = HEADINGS if tag.name in HEADINGS else frozenset({tag.name})
    scopes = _SEALED | {"table"} if tag.name in _IN_TABLE else _SCOPES
    if tag.name in _SEALED:  # closes whatever was left open in it
        scopes = frozenset()
    index = _innermost(names, scopes - names, open_elements)
    if index is None:
        if not is_inline(tag.name):  # one too many still parts the words around it
            open_elements[-1].children.append(Element("div", {}, tag.start, tag.end))
        return
    if is_inline(tag.name) and not all(is_inline(element.name) for element in open_elements[index + 1 :]):
        # <b><h2>…</b> rest of the heading</h2>: the mark ends together with the block that it does not enclose.
        open_elements[index].ends_with_parent = True
        return
    going_on = [_again(element, tag.end) for element in open_elements[index + 1 :] if element.goes_on]
    _pop_to(open_elements, index, tag.end)
    for inline in going_on:
        open_elements[-1].children.append(inline)
        open_elements.append(inline)


def _again(inline: Element, position: int) -> Element:
    return Element(inline.name, inline.attributes, inline.start, position, goes_on=True)
