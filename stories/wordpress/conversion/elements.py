"""What each element of HTML becomes. An element that is not named here is a wrapper, or words in a line."""

from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from stories.wordpress.addresses import embeddable_address
from stories.wordpress.blocks import MAX_EMBED_TITLE, MAX_HEADING, Embed, Heading, Picture, Quarantined
from stories.wordpress.conversion.figures import read_caption, read_figure
from stories.wordpress.conversion.inline import Run, Style, lines_of, links_of, text_of
from stories.wordpress.conversion.lists import read_definitions, read_list
from stories.wordpress.conversion.quotes import read_attribution, read_quotation
from stories.wordpress.conversion.reader import BodyReader, Handler, embed_title
from stories.wordpress.conversion.shortcodes import has_shortcode
from stories.wordpress.conversion.tables import read_table
from stories.wordpress.conversion.words import MARK_OF, read_link, read_mark, read_span, read_struck
from stories.wordpress.markup import Element
from stories.wordpress.pictures import (
    alignment,
    emoji,
    full_size_candidates,
    is_tracking_pixel,
    loads_late,
    picture_address,
)

_LEVELS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_PLAYER_ADDRESSES = ("src", "data-src", "data-lazy-src")


def _break(reader: BodyReader, element: Element, style: Style) -> None:
    reader.break_line()


def _paragraph(reader: BodyReader, element: Element, style: Style) -> None:
    if element.classes & {"wp-caption-text", "gallery-caption"}:
        read_caption(reader, element, style)
        return
    if not element.text.strip() and not element.elements:
        reader.report.add("empty-paragraph")
    reader.read_apart(element, style)


def _heading(reader: BodyReader, element: Element, style: Style) -> None:
    if reader.gathering is not None:
        reader.read_apart(element, style)
        return
    reader.flush()
    told = len(reader.report.notes)
    with reader.gathered(Run(" ")) as runs:
        reader.read(element.children, style)
    (line,) = lines_of(runs)
    text, links = text_of(line), links_of([line])
    lifted, reader.lifted = reader.lifted, []
    if any(isinstance(block, Quarantined) for block, _had_words in lifted):
        del reader.report.notes[told:]
        reader.keep_back(element, style, "markup", _("A heading that holds more than words."))
        return
    for block, had_words in lifted:
        if not had_words:
            reader.append(block)
    if text:
        reader.append(_heading_block(reader, element, style, text, {link.url for link in links}))
    else:
        reader.report.add("empty-heading", reader.source[element.start : element.end])
    for block, had_words in lifted:
        if had_words:
            reader.append(block)
        if isinstance(block, Picture):
            reader.report.add("picture-lifted", block.address)


def _heading_block(
    reader: BodyReader, element: Element, style: Style, text: str, urls: set[str]
) -> Heading | Quarantined:
    if has_shortcode(text):
        reader.report.add("shortcode-in-heading", text)
    source = reader.source_of(element, style)
    if len(urls) > 1 or any(not url.startswith(("http://", "https://")) for url in urls):
        reader.report.add("linked-heading", source)
        return Quarantined(_("A heading with several links, or with a mail or telephone link."), source)
    if len(text) > MAX_HEADING:
        reader.report.add("long-heading", source)
        return Quarantined(_("A heading too long to be one."), source)
    level = _LEVELS[element.name]
    if level != element.name:
        reader.report.add("heading-level", f"{element.name} → {level}: {text}")
    return Heading(text, level, urls.pop() if urls else "")


def _picture(reader: BodyReader, element: Element, style: Style) -> None:
    reader.runs.append(Run(" "))
    if character := emoji(element.attributes):
        reader.report.add("emoji", character)
        reader.say(character, style)
        reader.runs.append(Run(" "))
        return
    if is_tracking_pixel(element.attributes):
        reader.report.add("tracking-pixel", element["src"])
        return
    address = picture_address(element.attributes, reader.base)
    if not address:
        reader.report.add("address-refused", element["src"])
        return
    if loads_late(element.attributes):
        reader.report.add("lazy-picture", address)
    link = style.link if style.link and not style.link.holds_words else None
    reader.lift(
        Picture(
            address=address,
            candidates=full_size_candidates(address),
            alt=" ".join(element["alt"].split()),
            link=link.url if link else "",
            alignment=alignment(element.attributes),
        )
    )


def _frame(reader: BodyReader, element: Element, style: Style) -> None:
    source = next(
        (element[name] for name in _PLAYER_ADDRESSES if element[name].startswith(("http", "//"))), ""
    )
    url = embeddable_address("https:" + source if source.startswith("//") else source)
    if url and style.link is None:
        title = " ".join(element["title"].split())[:MAX_EMBED_TITLE]
        reader.add(Embed(url=url, title=title or embed_title(url)))
    else:
        reader.keep_back(element, style, "embed", _("Content of a site we do not know. It was not loaded."))


def _noscript(reader: BodyReader, element: Element, style: Style) -> None:
    reader.runs.append(Run(" "))
    for inner in element.walk():
        if (
            inner.name == "img"
            and picture_address(inner.attributes, reader.base) not in reader.pictures_shown
        ):
            _picture(reader, inner, style)
    reader.report.add("noscript")


def _line_across(reader: BodyReader, element: Element, style: Style) -> None:
    reader.report.add("separator")
    reader.stand_apart()


def _unseen(reader: BodyReader, element: Element, style: Style) -> None:
    reader.stand_apart()
    if element.name == "style":
        reader.report.add("style-sheet", reader.source[element.start : element.end])


def _drawing(reader: BodyReader, element: Element, style: Style) -> None:
    if element.text.strip():
        reader.keep_back(element, style, "markup", _("A drawing with words in it."))
    else:
        reader.report.add("drawing")
        reader.runs.append(Run(" "))


def _field(reader: BodyReader, element: Element, style: Style) -> None:
    if element.name == "input" and element["type"].lower() == "hidden":
        reader.report.add("hidden-field")
        reader.runs.append(Run(" "))
    elif element.name == "button" and (reader.gathering is not None or not element.text.strip()):
        reader.read_apart(element, style)  # an accordion's heading
    else:
        reader.keep_back(element, style, "form", _("A form or form field of the old site."))


def _wrapper(reader: BodyReader, element: Element, style: Style) -> None:
    if element.classes & {"wp-block-columns", "elementor-row", "vc_row", "et_pb_row"}:
        reader.report.add("columns")
    if element.classes & {"wp-caption", "gallery-item"}:
        read_figure(reader, element, style)
    elif element.classes & {"wp-caption-text", "gallery-caption"}:
        read_caption(reader, element, style)
    else:
        reader.read_apart(element, style)


def _preformatted(reader: BodyReader, element: Element, style: Style) -> None:
    style = replace(style, keeps_blanks=True)
    reader.read_apart(element, style if "wp-block-verse" in element.classes else style.with_mark("code"))


def _summary(reader: BodyReader, element: Element, style: Style) -> None:
    reader.read_apart(element, style.with_mark("b"))


def _keeper(key: str, reason: Promise) -> Handler:
    def keep(reader: BodyReader, element: Element, style: Style) -> None:
        reader.keep_back(element, style, key, str(reason))

    return keep


_FORMS = _keeper("form", lazy("A form or form field of the old site."))
_MEDIA = _keeper("media", lazy("A sound or film file. Upload it, or link to where it can be played."))
_EMBEDS = _keeper("embed", lazy("Content of a site we do not know. It was not loaded."))
_MARKUP = _keeper("markup", lazy("Markup that cannot be shown here."))

HANDLERS: dict[str, Handler] = {
    "a": read_link,
    "blockquote": read_quotation,
    "br": _break,
    "button": _field,
    "cite": read_attribution,
    "del": read_struck,
    "details": BodyReader.read_apart,
    "div": _wrapper,
    "dd": _wrapper,
    "dl": read_definitions,
    "figcaption": read_caption,
    "figure": read_figure,
    "footer": read_attribution,
    "hr": _line_across,
    "iframe": _frame,
    "img": _picture,
    "input": _field,
    "noscript": _noscript,
    "ol": read_list,
    "p": _paragraph,
    "pre": _preformatted,
    "s": read_struck,
    "script": _keeper("script", lazy("A script of the old site. It was not run.")),
    "span": read_span,
    "strike": read_struck,
    "summary": _summary,
    "svg": _drawing,
    "table": read_table,
    "ul": read_list,
    **dict.fromkeys(_LEVELS, _heading),
    **dict.fromkeys(MARK_OF, read_mark),
    **dict.fromkeys(["form", "select", "textarea", "datalist"], _FORMS),
    **dict.fromkeys(["audio", "video"], _MEDIA),
    **dict.fromkeys(["applet", "embed", "frame", "object"], _EMBEDS),
    **dict.fromkeys(["canvas", "map", "math", "noembed", "noframes", "template", "xmp"], _MARKUP),
    **dict.fromkeys(["base", "link", "meta", "param", "source", "style", "title", "track"], _unseen),
}
