"""HTML an editor pasted as it is: the one allow-list of what a mail may hold, and no request to anybody else."""

import re
from typing import cast

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from bs4 import BeautifulSoup
from bs4.dammit import EntitySubstitution
from bs4.element import NavigableString, Tag
from bs4.formatter import HTMLFormatter

from newsletter.editions.addresses import sendable_address
from newsletter.editions.characters import in_mjml_attribute, sendable
from newsletter.editions.rich_text import Words
from stories.sanitising import LINK_SCHEMES

# Without pictures: each would be a request to somebody else, or a size nobody chose.
ELEMENTS = frozenset(
    [
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "b",
        "i",
        "strong",
        "em",
        "u",
        "s",
        "a",
        "sup",
        "sub",
        "code",
        "pre",
        "blockquote",
        "div",
        "span",
        "center",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    ]
)
# Widths are left out: a table as wide as its writer's screen would not fit a phone's.
ATTRIBUTES = {
    "*": ["style", "dir", "lang"],
    "a": ["href"],
    "ol": ["start"],
    "table": ["align", "cellpadding", "cellspacing", "role"],
    "td": ["align", "valign", "colspan", "rowspan"],
    "th": ["align", "valign", "colspan", "rowspan", "scope"],
}
# Every mail program of tests/payloads/caniemail.json shows these; none can load anything or leave its place.
PROPERTIES = frozenset(
    {
        "background-color",
        "border",
        "border-bottom",
        "border-collapse",
        "border-color",
        "border-left",
        "border-right",
        "border-style",
        "border-top",
        "border-width",
        "color",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "letter-spacing",
        "line-height",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "text-align",
        "text-decoration",
        "vertical-align",
    }
)
# Their content is no text: bleach alone would leave it standing.
_UNREADABLE = re.compile(
    r"<(script|style|template|title|head|svg|math|textarea)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_FUNCTION = re.compile(r"[(\\@<]")


class _Attributes(HTMLFormatter):
    """Attributes as the mail's renderer wants them: see in_mjml_attribute()."""

    def attribute_value(self, value: str) -> str:
        return in_mjml_attribute(str(self.substitute(value)).replace('"', "&quot;"))


def sanitise_mail_html(html: str) -> str:
    """HTML with nothing in it but what mail programs show and what asks nobody for anything.

    Text is kept when its element is not allowed. Whole and balanced, whatever was pasted.
    """
    # A Cleaner is not thread-safe (bleach says so in its documentation), hence one per call.
    cleaner = Cleaner(
        tags=ELEMENTS,
        attributes=ATTRIBUTES,
        protocols=LINK_SCHEMES,
        strip=True,
        strip_comments=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=PROPERTIES),
    )
    once = _without_functions(cleaner.clean(_UNREADABLE.sub("", sendable(html)))).decode_contents()
    # What html5lib writes of a link within a table it reads as two links beside it: only the second writing stays.
    return _without_functions(cleaner.clean(once)).decode_contents()


def finished_mail_html(html: str, *, words: Words) -> str:
    """Sanitised again, for what never went through the form; links absolute, `words` applied to every piece of text."""
    root = _tree(sanitise_mail_html(html))
    for link in root.find_all("a"):
        href = sendable_address(str(link.get("href", "")))
        if href:
            link["href"] = href
        else:
            link.unwrap()
    for text in root.find_all(string=True):
        text.replace_with(NavigableString(words(str(text))))
    return root.decode_contents() if root.get_text(strip=True) else ""


def mail_markup(html: str) -> str:
    """A finished text as an MJML template may hold it."""
    return _tree(html).decode_contents(
        formatter=_Attributes(entity_substitution=EntitySubstitution.substitute_xml)
    )


def _without_functions(html: str) -> Tag:
    """Styles hold plain values: no url(), no escapes that would hide one."""
    root = _tree(html)
    for element in root.find_all(style=True):
        kept = [
            rule for rule in str(element["style"]).split(";") if rule.strip() and not _FUNCTION.search(rule)
        ]
        if kept:
            element["style"] = ";".join(rule.strip() for rule in kept)
        else:
            del element["style"]
    return root


def _tree(html: str) -> Tag:
    return cast(Tag, BeautifulSoup(f"<div>{html}</div>", "html.parser").div)
