import gzip
import json
from datetime import UTC, datetime

import feedparser
import pytest
from django.utils.http import http_date, parse_http_date
from wagtail.models import PageLogEntry, PageViewRestriction

from stories.models import NewsPage, StoryPage

FORMATS = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@pytest.fixture
def published(newsroom):
    newsroom.publish(StoryPage, "The mill opens", topics=("food",))
    newsroom.publish(NewsPage, "Assembly on Thursday")
    return newsroom


@pytest.mark.parametrize(("extension", "content_type"), FORMATS.items())
def test_each_format_has_its_type_and_the_same_bytes_twice(published, client, extension, content_type):
    first = client.get(f"/feeds/all.{extension}")
    second = client.get(f"/feeds/all.{extension}")
    assert first.status_code == 200
    assert first["Content-Type"] == content_type
    assert first.content == second.content
    assert first["ETag"] == second["ETag"]
    assert first["Content-Length"] == str(len(first.content))


@pytest.mark.parametrize("extension", FORMATS)
def test_the_self_link_is_the_address_itself_in_the_feed_and_in_http(published, client, extension):
    url = f"https://weft.example/feeds/all.{extension}"
    response = client.get(f"/feeds/all.{extension}")
    assert f'<{url}>; rel="self"' in response["Link"]
    if extension == "json":
        assert json.loads(response.content)["feed_url"] == url
    else:
        links = feedparser.parse(response.content).feed.links
        assert [link.href for link in links if link.rel == "self"] == [url]


def test_the_hub_is_named_in_the_feed_and_in_http_only_when_there_is_one(published, client, settings):
    assert "hub" not in client.get("/feeds/all.rss")["Link"]
    settings.WEBSUB_HUB_URL = "https://hub.example/"
    response = client.get("/feeds/all.rss")
    assert '<https://hub.example/>; rel="hub"' in response["Link"]
    assert b'rel="hub"' in response.content


@pytest.mark.parametrize("weaken", ["", "W/"])
def test_a_reader_that_shows_our_tag_gets_304_without_a_body(published, client, weaken):
    first = client.get("/feeds/all.rss")
    again = client.get("/feeds/all.rss", HTTP_IF_NONE_MATCH=f'"other", {weaken}{first["ETag"]}')
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert again["Last-Modified"] == first["Last-Modified"]


def test_a_reader_that_shows_our_date_gets_304(published, client):
    first = client.get("/feeds/all.rss")
    assert client.get("/feeds/all.rss", HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]).status_code == 304
    earlier = http_date(parse_http_date(first["Last-Modified"]) - 1)
    assert client.get("/feeds/all.rss", HTTP_IF_MODIFIED_SINCE=earlier).status_code == 200


def test_a_tag_decides_over_a_date(published, client):
    first = client.get("/feeds/all.rss")
    response = client.get(
        "/feeds/all.rss", HTTP_IF_NONE_MATCH='"another"', HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]
    )
    assert response.status_code == 200


def test_last_modified_is_the_newest_change(published, client):
    page = StoryPage.objects.get()
    later = datetime(2027, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    StoryPage.objects.update(last_published_at=later)
    response = client.get("/feeds/all.rss")
    assert response["Last-Modified"] == http_date(later.timestamp())
    assert page.last_published_at < later


def test_the_compressed_form_is_the_same_feed_with_a_tag_of_its_own(published, client):
    plain = client.get("/feeds/all.rss")
    compressed = client.get("/feeds/all.rss", HTTP_ACCEPT_ENCODING="br, gzip;q=0.8")
    assert compressed["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.content) == plain.content
    assert compressed["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in plain["Vary"]
    assert "Accept-Encoding" in compressed["Vary"]
    assert "Cookie" not in compressed["Vary"]
    refused = client.get("/feeds/all.rss", HTTP_ACCEPT_ENCODING="gzip;q=0")
    assert "Content-Encoding" not in refused


def test_head_gives_the_headers_of_get(published, client):
    get, head = client.get("/feeds/all.rss"), client.head("/feeds/all.rss")
    assert head.content == b""
    for header in ("ETag", "Last-Modified", "Content-Length", "Content-Type", "Link"):
        assert head[header] == get[header]


def test_a_feed_sets_no_cookie_and_takes_no_post(published, client):
    assert not client.get("/feeds/all.rss").cookies
    assert client.post("/feeds/all.rss").status_code == 405


def test_pages_of_other_sites_may_read_the_json(published, client):
    assert client.get("/feeds/all.json")["Access-Control-Allow-Origin"] == "*"
    assert not client.get("/feeds/all.rss").has_header("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    "path", ["/feeds/nothing.rss", "/feeds/topic-nothing.rss", "/feeds/all.doc", "/feeds/all"]
)
def test_an_unknown_feed_is_a_404_that_lists_the_feeds(published, client, path):
    response = client.get(path)
    assert response.status_code == 404
    html = response.content.decode()
    assert path.removeprefix("/feeds/").removesuffix(".rss") in html
    for known in ("all.rss", "stories.atom", "news.json", "topic-housing.rss", "topic-food.rss"):
        assert known in html


def test_the_name_of_an_unknown_feed_is_escaped(published, client):
    html = client.get("/feeds/%3Cscript%3E.rss").content.decode()
    assert "<code>&lt;script&gt;</code>" in html
    assert "<code><script>" not in html


def test_an_unpublished_story_leaves_the_feed_at_once_whatever_the_reader_shows(published, client):
    first = client.get("/feeds/all.rss")
    StoryPage.objects.get().unpublish()
    by_tag = client.get("/feeds/all.rss", HTTP_IF_NONE_MATCH=first["ETag"])
    assert by_tag.status_code == 200
    assert b"The mill opens" not in by_tag.content


@pytest.mark.parametrize(
    "withdraw",
    [
        lambda page: page.unpublish(),
        lambda page: page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled"),
        lambda page: page.delete(),
        lambda page: PageViewRestriction.objects.create(
            page=page, restriction_type=PageViewRestriction.LOGIN
        ),
    ],
    ids=["unpublished", "expired", "deleted", "made private"],
)
def test_a_reader_who_only_knows_dates_learns_of_a_withdrawal(published, client, withdraw):
    long_ago = datetime(2026, 10, 1, tzinfo=UTC)
    for model in (StoryPage, NewsPage):
        model.objects.update(first_published_at=long_ago, last_published_at=long_ago)
    PageLogEntry.objects.update(timestamp=long_ago)
    first = client.get("/feeds/all.rss")
    assert first["Last-Modified"] == http_date(long_ago.timestamp())
    withdraw(StoryPage.objects.get())
    response = client.get("/feeds/all.rss", HTTP_IF_MODIFIED_SINCE=first["Last-Modified"])
    assert response.status_code == 200
    assert b"The mill opens" not in response.content


def test_a_renamed_topic_is_in_the_next_fetch(published, client):
    assert b"Food" in client.get("/feeds/all.rss").content
    topic = published.topics["food"]["en"]
    topic.name = "Bread"
    topic.save()
    assert b"Bread" in client.get("/feeds/all.rss").content
