"""The pages of topics, places and authors, and where an article leads on to."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from stories.finding.newest_index import NAME, make_newest_index
from stories.finding.reading_on import reading_on
from stories.models import SeriesPage, SeriesPart, StoryPage, Topic
from tests.stories.factories import (
    AuthorFactory,
    ImageFactory,
    NewsPageFactory,
    PlaceFactory,
    StoryPageFactory,
    TopicFactory,
    shelf,
)

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of every rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


def _read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def _housing_and_vivienda() -> tuple[Topic, Topic]:
    housing = TopicFactory(name="Housing", description="Roofs held in common.")
    return housing, TopicFactory(name="Vivienda", language="es", translation_key=housing.translation_key)


def test_a_topics_page_says_what_it_is_about_and_lists_the_newest_first(client: Client, home):
    housing, _vivienda = _housing_and_vivienda()
    StoryPageFactory(title="The old roof", topics=[housing])
    NewsPageFactory(title="The new roof", topics=[housing])
    StoryPageFactory(title="The ferry", topics=[TopicFactory()])
    page = _read(client, "/topics/housing/")
    assert "<title>Housing · Weft</title>" in page
    assert "Roofs held in common." in page
    assert page.index("The new roof") < page.index("The old roof")
    assert "The ferry" not in page


def test_a_translation_that_kept_the_originals_topic_is_on_the_topics_page(client: Client, homes):
    housing, _vivienda = _housing_and_vivienda()
    StoryPageFactory(title="El tejado", language="es", topics=[housing])
    assert "El tejado" in _read(client, "/es/topics/vivienda/")
    assert "El tejado" not in _read(client, "/topics/housing/")


def test_a_topics_page_names_itself_and_its_translations(client: Client, homes):
    _housing_and_vivienda()
    page = _read(client, "/topics/housing/")
    assert '<link rel="canonical" href="http://localhost/topics/housing/">' in page
    assert '<link rel="alternate" hreflang="es" href="http://localhost/es/topics/vivienda/">' in page
    assert '<link rel="alternate" hreflang="fr"' not in page
    assert re.search(r'<a href="/es/topics/vivienda/" lang="es" hreflang="es"', page)


def test_a_slug_of_another_language_leads_to_the_translation(client: Client, homes):
    _housing_and_vivienda()
    response = client.get("/es/topics/housing/")
    assert (response.status_code, response["Location"]) == (301, "/es/topics/vivienda/")


def test_a_topic_without_a_translation_has_its_page_in_every_language(client: Client, homes):
    ferries = TopicFactory(name="Ferries")
    StoryPageFactory(title="La barca", language="es", topics=[ferries])
    assert "La barca" in _read(client, "/es/topics/ferries/")


@pytest.mark.parametrize("url", ["/topics/nothing/", "/places/nothing/", "/authors/nothing/"])
def test_an_unknown_name_is_not_found(client: Client, home, url):
    assert client.get(url).status_code == 404


def test_an_authors_page_shows_who_it_is(client: Client, home):
    noor = AuthorFactory(
        name="Noor Haddad", role="Photographer", bio="Born by the sea.", portrait=ImageFactory()
    )
    StoryPageFactory(title="The yard", authors=[noor])
    page = _read(client, "/authors/noor-haddad/")
    for shown in ("Photographer", "Born by the sea.", "The yard", 'class="term-portrait"'):
        assert shown in page


def test_a_places_page_lists_what_happened_there(client: Client, home):
    StoryPageFactory(title="The yard", places=[PlaceFactory(name="Port Esk")])
    assert "The yard" in _read(client, "/places/port-esk/")


def test_long_term_pages_go_on(client: Client, home):
    housing = TopicFactory(name="Housing")
    for _number in range(21):
        StoryPageFactory(topics=[housing])
    assert 'href="?page=2" rel="next"' in _read(client, "/topics/housing/")
    second = _read(client, "/topics/housing/?page=2")
    assert 'href="?page=1" rel="prev"' in second
    assert 'rel="next"' not in second
    assert '<link rel="canonical" href="http://localhost/topics/housing/?page=2">' in second
    assert 'href="?page=1" rel="prev"' in _read(client, "/topics/housing/?page=99999999999999999999")


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", ""])
def test_a_page_number_that_is_none_is_the_first_page(client: Client, home, page):
    StoryPageFactory(title="The yard", topics=[TopicFactory(name="Housing")])
    assert "The yard" in _read(client, f"/topics/housing/?page={page}")


def test_topics_places_and_authors_have_feeds_that_their_pages_announce(client: Client, home, identity):
    housing, esk, noor = TopicFactory(name="Housing"), PlaceFactory(name="Esk"), AuthorFactory(name="Noor")
    StoryPageFactory(title="The yard", topics=[housing], places=[esk], authors=[noor])
    StoryPageFactory(title="The ferry")
    for name, url in (
        ("topic-housing", "/topics/housing/"),
        ("place-esk", "/places/esk/"),
        ("author-noor", "/authors/noor/"),
    ):
        assert re.search(
            rf'<link rel="alternate" type="application/rss\+xml"[^>]*/feeds/{name}\.rss"', _read(client, url)
        )
        feed = _read(client, f"/feeds/{name}.rss")
        assert "The yard" in feed
        assert "The ferry" not in feed


def test_the_page_of_feeds_lists_topics_and_not_hundreds_of_places_and_authors(
    client: Client, home, identity
):
    TopicFactory(name="Housing")
    PlaceFactory(name="Esk")
    AuthorFactory(name="Noor")
    page = _read(client, "/feeds/")
    assert "/feeds/topic-housing.rss" in page
    assert "/feeds/place-esk.rss" not in page
    assert "/feeds/author-noor.rss" not in page


def test_a_story_links_to_its_topics_places_and_authors(client: Client, home):
    story = StoryPageFactory(
        topics=[TopicFactory(name="Housing")],
        dateline=PlaceFactory(name="Esk"),
        authors=[AuthorFactory(name="Noor")],
    )
    for url in (story.url, "/"):
        page = _read(client, url)
        for link in ("/topics/housing/", "/places/esk/", "/authors/noor/"):
            assert f'href="{link}"' in page


def test_a_name_without_a_slug_is_shown_without_a_link(client: Client, home):
    story = StoryPageFactory(topics=[TopicFactory(name="مسكن", slug="")])
    assert "<span>مسكن</span>" in _read(client, story.url)


def test_an_article_leads_to_the_ones_before_and_after_it_of_its_type_and_section(home):
    first, second, third = (StoryPageFactory() for _number in range(3))
    NewsPageFactory(parent=shelf("Stories"))
    StoryPageFactory(parent=shelf("Elsewhere"))
    StoryPageFactory(draft=True)
    on = reading_on(second)
    assert (on.older.pk, on.newer.pk) == (first.pk, third.pk)
    assert reading_on(first).older is None
    assert reading_on(third).newer is None


def test_articles_of_the_same_moment_follow_each_other_and_none_is_passed_over(home):
    moment = datetime(2026, 11, 1, 9, tzinfo=UTC)
    stories = [StoryPageFactory(first_published_at=moment) for _number in range(3)]
    walked = [stories[0]]
    while newer := reading_on(walked[-1]).newer:
        walked.append(newer.specific)
    assert walked == stories


def test_related_articles_have_the_most_topics_in_common_and_then_are_the_newest(homes):
    bread, land, water = (TopicFactory() for _number in range(3))
    one = NewsPageFactory(topics=[bread])
    both = StoryPageFactory(topics=[bread, land], parent=shelf("Elsewhere"))
    newer = NewsPageFactory(topics=[land])
    StoryPageFactory(topics=[water], parent=shelf("Elsewhere"))
    StoryPageFactory(topics=[bread, land], language="es")
    story = StoryPageFactory(topics=[bread, land])
    assert [page.pk for page in reading_on(story).related] == [both.pk, newer.pk, one.pk]


def test_parts_of_the_same_series_are_not_related_they_have_a_list_of_their_own(home):
    bread = TopicFactory()
    story, part, other = (StoryPageFactory(topics=[bread], parent=shelf(name)) for name in ("A", "B", "C"))
    series = shelf("A").add_child(instance=SeriesPage(title="Bread", slug="bread", locale=home.locale))
    for told in (story, part):
        SeriesPart.objects.create(series=series, story=told)
    assert [page.pk for page in reading_on(story).related] == [other.pk]


def test_a_seldom_topic_is_looked_for_among_old_articles_too(home, monkeypatch):
    monkeypatch.setattr("stories.finding.reading_on.LOOKED_AT", 2)
    seldom = TopicFactory()
    old = NewsPageFactory(topics=[seldom])
    for _number in range(3):
        NewsPageFactory(topics=[TopicFactory()])
    assert [page.pk for page in reading_on(StoryPageFactory(topics=[seldom])).related] == [old.pk]


def test_reading_on_asks_the_database_the_same_however_much_there_is(home, django_assert_max_num_queries):
    bread = TopicFactory()
    for _number in range(12):
        NewsPageFactory(topics=[bread])
    story = StoryPage.objects.get(pk=StoryPageFactory(topics=[bread]).pk)
    with django_assert_max_num_queries(10):
        reading_on(story)


def test_lists_walk_an_index_of_the_newest_pages():
    make_newest_index(connection)
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, "wagtailcore_page")
    assert NAME in names
