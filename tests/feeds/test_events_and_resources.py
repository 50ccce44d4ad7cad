"""Events and resources in the feeds: when and where, and the file."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree
from wagtail.documents.models import Document

from tests.stories.factories import (
    EventPageFactory,
    ImageFactory,
    PlaceFactory,
    ResourcePageFactory,
    StoryPageFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(newsroom: Any) -> Any:
    return EventPageFactory(
        title="Seed fair",
        standfirst="Hang your seed on the wire.",
        place=PlaceFactory(name="Atlazala"),
        venue="Basketball court",
        starts_at=datetime(2026, 10, 24, 15, 0, tzinfo=UTC),
        ends_at=datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
        time_zone="America/Mexico_City",
        recap="<p>131 strains <script>alert(1)</script>came.</p>",
        topics=[newsroom.topics["food"]["en"]],
    )


@pytest.fixture
def resource(newsroom: Any) -> Any:
    document = Document.objects.create(title="Sheet", file=ContentFile(b"a,b\n", name="sheet.csv"))
    return ResourcePageFactory(title="The sheet", document=document, topics=[newsroom.topics["food"]["en"]])


def titles(client: Client, slug: str) -> list[str]:
    feed = json.loads(client.get(f"/feeds/{slug}.json").content)
    return [item["title"] for item in feed["items"]]


def test_events_and_resources_have_feeds_and_are_in_those_of_everything_and_their_topic(
    client: Client, event: Any, resource: Any
) -> None:
    StoryPageFactory(title="The mill")
    assert titles(client, "events") == ["Seed fair"]
    assert titles(client, "resources") == ["The sheet"]
    assert set(titles(client, "all")) == {"Seed fair", "The sheet", "The mill"}
    assert set(titles(client, "topic-food")) == {"Seed fair", "The sheet"}
    assert titles(client, "stories") == ["The mill"]


def test_an_event_says_when_where_and_what_came_of_it(client: Client, event: Any) -> None:
    item = json.loads(client.get("/feeds/events.json").content)["items"][0]
    when = "Saturday 24 October 2026, 09:00–16:00 (CST, America/Mexico City)"
    assert item["summary"] == f"{when}. Basketball court, Atlazala. Hang your seed on the wire."
    assert when in item["content_html"]
    assert "131 strains" in item["content_html"]
    assert "<script" not in item["content_html"]


def test_a_renamed_place_reaches_a_feed_that_was_asked_for_before(client: Client, event: Any) -> None:
    assert b"Atlazala" in client.get("/feeds/events.rss").content
    event.place.name = "Atlazala del Río"
    event.place.save()
    assert "Atlazala del Río" in client.get("/feeds/events.rss").content.decode()


def test_a_resources_file_is_its_enclosure_where_it_has_no_picture(client: Client, resource: Any) -> None:
    def enclosure() -> Any:
        return etree.fromstring(client.get("/feeds/resources.rss").content).find(".//enclosure")

    file = f"https://weft.example{resource.document.url}"
    assert dict(enclosure().attrib) == {"url": file, "length": "4", "type": "text/csv"}
    item = json.loads(client.get("/feeds/resources.json").content)["items"][0]
    assert item["attachments"] == [
        {"url": file, "mime_type": "text/csv", "title": "Sheet", "size_in_bytes": 4}
    ]
    assert file in item["content_html"]
    resource.lead_image = ImageFactory()
    resource.save()
    assert enclosure().get("type") == "image/jpeg"
    atom = etree.fromstring(client.get("/feeds/resources.atom").content)
    links = atom.findall(".//{*}entry/{*}link[@rel='enclosure']")
    assert {link.get("href") for link in links} >= {file}
    assert len(links) == 2


def test_ten_events_and_resources_ask_as_often_as_one(client: Client, newsroom: Any) -> None:
    def publish() -> None:
        document = Document.objects.create(
            title="Sheet", file=ContentFile(b"a", name="sheet.csv"), file_size=1
        )
        ResourcePageFactory(document=document)
        EventPageFactory(place=PlaceFactory(language="es"))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/feeds/all.rss")
        return len(queries)

    publish()
    asked()
    few = asked()
    for _number in range(5):
        publish()
    assert asked() == few


def test_the_page_of_feeds_gives_the_calendars_address(client: Client, newsroom: Any) -> None:
    page = client.get("/feeds/").content.decode()
    assert "https://weft.example/calendar.ics" in page
