"""Puts articles into the database by the thousand: rows of the page and of its type, each in one INSERT per chunk.

A page of Wagtail is two rows (multi-table inheritance) at a place in a tree (treebeard's materialised path). Saving one by one
would take an hour.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from modelsearch.backends import get_search_backend
from wagtail.models import Page

from newsroom.models import HomePage
from stories.models import (
    ArticlePage,
    Author,
    Correction,
    CreditedImage,
    EventPage,
    NewsPage,
    Place,
    ResourcePage,
    SectionPage,
    SiteIdentity,
    SiteIdentityText,
    StoryPage,
    Topic,
)
from tests.benchmarks.web_data import words
from tests.newsroom.factories import home_in
from tests.stories.factories import (
    AuthorFactory,
    ImageFactory,
    PlaceFactory,
    SectionPageFactory,
    SeriesPageFactory,
    TopicFactory,
)

LANGUAGES = ("en", "es", "fr")
SECTIONS = {"en": "All we publish", "es": "Todo lo que publicamos", "fr": "Tout ce que nous publions"}
SERIES = {"en": "Series", "es": "Series", "fr": "Séries"}
# Of ten articles six are stories and two are news.
KINDS: tuple[type[ArticlePage], ...] = (*[StoryPage] * 6, *[NewsPage] * 2, ResourcePage, EventPage)
PLACES, AUTHORS, PICTURES = 40, 60, 12
YEARS = 8
CHUNK = 500
# Every so manieth story belongs to a series of so many; every so manieth article was corrected.
IN_SERIES, PARTS, CORRECTED = 6, 12, 8


@dataclass(frozen=True)
class Shelf:
    """Where one language's articles stand, with the vocabulary in that language and in the first."""

    language: str
    section: SectionPage
    topics: list[Topic]
    places: list[Place]
    authors: list[Author]
    pictures: list[CreditedImage]


def fill(stories: int) -> None:
    with transaction.atomic():
        shelves = _make_shelves()
        concepts = -(-stories // len(LANGUAGES))
        for number, shelf in enumerate(shelves):
            count = min(concepts, stories - number * concepts)
            articles = _articles(shelf, count)
            while chunk := list(islice(articles, CHUNK)):
                _insert(chunk, shelf, original=shelves[0])
            SectionPage.objects.filter(pk=shelf.section.pk).update(numchild=count)
            _correct(shelf)
            _tell_as_series(shelf)


def _correct(shelf: Shelf) -> None:
    articles = Page.objects.child_of(shelf.section).order_by("path").values_list("pk", "first_published_at")
    Correction.objects.bulk_create(
        Correction(
            page_id=pk, made_at=when, text=words.Teller(Random(pk), shelf.language).paragraph(sentences=1)
        )
        for pk, when in articles[::CORRECTED]
    )


def _tell_as_series(shelf: Shelf) -> None:
    """Of all ages, so that whatever is measured meets some; in a section of their own, which lists them."""
    stories = list(StoryPage.objects.child_of(shelf.section).order_by("path")[::IN_SERIES])
    section = SectionPageFactory(parent=shelf.section.get_parent(), title=SERIES[shelf.language])
    for number in range(0, len(stories), PARTS):
        SeriesPageFactory(parent=section, told=stories[number : number + PARTS])


def _make_shelves() -> list[Shelf]:
    home = home_in("en")
    identity = SiteIdentity.objects.create(
        site=home.get_site(), organisation="Weft", postal_address="4 Mill Lane, Halse"
    )
    pictures = ImageFactory.create_batch(PICTURES)
    shelves: list[Shelf] = []
    for language in LANGUAGES:
        home = HomePage.objects.get(locale__language_code=language)
        SiteIdentityText.objects.create(identity=identity, locale=home.locale, name=home.title)
        section = SectionPageFactory(parent=home, title=SECTIONS[language])
        chance = Random("vocabulary")
        names = [f"{words.name(chance)} {words.name(chance)}" for _number in range(AUTHORS + PLACES)]
        shelf = Shelf(
            language,
            section,
            [
                TopicFactory(name=name, slug=slugify(name), language=language)
                for name in words.TOPICS[language]
            ],
            [PlaceFactory(name=name, language=language) for name in names[AUTHORS:]],
            [AuthorFactory(name=name, language=language) for name in names[:AUTHORS]],
            pictures,
        )
        if shelves:
            _make_translations(shelf, of=shelves[0])
        shelves.append(shelf)
    return shelves


def _make_translations(shelf: Shelf, *, of: Shelf) -> None:
    pairs: list[tuple[Any, Any]] = [(shelf.section, of.section)]
    for kind in ("topics", "places", "authors"):
        pairs += zip(getattr(shelf, kind), getattr(of, kind), strict=True)
    for translation, original in pairs:
        translation.translation_key = original.translation_key
        translation.save()


def _articles(shelf: Shelf, count: int) -> Iterator[ArticlePage]:
    """Newest first. The first of every language are translations of each other, and so on."""
    now = timezone.now().replace(microsecond=0) - timedelta(hours=1)
    between = timedelta(days=365 * YEARS) / max(count, 1)
    for number in range(count):
        concept = Random(f"concept {number}")
        chance = Random(f"{shelf.language} {number}")
        tells = words.Teller(chance, shelf.language)
        when = now - number * between
        yield _article(concept.choice(KINDS), shelf, number, tells, when=when, concept=concept)


def _article(
    kind: type[ArticlePage],
    shelf: Shelf,
    number: int,
    tells: words.Teller,
    *,
    when: datetime,
    concept: Random,
) -> ArticlePage:
    title = tells.headline()
    slug = f"{slugify(title)[:80]}-{number}"
    fields: dict[str, Any] = {}
    place = shelf.places[concept.randrange(PLACES)]
    if kind is StoryPage:
        fields["dateline"] = place
    elif kind is EventPage:
        begins = when + timedelta(days=30)
        fields |= {"starts_at": begins, "ends_at": begins + timedelta(hours=3), "place": place}
    return kind(
        title=title,
        draft_title=title,
        slug=slug,
        path=Page._get_path(shelf.section.path, shelf.section.depth + 1, number + 1),
        depth=shelf.section.depth + 1,
        url_path=f"{shelf.section.url_path}{slug}/",
        content_type=ContentType.objects.get_for_model(kind),
        locale_id=shelf.section.locale_id,
        translation_key=UUID(int=concept.getrandbits(128)),
        live=True,
        has_unpublished_changes=False,
        first_published_at=when,
        last_published_at=when,
        latest_revision_created_at=when,
        standfirst=tells.paragraph(sentences=2),
        lead_image=shelf.pictures[number % PICTURES],
        body=[
            *_paragraphs(tells, 3),
            ("heading", {"text": tells.headline(), "level": "h2", "link": ""}),
            *_paragraphs(tells, 3),
        ],
        **fields,
    )


def _paragraphs(tells: words.Teller, count: int) -> list[tuple[str, str]]:
    return [("paragraph", f"<p>{tells.paragraph(sentences=6)}</p>") for _number in range(count)]


def _insert(articles: list[ArticlePage], shelf: Shelf, *, original: Shelf) -> None:
    pages = Page.objects.bulk_create(
        [Page(**{field.attname: getattr(article, field.attname) for field in Page._meta.local_concrete_fields if not field.primary_key}) for article in articles]
    )  # fmt: skip
    for article, page in zip(articles, pages, strict=True):
        article.pk = article.id = page.pk
    backend = get_search_backend()
    for kind in dict.fromkeys(type(article) for article in articles):
        rows = [article for article in articles if type(article) is kind]
        # bulk_create() refuses models of several tables; this is what it calls for each of one.
        kind._base_manager.all()._batched_insert(rows, kind._meta.local_concrete_fields, batch_size=None)
        _tag(kind, rows, shelf, original)
        backend.add_bulk(kind, rows)


def _tag(kind: type[ArticlePage], articles: list[ArticlePage], shelf: Shelf, original: Shelf) -> None:
    """One to three topics, a place or two, an author or two; a third of the translations keep the original's terms."""
    column = f"{kind._meta.model_name}_id"

    def rows(field: str, choose: Callable[[Random, Shelf], list[Any]]) -> None:
        through = getattr(kind, field).through
        through.objects.bulk_create(
            [
                through(**{column: article.pk, f"{field.removesuffix('s')}_id": term.pk})
                for article in articles
                for term in choose(
                    Random(f"{field} {article.translation_key}"),
                    original if article.translation_key.int % 3 == 0 else shelf,
                )
            ]
        )

    rows("topics", lambda chance, there: chance.sample(there.topics, chance.randint(1, 3)))
    rows("places", lambda chance, there: chance.sample(there.places, chance.randint(1, 2)))
    rows("authors", lambda chance, there: chance.sample(there.authors, chance.randint(1, 2)))
