"""Articles as lists show them, in a number of queries that does not grow with their number."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch, prefetch_related_objects
from wagtail.models import Locale, Page
from wagtail.query import PageQuerySet

from stories.models.articles import ArticlePage, topic_order
from stories.models.corrections import mark_retracted
from stories.models.images import CreditedRendition
from stories.models.vocabulary import Place, Topic
from stories.pointed_at import pointed_at
from stories.readable import readable_pages

# The sizes templates/components/story_row.html and lead_picture.html ask for; fetched with the rows, not one by one. Wagtail
# takes a size that is not among those fetched for one that was never made, and makes it again for each reader.
ROW_PICTURE = "fill-544x340|format-webp"
LEAD_PICTURES = tuple(f"width-{width}|format-webp|webpquality-50" for width in (480, 800, 1200))
# The one place some types have beside `places`, and the property that gives it in the page's language.
OWN_PLACE = {"dateline": "dateline_place", "place": "event_place"}

Term = TypeVar("Term", Topic, Place)
Translations = Mapping[tuple[UUID, int], Any]


def article_rows(pages: PageQuerySet) -> list[ArticlePage]:
    """The pages as what they are, in their order, with topics, places and pictures at hand. Types may be mixed.

    The text is not fetched. Six queries, one for each type, and two for terms that have to be translated.
    """
    return article_lists(pages)[0]


def article_lists(*lists: PageQuerySet) -> list[list[ArticlePage]]:
    """Several such lists for one page: what they have in common, such as the pictures, is asked for once."""
    keys = [list(pages.values_list("pk", "content_type_id")) for pages in lists]
    by_type: dict[int, set[int]] = {}
    for key, content_type_id in chain.from_iterable(keys):
        by_type.setdefault(content_type_id, set()).add(key)
    found: dict[int, ArticlePage] = {}
    for content_type_id, of_type in by_type.items():
        model = ContentType.objects.get_for_id(content_type_id).model_class()
        if model is None or not issubclass(model, ArticlePage):
            raise TypeError(f"A list of articles holds articles; {model} is not one.")
        own = [name for name in OWN_PLACE if hasattr(model, name)]
        rows = (
            model.objects.filter(pk__in=of_type)
            .defer_streamfields()
            .select_related("locale", "lead_image", *own)
        )
        found.update((row.pk, row) for row in rows)
    # One that is deleted between two of these queries is left out.
    articles = list(found.values())
    _set_terms(articles)
    mark_retracted(articles)
    pictures = [article.lead_image for article in articles if article.lead_image]
    renditions = CreditedRendition.objects.filter(filter_spec__in=[ROW_PICTURE, *LEAD_PICTURES])
    prefetch_related_objects(
        pictures, Prefetch("renditions", queryset=renditions, to_attr="prefetched_renditions")
    )
    return [[found[key] for key, _content_type in listed if key in found] for listed in keys]


def chosen_rows(page_ids: Sequence[int], *, locale: Locale) -> list[ArticlePage]:
    """The articles an editor chose, in their order, each once, as a reader of that language may open them."""
    pages = readable_pages(page_ids, locale=locale)
    chosen = list(dict.fromkeys(pages[key].pk for key in page_ids if key in pages))
    rows = {row.pk: row for row in article_rows(Page.objects.type(ArticlePage).filter(pk__in=chosen))}
    return [rows[key] for key in chosen if key in rows]


def _set_terms(articles: list[ArticlePage]) -> None:
    """Fills what ArticlePage would look up for each article by itself."""
    own_topics, own_places = pointed_at(articles, "topics"), pointed_at(articles, "places")
    topics = _translations(
        Topic, ((article, topic) for article in articles for topic in own_topics.get(article.pk, ()))
    )
    places = _translations(
        Place,
        (
            (article, place)
            for article in articles
            for place in (*own_places.get(article.pk, ()), *_one_place(article))
        ),
    )
    for article in articles:
        key = article.translation_key
        article.topic_list = sorted(
            (_here(topic, article, topics) for topic in own_topics.get(article.pk, ())),
            key=lambda topic, key=key: topic_order(key, topic.translation_key),  # type: ignore[misc]
        )
        article.place_list = [_here(place, article, places) for place in own_places.get(article.pk, ())]
        for name, in_language in OWN_PLACE.items():
            if hasattr(type(article), name):
                own = getattr(article, name)
                setattr(article, in_language, _here(own, article, places) if own else None)


def _one_place(article: ArticlePage) -> list[Place]:
    own = [getattr(article, name) for name in OWN_PLACE if hasattr(type(article), name)]
    return [place for place in own if place]


def _translations(model: type[Term], uses: Iterable[tuple[ArticlePage, Term]]) -> Translations:
    """By (translation key, locale), for the terms that stand on a page in another language than their own."""
    wanted = {
        (term.translation_key, article.locale_id)
        for article, term in uses
        if term.locale_id != article.locale_id
    }
    if not wanted:
        return {}
    keys, locales = {key for key, _locale in wanted}, {locale for _key, locale in wanted}
    terms = model._default_manager.filter(translation_key__in=keys, locale_id__in=locales)
    return {(term.translation_key, term.locale_id): term for term in terms}


def _here(term: Term, article: ArticlePage, translations: Translations) -> Term:
    if term.locale_id == article.locale_id:
        return term
    found: Term = translations.get((term.translation_key, article.locale_id), term)
    return found
