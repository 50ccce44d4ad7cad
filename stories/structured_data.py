"""What machines read about an article: schema.org as JSON-LD.

NewsArticle: https://schema.org/NewsArticle, https://developers.google.com/search/docs/appearance/structured-data/article
Event: https://schema.org/Event. Corrections: https://schema.org/correction.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import SourceImageIOError

from stories.context import language_of
from stories.licences import LICENCES
from stories.models import ArticlePage, Author, CreditedImage, EventPage, SiteIdentity

# The size templates/components/meta.html shares, so that one file serves both.
SHARE_PICTURE = "fill-1200x630|format-jpeg"
LOGO = "max-600x600|format-png"

# What would end a script element or, in old engines, a line of it; all of them may be written so in JSON.
ESCAPES = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}

Data = dict[str, Any]


@dataclass(frozen=True)
class Crumb:
    """A page on the way from the front page to the article; the address is absolute."""

    title: str
    url: str


@dataclass(frozen=True)
class Surroundings:
    """What stands around an article. Addresses are absolute; `root_url` has no slash at the end.

    `url` and `canonical` are the article's; `picture` is what link previews show of an article without a picture;
    `trail` leads from the front page to the section; `corrections_policy` and `original` may be empty.
    """

    identity: SiteIdentity
    name: str
    root_url: str
    home_url: str
    url: str
    canonical: str
    picture: str
    trail: tuple[Crumb, ...] = ()
    corrections_policy: str = ""
    original: str = ""


def page_data(article: ArticlePage, around: Surroundings) -> Data:
    """The article, or the event, and the way to it."""
    about = _event(article, around) if isinstance(article, EventPage) else _news_article(article, around)
    return {"@context": "https://schema.org", "@graph": [about, _breadcrumbs(article, around)]}


def script_safe(data: Data) -> SafeString:
    """JSON for a script element: whatever an editor wrote, it stays inside."""
    return mark_safe(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES))


def author_address(author: Author, root_url: str) -> str:
    """The author's own page; empty as long as the site has none."""
    try:
        return root_url + reverse("stories:author", args=[author.slug])
    except NoReverseMatch:
        return ""


def _news_article(article: ArticlePage, around: Surroundings) -> Data:
    licence = article.effective_licence(around.identity)
    return _present(
        {
            "@type": "NewsArticle",
            "@id": f"{around.url}#article",
            **_in_common(article, around),
            "headline": article.title,
            "datePublished": _moment(article.first_published_at),
            "dateModified": _moment(article.changed_at),
            "author": _people(article.author_list, around) or [_publisher(around)],
            "translator": _people([article.translator] if article.translator else [], around),
            "publisher": _publisher(around),
            "mainEntityOfPage": {"@type": "WebPage", "@id": around.canonical or around.url},
            "license": licence.url,
            "articleSection": around.trail[-1].title if len(around.trail) > 1 else "",
            "isAccessibleForFree": True,
            "correction": [
                {
                    "@type": "CorrectionComment",
                    "@id": f"{around.url}#{correction.anchor}",
                    "name": str(correction.get_kind_display()),
                    "text": correction.text,
                    "datePublished": _moment(correction.made_at),
                }
                for correction in article.correction_list
            ],
            "creativeWorkStatus": "Retracted" if article.retraction else "",
            "translationOfWork": {"@type": "NewsArticle", "@id": f"{around.original}#article"}
            if around.original
            else {},
        }
    )


def _event(event: EventPage, around: Surroundings) -> Data:
    ways = {(True, True): "Mixed", (False, True): "Online"}
    attended = ways.get((_is_somewhere(event), bool(event.online_link)), "Offline")
    return _present(
        {
            "@type": "Event",
            "@id": f"{around.url}#event",
            **_in_common(event, around),
            "name": event.title,
            "startDate": event.starts_there.isoformat(timespec="seconds") if event.starts_there else "",
            "endDate": event.ends_there.isoformat(timespec="seconds") if event.ends_there else "",
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": f"https://schema.org/{attended}EventAttendanceMode",
            "location": _locations(event),
            "organizer": _publisher(around),
            "mainEntityOfPage": {"@type": "WebPage", "@id": around.canonical or around.url},
            "isAccessibleForFree": True,
        }
    )


def _in_common(article: ArticlePage, around: Surroundings) -> Data:
    return {
        "url": around.url,
        "description": article.standfirst or article.search_description,
        "inLanguage": language_of(article.locale_id),
        "image": [_picture(article.lead_image, around) or {"@type": "ImageObject", "url": around.picture}],
        "keywords": [topic.name for topic in article.topic_list],
    }


def _is_somewhere(event: EventPage) -> bool:
    return bool(event.venue or event.event_place)


def _locations(event: EventPage) -> list[Data]:
    place = event.event_place
    there = {
        "@type": "Place",
        "name": event.venue or (place.name if place else ""),
        "address": _present(
            {
                "@type": "PostalAddress",
                "streetAddress": event.venue,
                "addressLocality": place.name if place else "",
                "addressRegion": place.region if place else "",
                "addressCountry": place.country if place else "",
            }
        ),
    }
    online = {"@type": "VirtualLocation", "url": event.online_link}
    return [*([there] if _is_somewhere(event) else []), *([online] if event.online_link else [])]


def _people(authors: Iterable[Author], around: Surroundings) -> list[Data]:
    return [
        _present(
            {
                "@type": "Person",
                "name": author.name,
                "url": author_address(author, around.root_url) or around.home_url,
                "jobTitle": author.role,
            }
        )
        for author in authors
    ]


def _publisher(around: Surroundings) -> Data:
    logo = _rendition(around.identity.logo, LOGO, around.root_url) if around.identity.logo else {}
    return _present(
        {
            "@type": "NewsMediaOrganization",
            "@id": f"{around.root_url}/#publisher",
            "name": around.name,
            "url": around.home_url,
            "logo": logo or {"@type": "ImageObject", "url": around.root_url + reverse("favicon")},
            "correctionsPolicy": around.corrections_policy,
        }
    )


def _picture(image: CreditedImage | None, around: Surroundings) -> Data:
    """With who made it and on which terms: a picture may be under another licence than its article."""
    found = _rendition(image, SHARE_PICTURE, around.root_url) if image else {}
    if not image or not found:
        return {}
    licence = LICENCES.get(image.licence)
    return _present(
        {
            **found,
            "caption": image.alt,
            "creditText": image.credit,
            "license": licence.url if licence else "",
        }
    )


def _rendition(image: CreditedImage, filter_spec: str, root_url: str) -> Data:
    """Empty when the file cannot be read."""
    try:
        made = image.get_rendition(filter_spec)
    except (OSError, SourceImageIOError, InvalidFilterSpecError):
        return {}
    return {
        "@type": "ImageObject",
        "url": urljoin(root_url, made.url),
        "width": made.width,
        "height": made.height,
    }


def _breadcrumbs(article: ArticlePage, around: Surroundings) -> Data:
    trail = (*around.trail, Crumb(article.title, around.url))
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": crumb.title, "item": crumb.url}
            for position, crumb in enumerate(trail, start=1)
        ],
    }


def _moment(moment: datetime | None) -> str:
    """RFC 3339 with the offset of the site's own time zone."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


def _present(data: Data) -> Data:
    """Without what is empty: a field that says nothing is an error to a validator."""
    return {name: value for name, value in data.items() if value not in ("", None, [], {})}
