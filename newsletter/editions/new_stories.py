"""Which stories are new: published since the newsletter's last edition.

The list belongs to a version, not to a reader: it is looked up once for all who get the same.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from wagtail.models import Locale, Page

from newsletter.audience.models import Newsletter
from newsletter.editions.models import ArchivedEdition, EditionPage, NewsletterPage
from stories.models import NewsPage, ResourcePage, StoryPage, newest_first

# Events have a list of their own, by their own dates.
NEW_TYPES = (StoryPage, NewsPage, ResourcePage)


@dataclass(frozen=True)
class NewStories:
    """What one list found: pages, the newest first. `only_to` is the segment it is aimed at.

    In a list of each reader's own topics, `topics` holds those of each page by which readers may have it, as translation
    keys, and `pages` all there are. In a list that is the same for every reader it is empty.
    """

    pages: list[int]
    limit: int
    topics: Mapping[int, frozenset[UUID]] = field(default_factory=dict)
    only_to: int | None = None

    def read_by(self, chosen: Collection[UUID] | None) -> list[int]:
        """The newest for who chose these topics; None for who chose none, and gets the whole list."""
        if chosen is None or not self.topics:
            return self.pages[: self.limit]
        wanted = frozenset(chosen)
        return [pk for pk in self.pages if self.topics[pk] & wanted][: self.limit]

    def read_by_anybody(self, topics: Collection[UUID]) -> set[int]:
        """All that readers may get who chose some of these topics, or none: what is newest on one or on several of them."""
        return {pk for chosen in (None, *({topic} for topic in topics)) for pk in self.read_by(chosen)}

    @cached_property
    def topics_with_news(self) -> frozenset[UUID]:
        return frozenset().union(*self.topics.values())


def newest(
    *,
    locale: Locale,
    many: int,
    topics: Collection[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    but: Collection[int] = (),
) -> list[int]:
    """Public stories, news and resources in this language, newest first, on any of the topics (translation keys; None: on all).

    After `since` and not after `until`; `but` are pages to leave out, in any language.
    """
    pages = _new_pages(locale=locale, topics=topics, since=since, until=until, but=but)
    return list(pages.values_list("pk", flat=True)[:many])


def new_by_topic(
    *,
    locale: Locale,
    topics: Collection[UUID] | None,
    since: datetime | None,
    until: datetime | None,
    but: Collection[int],
) -> dict[int, frozenset[UUID]]:
    """The same, all of them in the same order, each with its topics; where topics are asked for, with those of them alone."""
    pages = _new_pages(locale=locale, topics=topics, since=since, until=until, but=but)
    on: dict[int, set[UUID]] = defaultdict(set)
    for model in NEW_TYPES:
        key = f"{model._meta.model_name}_id"
        tagged = model.topics.through.objects.filter(**{f"{key}__in": pages.order_by().values("pk")})
        if topics is not None:
            tagged = tagged.filter(topic__translation_key__in=topics)
        for pk, topic in tagged.values_list(key, "topic__translation_key"):
            on[pk].add(topic)
    return {pk: frozenset(on[pk]) for pk in pages.values_list("pk", flat=True)}


def _new_pages(
    *,
    locale: Locale,
    topics: Collection[UUID] | None,
    since: datetime | None,
    until: datetime | None,
    but: Collection[int],
) -> QuerySet[Page]:
    pages = Page.objects.type(*NEW_TYPES).live().public().filter(locale=locale)
    if topics is not None:
        on_topic = Q(pk__in=[])
        for model in NEW_TYPES:
            tagged = model.topics.through.objects.filter(topic__translation_key__in=topics)
            on_topic |= Q(pk__in=tagged.values(f"{model._meta.model_name}_id"))
        pages = pages.filter(on_topic)
    if since:
        pages = pages.filter(first_published_at__gt=since)
    if until:
        pages = pages.filter(first_published_at__lte=until)
    if but:
        pages = pages.exclude(translation_key__in=Page.objects.filter(pk__in=but).values("translation_key"))
    return newest_first(pages)


def span_of(edition: EditionPage) -> tuple[datetime | None, datetime | None]:
    """(after, until): from the newsletter's last edition to this one's sending, or to now while it was not sent."""
    until = sent_at(edition)
    others = _archived(edition.newsletter).exclude(edition__translation_key=edition.translation_key)
    if until:
        others = others.filter(sent_at__lt=until)
    return others.aggregate(last=Max("sent_at"))["last"], until


def sent_at(edition: EditionPage) -> datetime | None:
    """When this edition was first sent, in whichever language."""
    same = ArchivedEdition.objects.filter(edition__translation_key=edition.translation_key)
    return same.order_by("sent_at").values_list("sent_at", flat=True).first()


def _archived(newsletter: Newsletter) -> QuerySet[ArchivedEdition]:
    """What was sent of this newsletter, in every language."""
    homes = list(NewsletterPage.objects.filter(newsletter=newsletter).values_list("path", flat=True))
    beneath = Q(pk__in=[])
    for path in homes:
        beneath |= Q(edition__path__startswith=path)
    return ArchivedEdition.objects.filter(beneath)
