"""The page for people, and what browsers and feed readers discover by themselves."""

import lxml.html
import pytest
from django.template.loader import render_to_string
from wagtail.models import Site

from stories.models import NewsPage, StoryPage


def page_at(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return lxml.html.fromstring(response.content.decode())


def test_the_page_shows_three_headlines_of_each_feed_in_each_language(newsroom, client):
    for number in range(1, 6):
        newsroom.publish(StoryPage, f"Mill {number}", topics=("food",))
    newsroom.publish(NewsPage, "Asamblea", language="es")
    page = page_at(client, "/feeds/")
    headlines = [link.text for link in page.get_element_by_id("all").iterfind(".//li/a")]
    assert headlines == ["Mill 5", "Mill 4", "Mill 3"]
    assert [link.text for link in page.get_element_by_id("topic-food").iterfind(".//li/a")] == headlines
    (spanish,) = page.xpath("//details[@lang='es']")
    assert "Asamblea" in [link.text for link in spanish.iterfind(".//li/a")]
    languages = [
        heading.text for heading in page.xpath("//h2[starts-with(@id, 'language-')] | //main//summary")
    ]
    assert languages == ["English", "Español", "Français"]


def test_each_feed_shows_the_address_of_each_format_to_copy(newsroom, client):
    page = page_at(client, "/feeds/")
    copied = [code.text for code in page.get_element_by_id("stories").iterfind(".//code")]
    assert copied == [
        f"https://weft.example/feeds/stories.{extension}" for extension in ("rss", "atom", "json")
    ]


def test_the_page_names_licence_and_contact(newsroom, client):
    page = page_at(client, "/feeds/")
    (licence,) = page.xpath("//main//a[@rel='license']")
    assert licence.get("href") == "https://creativecommons.org/licenses/by-sa/4.0/"
    assert page.xpath("//main//a[@href='mailto:desk@weft.example']")


def test_all_rights_reserved_is_said_in_words(newsroom, client):
    newsroom.identity.default_licence = "all-rights-reserved"
    newsroom.identity.save()
    assert "please ask us" in page_at(client, "/feeds/").text_content()


def test_ids_on_the_page_are_unique(newsroom, client):
    ids = page_at(client, "/feeds/").xpath("//main//@id")
    assert len(ids) == len(set(ids))


def discovered(client, path):
    links = page_at(client, path).xpath("//head/link[@rel='alternate'][@type]")
    return [(link.get("type"), link.get("href")) for link in links]


@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/es", "es")])
def test_every_page_lets_browsers_discover_the_feeds_of_its_language(newsroom, client, prefix, language):
    found = discovered(client, f"{prefix}/feeds/")
    types = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
    assert found == [
        (media_type, f"https://weft.example{prefix}/feeds/{slug}.{extension}")
        for slug in ("all", "stories", "news")
        for extension, media_type in types.items()
    ]


def test_an_article_adds_the_feeds_of_its_topics(newsroom, rf):
    page = newsroom.publish(StoryPage, "El molino", language="es", topics=("housing",))
    html = render_to_string(
        "feeds/autodiscovery.html", {"page": page, "request": rf.get("/", HTTP_HOST="weft.example")}
    )
    assert "https://weft.example/es/feeds/topic-vivienda.rss" in html
    assert "topic-comida" not in html


def test_a_page_rendered_without_a_site_has_no_feeds_and_no_error(db, rf):
    Site.objects.all().delete()
    assert "link" not in render_to_string("feeds/autodiscovery.html", {"request": rf.get("/")})
