"""Articles of the database made into feed entries, in a number of queries that does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import prefetch_related_objects
from django.utils.html import escape
from wagtail.query import PageQuerySet

from stories.models import ArticlePage, Author, EventPage, SiteIdentity
from stories.pointed_at import pointed_at
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


def load_articles(pages: PageQuerySet) -> list[ArticlePage]:
    """The pages as what they are, whole, newest first. Types may be mixed."""
    keys_by_type: dict[int, list[int]] = {}
    for key, content_type_id in pages.values_list("pk", "content_type_id"):
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
    return sorted(articles, key=attrgetter("first_published_at", "pk"), reverse=True)


def entries_of(
    articles: list[ArticlePage], scope: Scope, identity: SiteIdentity, newsroom: Person
) -> tuple[FeedEntry, ...]:
    """An article without an author is the newsroom's. Call it with the scope's language active: credit lines are words of ours."""
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
    entries = (
        _entry(
            article,
            scope,
            identity,
            references,
            authors=tuple(people[author.pk] for author in own_authors.get(article.pk, ())) or (newsroom,),
            translators=(people[article.translator.pk],) if article.translator else (),
            categories=tuple(categories[topic.pk] for topic in own_topics.get(article.pk, ())),
        )
        for article in articles
    )
    return tuple(entry for entry in entries if entry)


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
    url = article.full_url
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
