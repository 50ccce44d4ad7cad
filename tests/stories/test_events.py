"""Events: on the clocks of their place, coming first, and over when they are over."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from wagtail.models import PageViewRestriction

from newsroom.models import HomePage, User
from stories.events.words import when_in_words, where_in_words
from stories.models import EventPage
from stories.models.events import WITHOUT_END
from tests.stories.factories import (
    EventPageFactory,
    NewsPageFactory,
    PlaceFactory,
    SectionPageFactory,
    StoryPageFactory,
    TopicFactory,
    shelf,
)

pytestmark = pytest.mark.django_db


def _read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_moments_are_told_on_the_clocks_of_the_place() -> None:
    event = EventPage(
        starts_at=datetime(2027, 3, 13, 9, tzinfo=UTC),
        ends_at=datetime(2027, 3, 13, 17, 30, tzinfo=UTC),
        time_zone="Europe/Madrid",
    )
    for language, words in (
        ("en", "Saturday 13 March 2027, 10:00–18:30 (CET, Europe/Madrid)"),
        ("es", "Sábado 13 de marzo de 2027, 10:00–18:30 (CET, Europe/Madrid)"),
        ("fr", "Samedi 13 mars 2027, 10:00–18:30 (CET, Europe/Madrid)"),
    ):
        with translation.override(language):
            assert when_in_words(event) == words


def test_what_lasts_for_days_names_both_and_a_zone_without_a_name_its_distance() -> None:
    event = EventPage(
        starts_at=datetime(2027, 1, 2, 12, tzinfo=UTC),
        ends_at=datetime(2027, 1, 3, 20, tzinfo=UTC),
        time_zone="America/Santiago",
    )
    with translation.override("en"):
        assert when_in_words(event) == (
            "Saturday 2 January 2027, 09:00 – Sunday 3 January 2027, 17:00 (UTC-03, America/Santiago)"
        )
    with translation.override("fr"):
        assert when_in_words(event).startswith(
            "Samedi 2 janvier 2027, 09:00 – dimanche 3 janvier 2027, 17:00"
        )


def test_an_event_nobody_gave_a_place_is_online_or_says_nothing() -> None:
    assert where_in_words(EventPage(online_link="https://meet.weft.example/1")) == "Online"
    assert where_in_words(EventPage()) == ""


def test_the_page_says_when_where_and_how_to_come(client: Client, identity: object) -> None:
    event = EventPageFactory(
        place=PlaceFactory(name="Cerrolinde", region="Inland Spain"),
        venue="The old hemp store",
        online_link="https://meet.weft.example/1",
        registration_link="https://weft.example/come",
    )
    page = _read(client, event.url)
    with translation.override("en"):
        assert when_in_words(event) in page
    for words in (
        "The old hemp store, Cerrolinde",
        "https://meet.weft.example/1",
        "https://weft.example/come",
    ):
        assert words in page
    assert f'href="{event.url}calendar.ics"' in page


def test_once_it_is_over_what_came_of_it_comes_first(client: Client, identity: object) -> None:
    event = EventPageFactory(
        starts_at=timezone.now() - timedelta(days=3),
        ends_at=timezone.now() - timedelta(days=2),
        registration_link="https://weft.example/come",
        recording_link="https://weft.example/recording",
        recap="<p>Twelve euros were voted down.</p>",
        body=[("paragraph", "<p>Come and vote.</p>")],
    )
    page = _read(client, event.url)
    assert page.index("Twelve euros were voted down.") < page.index("Come and vote.")
    assert page.index("https://weft.example/recording") < page.index("Come and vote.")
    assert "https://weft.example/come" not in page
    assert "calendar.ics" not in page[page.index("<main") :]


def test_an_event_that_is_coming_keeps_its_recap_to_itself(client: Client, identity: object) -> None:
    event = EventPageFactory(recap="<p>Not yet.</p>", recording_link="https://weft.example/recording")
    page = _read(client, event.url)
    assert "Not yet." not in page
    assert "https://weft.example/recording" not in page


@pytest.mark.parametrize(
    ("starts", "ends", "is_over"),
    [
        (-timedelta(hours=1), None, False),
        (-WITHOUT_END - timedelta(minutes=1), None, True),
        (-timedelta(days=1), timedelta(hours=1), False),
        (-timedelta(days=1), -timedelta(minutes=1), True),
        (timedelta(days=1), None, False),
    ],
)
def test_an_event_is_coming_until_it_is_over(
    homes: object, starts: timedelta, ends: timedelta | None, is_over: bool
) -> None:
    now = timezone.now()
    event = EventPageFactory(starts_at=now + starts, ends_at=now + ends if ends else None)
    assert event.is_over == is_over
    assert EventPage.objects.coming().exists() != is_over


def test_the_front_page_shows_the_next_gatherings_that_everybody_may_read(
    client: Client, identity: object
) -> None:
    StoryPageFactory()
    EventPageFactory(title="Later", starts_at=timezone.now() + timedelta(days=20))
    EventPageFactory(title="Sooner", starts_at=timezone.now() + timedelta(days=2))
    EventPageFactory(title="Gone", starts_at=timezone.now() - timedelta(days=9))
    EventPageFactory(title="Sketched", draft=True)
    EventPageFactory(title="Feria", language="es")
    closed = EventPageFactory(title="Members only")
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    page = _read(client, "/")
    assert page.index("Sooner") < page.index("Later")
    for title in ("Gone", "Sketched", "Feria", "Members only"):
        assert title not in page
    assert "Feria" in _read(client, "/es/")


def test_a_section_shows_what_is_coming_before_the_rest_and_once(client: Client, identity: object) -> None:
    EventPageFactory(title="The last fair", starts_at=timezone.now() - timedelta(days=30))
    EventPageFactory(title="The next fair")
    page = _read(client, shelf("Events").url)
    assert page.index("The next fair") < page.index("The last fair")
    assert len(re.findall(r"<h[123][^>]*><a[^>]*>The next fair", page)) == 1


def test_front_page_and_section_ask_as_often_however_much_is_on_them(
    client: Client, home: HomePage, identity: object
) -> None:
    section = SectionPageFactory(title="Campaign", parent=home)

    def publish() -> None:
        tagged = {"topics": [TopicFactory(language="es")], "places": [PlaceFactory(language="fr")]}
        EventPageFactory(parent=section, place=PlaceFactory(), **tagged)
        EventPageFactory(parent=section, starts_at=timezone.now() - timedelta(days=30), **tagged)
        StoryPageFactory(parent=section, dateline=PlaceFactory(), **tagged)
        NewsPageFactory(parent=section, **tagged)

    def asked(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    publish()
    few = {url: asked(url) for url in ("/", section.url)}
    for _number in range(3):
        publish()
    assert {url: asked(url) for url in few} == few


@pytest.fixture
def fields(client: Client, administrator: User, homes: object) -> dict[str, Any]:
    client.force_login(administrator)
    return {
        "title": "Assembly",
        "slug": "assembly",
        "standfirst": "",
        "lead_image": "",
        "body-count": "0",
        "recap": "null",
        "comment_count": "0",
        **{
            f"{name}-{count}": "0"
            for name in ("corrections", "comments")
            for count in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
        },
        "starts_at": "2027-03-13 10:00",
        "ends_at": "",
        "time_zone": "Europe/Madrid",
    }


def _add(client: Client, fields: dict[str, Any]) -> Any:
    return client.post(f"/admin/pages/add/stories/eventpage/{shelf('Events').pk}/", fields)


def test_editors_type_the_time_of_the_place(client: Client, fields: dict[str, Any]) -> None:
    _add(client, fields)
    event = EventPage.objects.get()
    assert event.starts_at == datetime(2027, 3, 13, 9, 0, tzinfo=UTC)
    form = _read(client, f"/admin/pages/{event.pk}/edit/")
    assert 'value="2027-03-13 10:00"' in form
    assert re.search(r'<option value="Europe/Madrid" selected>', form)
    fields["time_zone"] = "America/Santiago"
    client.post(f"/admin/pages/{event.pk}/edit/", fields)
    moved = EventPage.objects.get().get_latest_revision_as_object()
    assert moved.starts_at == datetime(2027, 3, 13, 13, 0, tzinfo=UTC)


def test_a_draft_may_have_no_date_yet(client: Client, fields: dict[str, Any]) -> None:
    _add(client, {**fields, "starts_at": ""})
    assert EventPage.objects.get().starts_at is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ends_at": "2027-03-13 09:00"}, "The end is before the beginning."),
        ({"time_zone": "Madrid"}, "is no time zone"),
        ({"starts_at": "2027-03-28 02:30"}, "Europe/Madrid"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    client: Client, fields: dict[str, Any], wrong: dict[str, str], words: str
) -> None:
    response = _add(client, {**fields, **wrong})
    assert words in response.content.decode()
    assert not EventPage.objects.exists()
