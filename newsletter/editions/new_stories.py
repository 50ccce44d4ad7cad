"""Which stories are new: published since the newsletter's last edition.

The list belongs to a version, not to a reader: it is looked up once for all who get the same.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from wagtail.models import Locale, Page

from newsletter.audience.models import Newsletter
from newsletter.editions.models import ArchivedEdition, EditionPage, NewsletterPage
from stories.models import NewsPage, ResourcePage, StoryPage, newest_first

# Events have a list of their own, by their own dates.
NEW_TYPES = (StoryPage, NewsPage, ResourcePage)


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
    return list(newest_first(pages).values_list("pk", flat=True)[:many])


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
