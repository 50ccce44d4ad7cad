"""Where to read on at the foot of an article: the ones before and after it, and those about the same."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from wagtail.models import Page
from wagtail.query import PageQuerySet

from stories.finding.published import having, ids_of_concepts, terms_of_articles
from stories.models import ARTICLE_TYPES, ArticlePage, Topic, newest_first
from stories.models.corrections import mark_retracted
from stories.models.series import told_together
from stories.readable import everybodys
from stories.remembering import remembered

RELATED = 3
# Related ones are looked for among the newest of the language first. Looking at all would cost the more the older a newsroom
# is; topics so seldom that these hold too few of them are looked up everywhere.
LOOKED_AT = 200


@dataclass(frozen=True)
class ReadingOn:
    older: Page | None
    newer: Page | None
    related: list[Page]


def reading_on(article: ArticlePage) -> ReadingOn:
    """Six queries at most. Older and newer: of the same type in the same section, in the order of the section's list."""
    others = everybodys(Page.objects.filter(locale_id=article.locale_id))
    older = newer = None
    if article.first_published_at and article.pk:
        older, newer = _neighbours(article, others, article.first_published_at)
    related = _related(article, others, besides={key for key in (older, newer) if key})
    # What a link needs of a page, which is a quarter of it.
    linked = Page.objects.only("title", "url_path", "first_published_at")
    pages = linked.in_bulk([key for key in (older, newer, *related) if key])
    mark_retracted(pages.values())
    return ReadingOn(
        pages.get(older or 0), pages.get(newer or 0), [pages[key] for key in related if key in pages]
    )


def _neighbours(
    article: ArticlePage, others: PageQuerySet, moment: datetime
) -> tuple[int | None, int | None]:
    siblings = others.filter(
        path__startswith=article.path[: -Page.steplen],
        depth=article.depth,
        content_type_id=article.content_type_id,
    )
    older = siblings.filter(
        Q(first_published_at__lt=moment) | Q(first_published_at=moment, pk__lt=article.pk),
        first_published_at__lte=moment,
    )
    newer = siblings.filter(
        Q(first_published_at__gt=moment) | Q(first_published_at=moment, pk__gt=article.pk),
        first_published_at__gte=moment,
    )
    keys = (newest_first(older), newer.order_by("first_published_at", "pk"))
    older_key, newer_key = (pages.values_list("pk", flat=True).first() for pages in keys)
    return older_key, newer_key


def _related(article: ArticlePage, others: PageQuerySet, *, besides: set[int]) -> list[int]:
    """The articles with the most topics in common, the newest first among equals; never a part of the same series."""
    keys = {topic.translation_key for topic in article.topic_list}
    if not keys:
        return []
    told_with_it = told_together().get(article.translation_key, frozenset())
    besides = besides | {article.pk}
    newest = _newest(article.locale_id)
    shared = {
        page: len(keys & topics)
        for page, key, topics in newest
        if page not in besides and key not in told_with_it
    }
    # sorted() keeps the order of equals.
    found = sorted((page for page in shared if shared[page]), key=lambda page: -shared[page])[:RELATED]
    # Fewer than were asked for are all there are.
    if len(found) < RELATED and len(newest) == LOOKED_AT:
        candidates = newest_first(
            others.type(*ARTICLE_TYPES).exclude(pk__in=besides).exclude(first_published_at=None)
        ).exclude(translation_key__in=told_with_it)
        everywhere = candidates.filter(having("topics", ids_of_concepts(Topic, keys)))
        found = _most_shared(list(everywhere.values_list("pk", flat=True)[:LOOKED_AT]), keys)
    return found


def _newest(locale_id: int) -> list[tuple[int, UUID, frozenset[UUID]]]:
    """(page, its translation key, those of its topics) of the newest of a language: the same for all its articles."""

    def make() -> list[tuple[int, UUID, frozenset[UUID]]]:
        pages = everybodys(Page.objects.filter(locale_id=locale_id)).type(*ARTICLE_TYPES)
        newest = dict(
            newest_first(pages.exclude(first_published_at=None)).values_list("pk", "translation_key")[
                :LOOKED_AT
            ]
        )
        topics: dict[int, set[UUID]] = {}
        for row in terms_of_articles("topics", page_ids=newest):
            topics.setdefault(row["page"], set()).add(row["key"])
        return [(page, key, frozenset(topics.get(page, ()))) for page, key in newest.items()]

    return remembered(f"newest:{locale_id}", make)


def _most_shared(newest: list[int], keys: set[UUID]) -> list[int]:
    """`newest`: page ids, the newest first."""
    shared = Counter(
        row["page"] for row in terms_of_articles("topics", page_ids=newest) if row["key"] in keys
    )
    # sorted() keeps the order of equals.
    return sorted((key for key in newest if shared[key]), key=lambda key: -shared[key])[:RELATED]
