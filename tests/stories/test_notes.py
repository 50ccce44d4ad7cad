"""Footnotes: written into the sentence, read beside it."""

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter

from stories.blocks.notes import count_notes, with_notes
from stories.blocks.text import RICH_TEXT_FEATURES
from stories.models import StoryPage
from stories.sanitising import sanitise_rich_text
from tests.stories.every_block import block
from tests.stories.factories import PlaceFactory, StoryPageFactory

EDITOR = ContentstateConverter(features=[*RICH_TEXT_FEATURES, "footnote"])


def shown(html: str, *, first: int = 1) -> Tag:
    return BeautifulSoup(with_notes(html, first=first), "html.parser")


def notes(text: Tag) -> list[str]:
    return [" ".join(note.get_text().split()) for note in text.select(".note")]


def test_a_note_leaves_its_number_in_the_sentence_and_stands_under_the_paragraph() -> None:
    text = shown("<p>The mill opens at six <footnote>Five in summer.</footnote>, they say.</p><p>More.</p>")
    assert text.p is not None
    assert text.p.get_text() == "The mill opens at six1, they say."
    assert notes(text) == ["1 Five in summer. ↑"]
    assert [child.name for child in text.children] == ["div", "p"]


def test_number_and_note_lead_to_each_other() -> None:
    text = shown("<p>Six<footnote>Five.</footnote>, eight<footnote>Nine.</footnote>.</p>", first=4)
    for number in ("4", "5"):
        mark = text.select_one(f"#mark-{number}")
        note = text.select_one(f"#note-{number}")
        assert mark is not None
        assert note is not None
        assert (mark["href"], mark["role"], mark.get_text()) == (f"#note-{number}", "doc-noteref", number)
        assert note["role"] == "doc-footnote"
        assert [link["href"] for link in note.select("[role=doc-backlink]")] == [f"#mark-{number}"]


def test_a_note_with_a_link_and_slanted_words_is_one_note() -> None:
    stored = (
        "<p>Nobody counted<footnote>See </footnote>"
        '<a href="https://sums.example/"><footnote>the <i>sums</i></footnote></a><footnote>, p. 3.</footnote> then.</p>'
    )
    text = shown(stored)
    assert notes(text) == ["1 See the sums, p. 3. ↑"]
    link = text.select_one(".note a")
    assert link is not None
    assert link["href"] == "https://sums.example/"
    assert text.p is not None
    assert text.p.get_text() == "Nobody counted1 then."


def test_notes_in_a_list_stand_under_the_list() -> None:
    text = shown("<ul><li>One<footnote>First.</footnote></li><li>Two<footnote>Second.</footnote></li></ul>")
    assert [len(item.select("sup")) for item in text.select("ul > li")] == [1, 1]
    assert notes(text) == ["1 First. ↑", "2 Second. ↑"]
    assert not text.select("ul .notes")


def test_a_note_without_words_leaves_no_number() -> None:
    stored = "<p>Six<footnote> </footnote>, eight<footnote></footnote> and <b>nine<footnote>Ten.</footnote></b></p>"
    text = shown(stored)
    assert notes(text) == ["1 Ten. ↑"]
    assert text.p is not None
    assert text.p.get_text() == "Six, eight and nine1"


def test_a_note_longer_than_its_paragraph_does_not_go_into_the_margin() -> None:
    assert shown("<p>Six<footnote>Five.</footnote></p>").select(".noted:not(.noted-at-length)")
    assert shown(f"<p>Six<footnote>{'Five. ' * 40}</footnote></p>").select(".noted-at-length")


@pytest.mark.parametrize(
    "stored",
    [
        "<p>Six<footnote>Five in summer.</footnote>, they say.</p>",
        "<p>Six<footnote>See <i>the sums</i>, p. 3.</footnote></p>",
        '<p>Six<footnote>See </footnote><a href="https://a.example/"><footnote>sums</footnote></a></p>',
    ],
)
def test_the_editor_keeps_notes_when_a_text_is_opened_and_saved(stored: str) -> None:
    saved = EDITOR.to_database_format(EDITOR.from_database_format(stored))
    cleaned = sanitise_rich_text(saved)
    assert notes(shown(cleaned)) == notes(shown(stored))


@given(
    st.lists(
        st.sampled_from(["a ", " ", "<b>b</b>", "<i>c</i>", "note", "linked", "bold", "empty"]), max_size=12
    )
)
def test_every_word_comes_out_once_in_the_text_or_in_a_note(parts: list[str]) -> None:
    kinds = {
        "note": "<footnote>n</footnote>",
        "linked": '<a href="https://a.example/"><footnote>l</footnote></a>',
        "bold": "<b><footnote>d</footnote></b>",
        "empty": "<footnote></footnote>",
    }
    stored = "<p>" + "".join(kinds.get(part, part) for part in parts) + "</p>"
    text = shown(stored)
    assert not text.select("footnote")
    assert len(text.select(".note")) == len(text.select("sup")) == count_notes(stored)
    for mark in text.select("sup, .note-number, [role=doc-backlink]"):
        mark.decompose()
    before = sorted(BeautifulSoup(stored, "html.parser").get_text().replace(" ", ""))
    assert sorted("".join(text.get_text().split())) == before


@pytest.mark.django_db
def test_notes_are_counted_through_the_page(client: Any, identity: Any) -> None:
    body = [
        block("paragraph", "<p>One<footnote>First.</footnote></p>"),
        block("pull_quote", {"text": "Between"}),
        block("paragraph", "<p>Plain</p>"),
        block("paragraph", "<p>Two<footnote>Second.</footnote>, three<footnote>Third.</footnote></p>"),
    ]
    page = StoryPageFactory(body=json.dumps(body))
    text = BeautifulSoup(client.get(page.url).content, "html.parser")
    assert notes(text) == ["1 First. ↑", "2 Second. ↑", "3 Third. ↑"]
    ids = [element["id"] for element in text.select("[id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.django_db
def test_the_dateline_opens_the_first_sentence_also_of_a_paragraph_with_a_note(
    client: Any, identity: Any
) -> None:
    body = [block("paragraph", "<p>The mill<footnote>Built 1781.</footnote> opens.</p>")]
    page = StoryPageFactory(body=json.dumps(body), dateline=PlaceFactory(name="Halse & Co"))
    text = BeautifulSoup(client.get(StoryPage.objects.get(pk=page.pk).url).content, "html.parser")
    paragraph = text.select_one(".prose p")
    assert paragraph is not None
    assert paragraph.get_text() == "Halse & Co The mill1 opens."
