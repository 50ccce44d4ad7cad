"""Tags and filters of the public templates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from wagtail.models import Page

from stories.blocks import images_in
from stories.context import Frame, Listing, site_frame
from stories.licences import LICENCES, Licence
from stories.models import ArticlePage, CreditedImage, SiteIdentity
from stories.models.corrections import headline_of
from stories.share_pictures import share_address

register = template.Library()

# Django's English format is American; ours writes the day first. Other languages keep Django's.
DATE_FORMATS = {"en": "j F Y"}
OPEN_GRAPH_LOCALES = {"en": "en_GB", "es": "es_ES", "fr": "fr_FR"}


@register.simple_tag(takes_context=True)
def site_frame_for(context: template.Context) -> Frame:
    """{% site_frame_for as frame %}: who publishes, the band, the menu and the languages of this page."""
    page = context.get("page")
    return site_frame(context["request"], page if isinstance(page, Page) else None, context.get("listing"))


@register.simple_tag
def share_picture_of(page: Any, frame: Frame) -> str:
    """The absolute address of what a link preview shows for a page without a lead picture."""
    if isinstance(page, ArticlePage) and page.pk:
        return frame.root_url + share_address(page, site_name=frame.words.name)
    return frame.root_url + reverse("weave_share", args=[frame.letters])


@dataclass(frozen=True)
class PageMeta:
    """What the head says about a page; addresses are absolute, `canonical` empty where there is none to name."""

    title: str
    description: str
    canonical: str
    url: str
    is_article: bool


@register.simple_tag(takes_context=True)
def page_meta(context: template.Context, frame: Frame) -> PageMeta:
    page, listing = context.get("page"), context.get("listing")
    if isinstance(listing, Listing):
        address = frame.root_url + listing.url
        canonical = f"{address}?page={listing.number}" if listing.number > 1 else address
        return PageMeta(
            listing.title, listing.description or frame.words.tagline, canonical, address, is_article=False
        )
    if not isinstance(page, Page):
        return PageMeta(frame.words.name, frame.words.tagline, "", "", is_article=False)
    descriptions = (
        page.search_description,
        *(getattr(page, name, "") for name in ("standfirst", "introduction")),
    )
    url = page.get_full_url(context["request"]) or ""
    number = getattr(context.get("articles") or context.get("corrections"), "number", 1)
    return PageMeta(
        title=headline_of(page)
        if _is_retracted(page)
        else getattr(page, "public_title", "") or page.seo_title or page.title,
        description=next((text for text in descriptions if text), frame.words.tagline),
        canonical=getattr(page, "canonical_link", "")
        or (f"{url}?page={number}" if url and number > 1 else url),
        url=url,
        is_article=isinstance(page, ArticlePage),
    )


def _is_retracted(page: Page) -> bool:
    return isinstance(page, ArticlePage) and page.is_retracted


@register.filter
def dated(moment: datetime | None) -> SafeString | str:
    """The day in the reader's words, inside <time>. Nothing for a page that was never published."""
    return _time(moment, _day_format()) if moment else ""


@register.filter
def on_day(day: date) -> SafeString:
    """A day without a time, in the reader's words, inside <time>."""
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), date_format(day, _day_format()))


@register.filter
def dated_short(moment: datetime | None) -> SafeString | str:
    """Day, month and time of day, for the wire."""
    # Only English writes the months with a capital letter.
    month = "M" if (get_language() or "en").startswith("en") else "b"
    return _time(moment, f"j {month}, H:i") if moment else ""


@register.filter
def iso(moment: datetime | None) -> str:
    """RFC 3339, to the second, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


@register.filter
def headline(page: Page) -> str:
    """The title as lists show it."""
    return headline_of(page)


@register.filter
def changed_later(page: ArticlePage) -> bool:
    """Whether the page changed on a later day than the one it was published on."""
    if not page.first_published_at or not page.changed_at:
        return False
    return timezone.localdate(page.changed_at) > timezone.localdate(page.first_published_at)


@register.simple_tag
def licence_of(page: Any, identity: SiteIdentity) -> Licence:
    """The licence a page is under: its own, else the site's."""
    return page.effective_licence(identity) if isinstance(page, ArticlePage) else identity.licence


@register.filter
def licence_name(image: CreditedImage) -> str:
    return str(LICENCES[image.licence].name) if image.licence in LICENCES else ""


@register.filter
def pictures_of(page: Any) -> list[CreditedImage]:
    """The lead picture and the pictures in the text that name somebody, each once."""
    lead = [page.lead_image] if getattr(page, "lead_image", None) else []
    unique = {image.pk: image for image in [*lead, *images_in(page.body)] if image and image.credit}
    return list(unique.values())


@register.simple_tag
def open_graph_locale() -> str:
    """Language and territory, as og:locale wants them."""
    code = get_language() or "en"
    return OPEN_GRAPH_LOCALES.get(code, to_locale(code))


def _day_format() -> str:
    return DATE_FORMATS.get(get_language() or "", get_format("DATE_FORMAT"))


def _time(moment: datetime, day_format: str) -> SafeString:
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), date_format(local, day_format)
    )
