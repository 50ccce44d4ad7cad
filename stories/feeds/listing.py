"""The feeds as people and browsers find them: on the page "Take our news", in a page's head, on the page of an unknown feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import translation
from wagtail.models import Locale

from .channels import Channel, Scope, find_channel, list_channels
from .documents import feed_url
from .formats import FORMATS

HEADLINES = 3
# In the head of every page; a page's own topics are added.
AUTODISCOVERED = ("all", "stories", "news")


@dataclass(frozen=True)
class Headline:
    title: str
    url: str


@dataclass(frozen=True)
class Address:
    name: str
    extension: str
    media_type: str
    url: str


@dataclass(frozen=True)
class ListedFeed:
    slug: str
    title: str
    description: str
    addresses: tuple[Address, ...]
    headlines: tuple[Headline, ...] = ()


@dataclass(frozen=True)
class ListedLanguage:
    code: str
    name: str
    feeds: tuple[ListedFeed, ...]


def list_languages(scope: Scope) -> list[ListedLanguage]:
    """Every language the site is published in, that of the scope first, each feed with its last headlines."""
    scopes = [Scope(scope.site, locale) for locale in Locale.objects.all()]
    published = sorted(
        (other for other in scopes if other.home),
        key=lambda other: (other.locale != scope.locale, other.language),
    )
    return [
        ListedLanguage(
            other.language,
            translation.get_language_info(other.language)["name_local"].capitalize(),
            tuple(list_feeds(other, headlines=HEADLINES)),
        )
        for other in published
    ]


def list_feeds(scope: Scope, *, headlines: int = 0) -> list[ListedFeed]:
    return [_listed(channel, headlines) for channel in list_channels(scope)]


def autodiscovered(scope: Scope, own: Iterable[str] = ()) -> list[ListedFeed]:
    """The general ones, and `own`: names of channels of this page. Raises UnknownChannel."""
    return [_listed(find_channel(slug, scope)) for slug in (*AUTODISCOVERED, *own)]


def _listed(channel: Channel, headlines: int = 0) -> ListedFeed:
    scope = channel.scope
    with translation.override(scope.language):
        return ListedFeed(
            slug=channel.slug,
            title=str(channel.title),
            description=str(channel.description),
            addresses=tuple(
                Address(
                    feed_format.name,
                    feed_format.extension,
                    feed_format.media_type,
                    feed_url(channel, feed_format),
                )
                for feed_format in FORMATS.values()
            ),
            headlines=tuple(
                Headline(page.title, page.full_url or scope.home_url) for page in channel.newest(headlines)
            )
            if headlines
            else (),
        )
