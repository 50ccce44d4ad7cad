"""Who gets a page from memory, in which form, and what is never kept."""

import gzip
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client, RequestFactory
from wagtail.documents.models import Document
from wagtail.models import Page, PageViewRestriction, Site

from newsroom.models import HomePage
from newsroom.page_cache import middleware, parts
from newsroom.page_cache.addresses import key_of
from newsroom.page_cache.changes import everything_changed
from newsroom.page_cache.door import kept_first
from newsroom.page_cache.kept import OLDEST, Kept, Store
from newsroom.page_cache.stamps import StampFile, slot_of
from stories.feeds import articles as feed_articles
from stories.licences import LICENCES
from stories.models import SectionPage, SiteIdentity, StoryPage
from tests.newsroom.pages_kept import Room, make_room
from tests.newsroom.test_page_cache import republish
from tests.stories.every_block import block, listed
from tests.stories.factories import SeriesPageFactory

with_pages = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("articles_go_out_as_they_are"),
]


@pytest.fixture
def room(settings: Any, identity: SiteIdentity, homes: dict[str, Any]) -> Iterator[Room]:
    settings.PAGE_CACHE_MB = 8
    settings.STATIC_ROOT = settings.VAR_DIR
    middleware.store.cache_clear()
    everything_changed()  # what was remembered of another test's database
    yield make_room(homes)
    middleware.store.cache_clear()


@pytest.fixture
def stamps(tmp_path: Any) -> StampFile:
    return StampFile(tmp_path / "stamps")


def past_all_signals(room: Room) -> None:
    StoryPage.objects.filter(pk=room.mill.pk).update(title="Past all signals")


class TestWithPages:
    pytestmark = with_pages

    def test_a_reader_gets_it_from_memory_and_an_editor_does_not(
        self, room: Room, administrator: Any
    ) -> None:
        room.warm()
        past_all_signals(room)
        assert b"Past all signals" not in room.get("mill").content
        editor = Client(SERVER_NAME="localhost")
        editor.force_login(administrator)
        response = editor.get("/stories/mill/")
        assert b"Past all signals" in response.content
        assert not response.has_header("ETag")
        assert b"Past all signals" not in room.get("mill").content

    def test_a_reader_with_the_tag_gets_304(self, room: Room) -> None:
        first = room.get("mill")
        again = room.get("mill", HTTP_IF_NONE_MATCH=f"W/{first['ETag']}")
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        republish(room.mill, title="Two mills")
        assert room.get("mill", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200

    def test_browsers_ask_before_they_show_it_again(self, room: Room) -> None:
        assert room.get("mill")["Cache-Control"] == "public, no-cache"

    def test_it_comes_compressed_to_who_wants_that(self, room: Room) -> None:
        plain = room.get("mill")
        for _time in range(3):
            compressed = room.get("mill", HTTP_ACCEPT_ENCODING="br, gzip")
            assert compressed["Content-Encoding"] == "gzip"
            assert gzip.decompress(compressed.content) == plain.content
            assert "Accept-Encoding" in compressed["Vary"]

    def test_what_many_pages_share_is_a_minute_old_at_most_too(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room.warm()
        SectionPage.objects.filter(pk=room.shelves["news"].pk).update(title="Past all signals")
        middleware.store().clear()
        assert b"Past all signals" not in room.get("mill").content
        later = time.monotonic() + OLDEST + 1
        monkeypatch.setattr(parts, "time", SimpleNamespace(monotonic=lambda: later))
        middleware.store().clear()
        assert b"Past all signals" in room.get("mill").content

    def test_head_has_the_headers_of_get(self, room: Room) -> None:
        room.warm()
        get, head = room.get("mill"), Client(SERVER_NAME="localhost").head("/stories/mill/")
        assert head.content == b""
        assert dict(head.items()) == dict(get.items())

    def test_nothing_is_asked_of_the_database(self, room: Room, django_assert_num_queries: Any) -> None:
        room.warm()
        with django_assert_num_queries(0):
            room.get("home")
            room.get("feed")

    # In Spanish, one more for the author who has no Spanish name.
    @pytest.mark.parametrize(("language", "most"), [("en", 15), ("es", 16)])
    def test_a_rich_story_nobody_has_asked_for_yet_is_made_with_few_questions(
        self, room: Room, django_assert_max_num_queries: Any, language: str, most: int
    ) -> None:
        story = room.mill if language == "en" else room.molino
        told = (room.mill, room.roof, room.assembly)
        SeriesPageFactory(title="Mills", parent=room.shelves[language], told=told)
        document = Document.objects.create(title="Sheet", file=ContentFile(b"%PDF", name="sheet.pdf"))
        links = f'<a linktype="page" id="{room.roof.pk}">the roof</a>'
        page = StoryPage.objects.get(pk=story.pk)
        page.translated_from = room.mill.save_revision() if language == "es" else None
        page.body = json.dumps(
            [
                block("paragraph", f"<p>Beside {links}.</p>"),
                block("related_stories", {"heading": "", "stories": listed(room.roof.pk, room.assembly.pk)}),
                block("document", {"document": document.pk, "label": ""}),
            ]
        )
        page.corrections.create(text="The mill has two stones, not three.")
        page.save_revision().publish()
        name = "mill" if language == "en" else "es/mill"
        room.warm()
        # The same for all: Wagtail's root paths are forgotten by each that is new.
        reader = Client(SERVER_NAME="localhost")
        reader.get(room.pages["home"])
        middleware.store().clear()
        reader.get(room.pages["home"])
        with django_assert_max_num_queries(most):
            text = reader.get(room.pages[name]).content.decode()
        assert all(word in text for word in ("two stones", "sheet.pdf", "Mills", "/roof/"))

    @pytest.mark.parametrize("name", ["home", "stories", "feed"])
    def test_a_list_nobody_has_asked_for_yet_is_made_with_few_questions(
        self, room: Room, django_assert_max_num_queries: Any, name: str
    ) -> None:
        room.warm()
        middleware.store().clear()
        with django_assert_max_num_queries(25):
            room.get(name)

    def test_a_feed_after_a_new_story_makes_that_story_alone(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[str] = []
        entry = feed_articles._entry

        def watched(article: Any, *arguments: Any, **options: Any) -> Any:
            made.append(article.title)
            return entry(article, *arguments, **options)

        monkeypatch.setattr(feed_articles, "_entry", watched)
        room.warm()
        made.clear()
        room.story("Quay")
        assert b"Quay" in room.get("feed").content
        assert made == ["Quay"]
        # In another format it says the same.
        atom = Client(SERVER_NAME="localhost").get("/feeds/all.atom").content
        assert all(title in atom for title in (b"Quay", b"Mill", b"Roof", b"Assembly"))
        assert made == ["Quay"]

    def test_an_article_in_a_feed_is_made_anew_when_what_it_says_has_changed(self, room: Room) -> None:
        room.warm()
        republish(room.mill, title="Two mills")
        assert b"Two mills" in room.get("feed").content
        room.ada.name = "Ada L."
        room.ada.save()
        assert b"Ada L." in room.get("feed").content
        identity = SiteIdentity.objects.get()
        identity.default_licence = next(code for code in LICENCES if code != identity.default_licence)
        identity.save()
        assert str(LICENCES[identity.default_licence].name).encode() in room.get("feed").content
        site = room.site
        site.port = 8765
        site.save()
        assert b"localhost:8765/stories/mill/" in room.get("feed").content

    def test_a_story_withdrawn_or_made_private_is_in_no_feed_any_more(self, room: Room) -> None:
        room.warm()
        StoryPage.objects.get(pk=room.roof.pk).unpublish()
        assert b"Roof" not in room.get("feed").content
        PageViewRestriction.objects.create(page=room.mill, restriction_type=PageViewRestriction.LOGIN)
        feed = room.get("feed").content
        assert b"Mill" not in feed
        assert b"Assembly" in feed

    def test_a_second_site_is_told_apart_by_its_host_name(self, room: Room, settings: Any) -> None:
        room.warm()
        settings.ALLOWED_HOSTS = ["localhost", "halse.example"]
        locale = room.mill.locale
        home = Page.get_first_root_node().add_child(
            instance=HomePage(title="Halse", slug="halse", locale=locale)
        )
        second = Site.objects.create(hostname="halse.example", root_page=home)
        assert b"Halse" in Client(SERVER_NAME="halse.example").get("/").content
        assert Client(SERVER_NAME="halse.example").get("/stories/mill/").status_code == 404
        assert room.get("mill").status_code == 200
        second.delete()
        assert Client(SERVER_NAME="halse.example").get("/stories/mill/").status_code == 200

    def test_a_story_published_while_its_page_is_being_made_is_not_hidden_by_it(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The rendering has read the old title and is not done; the new one is committed meanwhile."""
        room.warm()
        middleware.store().clear()
        serve = StoryPage.serve

        def slow(page: StoryPage, request: Any, *args: Any, **kwargs: Any) -> Any:
            response = serve(page, request, *args, **kwargs).render()
            monkeypatch.setattr(StoryPage, "serve", serve)
            republish(room.mill, title="Two mills")
            return response

        monkeypatch.setattr(StoryPage, "serve", slow)
        assert b"Two mills" not in room.get("mill").content
        assert b"Two mills" in room.get("mill").content

    @pytest.mark.parametrize(
        "path",
        [
            "/subscribe/",
            "/preferences/",
            "/preferences/a-token/",
            "/unsubscribe/a-token/",
            "/confirm/a-token/",
            "/your-data/a-token/",
            "/review/a-token/",
            "/admin/",
            "/admin/login/",
            "/healthz",
            "/nothing/",
            "/stories/?preview=1",
            "/stories/?page=2&order=a",
            "/search/?q=mill",
        ],
    )
    def test_it_is_never_kept(self, room: Room, path: str) -> None:
        for _time in range(3):
            Client(SERVER_NAME="localhost").get(path)
        assert len(middleware.store()) == 0

    def test_strangers_cannot_fill_it_by_other_names(self, room: Room) -> None:
        for number in range(3):
            Client(SERVER_NAME=f"host-{number}.example").get("/stories/")
        assert len(middleware.store()) == 0

    def test_before_django_the_same_is_answered(self, room: Room) -> None:
        room.warm()
        expected = room.get("mill")
        said: list[Any] = []

        def never(_environ: Any, _start: Any) -> Any:
            raise AssertionError("Django was asked")

        door = kept_first(never)
        environ = RequestFactory(SERVER_NAME="localhost").get("/stories/mill/").META
        body = b"".join(door(environ, lambda status, headers: said.append((status, dict(headers)))))
        assert body == expected.content
        assert said == [("200 OK", dict(expected.items()))]


@pytest.mark.parametrize(
    "headers",
    [
        {"REQUEST_METHOD": "POST"},
        {"HTTP_COOKIE": "theme=dark; sessionid=abc"},
        {"HTTP_COOKIE": "csrftoken=abc"},
        {"HTTP_COOKIE": "messages=abc"},
        {"HTTP_AUTHORIZATION": "Basic abc"},
        {"QUERY_STRING": "preview=1"},
        {"QUERY_STRING": "page=1&utm_source=x"},
        {"QUERY_STRING": "page=100"},
        {"PATH_INFO": "/" + "a" * 600},
    ],
)
def test_a_request_that_is_somebodys_own_has_no_key(headers: dict[str, str]) -> None:
    environ = RequestFactory().get("/stories/").META
    assert key_of(environ) is not None
    assert key_of({**environ, **headers}) is None


def test_a_cookie_that_is_not_ours_changes_nothing() -> None:
    environ = RequestFactory().get("/stories/").META
    assert key_of({**environ, "HTTP_COOKIE": "theme=dark"}) == key_of(environ)


def keep(store: Store, stamps: StampFile, key: str, *tags: str, size: int = 1000) -> None:
    kept = Kept(b"x" * size, [("Content-Type", "image/png")])
    store.put(key, kept, [slot_of(tag) for tag in tags], latest_before=stamps.latest())


def test_memory_is_bounded_and_the_longest_unasked_goes_first(stamps: StampFile) -> None:
    store = Store(20_000, stamps)
    for number in range(50):
        keep(store, stamps, f"page-{number}", "a")
        store.get("page-0")
    assert store.size <= 20_000
    assert store.get("page-0") is not None
    assert store.get("page-49") is not None
    assert store.get("page-1") is None
    keep(store, stamps, "huge", "a", size=30_000)
    assert store.get("huge") is None


def test_a_change_of_one_tag_leaves_the_others(stamps: StampFile) -> None:
    store = Store(100_000, stamps)
    keep(store, stamps, "a", "topic", "page")
    keep(store, stamps, "b", "page")
    stamps.change([slot_of("topic")])
    assert store.get("a") is None
    assert store.get("b") is not None


def test_what_changed_while_it_was_made_is_not_kept(stamps: StampFile) -> None:
    store = Store(100_000, stamps)
    before = stamps.latest()
    stamps.change([slot_of("topic")])
    kept = Kept(b"", [])
    assert not store.put("a", kept, [slot_of("page")], latest_before=before)
    assert store.get("a") is None


def test_what_is_put_away_between_two_stamps_of_a_change_is_not_shown_after_it(stamps: StampFile) -> None:
    store = Store(100_000, stamps)
    places = [slot_of("topic"), slot_of("page")]
    before = stamps.latest()
    put: list[bool] = []

    def changed_one_by_one() -> Iterator[int]:
        for place in places:
            yield place
            put.append(store.put("a", Kept(b"old", []), places, latest_before=before))

    stamps.change(changed_one_by_one())
    assert put == [False, False]
    assert store.get("a") is None


def test_the_hour_of_the_day_is_a_minute_late_at_most(stamps: StampFile) -> None:
    store = Store(100_000, stamps)
    keep(store, stamps, "a", "page")
    later = time.monotonic() + OLDEST + 1
    assert store.get("a", now=later) is None
    # Who asks meanwhile does not make it a second time.
    assert store.get("a", now=later) is not None


def test_a_page_that_cannot_be_made_anew_is_gone_after_two_minutes(stamps: StampFile) -> None:
    store = Store(100_000, stamps)
    keep(store, stamps, "a", "page")
    begun = time.monotonic()
    asked = [begun + OLDEST + second for second in range(int(OLDEST) + 1)]
    assert any(store.get("a", now=now) for now in asked)
    assert all(store.get("a", now=asked[-1] + second) is None for second in range(1, 30))
