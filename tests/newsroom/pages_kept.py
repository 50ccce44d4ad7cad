"""A small newsroom in two languages whose pages are kept, for the tests of the page cache."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client, RequestFactory
from wagtail.models import Site

from newsroom.models import HomePage
from newsroom.page_cache.addresses import key_of
from newsroom.page_cache.middleware import store
from stories.models import Author, CreditedImage, NewsPage, Place, SectionPage, StoryPage, Topic
from tests.stories.factories import (
    AuthorFactory,
    ImageFactory,
    NewsPageFactory,
    PlaceFactory,
    SectionPageFactory,
    StoryPageFactory,
    TopicFactory,
)


@dataclass
class Room:
    """English: the stories mill (food, Ada, a picture, Halse) and roof (housing, Luc), the news assembly. Spanish: mill's translation."""

    shelves: dict[str, SectionPage]
    food: Topic
    housing: Topic
    ada: Author
    luc: Author
    halse: Place
    picture: CreditedImage
    mill: StoryPage
    roof: StoryPage
    assembly: NewsPage
    molino: StoryPage
    site: Site
    pages: dict[str, str] = field(default_factory=dict)
    """Names and addresses of all that is kept."""

    def story(self, title: str, *, language: str = "en", **fields: Any) -> StoryPage:
        story: StoryPage = StoryPageFactory(title=title, parent=self.shelves[language], **fields)
        return story

    def get(self, name: str, **headers: Any) -> Any:
        return Client(SERVER_NAME="localhost").get(self.pages[name], **headers)

    def warm(self) -> None:
        """The first request of a page with a picture also makes its sizes, and is not kept."""
        for _time in range(3):
            for name in self.pages:
                assert self.get(name).status_code == 200, name

    def kept(self) -> set[str]:
        """The names of the pages that would be answered from memory now."""
        factory = RequestFactory(SERVER_NAME="localhost")
        found = set()
        for name, url in self.pages.items():
            key = key_of(factory.get(url).META)
            if key is not None and store().get(key) is not None:
                found.add(name)
        return found


def make_room(homes: dict[str, HomePage]) -> Room:
    shelves = {
        "en": SectionPageFactory(title="Stories", parent=homes["en"]),
        "es": SectionPageFactory(title="Relatos", parent=homes["es"]),
        "news": SectionPageFactory(title="News", parent=homes["en"]),
    }
    food, housing = TopicFactory(name="Food"), TopicFactory(name="Housing")
    comida = TopicFactory(name="Comida", language="es", translation_key=food.translation_key)
    ada, luc, halse, picture = (
        AuthorFactory(name="Ada"),
        AuthorFactory(name="Luc"),
        PlaceFactory(name="Halse"),
        ImageFactory(),
    )
    mill = StoryPageFactory(
        title="Mill",
        parent=shelves["en"],
        topics=[food],
        authors=[ada],
        lead_image=picture,
        dateline=halse,
    )
    room = Room(
        shelves=shelves,
        food=food,
        housing=housing,
        ada=ada,
        luc=luc,
        halse=halse,
        picture=picture,
        mill=mill,
        roof=StoryPageFactory(title="Roof", parent=shelves["en"], topics=[housing], authors=[luc]),
        assembly=NewsPageFactory(title="Assembly", parent=shelves["news"], topics=[housing], authors=[luc]),
        site=Site.objects.get(is_default_site=True),
        molino=StoryPageFactory(
            title="Molino",
            parent=shelves["es"],
            topics=[comida],
            authors=[ada],
            translation_key=mill.translation_key,
        ),
    )
    room.pages = {
        "home": "/",
        "stories": "/stories/",
        "mill": "/stories/mill/",
        "roof": "/stories/roof/",
        "news": "/news/",
        "assembly": "/news/assembly/",
        "feed": "/feeds/all.rss",
        "food": "/topics/food/",
        "housing": "/topics/housing/",
        "halse": "/places/halse/",
        "ada": "/authors/ada/",
        "es/home": "/es/",
        "es/stories": "/es/relatos/",
        "es/mill": "/es/relatos/molino/",
        "es/feed": "/es/feeds/all.rss",
        "es/food": "/es/topics/comida/",
    }
    return room
