import locale
from dataclasses import replace

import feedparser
from lxml import etree

from stories.feeds.entries import NEVER, Licence
from stories.feeds.xml_feeds import write_atom, write_rss
from tests.feeds.samples import PICTURE, a_document, an_entry

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "cc": "http://backend.userland.com/creativeCommonsRssModule",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


def channel_of(document):
    return etree.fromstring(write_rss(document)).find("channel")


def texts(element, path):
    return [found.text for found in element.findall(path, NS)]


def test_the_channel_says_who_publishes_what_where_and_on_which_terms():
    channel = channel_of(a_document())
    assert channel.getparent().get("version") == "2.0"
    assert channel.findtext("title") == "Weft: Everything"
    assert texts(channel, "link") == ["https://weft.example/"]
    assert channel.findtext("description") == "All our stories and news, newest first."
    assert channel.findtext("language") == "en"
    assert channel.findtext("copyright") == "© Weft. Licence: CC BY-SA 4.0."
    assert channel.findtext("ttl") == "60"
    assert texts(channel, "cc:license") == ["https://creativecommons.org/licenses/by-sa/4.0/"]
    assert texts(channel, "sy:updatePeriod") == ["hourly"]
    assert texts(channel, "sy:updateFrequency") == ["1"]


def test_the_channel_image_has_the_title_and_link_of_the_channel():
    image = channel_of(a_document()).find("image")
    assert {part.tag: part.text for part in image} == {
        "url": "https://weft.example/media/logo.png",
        "title": "Weft: Everything",
        "link": "https://weft.example/",
        "width": "144",
        "height": "72",
    }


def test_every_link_of_the_channel_is_there_once():
    links = [
        (link.get("rel"), link.get("href")) for link in channel_of(a_document()).findall("atom:link", NS)
    ]
    assert links == [
        ("self", "https://weft.example/feeds/all.rss"),
        ("alternate", "https://weft.example/feeds/all.json"),
        ("hub", "https://hub.example/"),
        ("prev-archive", "https://weft.example/feeds/all/archive/3.rss"),
    ]


def test_last_build_date_is_the_newest_entrys_date_and_stands_there_once():
    assert texts(channel_of(a_document()), "lastBuildDate") == ["Wed, 04 Nov 2026 18:05:09 +0000"]


def test_an_item_has_every_element_aggregators_ask_for():
    item = channel_of(a_document()).find("item")
    assert item.findtext("title") == "The mill opens again"
    assert item.findtext("link") == "https://weft.example/stories/the-mill/"
    guid = item.find("guid")
    assert (guid.text, guid.get("isPermaLink")) == ("urn:uuid:0b0e7c2e-8c1f-5a1b-9d55-2f6f3b0a7c11", "false")
    assert texts(item, "pubDate") == ["Tue, 03 Nov 2026 07:30:00 +0000"]
    assert texts(item, "atom:updated") == ["2026-11-04T18:05:09+00:00"]
    assert item.findtext("description") == "A village bought its mill."
    assert item.findtext("content:encoded", namespaces=NS).startswith("<p>On Thursdays")
    assert texts(item, "dc:creator") == ["Ada Ruiz", "Noor Haddad"]
    assert texts(item, "dc:contributor") == ["Luc Martin"]
    assert texts(item, "author") == []
    category = item.find("category")
    assert (category.text, category.get("domain")) == ("Food", "https://weft.example/feeds/#topics")
    assert texts(item, "cc:license") == ["https://creativecommons.org/licenses/by-sa/4.0/"]
    assert texts(item, "dc:rights") == ["CC BY-SA 4.0"]


def test_description_comes_before_the_full_content():
    tags = [etree.QName(child).localname for child in channel_of(a_document()).find("item")]
    assert tags.index("description") < tags.index("encoded")


def test_an_item_has_one_enclosure_and_a_media_content_with_alt_credit_and_thumbnail():
    item = channel_of(a_document()).find("item")
    (enclosure,) = item.findall("enclosure")
    assert dict(enclosure.attrib) == {"url": PICTURE.url, "length": "204800", "type": "image/jpeg"}
    (content,) = item.findall("media:content", NS)
    assert dict(content.attrib) == {
        "url": PICTURE.url,
        "type": "image/jpeg",
        "medium": "image",
        "fileSize": "204800",
        "width": "1200",
        "height": "800",
    }
    assert texts(content, "media:description") == ["Two people carry a flour sack"]
    assert texts(content, "media:credit") == ["Ada Ruiz"]
    assert texts(content, "media:copyright") == ["CC BY 4.0"]
    assert content.find("media:thumbnail", NS).get("url") == "https://weft.example/media/mill.400.jpg"


def test_an_item_without_a_picture_has_neither_enclosure_nor_media():
    item = channel_of(a_document(an_entry(picture=None))).find("item")
    assert item.find("enclosure") is None
    assert item.find("media:content", NS) is None


def test_an_all_rights_reserved_text_claims_no_creative_commons_licence():
    item = channel_of(a_document(an_entry(licence=Licence("All rights reserved")))).find("item")
    assert texts(item, "cc:license") == []
    assert texts(item, "dc:rights") == ["All rights reserved"]


def test_items_keep_their_order():
    entries = [an_entry(guid=f"urn:uuid:{number}", title=f"Story {number}") for number in range(5)]
    channel = channel_of(a_document(*entries))
    assert texts(channel, "item/title") == [f"Story {number}" for number in range(5)]


def test_an_archive_says_so_and_leads_to_its_neighbours_and_the_feed():
    channel = channel_of(
        a_document(
            self_url="https://weft.example/feeds/all/archive/2.rss",
            is_archive=True,
            hub_url="",
            other_formats=(),
            previous_archive_url="https://weft.example/feeds/all/archive/1.rss",
            next_archive_url="https://weft.example/feeds/all/archive/3.rss",
        )
    )
    assert channel.find("fh:archive", NS) is not None
    links = {link.get("rel"): link.get("href") for link in channel.findall("atom:link", NS)}
    assert links == {
        "self": "https://weft.example/feeds/all/archive/2.rss",
        "current": "https://weft.example/feeds/all.rss",
        "prev-archive": "https://weft.example/feeds/all/archive/1.rss",
        "next-archive": "https://weft.example/feeds/all/archive/3.rss",
    }


def test_the_feed_itself_is_no_archive():
    assert channel_of(a_document()).find("fh:archive", NS) is None


def test_a_feed_reader_reads_it_without_complaint():
    parsed = feedparser.parse(write_rss(a_document()))
    assert not parsed.bozo
    (entry,) = parsed.entries
    assert entry.id == "urn:uuid:0b0e7c2e-8c1f-5a1b-9d55-2f6f3b0a7c11"
    assert [author.name for author in entry.authors] == ["Ada Ruiz", "Noor Haddad"]
    assert entry.content[0].value.startswith("<p>On Thursdays")
    assert entry.enclosures[0].href == PICTURE.url


def test_a_feed_without_articles_is_still_a_feed():
    empty = write_rss(replace(a_document(), entries=(), updated=NEVER))
    assert not feedparser.parse(empty).bozo
    assert b"Thu, 01 Jan 1970" in empty


def test_writing_a_feed_leaves_the_locale_of_the_process_alone(monkeypatch):
    changes = []
    monkeypatch.setattr(locale, "setlocale", lambda *arguments: changes.append(arguments) or "C")
    write_rss(a_document())
    write_atom(a_document())
    assert changes == []
