"""The blocks of an article as readers, listeners and searchers get them."""

import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from wagtail.models import PageViewRestriction

from stories.blocks import ArticleBody
from stories.models import StoryPage
from tests.stories.every_block import (
    ACCORDION,
    CALL_OUT,
    NUMBERS,
    PULL_QUOTE,
    TIMELINE,
    Stored,
    audio,
    block,
    every_block,
    gallery,
    listed,
    sound,
    table,
)
from tests.stories.factories import ImageFactory, StoryPageFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of every rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def story(*stored: Stored, **fields: Any) -> StoryPage:
    page = StoryPageFactory(body=json.dumps(list(stored)), **fields)
    return StoryPage.objects.get(pk=page.pk)


def read(client: Client, *stored: Stored, **fields: Any) -> Tag:
    """The text of a story made of these blocks."""
    response = client.get(story(*stored, **fields).url)
    assert response.status_code == 200
    text = BeautifulSoup(response.content, "html.parser").select_one(".prose")
    assert text is not None
    return text


def words(element: Tag | None) -> str:
    assert element is not None
    return " ".join(element.get_text(" ").split())


def cleaned(*stored: Stored) -> Any:
    """What an editor's save makes of these blocks. Raises ValidationError."""
    body = ArticleBody()
    return body.clean(body.to_python(list(stored)))


def test_a_text_with_every_block_is_shown(client, identity):
    text = read(client, *every_block())
    for selector in (
        "aside.pull-quote",
        "aside.call-out",
        ".accordion details",
        "figure.data table",
        "figure.numbers",
        "ol.timeline",
        "figure.gallery",
        "figure.sound audio",
    ):
        assert text.select(selector), selector
    assert not text.select("script, iframe, [onclick], [style]")


def test_a_table_says_what_it_shows_and_names_its_columns_and_rows(client, identity):
    shown = read(client, table(("<p>Spring</p>", "4,120", "61 %"), ("<p>Summer</p>", "3,870", "58 %")))
    assert words(shown.caption) == "Loaves by season"
    assert [words(th) for th in shown.select("thead th[scope=col]")] == ["Season", "Loaves", "Paid in full"]
    assert [words(th) for th in shown.select("tbody th[scope=row]")] == ["Spring", "Summer"]
    assert [words(td) for td in shown.select("tbody td")] == ["4,120", "61 %", "3,870", "58 %"]


def test_rows_are_not_named_where_the_first_column_does_not_name_them(client, identity):
    shown = read(client, table(row_headings=False))
    assert not shown.select("tbody th")
    assert len(shown.select("tbody td")) == 3


def test_a_wide_table_moves_sideways_by_keyboard_too(client, identity):
    region = read(client, table()).select_one(".scroll")
    assert region is not None
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-label"] == "Loaves by season"


@pytest.mark.parametrize(
    ("caption", "heading", "said"),
    [("", "Season", "Write a caption"), ("Loaves", "", "Every column needs a heading")],
)
def test_a_table_without_caption_or_headings_is_refused(caption, heading, said):
    stored = table(caption=caption)
    stored["value"]["table"]["columns"][0]["heading"] = heading
    with pytest.raises(ValidationError) as refused:
        cleaned(stored)
    assert said in str(refused.value.as_json_data())


def test_an_empty_table_is_refused_and_shows_nothing(client, identity):
    empty = table()
    empty["value"]["table"] = {"columns": [], "rows": [], "caption": ""}
    with pytest.raises(ValidationError):
        cleaned(empty)
    assert not read(client, empty).select("figure")


def test_a_table_of_five_hundred_rows_asks_the_database_no_more_than_one_of_five(client, identity):
    def queries(rows: int) -> int:
        page = story(table(*[(f"<p>Row {row}</p>", str(row), "1 %") for row in range(rows)]))
        client.get(page.url)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = client.get(page.url)
        assert response.content.decode().count('<th scope="row">') == rows
        return len(captured)

    assert queries(500) <= queries(5)


def test_scripts_in_cells_captions_and_titles_are_words_or_gone(client, identity):
    rows = table((HOSTILE, HOSTILE, "1"), caption=HOSTILE, source=HOSTILE)
    rows["value"]["table"]["columns"][1]["heading"] = HOSTILE
    stored = [
        cleaned_table(rows),
        audio(sound(), title=HOSTILE, caption=HOSTILE),
        gallery(ImageFactory(), ImageFactory(), caption=HOSTILE),
        block("pull_quote", {"text": HOSTILE}),
        block("call_out", {"heading": HOSTILE, "text": "<p>x</p>"}),
    ]
    text = read(client, *stored)
    assert not text.select("script, [onerror]")
    assert "alert(1)" in words(text.select_one(".pull-quote"))


def cleaned_table(stored: Stored) -> Stored:
    body = ArticleBody()
    kept: Stored = body.get_prep_value(cleaned(stored))[0]
    assert "script" not in json.dumps(kept["value"]["table"]["rows"][0]["values"][0])
    return kept


def test_a_gallery_lists_its_pictures_with_alt_caption_and_credit(client, identity):
    shown = read(client, gallery(ImageFactory(), ImageFactory(credit="Luc Martin"))).select_one(".gallery")
    assert shown is not None
    assert [image["alt"] for image in shown.select("li img")] == ["Morning 1", "Morning 2"]
    assert words(shown.select("figcaption")[1]).startswith("The 2th morning Picture: Luc Martin")
    assert words(shown.select("figcaption")[-1]) == "Three mornings at the weir"


def test_who_made_the_pictures_of_a_gallery_stands_in_the_ledger(client, identity):
    page = story(gallery(ImageFactory(credit="Ada Ruiz"), ImageFactory(credit="Luc Martin")))
    ledger = BeautifulSoup(client.get(page.url).content, "html.parser").select_one("dl.ledger")
    assert "Luc Martin" in words(ledger)


def test_a_gallery_goes_on_without_a_picture_that_was_deleted(client, identity):
    kept, gone = ImageFactory(), ImageFactory()
    page = story(gallery(kept, gone))
    gone.delete()
    text = BeautifulSoup(client.get(page.url).content, "html.parser")
    assert [image["alt"] for image in text.select(".gallery img")] == ["Morning 1"]


def test_a_gallery_whose_pictures_are_all_gone_shows_nothing(client, identity):
    image = ImageFactory()
    page = story(gallery(image, image))
    image.delete()
    assert "gallery" not in client.get(page.url).content.decode()


def test_a_long_gallery_asks_the_database_no_more_than_a_short_one(client, identity):
    def queries(pictures: int) -> int:
        page = story(gallery(*[ImageFactory() for _ in range(pictures)]))
        client.get(page.url)  # makes the sizes
        with CaptureQueriesContext(connection) as captured:
            client.get(page.url)
        return len(captured)

    assert queries(12) <= queries(2)


def test_links_in_many_paragraphs_ask_the_database_no_more_than_links_in_one(client, identity):
    pages = [StoryPageFactory() for _ in range(6)]

    def queries(count: int) -> int:
        page = story(
            *[
                block("paragraph", f'<p><a linktype="page" id="{linked.pk}">{linked.title}</a></p>')
                for linked in pages[:count]
            ]
        )
        text = client.get(page.url).content.decode()
        assert all(f'<a href="{linked.url}">{linked.title}</a>' in text for linked in pages[:count])
        with CaptureQueriesContext(connection) as captured:
            client.get(page.url)
        return len(captured)

    assert queries(6) <= queries(1)


def test_a_sound_is_played_without_a_script_and_its_words_stand_beside_it(client, identity):
    document = sound("bell.ogg")
    shown = read(client, audio(document)).select_one(".sound")
    assert shown is not None
    player = shown.select_one("audio[controls][preload=none] source")
    assert player is not None
    assert (player["src"], player["type"]) == (document.url, "audio/ogg")
    assert "0:38, OGG" in words(shown)
    assert words(shown.select_one("details .rich-text")) == "Three strokes: the oven is hot."


def test_when_the_sound_was_deleted_its_words_remain(client, identity):
    document = sound()
    page = story(audio(document))
    document.delete()
    shown = BeautifulSoup(client.get(page.url).content, "html.parser").select_one(".sound")
    assert shown is not None
    assert not shown.select("audio, a")
    assert "the oven is hot" in words(shown)


@pytest.mark.parametrize(
    ("changes", "field"), [({"transcript": ""}, "transcript"), ({"length": "four minutes"}, "length")]
)
def test_a_sound_needs_its_words_and_a_length_in_minutes(changes, field):
    with pytest.raises(ValidationError) as refused:
        cleaned(audio(sound(), **changes))
    assert field in str(refused.value.as_json_data())


def test_a_document_that_is_no_sound_is_refused_as_one():
    with pytest.raises(ValidationError) as refused:
        cleaned(audio(sound("minutes.pdf")))
    assert "mp3, ogg, opus or m4a" in str(refused.value.as_json_data())


def test_figures_stand_with_what_they_count_and_where_they_come_from(client, identity):
    shown = read(client, NUMBERS).select_one(".numbers")
    assert shown is not None
    assert [(words(row.dt), words(row.dd)) for row in shown.select("dl > div")] == [
        ("groups in the network", "61"),
        ("pesos in the common fund", "2,440,000"),
    ]
    source = shown.select_one("figcaption a")
    assert source is not None
    assert source["href"] == "https://register.weft.example/"


def test_a_timeline_is_a_list_in_order(client, identity):
    shown = read(client, TIMELINE)
    assert [words(moment) for moment in shown.select("ol.timeline > li")] == [
        "April 2025 Four kilos each.",
        "9 August It hails for twelve minutes.",
    ]


def test_everything_said_in_a_block_can_be_searched(identity):
    page = story(*every_block())
    [body] = [
        field.get_value(page)
        for field in StoryPage.search_fields
        if getattr(field, "field_name", "") == "body"
    ]
    text = " ".join(body) if isinstance(body, list) else body
    for said in (
        "everybody reads the meter",
        "What to bring",
        "Whoever worked one shift",
        "Paid in full",
        "Summer",
        "pesos in the common fund",
        "hails",
        "The 3th morning",
        "the oven is hot",
        "Five in summer",
    ):
        assert said in text, said
    assert not re.search(r"six\S*Five", text)


def test_the_parts_of_an_accordion_open_without_a_script(client, identity):
    shown = read(client, ACCORDION)
    assert [words(part) for part in shown.select(".accordion > details > summary")] == [
        "Who may vote?",
        "What if nobody agrees?",
    ]


def test_a_call_out_without_a_heading_has_no_empty_one(client, identity):
    bare = block("call_out", {"heading": "", "text": CALL_OUT["value"]["text"]})
    shown = read(client, bare).select_one(".call-out")
    assert shown is not None
    assert not shown.select(".call-out-heading")
    assert "aria-label" not in shown.attrs


def test_a_related_story_that_was_withdrawn_is_not_shown(client, identity):
    there, withdrawn = StoryPageFactory(title="The boat"), StoryPageFactory(title="The sheet")
    page = story(PULL_QUOTE, block("related_stories", {"heading": "", "stories": [there.pk, withdrawn.pk]}))
    withdrawn.unpublish()
    text = client.get(page.url).content.decode()
    assert "The boat" in text
    assert "The sheet" not in text


def test_related_stories_are_shown_in_the_pages_language_with_one_question_for_all(client, homes, identity):
    english = [StoryPageFactory(title=title) for title in ("Boat", "Sheet", "Oven")]
    for page, title in zip(english, ("Lancha", "Hoja"), strict=False):
        StoryPageFactory(language="es", title=title, translation_key=page.translation_key)
    related = block("related_stories", {"heading": "", "stories": listed(*[page.pk for page in english])})
    text = read(client, related, language="es")
    assert [words(link) for link in text.select("aside a")] == ["Lancha", "Hoja", "Oven"]
    value = ArticleBody().to_python([related])[0].value
    with translation.override("es"), CaptureQueriesContext(connection) as captured:
        assert len(value.links) == 3
    assert len(captured) <= 4  # the language, their translations, what is private, what is retracted


def test_a_related_story_that_is_private_is_not_named(client, homes, identity):
    private, public = StoryPageFactory(title="Ours"), StoryPageFactory(title="Theirs")
    PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)
    related = block("related_stories", {"heading": "", "stories": listed(private.pk, public.pk)})
    assert [words(link) for link in read(client, related).select("aside a")] == ["Theirs"]


def test_links_in_a_text_lead_to_the_page_in_the_readers_language(client, homes, identity):
    boat, oven = StoryPageFactory(title="Boat"), StoryPageFactory(title="Oven")
    StoryPageFactory(language="es", title="Lancha", translation_key=boat.translation_key)
    links = "".join(f'<a linktype="page" id="{key}">x</a> ' for key in (boat.pk, oven.pk, 987654))
    text = read(client, block("paragraph", f"<p>{links}</p>"), language="es")
    found = [link.get("href") for link in text.select("p a") if words(link) == "x"]
    assert [str(address).rsplit("/", 2)[-2] for address in found[:2]] == ["lancha", "oven"]
    assert found[2:] == [None]
