"""Corrections in feeds: before the text they correct, and as a feed of their own."""

import json
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from lxml import etree
from pytest_django import DjangoAssertNumQueries

from stories.feeds.channels import find_channel
from stories.feeds.documents import build_document
from stories.feeds.formats import FORMATS
from stories.feeds.websub import affected_feeds
from stories.models import Correction, CorrectionsPage, StoryPage
from tests.feeds.conftest import Newsroom
from tests.newsroom.factories import home_in
from tests.stories.factories import FIRST_DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("articles_go_out_as_they_are")]
MADE = FIRST_DAY + timedelta(days=30)


def correct(page: StoryPage, text: str = "Forty houses, not four.", **fields: Any) -> Correction:
    return Correction.objects.create(page=page, text=text, **{"made_at": MADE, **fields})


def items(client: Client, channel: str, language: str = "") -> list[dict[str, Any]]:
    response = client.get(f"{language}/feeds/{channel}.json")
    assert response.status_code == 200
    found: list[dict[str, Any]] = json.loads(response.content)["items"]
    return found


def test_the_correction_stands_before_the_text_it_corrects(client: Client, newsroom: Newsroom) -> None:
    correct(newsroom.publish(StoryPage, "The mill"))
    (item,) = items(client, "stories")
    text = BeautifulSoup(item["content_html"], "html.parser").text
    assert text.index("Correction, ") < text.index("Forty houses, not four.") < text.index("On Thursdays")
    assert item["title"] == "The mill"
    assert "Forty" not in item["summary"]


def test_a_correction_makes_the_entry_newer(client: Client, newsroom: Newsroom) -> None:
    page = newsroom.publish(StoryPage, "The mill")
    StoryPage.objects.filter(pk=page.pk).update(last_published_at=page.first_published_at)
    before = items(client, "stories")[0]
    correct(page)
    StoryPage.objects.get(pk=page.pk).save_revision().publish()
    after = items(client, "stories")[0]
    assert after["date_modified"] > before["date_modified"]
    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])


def test_a_retracted_headline_never_travels_alone(client: Client, newsroom: Newsroom) -> None:
    correct(newsroom.publish(StoryPage, "The mill"), "It never stood there.", kind=Correction.Kind.RETRACTION)
    (item,) = items(client, "stories")
    assert item["title"] == "Retracted: The mill"
    assert item["summary"].startswith("Retraction, ")
    assert "It never stood there." in item["summary"]
    assert "On Thursdays the mill opens at six." in item["content_html"]


def test_hostile_words_of_a_correction_stay_words(client: Client, newsroom: Newsroom) -> None:
    correct(newsroom.publish(StoryPage, "The mill"), "<script>alert(1)</script>\x07 & <b>")
    for channel in ("stories", "corrections"):
        (item,) = items(client, channel)
        assert "<script" not in item["content_html"]
        assert "alert(1)" in item["content_html"]
        for extension in ("rss", "atom"):
            etree.fromstring(client.get(f"/feeds/{channel}.{extension}").content)


def test_the_feed_of_corrections_has_an_entry_for_each_newest_first(
    client: Client, newsroom: Newsroom
) -> None:
    mill, weir = newsroom.publish(StoryPage, "The mill"), newsroom.publish(StoryPage, "The weir")
    correct(mill, "Oldest.")
    correct(weir, "Middle.", made_at=MADE + timedelta(days=1), kind=Correction.Kind.UPDATE)
    correct(mill, "Newest.", made_at=MADE + timedelta(days=2))
    found = items(client, "corrections")
    assert [item["summary"] for item in found] == ["Newest.", "Middle.", "Oldest."]
    assert found[1]["title"] == "Update: The weir"
    assert found[0]["url"].startswith(f"{mill.full_url}#correction-")
    assert len({item["id"] for item in found}) == 3
    for extension in ("rss", "atom"):
        assert client.get(f"/feeds/corrections.{extension}").status_code == 200


def test_a_corrections_id_outlives_its_record(client: Client, newsroom: Newsroom) -> None:
    page = newsroom.publish(StoryPage, "The mill")
    first = correct(page)
    twin = correct(page, "And on the left bank.")
    before = [item["id"] for item in items(client, "corrections")]
    assert len(set(before)) == 2
    for correction in (first, twin):
        text = correction.text
        correction.delete()
        correct(page, text)
    page.save_revision().publish()
    assert [item["id"] for item in items(client, "corrections")] == before


def test_only_what_everybody_may_read_is_in_it_and_each_language_has_its_own(
    client: Client, newsroom: Newsroom
) -> None:
    withdrawn = newsroom.publish(StoryPage, "Withdrawn")
    correct(withdrawn)
    withdrawn.unpublish()
    correct(newsroom.publish(StoryPage, "El molino", language="es"), "Cuarenta.")
    assert items(client, "corrections") == []
    assert [item["summary"] for item in items(client, "corrections", "/es")] == ["Cuarenta."]


def test_the_feed_leads_to_the_public_list(client: Client, newsroom: Newsroom) -> None:
    home = type(home_in("en")).objects.get(pk=home_in("en").pk)
    listing = CorrectionsPage(title="Corrections", slug="corrections", locale=home.locale)
    home.add_child(instance=listing)
    feed = json.loads(client.get("/feeds/corrections.json").content)
    assert feed["home_page_url"] == listing.full_url
    assert "/feeds/corrections.rss" in client.get(listing.url).content.decode()


def test_the_hub_hears_of_the_feed_of_corrections(newsroom: Newsroom) -> None:
    page = newsroom.publish(StoryPage, "The mill")
    assert not any("corrections" in url for url in affected_feeds(page))
    correct(page)
    assert "https://weft.example/feeds/corrections.rss" in affected_feeds(page)


@pytest.mark.parametrize("channel", ["stories", "corrections"])
def test_a_feed_costs_the_same_however_much_was_corrected(
    newsroom: Newsroom, channel: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    correct(newsroom.publish(StoryPage, "First"))
    build_document(find_channel(channel, newsroom.scope()), FORMATS["rss"], article_count=1)
    with django_assert_max_num_queries(40) as few:
        build_document(find_channel(channel, newsroom.scope()), FORMATS["rss"], article_count=1)
    for number in range(8):
        page = newsroom.publish(StoryPage, f"Number {number}")
        correct(page)
        correct(page, "Again.", made_at=MADE + timedelta(hours=number))
    with django_assert_max_num_queries(len(few)):
        document = build_document(find_channel(channel, newsroom.scope()), FORMATS["rss"], article_count=9)
    assert len(document.entries) == (9 if channel == "stories" else 17)
