"""HTML that may stand in somebody else's page: an allowlist of elements and attributes, and absolute addresses only.

lxml rather than bleach: fifty full articles go through here while a reader waits, and html5lib takes seven times as long.
What editors write went through bleach already when they saved it (stories/sanitising.py).
"""

from __future__ import annotations

from html import escape
from urllib.parse import urljoin, urlsplit

import lxml.html

from .entries import printable

# fmt: off
ALLOWED = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dfn", "div", "dl",
    "dt", "em", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd",
    "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"
})
# Gone with all they hold; every other element that is not allowed leaves its content behind.
DROPPED = frozenset({
    "applet", "audio", "base", "button", "canvas", "datalist", "dialog", "embed", "fieldset", "form",
    "frame", "frameset", "head", "iframe", "input", "link", "math", "meta", "nav", "noembed",
    "noframes", "noscript", "object", "param", "plaintext", "script", "select", "source", "style",
    "svg", "template", "textarea", "title", "track", "video", "xmp"
})
# fmt: on
ATTRIBUTES = {
    "a": {"href", "hreflang", "title"},
    "blockquote": {"cite"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
EVERYWHERE = {"dir", "lang"}
LINK_SCHEMES = {
    "href": {"http", "https", "mailto", "tel"},
    "src": {"http", "https"},
    "cite": {"http", "https"},
}


def clean_html(html: str, base_url: str) -> str:
    """The allowed part of a fragment, its addresses resolved against base_url."""
    html = printable(html)
    if not html.strip():
        return ""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    for element in list(root.iterdescendants()):
        if not isinstance(element.tag, str) or element.tag in DROPPED:
            element.drop_tree()
        elif element.tag not in ALLOWED:
            element.drop_tag()
        else:
            _keep_allowed_attributes(element, base_url)
            if element.tag == "img" and not element.get("src"):
                element.drop_tree()
            elif element.tag == "a" and not element.get("href"):
                element.drop_tag()
    return _inner_html(root).strip()


def text_of(html: str) -> str:
    """The words of a clean fragment on one line, a space where one element ends."""
    if not html:
        return ""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    return " ".join(" ".join(root.itertext()).split())


def absolute_url(address: str, base_url: str, schemes: set[str]) -> str:
    """The address resolved against base_url; empty when it has none of those schemes or cannot be read."""
    try:
        url = urljoin(base_url, address.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in schemes or (parts.scheme in {"http", "https"} and not parts.hostname):
        return ""
    return url.replace(" ", "%20")


def _keep_allowed_attributes(element: lxml.html.HtmlElement, base_url: str) -> None:
    allowed = ATTRIBUTES.get(element.tag, set()) | EVERYWHERE
    for name, value in list(element.attrib.items()):
        if name not in allowed:
            del element.attrib[name]
        elif name in LINK_SCHEMES:
            url = absolute_url(value, base_url, LINK_SCHEMES[name])
            if url:
                element.set(name, url)
            else:
                del element.attrib[name]


def _inner_html(root: lxml.html.HtmlElement) -> str:
    parts = [escape(root.text or "", quote=False)]
    parts.extend(lxml.html.tostring(child, encoding="unicode") for child in root)
    return "".join(parts)
