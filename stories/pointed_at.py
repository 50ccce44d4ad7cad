"""What the articles of a list point at, such as their topics: one query for each type, however many articles."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from stories.models.articles import ArticlePage


def pointed_at(articles: Iterable[ArticlePage], name: str) -> dict[int, list[Any]]:
    """By article, what its field of that name (authors, topics, places) holds, in its own order; nothing for who has none.

    prefetch_related() would ask as often, but modelcluster then makes a manager and a question for every article apart.
    """
    by_type: dict[type[Model], list[int]] = {}
    for article in articles:
        by_type.setdefault(type(article), []).append(article.pk)
    found: dict[int, list[Any]] = {}
    for model, keys in by_type.items():
        field: Any = model._meta.get_field(name)
        article_column, term = field.m2m_column_name(), field.m2m_reverse_field_name()
        ordering = [f"{term}__{column}" for column in field.related_model._meta.ordering]
        links = field.remote_field.through._default_manager.filter(**{f"{article_column}__in": keys})
        for link in links.select_related(term).order_by(*ordering):
            found.setdefault(getattr(link, article_column), []).append(getattr(link, term))
    return found
