"""RFC 5005: a reader who comes late can walk back to the first article."""

import json
from datetime import timedelta

import pytest
from lxml import etree

from stories.feeds import channels, documents
from stories.models import NewsPage
from tests.stories.factories import FIRST_DAY


@pytest.fixture
def small_feeds(monkeypatch):
    """Two articles in each document."""
    monkeypatch.setattr(channels, "ARTICLES_PER_FEED", 2)
    monkeypatch.setattr(documents, "ARTICLES_PER_FEED", 2)
    monkeypatch.setattr(channels.Channel.newest, "__defaults__", (2,))


def publish(newsroom, *numbers):
    for number in numbers:
        newsroom.publish(NewsPage, f"News {number}")


def rss(client, path):
    channel = etree.fromstring(client.get(path).content).find("channel")
    links = {
        link.get("rel"): link.get("href") for link in channel.findall("{http://www.w3.org/2005/Atom}link")
    }
    return [title.text for title in channel.findall("item/title")], links


def test_every_article_is_found_by_walking_back(newsroom, client, small_feeds):
    publish(newsroom, 1, 2, 3, 4, 5)
    seen, links = rss(client, "/feeds/all.rss")
    assert seen == ["News 5", "News 4"]
    assert links["prev-archive"] == "https://weft.example/feeds/all/archive/2.rss"
    second, links = rss(client, "/feeds/all/archive/2.rss")
    assert second == ["News 4", "News 3"]
    assert links["self"] == "https://weft.example/feeds/all/archive/2.rss"
    assert links["current"] == "https://weft.example/feeds/all.rss"
    assert "next-archive" not in links
    first, links = rss(client, links["prev-archive"].removeprefix("https://weft.example"))
    assert first == ["News 2", "News 1"]
    assert "prev-archive" not in links
    assert links["next-archive"] == "https://weft.example/feeds/all/archive/2.rss"


def test_an_archive_keeps_its_bytes_when_more_is_published(newsroom, client, small_feeds):
    publish(newsroom, 1, 2, 3, 4, 5)
    before = client.get("/feeds/all/archive/1.atom").content
    publish(newsroom, 6, 7, 8)
    assert client.get("/feeds/all/archive/1.atom").content == before


def test_all_documents_of_a_channel_have_one_atom_id(newsroom, client, small_feeds):
    publish(newsroom, 1, 2, 3)
    ids = {
        etree.fromstring(client.get(path).content).findtext("{*}id")
        for path in ("/feeds/all.atom", "/feeds/all/archive/1.atom")
    }
    assert ids == {"https://weft.example/feeds/all.atom"}


def test_json_readers_page_back_by_next_url(newsroom, client, small_feeds):
    publish(newsroom, 1, 2, 3, 4, 5)
    path, walked = "/feeds/all.json", []
    while path:
        feed = json.loads(client.get(path).content)
        assert feed.get("next_url") != feed["feed_url"]
        walked.append(path)
        path = feed.get("next_url", "").removeprefix("https://weft.example")
    assert walked == ["/feeds/all.json", "/feeds/all/archive/2.json", "/feeds/all/archive/1.json"]


def test_a_feed_that_holds_everything_has_no_archive(newsroom, client, small_feeds):
    publish(newsroom, 1, 2)
    assert "prev-archive" not in rss(client, "/feeds/all.rss")[1]
    assert client.get("/feeds/all/archive/1.rss").status_code == 404


def test_an_archive_that_is_not_yet_full_is_a_404(newsroom, client, small_feeds):
    publish(newsroom, 1, 2, 3)
    assert client.get("/feeds/all/archive/2.rss").status_code == 404
    assert client.get("/feeds/all/archive/0.rss").status_code == 404


def test_articles_of_the_same_moment_are_neither_repeated_nor_lost(newsroom, client, small_feeds):
    for number in range(5):
        newsroom.publish(NewsPage, f"News {number}", first_published_at=FIRST_DAY + timedelta(days=1))
    archived = rss(client, "/feeds/all/archive/1.rss")[0] + rss(client, "/feeds/all/archive/2.rss")[0]
    assert len(set(archived)) == 4
    assert rss(client, "/feeds/all.rss")[0] == ["News 4", "News 3"]
