import feedparser
from lxml import etree

from stories.feeds.xml_feeds import write_atom
from tests.feeds.samples import PICTURE, a_document, an_entry

A = {"a": "http://www.w3.org/2005/Atom", "media": "http://search.yahoo.com/mrss/"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed_of(document):
    return etree.fromstring(write_atom(document))


def links_of(element):
    return {link.get("rel"): dict(link.attrib) for link in element.findall("a:link", A)}


def test_the_feed_says_who_publishes_what_where_and_on_which_terms():
    feed = feed_of(a_document(extension="atom"))
    assert feed.findtext("a:id", namespaces=A) == "https://weft.example/feeds/all.atom"
    assert feed.findtext("a:title", namespaces=A) == "Weft: Everything"
    assert feed.findtext("a:updated", namespaces=A) == "2026-11-04T18:05:09+00:00"
    assert feed.findtext("a:author/a:name", namespaces=A) == "Weft"
    assert feed.findtext("a:author/a:uri", namespaces=A) == "https://weft.example/"
    assert feed.findtext("a:rights", namespaces=A) == "© Weft. Licence: CC BY-SA 4.0."
    assert feed.findtext("a:logo", namespaces=A) == "https://weft.example/media/logo.png"
    assert feed.findtext("a:icon", namespaces=A) == "https://weft.example/favicon.svg"
    assert feed.get(XML_LANG) == "en"


def test_the_feeds_links():
    links = links_of(feed_of(a_document(extension="atom", other_formats=())))
    assert links["self"] == {
        "rel": "self",
        "href": "https://weft.example/feeds/all.atom",
        "type": "application/atom+xml",
    }
    assert links["alternate"]["href"] == "https://weft.example/"
    assert links["hub"]["href"] == "https://hub.example/"
    assert links["license"]["href"] == "https://creativecommons.org/licenses/by-sa/4.0/"
    assert links["prev-archive"]["href"] == "https://weft.example/feeds/all/archive/3.atom"


def test_an_entry_has_every_element_aggregators_ask_for():
    entry = feed_of(a_document()).find("a:entry", A)
    assert entry.findtext("a:id", namespaces=A) == "urn:uuid:0b0e7c2e-8c1f-5a1b-9d55-2f6f3b0a7c11"
    assert entry.findtext("a:published", namespaces=A) == "2026-11-03T07:30:00+00:00"
    assert entry.findtext("a:updated", namespaces=A) == "2026-11-04T18:05:09+00:00"
    assert entry.findtext("a:summary", namespaces=A) == "A village bought its mill."
    content = entry.find("a:content", A)
    assert content.get("type") == "html"
    assert content.text.startswith("<p>On Thursdays")
    authors = entry.findall("a:author", A)
    assert [author.findtext("a:name", namespaces=A) for author in authors] == ["Ada Ruiz", "Noor Haddad"]
    assert all(author.findtext("a:uri", namespaces=A) for author in authors)
    assert entry.findtext("a:contributor/a:name", namespaces=A) == "Luc Martin"
    assert dict(entry.find("a:category", A).attrib) == {
        "term": "food",
        "label": "Food",
        "scheme": "https://weft.example/feeds/#topics",
    }
    assert entry.get(XML_LANG) == "en"


def test_an_entrys_links_keep_rel_type_and_length():
    links = links_of(feed_of(a_document()).find("a:entry", A))
    assert links["alternate"] == {
        "rel": "alternate",
        "href": "https://weft.example/stories/the-mill/",
        "type": "text/html",
        "hreflang": "en",
    }
    assert links["enclosure"] == {
        "rel": "enclosure",
        "href": PICTURE.url,
        "type": "image/jpeg",
        "length": "204800",
    }
    assert links["license"]["href"] == "https://creativecommons.org/licenses/by-sa/4.0/"
    assert "via" not in links


def test_an_entry_first_published_elsewhere_says_where():
    entry = an_entry(first_published_elsewhere="https://other.example/mill")
    assert (
        links_of(feed_of(a_document(entry)).find("a:entry", A))["via"]["href"] == "https://other.example/mill"
    )


def test_an_entrys_picture_has_alt_and_credit():
    content = feed_of(a_document()).find("a:entry/media:content", A)
    assert content.findtext("media:description", namespaces=A) == "Two people carry a flour sack"
    assert content.findtext("media:credit", namespaces=A) == "Ada Ruiz"


def test_a_feed_reader_reads_it_without_complaint():
    parsed = feedparser.parse(write_atom(a_document()))
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert parsed.entries[0].title == "The mill opens again"
    assert parsed.entries[0].enclosures[0].length == "204800"
