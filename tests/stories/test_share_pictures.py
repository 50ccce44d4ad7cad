"""The picture of a link preview: what is on it, its address, and who can have one drawn."""

import re
from struct import unpack
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stories.share_pictures import SIZE, Sheet, share_png
from stories.share_pictures.drawing import COLUMN, FOOT, share_svg
from stories.share_pictures.lettering import WOOD
from tests.newsroom.factories import home_in
from tests.stories.factories import (
    AuthorFactory,
    ImageFactory,
    NewsPageFactory,
    PlaceFactory,
    SectionPageFactory,
    StoryPageFactory,
    TopicFactory,
)


def sheet(headline: str = "A boiler for twelve flats", **changed: object) -> Sheet:
    facts = {"site": "Weft", "label": "Dunmorra · Energy", "papers": ("mint", "sky"), **changed}
    return Sheet(headline=headline, **facts)  # type: ignore[arg-type]


def lines_of(drawing: str) -> list[tuple[str, float, float]]:
    """Every line of letters: its text, its size and its baseline, in pixels."""
    texts = ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")
    return [(text.text or "", float(text.get("font-size", 0)), float(text.get("y", 0))) for text in texts]


def headline_of(drawing: str) -> list[tuple[str, float, float]]:
    return lines_of(drawing)[1:-1]


def test_the_picture_is_as_large_as_link_previews_want():
    png = share_png(sheet())
    assert unpack(">II", png[16:24]) == SIZE == (1200, 630)


def test_the_headline_stands_on_the_paper_of_its_topic_above_a_band_of_all_its_topics():
    drawing = share_svg(sheet("The mill", papers=("lilac", "canary")))
    assert [text for text, _size, _y in lines_of(drawing)] == ["Weft", "The mill", "Dunmorra · Energy"]
    ground = ElementTree.fromstring(drawing)[0]
    assert ground.get("fill") == "#D8CBF1"
    assert "#FFE56B" in drawing


def test_letters_are_drawn_and_not_left_to_the_fonts_of_the_machine():
    assert share_png(sheet("Loaf")) != share_png(sheet("Seed"))


@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc"]),
        min_size=1,
        max_size=255,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_headline_stays_inside_the_picture(headline: str):
    for text, size, baseline in headline_of(share_svg(sheet(headline))):
        assert WOOD.width(text, size) <= COLUMN + 1
        assert baseline <= FOOT - 30


@given(st.text(max_size=255), st.text(max_size=120))
@settings(max_examples=60, deadline=None)
def test_no_title_breaks_the_drawing(headline: str, site: str):
    assert ElementTree.fromstring(share_svg(sheet(headline, site=site))).tag.endswith("svg")


def test_a_title_is_letters_and_never_markup():
    drawing = share_svg(sheet('</text><image href="file:///etc/passwd"/>'))
    assert not list(ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}image"))


def test_a_long_headline_wraps_and_a_far_too_long_one_ends_in_an_ellipsis():
    assert len(headline_of(share_svg(sheet("Nine people and thirty hours of laundry in Cerrolinde")))) > 1
    assert headline_of(share_svg(sheet("Wwwwwww mmmmmmm " * 16)))[-1][0].endswith("…")


def test_a_headline_in_letters_our_face_lacks_leaves_its_room_to_the_band():
    drawing = share_svg(sheet("الخبز للجميع"))
    assert headline_of(drawing) == []
    assert "الخبز" not in drawing
    assert share_png(sheet("الخبز للجميع"))


def test_a_sign_our_face_lacks_is_left_out():
    assert headline_of(share_svg(sheet("Laundry 🧺 hours")))[0][0].startswith("Laundry hours")


# --- The address


@pytest.fixture
def published(db: None, identity: object) -> None:
    home_in("en")


def address_of(client, story) -> str:
    """The path og:image names."""
    found = re.search(
        r'<meta property="og:image" content="http://localhost([^"]+)">',
        client.get(story.url).content.decode(),
    )
    assert found
    return found[1]


@pytest.mark.usefixtures("published")
class TestAddress:
    def test_a_story_without_a_picture_is_shared_with_its_headline(self, client):
        address = address_of(client, StoryPageFactory(topics=[TopicFactory()]))
        response = client.get(address)
        assert address.startswith("/share/")
        assert response["Content-Type"] == "image/png"
        assert "immutable" in response["Cache-Control"]
        assert "Set-Cookie" not in response

    def test_a_story_with_a_picture_is_shared_with_that(self, client):
        assert address_of(client, StoryPageFactory(lead_image=ImageFactory())).endswith(".jpg")

    def test_news_and_stories_have_one_and_a_section_has_the_band(self, client):
        assert address_of(client, NewsPageFactory()).startswith("/share/")
        assert address_of(client, SectionPageFactory()).startswith("/weave/")

    def test_it_changes_with_the_headline_the_topic_and_the_place_and_with_nothing_else(self, client):
        story = StoryPageFactory(topics=[TopicFactory()], dateline=PlaceFactory())
        seen = {address_of(client, story)}
        story.title = "Another headline"
        story.save()
        seen.add(address_of(client, story))
        story.topics.set([TopicFactory()])
        story.save()
        seen.add(address_of(client, story))
        story.dateline = PlaceFactory()
        story.save()
        seen.add(address_of(client, story))
        assert len(seen) == 4
        story.standfirst = "Told again."
        story.authors.set([AuthorFactory()])
        story.save()
        assert address_of(client, story) in seen

    def test_each_language_has_its_own(self, client):
        story = StoryPageFactory(title="Weft")
        other = StoryPageFactory(title="Weft", language="es", translation_key=story.translation_key)
        assert address_of(client, story) != address_of(client, other)
        assert client.get(address_of(client, other)).status_code == 200

    def test_an_address_from_before_a_change_leads_to_the_picture_of_today(self, client):
        story = StoryPageFactory()
        before = address_of(client, story)
        story.title = "Corrected"
        story.save()
        response = client.get(before)
        assert response.status_code == 302
        assert response["Location"] == address_of(client, story)
        assert "immutable" not in response["Cache-Control"]

    def test_nobody_can_have_anything_drawn_that_is_not_published(self, client):
        draft = StoryPageFactory(draft=True)
        section = SectionPageFactory()
        for page in (draft.pk, section.pk, 999_999):
            assert client.get(f"/share/{page}-0123456789abcdef.png").status_code == 404
        assert client.get("/share/1-hello.png").status_code == 404

    def test_it_is_read_and_never_written(self, client):
        assert client.post(address_of(client, StoryPageFactory())).status_code == 405
