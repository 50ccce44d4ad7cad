"""The feeds there are: a registry that any room may add channels to.

A channel is one stream of articles in one language of one site. A source lists the channels of a scope; it is registered under
a slug ("stories") or, when it lists several, under their common prefix ending in a hyphen ("topic-").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, Site
from wagtail.query import PageQuerySet

from stories.models import ArticlePage, NewsPage, SiteIdentity, StoryPage, Topic

from .entries import FeedEntry, Person

ARTICLES_PER_FEED = 50


class UnknownChannel(LookupError):
    """No source lists a channel of that name in that scope."""


@dataclass(frozen=True)
class Scope:
    """The public pages of one site in one language."""

    site: Site
    locale: Locale

    @property
    def language(self) -> str:
        return self.locale.language_code

    @cached_property
    def home(self) -> Page | None:
        """The site's root page in this language."""
        root = self.site.root_page
        if root.locale_id == self.locale.pk:
            return root
        return Page.objects.filter(translation_key=root.translation_key, locale=self.locale).first()

    @cached_property
    def home_url(self) -> str:
        return (self.home.full_url if self.home else None) or self.site.root_url + "/"

    def url(self, view: str, *args: object) -> str:
        """The absolute address of one of our views in this language."""
        with translation.override(self.language):
            return self.site.root_url + reverse(view, args=args)

    def articles(self, *models: type[ArticlePage]) -> PageQuerySet:
        """Dated pages of those types that anybody may read, in no order."""
        if self.home is None:
            return Page.objects.none()
        return (
            Page.objects.descendant_of(self.home)
            .type(*models)
            .filter(locale=self.locale, first_published_at__isnull=False)
            .live()
            .public()
        )


# Pages, their scope, the site's identity and who publishes when a page names nobody → entries in the same order.
Entries = Callable[[PageQuerySet, Scope, SiteIdentity, Person], tuple[FeedEntry, ...]]


@dataclass(frozen=True)
class Channel:
    """articles gives the live public articles, unordered and unbounded; covers says whether a page is or was one of them.

    Pages that are no articles say with `entries` what a feed tells of them.
    """

    slug: str
    scope: Scope
    title: str | Promise
    description: str | Promise
    articles: Callable[[], PageQuerySet]
    covers: Callable[[Page], bool]
    html_url: str
    entries: Entries | None = None

    def newest(self, count: int = ARTICLES_PER_FEED) -> PageQuerySet:
        return self.articles().order_by("-first_published_at", "-pk")[:count]

    def archive(self, number: int) -> PageQuerySet:
        """The articles of one archive, newest first. Archive 1 holds the oldest, so a number keeps its articles."""
        start = (number - 1) * ARTICLES_PER_FEED
        return self.articles().order_by("first_published_at", "pk")[start : start + ARTICLES_PER_FEED]


ChannelSource = Callable[[Scope], Iterable[Channel]]

_sources: dict[str, ChannelSource] = {}


def register_channel(slug_or_prefix: str, source: ChannelSource) -> None:
    """Add the channels a source lists. Raises ValueError when the name is taken."""
    if slug_or_prefix in _sources:
        raise ValueError(f"A feed channel is already registered as {slug_or_prefix!r}.")
    _sources[slug_or_prefix] = source


def list_channels(scope: Scope) -> list[Channel]:
    return [channel for source in _sources.values() for channel in source(scope)]


def find_channel(slug: str, scope: Scope) -> Channel:
    """Raises UnknownChannel."""
    for name, source in _sources.items():
        if slug == name or (name.endswith("-") and slug.startswith(name)):
            for channel in source(scope):
                if channel.slug == slug:
                    return channel
    raise UnknownChannel(slug)


def _of_type(
    slug: str, title: str | Promise, description: str | Promise, *models: type[ArticlePage]
) -> ChannelSource:
    def source(scope: Scope) -> Iterable[Channel]:
        yield Channel(
            slug=slug,
            scope=scope,
            title=title,
            description=description,
            articles=lambda: scope.articles(*models),
            covers=lambda page: isinstance(page, models) and page.locale_id == scope.locale.pk,
            html_url=scope.home_url,
        )

    return source


def topic_channels(scope: Scope) -> Iterable[Channel]:
    """A channel for each topic of this language. An article tagged with the topic's translation is in it too."""
    return [_topic_channel(scope, topic) for topic in Topic.objects.filter(locale=scope.locale)]


def _topic_channel(scope: Scope, topic: Topic) -> Channel:
    models = (StoryPage, NewsPage)

    def articles() -> PageQuerySet:
        tagged = Q()
        for model in models:
            tagged |= Q(
                pk__in=model.objects.filter(topics__translation_key=topic.translation_key).values("pk")
            )
        return scope.articles(*models).filter(tagged)

    def covers(page: Page) -> bool:
        return (
            isinstance(page, models)
            and page.locale_id == scope.locale.pk
            and page.topics.filter(translation_key=topic.translation_key).exists()
        )

    slug = f"topic-{topic.slug}"
    return Channel(
        slug=slug,
        scope=scope,
        title=topic.name,
        description=topic.description or _topic_description(scope, topic),
        articles=articles,
        covers=covers,
        html_url=f"{scope.url('feeds:index')}#{slug}",
    )


def _topic_description(scope: Scope, topic: Topic) -> str:
    with translation.override(scope.language):
        return translation.gettext("Stories and news about this topic: %(topic)s.") % {"topic": topic.name}


register_channel(
    "all", _of_type("all", _("Everything"), _("All our stories and news, newest first."), StoryPage, NewsPage)
)
register_channel(
    "stories", _of_type("stories", _("Stories"), _("Told stories: people, places, pictures."), StoryPage)
)
register_channel("news", _of_type("news", _("News"), _("Short, dated announcements."), NewsPage))
register_channel("topic-", topic_channels)
