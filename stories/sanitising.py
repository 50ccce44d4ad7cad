"""Which markup a paragraph may hold: the one allow-list for editors' rich text and for imported text."""

import re
from collections.abc import Callable

from bleach.sanitizer import Cleaner

# The elements of RICH_TEXT_FEATURES (stories.blocks.text) as Wagtail stores them, footnotes (stories.blocks.notes), and
# strong and em, which become b and i below.
ELEMENTS = frozenset(
    {"p", "ul", "ol", "li", "b", "i", "strong", "em", "a", "br", "sup", "sub", "code", "footnote"}
)
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
# Wagtail's own references: <a linktype="page" id="3">. Anything but a number would break the page that shows it.
REFERENCES = frozenset({"page", "document"})

_RENAMED = {"strong": "b", "em": "i"}
_RENAMED_TAG = re.compile(r"<(/?)(strong|em)>")
# Scripts and styles: bleach alone would leave their source standing as text.
_UNREADABLE = re.compile(r"<(script|style|template)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def _may_keep(element: str, attribute: str, value: str) -> bool:
    if attribute == "id":
        return value.isascii() and value.isdigit()
    if attribute == "linktype":
        return value in REFERENCES
    return attribute == "href"


_ATTRIBUTES: dict[str, Callable[[str, str, str], bool]] = {"a": _may_keep}


def sanitise_rich_text(html: str) -> str:
    """HTML with nothing in it but what a paragraph block may hold, in the form Wagtail's editor stores.

    Text is kept when its element is not allowed; addresses keep http, https, mailto, tel and no scheme at all.
    """
    # A Cleaner is not thread-safe (bleach says so in its documentation), hence one per call.
    cleaner = Cleaner(
        tags=ELEMENTS,
        attributes=_ATTRIBUTES,
        protocols=LINK_SCHEMES,
        strip=True,
        strip_comments=True,
    )
    cleaned = cleaner.clean(_UNREADABLE.sub("", html))
    return _RENAMED_TAG.sub(lambda tag: f"<{tag[1]}{_RENAMED[tag[2]]}>", cleaned)
