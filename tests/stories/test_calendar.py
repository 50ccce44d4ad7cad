"""Calendar files as calendars read them (RFC 5545)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import PageViewRestriction

from stories.events.icalendar import CalendarEntry, calendar_document, folded, text
from tests.stories.factories import EventPageFactory, PlaceFactory, TopicFactory

NOW = datetime(2027, 3, 13, 9, 0, tzinfo=UTC)


def unfolded(document: bytes) -> list[str]:
    assert document.endswith(b"\r\n")
    return document.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


def read_text(value: str) -> str:
    """As §3.3.11 tells a reader to."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=300))
def test_any_text_comes_back_as_it_was_and_no_line_is_too_long(words: str) -> None:
    entry = CalendarEntry(uid="1", title=words, starts_at=NOW, changed_at=NOW, location=words)
    document = calendar_document([entry], name=words, language="en")
    assert max(len(line) for line in document.split(b"\r\n")) <= 75
    lines = unfolded(document)
    # Of the Unicode line ends only CR and LF are any to a calendar.
    assert read_text(next(line for line in lines if line.startswith("SUMMARY:"))[8:]) == words
    assert len(lines) == 6 + (9 if words else 8)


@given(st.text(max_size=400))
def test_no_text_can_begin_a_line_of_its_own(words: str) -> None:
    document = folded("SUMMARY:" + text(words))
    assert len(unfolded(document)) == 1
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", document)


def test_hostile_words_stay_words() -> None:
    words = "Fair\r\nEND:VEVENT\nBEGIN:VALARM\x00; a, b\\c"
    entry = CalendarEntry(
        uid="1",
        title=words,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        changed_at=NOW,
        url="https://weft.example/a\r\nBEGIN:VEVENT",
    )
    lines = unfolded(calendar_document([entry], name="Weft", language="en"))
    assert r"SUMMARY:Fair\nEND:VEVENT\nBEGIN:VALARM\; a\, b\\c" in lines
    assert "URL:https://weft.example/aBEGIN:VEVENT" in lines
    assert "DTSTART:20270313T090000Z" in lines
    assert "DTEND:20270313T110000Z" in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1


@pytest.mark.django_db
def test_an_event_has_a_calendar_file_at_its_own_address(client: Client, identity: object) -> None:
    event = EventPageFactory(
        title="Seed fair",
        slug="seed-fair",
        starts_at=NOW,
        time_zone="America/Mexico_City",
        place=PlaceFactory(name="Atlazala"),
        venue="Basketball court",
    )
    response = client.get(f"{event.url}calendar.ics")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    lines = unfolded(response.content)
    assert "SUMMARY:Seed fair" in lines
    assert r"LOCATION:Basketball court\, Atlazala" in lines
    assert f"URL:{event.full_url}" in lines
    again = client.get(f"{event.url}calendar.ics", headers={"if-none-match": response.headers["ETag"]})
    assert again.status_code == 304
    uid = next(line for line in lines if line.startswith("UID:"))
    event.title, event.slug = "Seed fair, moved", "moved"
    event.save()
    assert uid in unfolded(client.get(f"{event.url}calendar.ics").content)


@pytest.mark.django_db
def test_what_is_no_public_event_has_no_calendar_file(client: Client, identity: object) -> None:
    hidden = EventPageFactory(slug="hidden")
    PageViewRestriction.objects.create(page=hidden, restriction_type=PageViewRestriction.LOGIN)
    for event in (hidden, EventPageFactory(draft=True), EventPageFactory(starts_at=None)):
        assert client.get(f"/events/{event.slug}/calendar.ics").status_code == 404
    assert client.get("/events/calendar.ics").status_code == 404
    assert client.get("/nowhere/calendar.ics").status_code == 404


@pytest.mark.django_db
def test_the_calendar_of_a_language_holds_what_is_coming_in_it_and_asks_as_often_however_many(
    client: Client, identity: object
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/calendar.ics")
        return len(queries)

    def event(title: str, **fields: object) -> None:
        EventPageFactory(title=title, topics=[TopicFactory(language="es")], place=PlaceFactory(), **fields)

    event("Next week")
    event("Long over", starts_at=NOW - timedelta(days=3000))
    EventPageFactory(language="es", title="Feria")
    asked()
    few = asked()
    for number in range(6):
        event(f"Later {number}")
    assert asked() == few
    titles = [line for line in unfolded(client.get("/calendar.ics").content) if line.startswith("SUMMARY:")]
    assert len(titles) == 7
    assert "SUMMARY:Long over" not in titles
    spanish = unfolded(client.get("/es/calendar.ics").content)
    assert [line for line in spanish if line.startswith("SUMMARY:")] == ["SUMMARY:Feria"]
    assert "X-WR-CALNAME;LANGUAGE=es:Trama" in spanish
