"""What a change purges: the pages that show it, and no other."""

import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction

from newsletter.audience.models import Subscriber
from newsroom.page_cache import middleware, stamps
from newsroom.page_cache.changes import SITE_TAG, everything_changed
from stories.models import Navigation, SectionPage, SiteIdentity, StoryPage, Topic
from stories.weaving.weave import PAPER_COLOURS
from tests.newsroom.pages_kept import Room, make_room
from tests.stories.factories import ImageFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("articles_go_out_as_they_are"),
]

TERMS = frozenset({"food", "housing", "halse", "ada"})
ENGLISH = frozenset({"home", "stories", "mill", "roof", "news", "assembly", "feed"}) | TERMS
SPANISH = frozenset({"es/home", "es/stories", "es/mill", "es/feed", "es/food"})

# What is done, by the words of its test, and which of the pages of `Room.pages` are made anew by it.
CHANGES: dict[str, tuple[Callable[[Room], object], frozenset[str]]] = {}


def touches(*names: str) -> Callable[[Callable[[Room], object]], Callable[[Room], object]]:
    def register(change: Callable[[Room], object]) -> Callable[[Room], object]:
        CHANGES[change.__name__.replace("_", " ")] = (change, frozenset(names))
        return change

    return register


class NoTwoInOnePlace:
    """Stands in for zlib: a tag whose place is another's goes on to the next free one."""

    def __init__(self) -> None:
        self.owners: dict[int, bytes] = {}

    def crc32(self, tag: bytes) -> int:
        place = zlib.crc32(tag)
        while self.owners.setdefault(place % (stamps.SLOTS - 1), tag) != tag:
            place += 1
        return place


@pytest.fixture(autouse=True)
def every_tag_has_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tags may share a place, and then one purges the other's pages: nothing a test could foresee."""
    places = NoTwoInOnePlace()
    for tag in ("everything", SITE_TAG, "wagtailcore_locale"):  # known before this test
        places.crc32(tag.encode())
    monkeypatch.setattr(stamps, "zlib", places)


@pytest.fixture
def room(settings: Any, identity: SiteIdentity, homes: dict[str, Any]) -> Iterator[Room]:
    settings.PAGE_CACHE_MB = 8
    settings.STATIC_ROOT = settings.VAR_DIR
    middleware.store.cache_clear()
    everything_changed()  # what was remembered of another test's database
    yield make_room(homes)
    middleware.store.cache_clear()


def test_every_page_is_kept(room: Room) -> None:
    room.warm()
    assert room.kept() == set(room.pages)


def republish(page: Page, **changes: Any) -> None:
    page = page.specific_class.objects.get(pk=page.pk)
    for name, value in changes.items():
        setattr(page, name, value)
    page.save_revision().publish()


def save(row: Any, **changes: Any) -> None:
    row = type(row).objects.get(pk=row.pk)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


@touches(*SPANISH)
def publishing_a_spanish_story(room: Room) -> None:
    room.story("El horno", language="es")


@touches(*ENGLISH)
def publishing_an_english_story(room: Room) -> None:
    room.story("The oven")


@touches()
def saving_a_draft(room: Room) -> None:
    page = StoryPage.objects.get(pk=room.mill.pk)
    page.title = "Only a thought"
    page.save_revision()


@touches()
def writing_a_new_draft(room: Room) -> None:
    room.story("Only a thought", draft=True)


# The roof leads on to the mill, at its foot; the Spanish mill is its translation.
@touches("home", "stories", "mill", "roof", "feed", "food", "ada", "es/mill")
def publishing_an_edited_story(room: Room) -> None:
    republish(room.mill, standfirst="A village bought two mills.")


# What is withdrawn is the newest change of every feed: their Last-Modified says so.
@touches(*ENGLISH, "es/mill", "es/feed")
def unpublishing_a_story(room: Room) -> None:
    StoryPage.objects.get(pk=room.mill.pk).unpublish()


@touches(*ENGLISH, "es/feed")
def deleting_a_story(room: Room) -> None:
    StoryPage.objects.get(pk=room.roof.pk).delete()


# The paths of other pages change with it, by SQL.
@touches(*ENGLISH, *SPANISH)
def moving_a_story(room: Room) -> None:
    StoryPage.objects.get(pk=room.mill.pk).move(
        SectionPage.objects.get(pk=room.shelves["news"].pk), pos="last-child"
    )


@touches(*ENGLISH, *SPANISH)
def putting_sections_in_another_order(room: Room) -> None:
    SectionPage.objects.get(pk=room.shelves["en"].pk).move(
        SectionPage.objects.get(pk=room.shelves["news"].pk), pos="right"
    )


# Every list asks which pages are private, wherever they are.
@touches(*ENGLISH, *SPANISH)
def making_a_story_private(room: Room) -> None:
    PageViewRestriction.objects.create(page=room.roof, restriction_type=PageViewRestriction.LOGIN)


@touches("home", "stories", "mill", "roof", "feed", "food", "ada", "es/mill")
def correcting_a_story(room: Room) -> None:
    page = StoryPage.objects.get(pk=room.mill.pk)
    page.corrections.create(text="The mill has two stones, not three.")
    page.save_revision().publish()


@touches("home", "stories", "mill", "feed", "food", "ada")
def crediting_a_picture(room: Room) -> None:
    save(room.picture, credit="Ines Roca")


@touches("home", "stories", "mill", "feed", "food", "ada")
def describing_a_picture(room: Room) -> None:
    save(room.picture, description="Three people carry two sacks")


@touches("home", "stories", "mill", "feed", "food", "ada")
def replacing_a_picture(room: Room) -> None:
    save(room.picture, file=ImageFactory.build().file)


@touches("home", "stories", "mill", "feed", "food", "ada")
def renaming_a_topic(room: Room) -> None:
    save(room.food, name="Bread")


# The Spanish page of the topic leads to it.
@touches("home", "stories", "mill", "feed", "food", "ada", "es/food")
def giving_a_topic_another_address(room: Room) -> None:
    save(room.food, slug="bread")


# Every band asks for the papers of topics, and a feed has none.
@touches(*ENGLISH, *SPANISH - {"es/feed"})
def deleting_a_topic(room: Room) -> None:
    Topic.objects.get(pk=room.food.pk).delete()


@touches("home", "stories", "mill", "food", "halse", "ada")
def renaming_a_place(room: Room) -> None:
    save(room.halse, name="Halse on the hill")


@touches("mill", "feed", "ada", "es/home", "es/mill", "es/feed")
def renaming_an_author(room: Room) -> None:
    save(room.ada, name="Ada Ruiz")


@touches(*(ENGLISH | SPANISH) - {"feed", "es/feed"})
def a_link_in_the_menu(room: Room) -> None:
    navigation = Navigation.objects.create(site=room.site)
    navigation.menu_links.create(url="/about/", label="About us")
    navigation.save()


@touches(*ENGLISH, *SPANISH)
def the_name_of_the_organisation(room: Room) -> None:
    save(SiteIdentity.objects.get(), organisation="Warp")


@touches(*ENGLISH, *SPANISH)
def a_sentence_of_the_identity(room: Room) -> None:
    text = SiteIdentity.objects.get().texts.first()
    save(text, tagline="Woven together")


@touches(*SPANISH)
def a_scheduled_story_goes_out(room: Room) -> None:
    page = room.story("El horno", language="es", draft=True)
    page.go_live_at = timezone.now() - timedelta(minutes=1)
    page.save_revision(approved_go_live_at=page.go_live_at)
    room.warm()
    call_command("publish_scheduled")


@touches()
def somebody_subscribes(room: Room) -> None:
    Subscriber.objects.create(email="kim@reader.example")


@touches()
def a_redirect(room: Room) -> None:
    Redirect.add_redirect("/old/", redirect_to=room.mill, is_permanent=True)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_purges_what_it_touches_and_nothing_else(room: Room, name: str) -> None:
    change, touched = CHANGES[name]
    room.warm()
    change(room)
    assert set(room.pages) - room.kept() == touched


def test_a_search_is_not_kept(room: Room) -> None:
    room.pages = {"search": "/search/", "asked": "/search/?q=mill", "second": "/search/?page=1"}
    room.warm()
    assert room.kept() == set()


def test_a_withdrawn_story_is_off_its_topics_kept_page_at_once(room: Room) -> None:
    room.warm()
    assert b"Mill" in room.get("food").content
    StoryPage.objects.get(pk=room.mill.pk).unpublish()
    assert b"Mill" not in room.get("food").content


def test_a_deleted_topic_leaves_the_band_at_once(room: Room) -> None:
    """The rows between a topic and its stories go without a signal."""
    room.warm()
    colour = PAPER_COLOURS[room.food.paper]
    assert colour in room.get("roof").content.decode()
    Topic.objects.get(pk=room.food.pk).delete()
    assert colour not in room.get("roof").content.decode()
