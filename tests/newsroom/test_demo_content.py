"""Every text of the demo can be loaded: nothing in it is unknown, nothing would be refused by the editor's form."""

from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from newsletter.audience.addresses import normalise_address
from newsroom.demo.content_files import Text, read_edition, read_names, read_network, read_texts
from newsroom.demo.kinds import FILES
from newsroom.demo.loading import PUBLISHED
from newsroom.demo.markdown import article_blocks, paragraphs_html
from newsroom.models import HomePage
from stories.blocks import ArticleBody
from stories.licences import LICENCES
from stories.papers import Paper
from stories.posters import MOTIFS
from stories.sanitising import sanitise_rich_text
from tests.stories.factories import ImageFactory, StoryPageFactory

LANGUAGES = [code for code, _name in settings.LANGUAGES]
NETWORK = read_network()
ARTICLES = [text for kind in PUBLISHED for text in read_texts(kind)]
COLLABORATIONS = read_texts("collaborations")
DRAFTS = read_texts("drafts")
PLAIN = read_texts("pages")


def keys(kind: str) -> set[str]:
    return {table["key"] for table in NETWORK[kind]}


def test_there_is_what_the_demo_promises() -> None:
    assert Counter((text.kind, text.language) for text in ARTICLES) == {
        **{("stories", code): 8 for code in LANGUAGES},
        **{("news", code): 6 for code in LANGUAGES},
        **{(kind, code): 4 for kind in ("events", "resources") for code in LANGUAGES},
    }
    assert len(NETWORK["organisations"]) == 12
    assert [len(NETWORK[kind]) for kind in ("topics", "authors", "segments", "newsletters")] == [6, 5, 4, 2]
    assert Counter(draft.front["waits_for"] for draft in DRAFTS) == {"review": 2, "its_hour": 1}


def test_the_editors_form_would_take_every_text_as_it_is(known_pages: dict[str, int]) -> None:
    body = ArticleBody()
    picture_of_all = ImageFactory()
    for text in [*ARTICLES, *DRAFTS, *PLAIN, *COLLABORATIONS]:
        drawn = {picture["key"]: picture_of_all for picture in text.front.get("gallery", [])}
        stored = body.to_python(article_blocks(text.body, pages=known_pages, name=text.name, pictures=drawn))
        try:
            body.clean(stored)
        except ValidationError as error:
            pytest.fail(f"{text.name}: {error}")
        for block in stored:
            if block.block_type == "paragraph":
                assert sanitise_rich_text(block.value.source) == block.value.source, text.name


@pytest.mark.parametrize("text", [*ARTICLES, *DRAFTS, *PLAIN, *COLLABORATIONS], ids=lambda text: text.name)
def test_a_title_and_a_description_fit(text: Text) -> None:
    assert 0 < len(text.front["title"]) <= 255
    assert 0 < len(text.front["search_description"]) <= 170


@pytest.mark.parametrize("text", [*ARTICLES, *DRAFTS], ids=lambda text: text.name)
def test_an_article_names_what_the_network_has(text: Text) -> None:
    front = text.front
    for kind in ("topics", "places", "authors"):
        assert set(front[kind]) <= keys(kind)
        assert front[kind]
    assert (
        {front["translator"]} <= keys("authors")
        if text.language != front["original"]
        else "translator" not in front
    )
    assert set(front["motif"]) <= set(MOTIFS)
    assert 0 < len(front["image_alt"]) <= 255
    assert "dateline" not in front or front["dateline"] in keys("places")


def test_what_texts_point_to_is_there() -> None:
    told = {text.key for text in ARTICLES}
    for text in ARTICLES:
        if "file" in text.front:
            assert (FILES / text.front["file"].format(language=text.language)).is_file(), text.name
    for text in COLLABORATIONS:
        assert set(text.front["partners"]) <= keys("organisations")
        assert set(text.front["stories"]) <= told
    for series in NETWORK["series"]:
        assert set(series["stories"]) <= told
        assert series["section"] in keys("sections")


def test_slugs_differ_within_a_language() -> None:
    slugs = Counter((text.language, text.front["slug"]) for text in [*ARTICLES, *DRAFTS])
    assert max(slugs.values()) == 1


def test_every_language_has_its_words() -> None:
    tables = [
        NETWORK["identity"],
        NETWORK["home"],
        NETWORK["directory"],
        NETWORK["pictures"],
        read_edition(),
        read_names(),
    ]
    for kind in ("topics", "places", "authors", "sections", "newsletters", "organisations", "series"):
        tables += NETWORK[kind]
    assert all(code in table for table in tables for code in LANGUAGES)
    assert NETWORK["default_licence"] in LICENCES
    assert {topic["paper"] for topic in NETWORK["topics"]} == set(Paper.values)


def test_the_edition_is_made_of_what_there_is(known_pages: dict[str, int]) -> None:
    edition = read_edition()
    assert set(edition["stories"]) <= set(known_pages)
    segments = {table["slug"] for table in NETWORK["segments"]}
    assert set(edition["segments"]) == {
        table["slug"] for table in NETWORK["segments"] if table["november_edition"]
    }
    for code in LANGUAGES:
        words: dict[str, Any] = edition[code]
        assert words["aimed"]["segment"] in segments
        assert "{{name|" in paragraphs_html(words["opening"]["text"], pages=known_pages)


def test_no_address_leads_out_of_the_demo() -> None:
    for table in NETWORK["newsletters"]:
        assert normalise_address(table["from_email"]).endswith(".example")
    assert all(
        NETWORK[name].endswith(".example") for name in ("contact_email", "press_email", "corrections_email")
    )


@pytest.fixture
def known_pages(homes: dict[str, HomePage]) -> dict[str, int]:
    """One page stands in for all of them."""
    page = StoryPageFactory(title="A story")
    return {text.key: page.pk for text in ARTICLES}
