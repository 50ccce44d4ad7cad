import json
from dataclasses import replace
from datetime import datetime

from stories.feeds.json_feed import write_json
from tests.feeds.samples import PICTURE, a_document, an_entry


def feed_of(document):
    return json.loads(write_json(document))


def test_the_feed_has_the_fields_of_json_feed_1_1():
    feed = feed_of(a_document(extension="json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Weft: Everything"
    assert feed["home_page_url"] == "https://weft.example/"
    assert feed["feed_url"] == "https://weft.example/feeds/all.json"
    assert feed["authors"] == [{"name": "Weft", "url": "https://weft.example/"}]
    assert feed["language"] == "en"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert feed["next_url"] == "https://weft.example/feeds/all/archive/3.json"


def test_an_item_has_the_fields_of_json_feed_1_1():
    (item,) = feed_of(a_document())["items"]
    assert isinstance(item["id"], str)
    assert item["url"] == "https://weft.example/stories/the-mill/"
    assert item["title"] == "The mill opens again"
    assert item["summary"] == "A village bought its mill."
    assert item["content_html"].startswith("<p>On Thursdays")
    assert datetime.fromisoformat(item["date_published"]).utcoffset() is not None
    assert datetime.fromisoformat(item["date_modified"]).utcoffset() is not None
    assert [author["name"] for author in item["authors"]] == ["Ada Ruiz", "Noor Haddad"]
    assert item["tags"] == ["Food"]
    assert item["image"] == PICTURE.url
    assert item["attachments"] == [
        {
            "url": PICTURE.url,
            "mime_type": "image/jpeg",
            "title": "Two people carry a flour sack",
            "size_in_bytes": 204800,
        }
    ]
    assert item["_newsroom"]["image"]["credit"] == "Ada Ruiz"
    assert item["_newsroom"]["image"]["may_be_republished"] is True
    assert item["_newsroom"]["licence"] == "CC BY-SA 4.0"


def test_nothing_is_null_or_empty_and_items_are_there_even_when_there_are_none():
    document = a_document(
        an_entry(picture=None, categories=(), translators=()), hub_url="", previous_archive_url=""
    )
    feed = feed_of(document)
    assert "hubs" not in feed
    assert "next_url" not in feed
    assert "image" not in feed["items"][0]
    assert "tags" not in feed["items"][0]
    assert feed_of(replace(document, entries=()))["items"] == []
