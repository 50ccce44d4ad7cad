"""The page of a topic, a place or an author: its articles, and the same concept in other languages."""

from django.urls import reverse
from django.utils import translation
from wagtail.models import Locale, Site
from wagtail.query import PageQuerySet

from stories.finding.published import Term, public_pages, with_term
from stories.models import ARTICLE_TYPES, Author, Place, Topic, newest_first

# The name of the address, and the first part of the feed's name.
NAMES: dict[type[Term], str] = {Topic: "topic", Place: "place", Author: "author"}


def articles_of(term: Term, *, site: Site, locale: Locale) -> PageQuerySet:
    """Newest first; those with a translation of the term are among them."""
    pages = public_pages(site, locale).type(*ARTICLE_TYPES).filter(first_published_at__isnull=False)
    return newest_first(with_term(pages, term))


def find(model: type[Term], slug: str, *, locale: Locale) -> Term | None:
    """The term of that slug in that language; else, of one in another language, its translation, or itself where it has none."""
    same = model._default_manager.filter(slug=slug)
    found = same.filter(locale=locale).first()
    if found is not None:
        return found
    foreign = same.order_by("locale_id").first()
    return foreign and (foreign.get_translation_or_none(locale) or foreign)


def addresses_of(term: Term, *, also: str) -> dict[str, str]:
    """By language code, of the term in every language it has, and in the language `also`; without the host."""
    model = type(term)
    terms = model._default_manager.filter(translation_key=term.translation_key)
    # The slugs alone: a page need not be made anew because a translation got another name.
    slugs = terms.values_list("locale__language_code", "slug")
    return {also: address_of(term, also)} | {code: _address(model, slug, code) for code, slug in slugs}


def address_of(term: Term, language_code: str) -> str:
    return _address(type(term), term.slug, language_code)


def _address(model: type[Term], slug: str, language_code: str) -> str:
    with translation.override(language_code):
        return reverse(f"stories:{NAMES[model]}", args=[slug])


def feed_of(term: Term) -> str:
    """The name of its feed channel."""
    return f"{NAMES[type(term)]}-{term.slug}"
