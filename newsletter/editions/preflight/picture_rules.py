"""Rules about what a reader sees who sees it badly, or sees no pictures."""

from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.utils.translation import gettext as _
from PIL import ImageColor

from newsletter.editions.parts import (
    EventsPart,
    HeadingPart,
    HTMLPart,
    ImagePart,
    Part,
    QuotePart,
    StoriesPart,
    TextPart,
)
from newsletter.editions.preflight.reading import blocks_of
from newsletter.editions.preflight.registry import CheckedEdition, CheckedVersion, Fault, Rule
from newsletter.editions.rich_text import parsed
from stories.models import ARTICLE_TYPES
from stories.readable import readable_pages

# Fewer words than this beside a picture, and a reader without pictures has nothing to read.
ENOUGH_WORDS = 20
# WCAG 2.2, 1.4.3: normal text on its background.
ENOUGH_CONTRAST = 4.5


def pictures_are_described(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name in blocks_of(version, "image"):
            picture = block.value["image"]
            if picture is None:
                message = _("%(where)s: there is no picture. Choose one or take the block out.")
                yield Fault(message % {"where": name}, version, block.id)
            elif not _is_described(picture):
                message = _(
                    "%(where)s: the picture has no description for those who do not see it. "
                    "Write one, or say that it is decorative."
                )
                yield Fault(message % {"where": name}, version, block.id)
            elif picture.pk not in version.cards.pictures:
                message = _("%(where)s: the picture's file is missing or broken. Choose another one.")
                yield Fault(message % {"where": name}, version, block.id)


def _is_described(picture: Any) -> bool:
    """In this edition or in the picture's own record. Its title, often a file's name, describes nothing."""
    here = getattr(picture, "decorative", False) or getattr(picture, "contextual_alt_text", "")
    return bool(here or picture.is_decorative or picture.description)


def story_pictures_are_described(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        pictured = {pk for pk, card in version.cards.items() if card.picture}
        for title in _undescribed_leads(pictured, version):
            message = _("The picture of “%(title)s” has no description for those who do not see it.")
            yield Fault(message % {"title": title}, version)


def _undescribed_leads(page_ids: set[int], version: CheckedVersion) -> Iterator[str]:
    """Titles of the stories among these whose lead picture is not decorative, and is not described."""
    shown = {page.pk for page in readable_pages(page_ids, locale=version.edition.locale).values()}
    for model in ARTICLE_TYPES if shown else ():
        leads = model.objects.filter(
            pk__in=shown, lead_image__is_decorative=False, lead_image__description=""
        )
        yield from leads.order_by("pk").values_list("title", flat=True)


def there_is_something_to_read(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        parts = version.parts_for_everybody
        pictures = any(isinstance(part, ImagePart) for part in parts)
        if pictures and sum(map(_words, parts)) < ENOUGH_WORDS:
            message = _(
                "Nearly everything in it is a picture. Who does not load pictures sees nothing, and filters "
                "take such mail for spam: say it in words, too."
            )
            yield Fault(message, version)


def _words(part: Part) -> int:
    if isinstance(part, StoriesPart):
        return sum(len(f"{card.title} {card.standfirst}".split()) for card in part.stories)
    if isinstance(part, EventsPart):
        return sum(len(f"{card.title} {card.when} {card.where}".split()) for card in part.events)
    if isinstance(part, HTMLPart):
        return len(parsed(part.html).get_text(" ").split())
    if isinstance(part, TextPart):
        return len(parsed(part.text).get_text(" ").split())
    return len(part.text.split()) if isinstance(part, HeadingPart | QuotePart) else 0


def buttons_can_be_read(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name in blocks_of(version, "html"):
            for words, ratio in _faint_links(parsed(str(block.value["html"] or ""))):
                message = _(
                    "%(where)s: “%(words)s” is hard to read on its background (contrast %(ratio)s, "
                    "at least %(least)s is needed)."
                )
                numbers = {"ratio": round(ratio, 1), "least": ENOUGH_CONTRAST}
                yield Fault(message % {"where": name, "words": words, **numbers}, version, block.id)
        for button in BeautifulSoup(version.fullest.html, "html.parser").select(".button"):
            for words, _ratio in _faint_links(button):
                message = _(
                    "The button “%(words)s” is hard to read. The mail templates were changed: "
                    "choose colours that stand apart."
                )
                yield Fault(message % {"words": words}, version)


def _faint_links(root: Tag) -> Iterator[tuple[str, float]]:
    """(words, contrast) of links with too little contrast to a background that an inline style gives them."""
    for link in root.find_all("a"):
        behind = _nearest_colour(link, "background-color", "background")
        front = _nearest_colour(link, "color")
        if front is not None and behind is not None:
            ratio = contrast(front, behind)
            if ratio < ENOUGH_CONTRAST:
                yield link.get_text(" ", strip=True)[:60], ratio


Colour = tuple[int, int, int]


def _nearest_colour(element: Tag, *properties: str) -> Colour | None:
    for holder in (element, *element.parents):
        written = {
            name.strip().lower(): value.strip()
            for name, colon, value in (
                rule.partition(":") for rule in str(holder.get("style", "")).split(";")
            )
            if colon
        }
        for name in properties:
            colour = _colour(written.get(name, ""))
            if colour is not None:
                return colour
    return None


def _colour(css: str) -> Colour | None:
    """None for what is no single colour: a picture, a keyword such as `inherit`."""
    try:
        red, green, blue = ImageColor.getrgb(css)[:3]
    except ValueError:
        return None
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Ratio of the relative luminances of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


RULES = [
    Rule("alt_text", "error", pictures_are_described),
    Rule("story_alt_text", "warning", story_pictures_are_described),
    Rule("only_pictures", "warning", there_is_something_to_read),
    Rule("contrast", "warning", buttons_can_be_read),
]
