"""Quotations: our quote block holds plain words, who said them, and one address."""

from dataclasses import replace

from django.utils.translation import gettext as _

from stories.wordpress.addresses import repair_address
from stories.wordpress.blocks import MAX_ATTRIBUTION, Quote
from stories.wordpress.conversion.inline import BREAK, Style, lines_of, links_of, text_of
from stories.wordpress.conversion.reader import BodyReader
from stories.wordpress.conversion.shortcodes import has_shortcode
from stories.wordpress.markup import HEADINGS, Element

_TOO_MUCH = HEADINGS | frozenset(
    """applet audio blockquote button canvas datalist details dl embed fieldset figure form frame hr iframe img input
    map math noembed noframes object ol pre script select style svg table template textarea ul video xmp""".split()  # noqa: SIM905
)
_EMBEDDED_POSTS = frozenset(
    {"twitter-tweet", "instagram-media", "tiktok-embed", "wp-embedded-content", "fb-post", "bluesky-embed",
     "mastodon-embed", "text-post-media"}
)  # fmt: skip


def read_quotation(reader: BodyReader, element: Element, style: Style) -> None:
    opened = replace(style, in_opened_quote=True)
    if reader.gathering is not None:
        reader.read_apart(element, opened)
        return
    if element.classes & _EMBEDDED_POSTS:
        reader.keep_back(element, style, "embed", _("A post of another site. Its script was not run."))
        return
    quote = None if _holds_too_much(element) else _plain_quote(reader, element, style)
    if quote is None:
        reader.report.add("quote-opened", element.text)
        reader.read_apart(element, opened)
    else:
        reader.add(quote)


def read_attribution(reader: BodyReader, element: Element, style: Style) -> None:
    """Within a quotation, who said it; elsewhere a work's title or the end of a section."""
    if style.in_quote:
        reader.break_line()
        reader.read(element.children, replace(style, is_attribution=True))
        reader.break_line()
    elif element.name == "cite":
        in_italics = style.with_mark("i")
        if style.in_opened_quote:
            reader.read_apart(element, in_italics)
        else:
            reader.read(element.children, in_italics)
    else:
        reader.read_apart(element, style)


def _holds_too_much(element: Element) -> bool:
    return has_shortcode(element.text) or any(inner.name in _TOO_MUCH for inner in element.walk())


def _plain_quote(reader: BodyReader, element: Element, style: Style) -> Quote | None:
    """None when a plain quote would lose a link or the order of the words."""
    told = len(reader.report.notes)
    with reader.gathered(BREAK) as runs:
        reader.read(element.children, replace(style, in_quote=True))
    lines = [line for line in lines_of(runs) if line]
    begin = next((number for number, line in enumerate(lines) if line[0].style.is_attribution), len(lines))
    said, attributed = lines[:begin], lines[begin:]
    attribution = " ".join(map(text_of, attributed))
    links = links_of(attributed)
    fits = (
        said
        and not links_of(said)
        and all(run.style.is_attribution for line in attributed for run in line if run.text.strip())
        and len(attribution) <= MAX_ATTRIBUTION
        and len(links) <= 1
        and all(link.url.startswith(("http://", "https://")) for link in links)
    )
    if not fits:
        del reader.report.notes[told:]
        return None
    cited = repair_address(element["cite"], reader.base).url if element["cite"] else ""
    source = links[0].url if links else cited if cited.startswith("http") else ""
    return Quote("\n".join(map(text_of, said)), attribution, source)
