"""Where to read on at the foot of an article: the ones before and after it, and those about the same."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from wagtail.models import Page
from wagtail.query import PageQuerySet

from stories.finding.published import having, ids_of_concepts, terms_of_articles
from stories.models import ARTICLE_TYPES, ArticlePage, SeriesPart, Topic, newest_first
from stories.readable import everybodys

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
    """Seven queries at most. Older and newer: of the same type in the same section, in the order of the section's list."""
    others = everybodys(Page.objects.filter(locale_id=article.locale_id))
    older = newer = None
    if article.first_published_at and article.pk:
        older, newer = _neighbours(article, others, article.first_published_at)
    beside = {page.pk for page in (older, newer) if page}
    return ReadingOn(older, newer, _related(article, others, besides=beside))


def _neighbours(
    article: ArticlePage, others: PageQuerySet, moment: datetime
) -> tuple[Page | None, Page | None]:
    siblings = others.sibling_of(article, inclusive=False).filter(content_type_id=article.content_type_id)
    older = siblings.filter(
        Q(first_published_at__lt=moment) | Q(first_published_at=moment, pk__lt=article.pk),
        first_published_at__lte=moment,
    )
    newer = siblings.filter(
        Q(first_published_at__gt=moment) | Q(first_published_at=moment, pk__gt=article.pk),
        first_published_at__gte=moment,
    )
    return newest_first(older).first(), newer.order_by("first_published_at", "pk").first()


def _related(article: ArticlePage, others: PageQuerySet, *, besides: set[int]) -> list[Page]:
    """The articles with the most topics in common, the newest first among equals; never a part of the same series."""
    keys = [topic.translation_key for topic in article.topic_list]
    if not keys:
        return []
    candidates = newest_first(
        others.type(*ARTICLE_TYPES).exclude(pk__in=besides | {article.pk}).exclude(first_published_at=None)
    )
    the_same = Page.objects.filter(translation_key=article.translation_key)
    told_with_it = SeriesPart.objects.filter(series__parts__story__in=the_same)
    candidates = candidates.exclude(translation_key__in=told_with_it.values("story__translation_key"))
    found = _most_shared(list(candidates.values_list("pk", flat=True)[:LOOKED_AT]), keys)
    if len(found) < RELATED:
        everywhere = candidates.filter(having("topics", ids_of_concepts(Topic, keys)))
        found = _most_shared(list(everywhere.values_list("pk", flat=True)[:LOOKED_AT]), keys)
    pages = Page.objects.in_bulk(found)
    return [pages[key] for key in found if key in pages]


def _most_shared(newest: list[int], keys: list[object]) -> list[int]:
    """`newest`: page ids, the newest first."""
    shared = Counter(
        row["page"] for row in terms_of_articles("topics", page_ids=newest) if row["key"] in keys
    )
    # sorted() keeps the order of equals.
    return sorted((key for key in newest if shared[key]), key=lambda key: -shared[key])[:RELATED]
