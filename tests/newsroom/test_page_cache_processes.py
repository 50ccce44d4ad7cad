"""One process keeps pages, another changes what they are made from: the next request sees it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from wagtail.models import PageViewRestriction

from newsroom.page_cache.changes import everything_changed
from newsroom.page_cache.stamps import shared_stamps
from stories.models import Correction, Navigation, SectionPage, SeriesPage, SiteIdentity, StoryPage
from tests.newsroom.pages_kept import Room, make_room
from tests.newsroom.test_page_cache import republish, save
from tests.stories.factories import SeriesPageFactory
from tests.workers import database_url, redis_server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("articles_go_out_as_they_are"),
]


class Server:
    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


def start(**environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.newsroom.page_server"],
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "VAR_DIR": str(django_settings.VAR_DIR),
            "PAGE_CACHE_MB": "8",
            # Style sheets under their own names: nothing was collected here.
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "newsroom.settings",
            **environment,
        },
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def process(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """Another process that serves, started once for all tests of this module."""
    with django_db_blocker.unblock():
        server = start()
    assert server.stdout is not None
    yield Server(int(server.stdout.readline()))
    server.kill()
    server.communicate()


@pytest.fixture
def room(settings: Any, identity: SiteIdentity, homes: dict[str, Any]) -> Room:
    settings.PAGE_CACHE_MB = 8
    room = make_room(homes)
    # The database was emptied past all signals.
    everything_changed()
    return room


def a_story_is_published(room: Room) -> None:
    room.story("The oven is lit")


def a_scheduled_story_goes_out(room: Room) -> None:
    # The clock's own process knows the rules of quality.
    page = room.story("The oven is lit", draft=True, complete=True)
    page.go_live_at = timezone.now() - timedelta(minutes=1)
    page.save_revision(approved_go_live_at=page.go_live_at)
    clock = [sys.executable, "manage.py", "publish_scheduled"]
    environment = {"DATABASE_URL": database_url(), "VAR_DIR": str(django_settings.VAR_DIR)}
    subprocess.run(
        clock,
        cwd=django_settings.BASE_DIR,
        env={**os.environ, **environment, "PAGE_CACHE_MB": "8"},
        check=True,
    )


def a_story_is_edited(room: Room) -> None:
    republish(room.mill, title="Two mills")


def a_story_is_unpublished(room: Room) -> None:
    StoryPage.objects.get(pk=room.mill.pk).unpublish()


def a_story_is_deleted(room: Room) -> None:
    StoryPage.objects.get(pk=room.roof.pk).delete()


def a_story_is_moved(room: Room) -> None:
    target = SectionPage.objects.get(pk=room.shelves["news"].pk)
    StoryPage.objects.get(pk=room.mill.pk).move(target, pos="last-child")


def a_section_gets_another_address(room: Room) -> None:
    republish(room.shelves["en"], slug="tales")


def a_story_is_corrected(room: Room) -> None:
    page = StoryPage.objects.get(pk=room.mill.pk)
    page.corrections.create(text="The mill has two stones, not three.")
    page.save_revision().publish()


def a_picture_gets_another_credit(room: Room) -> None:
    save(room.picture, credit="Ines Roca")


def a_picture_gets_another_description(room: Room) -> None:
    save(room.picture, description="Three people carry two sacks")


def a_topic_is_renamed(room: Room) -> None:
    save(room.food, name="Bread and salt")


def an_author_is_renamed(room: Room) -> None:
    save(room.ada, name="Ada Lumbreras")


def a_place_is_renamed(room: Room) -> None:
    save(room.halse, name="Halse on the hill")


def the_menu_gets_a_link(room: Room) -> None:
    navigation = Navigation.objects.create(site=room.site)
    navigation.menu_links.create(url="/how-we-decide/", label="How we decide")
    navigation.save()


def the_organisation_is_renamed(room: Room) -> None:
    text = SiteIdentity.objects.get().texts.get(locale__language_code="en")
    save(text, name="The Warp")


def a_story_becomes_private(room: Room) -> None:
    PageViewRestriction.objects.create(page=room.roof, restriction_type=PageViewRestriction.LOGIN)


def a_private_story_is_moved(room: Room) -> None:
    a_story_is_moved(room)


def sections_are_reordered(room: Room) -> None:
    """As in the editors' list: the news gets the stories' path, and they another."""
    stories = SectionPage.objects.get(pk=room.shelves["en"].pk)
    SectionPage.objects.get(pk=room.shelves["news"].pk).move(stories, pos="left")


def the_mill_is_private(room: Room) -> None:
    PageViewRestriction.objects.create(page=room.mill, restriction_type=PageViewRestriction.LOGIN)


def the_mill_is_private_and_the_stories_have_a_series(room: Room) -> None:
    the_mill_is_private(room)
    SeriesPageFactory(title="All about mills", parent=room.shelves["en"])


def a_series_becomes_private(room: Room) -> None:
    page = SeriesPage.objects.get(title="All about mills")
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def a_story_is_retracted(room: Room) -> None:
    page = StoryPage.objects.get(pk=room.mill.pk)
    page.corrections.create(kind=Correction.Kind.RETRACTION, text="There is no mill.")
    page.save_revision().publish()


# What is so before the other process makes its pages.
PREPARED: dict[Callable[[Room], None], Callable[[Room], None]] = {
    a_series_becomes_private: the_mill_is_private_and_the_stories_have_a_series,
    a_private_story_is_moved: the_mill_is_private,
    sections_are_reordered: the_mill_is_private_and_the_stories_have_a_series,
}
# What is done in this process → where the other shows it next: a word that comes (+), goes (-), stays (=) or
# stays away (!), or another status.
SEEN: list[tuple[Callable[[Room], None], str, str]] = [
    (a_story_is_published, "/", "+The oven is lit"),
    (a_story_is_published, "/feeds/all.rss", "+The oven is lit"),
    (a_scheduled_story_goes_out, "/stories/", "+The oven is lit"),
    (a_story_is_edited, "/stories/mill/", "+Two mills"),
    (a_story_is_edited, "/feeds/all.atom", "+Two mills"),
    (a_story_is_unpublished, "/stories/mill/", "404"),
    (a_story_is_unpublished, "/stories/", "-/stories/mill/"),
    (a_story_is_deleted, "/", "-/stories/roof/"),
    (a_story_is_deleted, "/stories/roof/", "404"),
    (a_story_is_moved, "/", "+/news/mill/"),
    (a_story_is_moved, "/stories/mill/", "not 200"),
    (a_section_gets_another_address, "/", "+/tales/mill/"),
    (a_story_is_corrected, "/stories/mill/", "+two stones"),
    (a_picture_gets_another_credit, "/stories/mill/", "+Ines Roca"),
    (a_picture_gets_another_description, "/stories/mill/", "+carry two sacks"),
    (a_topic_is_renamed, "/stories/mill/", "+Bread and salt"),
    (an_author_is_renamed, "/stories/mill/", "+Ada Lumbreras"),
    (an_author_is_renamed, "/feeds/all.rss", "+Ada Lumbreras"),
    (a_place_is_renamed, "/stories/mill/", "+Halse on the hill"),
    (the_menu_gets_a_link, "/news/", "+How we decide"),
    (the_organisation_is_renamed, "/stories/roof/", "+The Warp"),
    (a_story_becomes_private, "/", "-/stories/roof/"),
    (a_story_becomes_private, "/stories/roof/", "not 200"),
    (a_series_becomes_private, "/stories/", "-All about mills"),
    (a_story_is_retracted, "/", "+Retracted: Mill"),
    (a_private_story_is_moved, "/", "!/mill/"),
    (a_private_story_is_moved, "/feeds/all.rss", "!/mill/"),
    (a_private_story_is_moved, "/news/", "!/mill/"),
    (sections_are_reordered, "/", "!/stories/mill/"),
    (sections_are_reordered, "/feeds/all.rss", "!/stories/mill/"),
    (sections_are_reordered, "/feeds/all.rss", "=/news/assembly/"),
    (sections_are_reordered, "/news/", "!All about mills"),
    (sections_are_reordered, "/stories/", "=All about mills"),
    (sections_are_reordered, "/stories/roof/", '=href="/stories/" aria-current="true"'),
]


@pytest.mark.parametrize(
    ("change", "path", "seen"), SEEN, ids=[f"{change.__name__} {path}" for change, path, _seen in SEEN]
)
def test_the_other_process_shows_it_at_once(
    room: Room, process: Server, change: Callable[[Room], None], path: str, seen: str
) -> None:
    if change in PREPARED:
        PREPARED[change](room)
    for _time in range(3):
        status, before = process.get(path)
        assert status == 200
    change(room)
    status, after = process.get(path)
    match seen[0]:
        case "+":
            assert seen[1:] not in before
            assert seen[1:] in after
        case "-":
            assert seen[1:] in before
            assert seen[1:] not in after
        case "=":
            assert seen[1:] in before
            assert seen[1:] in after
        case "!":
            assert seen[1:] not in before
            assert seen[1:] not in after
        case _:
            assert (status != 200) if seen == "not 200" else (status == int(seen))


def test_what_nothing_touched_is_answered_from_memory(room: Room, process: Server) -> None:
    for _time in range(3):
        process.get("/stories/roof/")
    # Written past all signals: who sees it has asked the database.
    StoryPage.objects.filter(pk=room.roof.pk).update(title="Another roof")
    room.story("El horno", language="es")
    assert "Another roof" not in process.get("/stories/roof/")[1]
    everything_changed()
    assert "Another roof" in process.get("/stories/roof/")[1]


def test_several_machines_share_their_stamps_in_redis(room: Room, settings: Any) -> None:
    with redis_server() as address:
        settings.CACHE_URL = address
        shared_stamps.cache_clear()
        server = start(CACHE_URL=address, VAR_DIR=str(django_settings.VAR_DIR / "another-machine"))
        try:
            assert server.stdout is not None
            process = Server(int(server.stdout.readline()))
            for _time in range(3):
                process.get("/stories/roof/")
            StoryPage.objects.filter(pk=room.roof.pk).update(standfirst="Past all signals.")
            assert "Past all signals." not in process.get("/stories/roof/")[1]
            republish(room.roof, title="A new roof")
            assert "A new roof" in process.get("/stories/roof/")[1]
        finally:
            server.kill()
            server.communicate()
            shared_stamps.cache_clear()


def test_pages_are_made_anew_while_redis_is_away(room: Room, settings: Any) -> None:
    server = start(CACHE_URL="unix:///nowhere/redis")
    try:
        assert server.stdout is not None
        process = Server(int(server.stdout.readline()))
        assert process.get("/stories/roof/")[0] == 200
        StoryPage.objects.filter(pk=room.roof.pk).update(title="Another roof")
        assert "Another roof" in process.get("/stories/roof/")[1]
    finally:
        server.kill()
        server.communicate()
