"""What is published, ready to be read: StoryPageFactory() is a live story in the section Stories of the English home.

In another language: StoryPageFactory(parent=SectionPageFactory(parent=home_in("es"))), or language="es".
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.utils import timezone
from modelsearch.backends import get_search_backend
from wagtail.models import Locale, Page

from stories.models import (
    ARTICLE_TYPES,
    Author,
    CollaborationPage,
    CreditedImage,
    EventPage,
    NewsPage,
    Organisation,
    OrganisationsPage,
    Place,
    ResourcePage,
    SectionPage,
    SeriesPage,
    SeriesPart,
    StoryPage,
    Topic,
)
from stories.papers import Paper
from tests.newsroom.factories import PageFactory, home_in

FIRST_DAY = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


def locale_of(language_code: str) -> Locale:
    return Locale.objects.get_or_create(language_code=language_code)[0]


class TermFactory(factory.django.DjangoModelFactory[Any]):
    class Meta:
        abstract = True

    class Params:
        language = "en"

    slug = factory.LazyAttribute(lambda term: term.name.lower().replace(" ", "-"))
    locale = factory.LazyAttribute(lambda term: locale_of(term.language))


class TopicFactory(TermFactory):
    class Meta:
        model = Topic

    name = factory.Sequence(lambda n: f"Topic {n}")
    paper = factory.Iterator(Paper.values)


class PlaceFactory(TermFactory):
    class Meta:
        model = Place

    name = factory.Sequence(lambda n: f"Halse {n}")
    region = "Somerset"
    country = "GB"


class AuthorFactory(TermFactory):
    class Meta:
        model = Author

    name = factory.Sequence(lambda n: f"Ada Ruiz {n}")
    role = "Reporter"


class ImageFactory(factory.django.DjangoModelFactory[CreditedImage]):
    class Meta:
        model = CreditedImage

    title = factory.Sequence(lambda n: f"Mill {n}")
    file = factory.django.ImageField(width=900, height=600, color="#b8e6c8")
    description = "Two people carry a flour sack"
    credit = "Noor Haddad"
    licence = "cc-by-sa-4.0"
    may_be_republished = True


class SectionPageFactory(PageFactory):
    class Meta:
        model = SectionPage

    title = factory.Sequence(lambda n: f"Section {n}")

    @classmethod
    def usual_parent(cls) -> Page:
        return home_in("en")


class ArticlePageFactory(PageFactory):
    """Every article is an hour younger than the one before.

    `draft=True`: never published. `complete=True`: with all that the rules of quality ask for.
    """

    class Meta:
        abstract = True

    class Params:
        complete = factory.Trait(
            authors=factory.LazyFunction(lambda: [AuthorFactory()]),
            topics=factory.LazyFunction(lambda: [TopicFactory()]),
        )
        draft = factory.Trait(
            live=False, has_unpublished_changes=True, first_published_at=None, last_published_at=None
        )

    standfirst = "A village bought its mill."
    body = factory.LazyFunction(lambda: [("paragraph", "<p>On Thursdays the mill opens at six.</p>")])
    first_published_at = factory.Sequence(lambda n: FIRST_DAY + timedelta(minutes=n))
    last_published_at = factory.SelfAttribute("first_published_at")

    @classmethod
    def _create(cls, model_class: type[Page], *args: Any, language: str = "en", **fields: Any) -> Page:
        if "parent" not in fields:
            fields["parent"] = shelf(cls.shelf_title, language=language)
        return super()._create(model_class, *args, **fields)

    shelf_title = ""

    @classmethod
    def related_names(cls) -> list[str]:
        return ["authors", "topics", "places"]


class StoryPageFactory(ArticlePageFactory):
    class Meta:
        model = StoryPage
        exclude = ["shelf_title"]

    title = factory.Sequence(lambda n: f"The mill opens again {n}")
    shelf_title = "Stories"


class NewsPageFactory(ArticlePageFactory):
    class Meta:
        model = NewsPage
        exclude = ["shelf_title"]

    title = factory.Sequence(lambda n: f"Assembly on the {n}th")
    shelf_title = "News"


class EventPageFactory(ArticlePageFactory):
    """Ten days from now, in Madrid."""

    class Meta:
        model = EventPage
        exclude = ["shelf_title"]

    title = factory.Sequence(lambda n: f"Assembly of the mill {n}")
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=10))
    time_zone = "Europe/Madrid"
    shelf_title = "Events"


class ResourcePageFactory(ArticlePageFactory):
    class Meta:
        model = ResourcePage
        exclude = ["shelf_title"]

    title = factory.Sequence(lambda n: f"How to count spoons {n}")
    shelf_title = "Resources"


class OrganisationFactory(TermFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Bakery {n}")


class OrganisationsPageFactory(PageFactory):
    class Meta:
        model = OrganisationsPage

    title = "Who we are"

    @classmethod
    def usual_parent(cls) -> Page:
        return home_in("en")


class CollaborationPageFactory(PageFactory):
    class Meta:
        model = CollaborationPage

    title = factory.Sequence(lambda n: f"The counting year {n}")
    first_published_at = FIRST_DAY

    @classmethod
    def usual_parent(cls) -> Page:
        return home_in("en")

    @classmethod
    def related_names(cls) -> list[str]:
        return ["partners"]


class SeriesPageFactory(PageFactory):
    """SeriesPageFactory(told=[first, second]): with these stories as its parts."""

    class Meta:
        model = SeriesPage

    title = factory.Sequence(lambda n: f"What it cost {n}")
    first_published_at = FIRST_DAY

    @classmethod
    def _create(
        cls, model_class: type[Page], *args: Any, told: Sequence[Page] = (), **fields: Any
    ) -> SeriesPage:
        page: SeriesPage = super()._create(model_class, *args, **fields)
        for number, story in enumerate(told):
            SeriesPart.objects.create(series=page, story=story, sort_order=number)
        return page

    @classmethod
    def usual_parent(cls) -> Page:
        return shelf("Stories")


def shelf(title: str, *, language: str = "en") -> SectionPage:
    """The section of that title below the home page of that language, made where it is missing."""
    home = home_in(language)
    found = SectionPage.objects.child_of(home).filter(title=title).first()
    return found or SectionPageFactory(parent=home, title=title)


def index_everything() -> None:
    """What the worker's tasks do after every save: the articles are in the search index as they are now."""
    for model in ARTICLE_TYPES:
        get_search_backend().add_bulk(model, list(model.objects.all()))
