"""The feeds there are: a registry that any room may add channels to.

A channel is one stream of articles in one language of one site. A source lists the channels of a scope; it is registered under
a slug ("stories") or, when it lists several, under their common prefix ending in a hyphen ("topic-").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial

from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, Site
from wagtail.query import PageQuerySet

from stories.models import (
    ARTICLE_TYPES,
    ArticlePage,
    Author,
    EventPage,
    NewsPage,
    Place,
    ResourcePage,
    SiteIdentity,
    StoryPage,
    Topic,
)
from stories.readable import everybodys

from .entries import FeedEntry, Person

ARTICLES_PER_FEED = 50

Term = Topic | Place | Author


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
        return everybodys(
            Page.objects.descendant_of(self.home)
            .type(*models)
            .filter(locale=self.locale, first_published_at__isnull=False)
        )


# Pages, their scope, the site's identity and who publishes when a page names nobody → entries in the same order.
Entries = Callable[[PageQuerySet, Scope, SiteIdentity, Person], tuple[FeedEntry, ...]]


@dataclass(frozen=True)
class Channel:
    """articles gives the live public articles, unordered and unbounded; covers says whether a page is or was one of them.

    Pages that are no articles say with `entries` what a feed tells of them, and with `order`, oldest first, in which order.
    """

    slug: str
    scope: Scope
    title: str | Promise
    description: str | Promise
    articles: Callable[[], PageQuerySet]
    covers: Callable[[Page], bool]
    html_url: str
    entries: Entries | None = None
    order: tuple[str, str] = ("first_published_at", "pk")

    def newest(self, count: int = ARTICLES_PER_FEED) -> PageQuerySet:
        return self.articles().order_by(*(f"-{field}" for field in self.order))[:count]

    def archive(self, number: int) -> PageQuerySet:
        """The articles of one archive, newest first. Archive 1 holds the oldest, so a number keeps its articles."""
        start = (number - 1) * ARTICLES_PER_FEED
        return self.articles().order_by(*self.order)[start : start + ARTICLES_PER_FEED]


ChannelSource = Callable[[Scope], Iterable[Channel]]

_sources: dict[str, ChannelSource] = {}
_named: dict[str, Callable[[Scope, str], Iterable[Channel]]] = {}
_unlisted: set[str] = set()


def register_channel(
    slug_or_prefix: str,
    source: ChannelSource,
    *,
    listed: bool = True,
    named: Callable[[Scope, str], Iterable[Channel]] | None = None,
) -> None:
    """Add the channels a source lists. Raises ValueError when the name is taken. `listed`: where people choose a feed.

    `named` lists those of one name, that without the prefix; every page asks for some, and has no use for all the others.
    """
    if slug_or_prefix in _sources:
        raise ValueError(f"A feed channel is already registered as {slug_or_prefix!r}.")
    _sources[slug_or_prefix] = source
    if named is not None:
        _named[slug_or_prefix] = named
    if not listed:
        _unlisted.add(slug_or_prefix)


def list_channels(scope: Scope) -> list[Channel]:
    """Those people choose from."""
    listed = (source for name, source in _sources.items() if name not in _unlisted)
    return [channel for source in listed for channel in source(scope)]


def all_channels(scope: Scope) -> list[Channel]:
    return [channel for source in _sources.values() for channel in source(scope)]


def find_channel(slug: str, scope: Scope) -> Channel:
    """Raises UnknownChannel."""
    for name, source in _sources.items():
        if slug == name or (name.endswith("-") and slug.startswith(name)):
            named = _named.get(name)
            for channel in named(scope, slug.removeprefix(name)) if named else source(scope):
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


def term_channels(scope: Scope, model: type[Term]) -> Iterable[Channel]:
    """A channel for each of this language. An article tagged with a term's translation is in it too."""
    # A name in a script of which no slug could be made has no address, and so no feed.
    terms = model._default_manager.filter(locale=scope.locale).exclude(slug="")
    return [_term_channel(scope, term) for term in terms]


def term_channels_named(scope: Scope, slug: str, model: type[Term]) -> Iterable[Channel]:
    terms = model._default_manager.filter(locale=scope.locale, slug=slug)
    return [_term_channel(scope, term) for term in terms]


def _term_channel(scope: Scope, term: Term) -> Channel:
    kind = type(term)._meta.model_name
    same_concept = {f"{kind}s__translation_key": term.translation_key}

    def articles() -> PageQuerySet:
        tagged = Q()
        for model in ARTICLE_TYPES:
            tagged |= Q(pk__in=model.objects.filter(**same_concept).values("pk"))
        return scope.articles(*ARTICLE_TYPES).filter(tagged)

    def covers(page: Page) -> bool:
        return (
            isinstance(page, ARTICLE_TYPES)
            and page.locale_id == scope.locale.pk
            and getattr(page, f"{kind}s").filter(translation_key=term.translation_key).exists()
        )

    return Channel(
        slug=f"{kind}-{term.slug}",
        scope=scope,
        title=term.name,
        description=getattr(term, "description", "") or _term_description(scope, term),
        articles=articles,
        covers=covers,
        html_url=scope.url(f"stories:{kind}", term.slug),
    )


def _term_description(scope: Scope, term: Term) -> str:
    with translation.override(scope.language):
        about = {
            Topic: translation.gettext("Everything we publish about this topic: %(name)s."),
            Place: translation.gettext("Everything we publish from this place: %(name)s."),
            Author: translation.gettext("Everything we publish by this author: %(name)s."),
        }
        return about[type(term)] % {"name": term.name}


register_channel(
    "all",
    _of_type(
        "all",
        _("Everything"),
        _("All our stories, news, events and resources, newest first."),
        *ARTICLE_TYPES,
    ),
)
register_channel(
    "stories", _of_type("stories", _("Stories"), _("Told stories: people, places, pictures."), StoryPage)
)
register_channel("news", _of_type("news", _("News"), _("Short, dated announcements."), NewsPage))
register_channel(
    "events",
    _of_type(
        "events",
        _("Events"),
        _("Gatherings as they are announced, with when and where, and afterwards what came of them."),
        EventPage,
    ),
)
register_channel(
    "resources",
    _of_type(
        "resources",
        _("Resources"),
        _("Guides, templates, reports and data to use again, with their files."),
        ResourcePage,
    ),
)
register_channel(
    "topic-", partial(term_channels, model=Topic), named=partial(term_channels_named, model=Topic)
)
# A newsroom has hundreds of these: their own pages offer them, the lists of feeds do not.
for _prefix, _model in (("place-", Place), ("author-", Author)):
    register_channel(
        _prefix,
        partial(term_channels, model=_model),
        named=partial(term_channels_named, model=_model),
        listed=False,
    )
