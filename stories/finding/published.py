"""What of a site's language anybody may read, and which articles have a term."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q, QuerySet
from wagtail.models import Locale, Page, Site
from wagtail.query import PageQuerySet

from stories.models import ARTICLE_TYPES, Author, Place, Topic
from stories.readable import everybodys

Term = Topic | Place | Author
# The field of an article that holds terms of that model.
FIELDS: dict[type[Term], str] = {Topic: "topics", Place: "places", Author: "authors"}


def public_pages(site: Site, locale: Locale) -> PageQuerySet:
    """Pages of that language below the site's home, of every type, in no order."""
    home = (
        site.root_page.get_translation_or_none(locale)
        if site.root_page.locale_id != locale.pk
        else site.root_page
    )
    if home is None:
        return Page.objects.none()
    return everybodys(Page.objects.descendant_of(home).filter(locale=locale))


def terms_of_articles(field: str, *, page_ids: Iterable[int]) -> QuerySet:
    """Rows {"page", "key"}: an article and the translation key of a term it has, each once.

    A translation may still have the original's terms, so a concept is known by its key, not by its row.
    """
    term, ids = field.removesuffix("s"), list(page_ids)
    parts = []
    for model in ARTICLE_TYPES:
        through = getattr(model, field).through
        page = f"{model._meta.model_name}_id"
        rows = through._default_manager.filter(**{f"{page}__in": ids})
        parts.append(rows.values(page=F(page), key=F(f"{term}__translation_key")))
    first, *others = parts
    return first.union(*others)


def with_term(pages: PageQuerySet, term: Term) -> PageQuerySet:
    """The articles among the pages that have the term or a translation of it."""
    return pages.filter(having(FIELDS[type(term)], term_ids(term)))


def having(field: str, ids: Iterable[int]) -> Q:
    ids = list(ids)
    tagged = Q()
    for model in ARTICLE_TYPES:
        through = getattr(model, field).through
        rows = through._default_manager.filter(**{f"{field.removesuffix('s')}_id__in": ids})
        tagged |= Q(pk__in=rows.values(f"{model._meta.model_name}_id"))
    return tagged


def term_ids(term: Term) -> list[int]:
    """The rows of the concept in every language."""
    return ids_of_concepts(type(term), [term.translation_key])


def ids_of_concepts(model: type[Term], keys: Iterable[UUID]) -> list[int]:
    return list(model._default_manager.filter(translation_key__in=list(keys)).values_list("pk", flat=True))
