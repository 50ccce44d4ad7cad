"""Articles of the database made into feed entries, in a number of queries that does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import prefetch_related_objects
from django.utils.html import escape
from wagtail.query import PageQuerySet

from stories.models import ArticlePage, Author, EventPage, SiteIdentity
from stories.pointed_at import pointed_at
from stories.remembering import remembered_each
from stories.structured_data import author_address

from .bodies import body_html
from .channels import Scope
from .clean_html import clean_html, text_of
from .corrections import corrections_html, summary_of_retraction, title_of
from .entries import Category, FeedEntry, Licence, Person, Picture, permanent_id, plain_line, whole_seconds
from .facts import facts_html, file_of, set_places, summary_facts
from .pictures import picture_of
from .references import References, load_references

SUMMARY_WORDS = 60
# What some types point at beside what all have.
OWN = ("place", "document")


def entries_of(pages: PageQuerySet, scope: Scope) -> tuple[FeedEntry, ...]:
    """The articles, newest first; types may be mixed. Call it with the scope's language active: credit lines are words of ours.

    An article says the same in every feed and format, so each is remembered by itself: after a new one only that has to be made.
    """
    dated = pages.values_list("pk", "content_type_id", "first_published_at")
    listed = sorted(dated, key=itemgetter(2, 0), reverse=True)
    types = {
        f"feed entry:{scope.site.pk}:{scope.language}:{pk}": (pk, of_type) for pk, of_type, _date in listed
    }

    def make(keys: Sequence[str]) -> dict[str, FeedEntry | None]:
        made = _made_entries(dict(types[key] for key in keys), scope)
        return {key: made.get(types[key][0]) for key in keys}

    entries = remembered_each(list(types), make)
    return tuple(entry for key in types if (entry := entries[key]) is not None)


def _made_entries(types: Mapping[int, int], scope: Scope) -> dict[int, FeedEntry | None]:
    """`types`: by article its content type. All they are made from is asked for here, where it is watched."""
    articles = _load_articles(types)
    identity = SiteIdentity.for_site(scope.site)
    newsroom = publisher(scope, identity)
    references = load_references(articles, scope)
    own_topics, own_authors = pointed_at(articles, "topics"), pointed_at(articles, "authors")
    topics = in_language(chain.from_iterable(own_topics.values()), scope)
    translators = (article.translator for article in articles if article.translator)
    authors = in_language(chain(chain.from_iterable(own_authors.values()), translators), scope)
    set_places(articles, in_language([article.place for article in articles if _has_place(article)], scope))
    people = {key: _person(author, scope) for key, author in authors.items()}
    scheme = f"{scope.url('feeds:index')}#topics"
    categories = {
        key: Category(term=topic.slug, label=plain_line(topic.name), scheme=scheme)
        for key, topic in topics.items()
    }
    return {
        article.pk: _entry(
            article,
            scope,
            identity,
            references,
            authors=tuple(people[author.pk] for author in own_authors.get(article.pk, ())) or (newsroom,),
            translators=(people[article.translator.pk],) if article.translator else (),
            categories=tuple(categories[topic.pk] for topic in own_topics.get(article.pk, ())),
        )
        for article in articles
    }


def _load_articles(types: Mapping[int, int]) -> list[ArticlePage]:
    """As what they are, whole."""
    keys_by_type: dict[int, list[int]] = {}
    for key, content_type_id in types.items():
        keys_by_type.setdefault(content_type_id, []).append(key)
    articles: list[ArticlePage] = []
    for content_type_id, keys in keys_by_type.items():
        model = ContentType.objects.get_for_id(content_type_id).model_class()
        if model is None or not issubclass(model, ArticlePage):
            raise TypeError(f"A feed holds articles; {model} is not one.")
        articles.extend(
            model.objects.filter(pk__in=keys).select_related(
                "translator", *(name for name in OWN if hasattr(model, name))
            )
        )
    prefetch_related_objects(articles, "corrections")
    return articles


def in_language(terms: Iterable[Any], scope: Scope) -> dict[int, Any]:
    """Each term by its key, in the scope's language where that translation exists."""
    terms = list(terms)
    foreign = {term.translation_key for term in terms if term.locale_id != scope.locale.pk}
    translations = (
        {
            term.translation_key: term
            for term in type(terms[0]).objects.filter(translation_key__in=foreign, locale=scope.locale)
        }
        if foreign
        else {}
    )
    return {term.pk: translations.get(term.translation_key, term) for term in terms}


def publisher(scope: Scope, identity: SiteIdentity) -> Person:
    return Person(
        plain_line(identity.in_language(scope.language).name or scope.site.hostname), scope.home_url
    )


def _entry(
    article: ArticlePage,
    scope: Scope,
    identity: SiteIdentity,
    references: References,
    *,
    authors: tuple[Person, ...],
    translators: tuple[Person, ...],
    categories: tuple[Category, ...],
) -> FeedEntry | None:
    """None for an article without an address."""
    # Wagtail remembers on what it is given where sites begin; on each article apart otherwise.
    url = article.get_full_url(references)
    if not url:
        return None
    root_url = scope.site.root_url
    lead = _lead_picture(article, references, root_url)
    title = title_of(article) or url
    content = body_html(article, references, url=url, lead=lead, root_url=root_url)
    summary = plain_line(article.standfirst) or _first_words(content) or title
    summary = ". ".join(part for part in (summary_facts(article), summary) if part)
    summary = " ".join(part for part in (summary_of_retraction(article), summary) if part)
    before = corrections_html(article) + facts_html(article, references, root_url)
    facts = clean_html(before, base_url=url)
    return FeedEntry(
        guid=permanent_id(article.translation_key, scope.language),
        url=url,
        title=title,
        summary=summary,
        content_html=facts + content or f"<p>{escape(summary)}</p>",
        published=whole_seconds(article.first_published_at),
        updated=whole_seconds(article.changed_at or article.first_published_at),
        language=scope.language,
        authors=authors,
        translators=translators,
        categories=categories,
        picture=lead,
        file=file_of(article, root_url),
        licence=Licence(*map(str, article.effective_licence(identity))),
        first_published_elsewhere=article.canonical_link,
    )


def _has_place(article: ArticlePage) -> bool:
    return isinstance(article, EventPage) and article.place is not None


def _lead_picture(article: ArticlePage, references: References, root_url: str) -> Picture | None:
    image = references.images.get(article.lead_image_id or 0)
    return picture_of(image, root_url=root_url) if image else None


def _person(author: Author, scope: Scope) -> Person:
    """With the page of what they wrote; call it with the scope's language active."""
    return Person(plain_line(author.name), author_address(author, scope.site.root_url) or scope.home_url)


def _first_words(content: str) -> str:
    words = text_of(content).split()
    return " ".join(words[:SUMMARY_WORDS]) + (" …" if len(words) > SUMMARY_WORDS else "")
