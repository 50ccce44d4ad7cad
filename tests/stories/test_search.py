import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Locale, PageViewRestriction, Site

from stories.finding.searching import Found, Wanted, search
from stories.finding.snippets import highlighted, snippet
from stories.finding.words import MAX_WORDS, forms_of, words_of
from stories.models import StoryPage
from tests.newsroom.factories import home_in
from tests.stories.factories import (
    NewsPageFactory,
    PlaceFactory,
    StoryPageFactory,
    TopicFactory,
    index_everything,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("homes")]


def _find(query: str, language: str = "en", **wanted: Any) -> Found:
    home_in("en")
    index_everything()
    return search(
        Wanted(query=query, **wanted),
        site=Site.objects.get(is_default_site=True),
        locale=Locale.objects.get(language_code=language),
    )


def _titles(query: str, language: str = "en", **wanted: Any) -> list[str]:
    return [result.page.title for result in _find(query, language, **wanted).page.object_list]


def _results_page(client: Client, **parameters: str) -> str:
    index_everything()
    response = client.get("/search/", parameters)
    assert response.status_code == 200
    return response.content.decode()


def _story(title: str, text: str = "Nothing else.", **fields: Any) -> StoryPage:
    fields = {"standfirst": "", **fields}
    return StoryPageFactory(title=title, body=[("paragraph", f"<p>{text}</p>")], **fields)


def test_a_story_is_found_by_its_title_its_standfirst_and_its_text():
    _story("The ferry")
    _story("A boat", standfirst="How the ferry came back")
    _story("The other shore", "They waited for the ferry.")
    _story("The loom")
    assert set(_titles("ferry")) == {"The ferry", "A boat", "The other shore"}


def test_a_page_has_to_hold_every_word():
    _story("The ferry and the loom")
    _story("The ferry")
    assert _titles("ferry loom") == ["The ferry and the loom"]


def test_a_word_in_the_headline_weighs_more_than_one_in_the_text():
    _story("The seed", "It was a good year for rain. " * 4)
    _story("The rain", "It was a good year. " * 4)
    assert _titles("rain") == ["The rain", "The seed"]


def test_of_equally_good_pages_the_newest_comes_first():
    for number in range(3):
        _story("The ferry", slug=f"ferry-{number}")
    found = _find("ferry")
    assert [result.page.slug for result in found.page.object_list] == ["ferry-2", "ferry-1", "ferry-0"]


def test_newest_first_when_the_reader_wants_it_so():
    _story("The ferry, the ferry")
    _story("A long headline that names many things and one ferry")
    assert _titles("ferry", newest=True)[0].startswith("A long headline")


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [
        ("es", "La gestión común", "gestion"),
        ("es", "La gestion común", "gestión"),
        ("es", "Las cooperativas", "cooperativa"),
        ("fr", "Une école du soir", "ecole"),
        ("fr", "Une école du soir", "ECOLES"),
        ("en", "Three assemblies", "assembly"),
    ],
)
def test_accents_capitals_and_plurals_make_no_difference(language, written, asked):
    _story(written, language=language)
    assert _titles(asked, language) == [written]


def test_only_pages_in_the_readers_language_are_found():
    _story("La radio", language="es")
    _story("The radio")
    assert _titles("radio", "es") == ["La radio"]
    assert _titles("radio", "en") == ["The radio"]


def test_drafts_and_pages_for_some_people_only_are_not_found():
    _story("The ferry at dawn", draft=True)
    closed = _story("The ferry at night")
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    assert _titles("ferry") == []


def test_what_the_import_kept_back_is_not_found():
    home_in("en")
    StoryPageFactory(body=[("quarantined", {"reason": "A form", "source": "<form>zeppelin</form>"})])
    assert _titles("zeppelin") == []


def test_facets_narrow_a_search_and_say_how_many_there_would_be():
    housing, halse = TopicFactory(name="Housing"), PlaceFactory(name="Halse")
    _story("The ferry house", topics=[housing])
    _story("The ferry", places=[halse])
    NewsPageFactory(title="A ferry at last", topics=[housing])
    assert set(_titles("ferry", topic="housing")) == {"The ferry house", "A ferry at last"}
    assert _titles("ferry", topic="housing", kind="news") == ["A ferry at last"]
    assert _titles("ferry", place="halse") == ["The ferry"]
    assert len(_titles("ferry", year=2026)) == 3
    assert _titles("ferry", year=2019) == []
    assert _titles("ferry", topic="unheard-of") == _titles("ferry", kind="unheard-of") == []
    found = _find("ferry")
    counts = {facet.name: {option.value: option.count for option in facet.options} for facet in found.facets}
    assert counts == {
        "kind": {"stories": 2, "news": 1},
        "topic": {"housing": 2},
        "place": {"halse": 1},
        "year": {"2026": 3},
    }


def test_a_translation_that_kept_the_originals_topic_counts_for_the_topic():
    housing = TopicFactory(name="Housing")
    TopicFactory(name="Vivienda", language="es", translation_key=housing.translation_key)
    _story("La barca", language="es", topics=[housing])
    assert _titles("barca", "es", topic="vivienda") == ["La barca"]


def test_the_words_are_marked_and_whatever_was_written_is_escaped():
    assert snippet("Tom & Ana <b>ran</b> the mills.", ("mill",)) == (
        "Tom &amp; Ana &lt;b&gt;ran&lt;/b&gt; the <mark>mills</mark>."
    )
    assert highlighted("La Gestión", ("gestion",)) == "La <mark>Gestión</mark>"


def test_whole_words_are_marked_before_words_that_begin_alike():
    text = "A co-operative (COOPÉRATIVE), the mills_of Mill’s millers"
    assert highlighted(text, ("cooperative",)) == text.replace("COOPÉRATIVE", "<mark>COOPÉRATIVE</mark>")
    assert highlighted(text, ("mill",)) == text.replace("mills_", "<mark>mills</mark>_").replace(
        "Mill’", "<mark>Mill</mark>’"
    )
    assert highlighted("İstanbul … millers", ("milling",)) == "İstanbul … <mark>millers</mark>"


def test_a_snippet_is_cut_from_a_long_text_where_the_word_stands():
    cut = snippet("before " * 100 + "the ferry came " + "after " * 100, ("ferry",))
    assert "<mark>ferry</mark>" in cut
    assert cut.startswith("… ")
    assert cut.endswith(" …")
    assert len(cut) < 300


@given(st.text(max_size=400), st.text(max_size=300))
def test_a_snippet_says_nothing_that_is_not_in_the_text(text, query):
    shown = snippet(text, words_of(query))
    bare = re.sub(r"</?mark>", "", shown)
    assert "<" not in bare


@given(st.text(max_size=1000))
def test_a_query_becomes_few_words_of_letters_and_digits(query):
    words = words_of(query)
    assert len(words) <= MAX_WORDS
    assert all(re.fullmatch(r"[^\W_]+", form) for word in words for form in forms_of(word))


HOSTILE = [
    '"',
    '"ferry',
    "ferry'",
    "ferry AND",
    "NOT ferry",
    "ferry*",
    "title:ferry",
    "NEAR(ferry mill)",
    "ferry & | ! <-> :*",
    "{title body} : x",
    "%s %d %(name)s",
    "ferry\0mill",
    "🚢 🌾",
    "ferry " * 2000,
    "a" * 10_000,
    "<script>alert(1)</script>",
    "\\",
    "--; DROP TABLE",
    "ǅ ß ﬁ Ａ",
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_no_query_breaks_the_page(client: Client, query):
    StoryPageFactory(title="The ferry and the mill")
    for parameters in (
        {"q": query},
        {"q": "ferry", "topic": query, "place": query, "kind": query, "year": query, "page": query},
    ):
        response = client.get("/search/", parameters)
        assert response.status_code == 200
        assert b"<script>alert" not in response.content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.text(max_size=60))
def test_the_database_takes_every_query(homes, query):
    assert _titles(query) == []


def test_the_page_of_results_shows_snippets_and_is_not_for_search_engines(client: Client):
    _story("The ferry", "They waited an hour for the <b>ferry</b>.")
    page = _results_page(client, q="ferry")
    assert '<meta name="robots" content="noindex">' in page
    assert "<mark>ferry</mark>" in page
    assert "1 page holds these words" in page
    assert 'value="ferry"' in page


def test_a_snippet_reads_on_from_one_paragraph_to_the_next(client: Client):
    paragraphs = [("paragraph", f"<p>{text}</p>") for text in ("The ferry came back.", "Is it free?", "Yes")]
    StoryPageFactory(title="The shore", standfirst="", body=paragraphs)
    assert "The <mark>ferry</mark> came back. Is it free? Yes" in _results_page(client, q="ferry")


def test_nothing_found_says_what_to_do(client: Client, homes):
    page = _results_page(client, q="unheardof", kind="news")
    assert "Nothing found." in page
    assert 'href="?q=unheardof"' in page
    assert 'href="/es/search/?q=unheardof' in page


def test_results_go_on_and_keep_what_was_asked_for(client: Client):
    for number in range(16):
        _story("The ferry", slug=f"ferry-{number}")
    page = _results_page(client, q="ferry", order="newest")
    assert 'href="?q=ferry&amp;order=newest&amp;page=2" rel="next"' in page
    second = _results_page(client, q="ferry", order="newest", page="2")
    assert second.count('<li class="result">') == 1


def test_every_page_has_a_search_field(client: Client, home):
    assert 'action="/search/"' in client.get("/").content.decode()
    assert 'action="/es/search/"' in client.get("/es/").content.decode()


def test_a_search_asks_the_database_no_more_when_more_is_published(
    client: Client, home, django_assert_max_num_queries
):
    for number in range(20):
        _story("The ferry", slug=f"ferry-{number}", topics=[TopicFactory()], places=[PlaceFactory()])
    assert "20 pages hold" in _results_page(client, q="ferry")
    with django_assert_max_num_queries(25):
        client.get("/search/", {"q": "ferry"})
