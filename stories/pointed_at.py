"""What the articles of a list point at, such as their topics: two queries, however many articles of however many types."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from stories.models.articles import ArticlePage


def pointed_at(articles: Iterable[ArticlePage], name: str) -> dict[int, list[Any]]:
    """By article, what its field of that name (authors, topics, places) holds, in its own order; nothing for who has none.

    prefetch_related() would ask for each type apart, and modelcluster then makes a manager and a question for every article.
    """
    by_type: dict[type[Model], list[int]] = {}
    for article in articles:
        by_type.setdefault(type(article), []).append(article.pk)
    links = []
    for model, keys in by_type.items():
        field: Any = model._meta.get_field(name)
        article_key, term_key = field.m2m_column_name(), field.m2m_reverse_name()
        of_type = field.remote_field.through._default_manager.filter(**{f"{article_key}__in": keys})
        links.append(of_type.order_by().values_list(article_key, term_key))
    if not links:
        return {}
    first, *others = links
    articles_of: dict[int, list[int]] = {}
    for article_pk, term_pk in first.union(*others, all=True) if others else first:
        articles_of.setdefault(term_pk, []).append(article_pk)
    found: dict[int, list[Any]] = {}
    for term in field.related_model._default_manager.filter(pk__in=articles_of):
        for article_pk in articles_of[term.pk]:
            found.setdefault(article_pk, []).append(term)
    return found
