"""The grammar of the demo's texts."""

from typing import Any

import pytest

from newsroom.demo.content_files import ContentError
from newsroom.demo.markdown import article_blocks, inline_html, paragraphs_html

PAGES = {"three-prices": 7, "seed-fair": 9}


def blocks(text: str) -> list[tuple[str, Any]]:
    return [
        (block["type"], block["value"]) for block in article_blocks(text, pages=PAGES, name="a-text.en.md")
    ]


def test_paragraphs_in_a_row_are_one_block() -> None:
    assert blocks("One.\nStill one.\n\nTwo.") == [("paragraph", "<p>One. Still one.</p><p>Two.</p>")]


def test_a_heading_ends_the_paragraphs() -> None:
    assert [kind for kind, _value in blocks("One.\n\n## The sums\n\nTwo.")] == [
        "paragraph",
        "heading",
        "paragraph",
    ]
    assert blocks("## The sums")[0][1] == {"text": "The sums", "level": "h2", "link": ""}


def test_bold_italic_and_links_are_written_as_the_editor_stores_them() -> None:
    written = inline_html("A **bold** and *slanted* [word](https://weft.example/?a=1&b=2)", pages=PAGES)
    assert written == 'A <b>bold</b> and <i>slanted</i> <a href="https://weft.example/?a=1&amp;b=2">word</a>'


def test_a_link_to_a_story_leads_to_its_page() -> None:
    assert (
        inline_html("[a bakery](story:three-prices)", pages=PAGES) == '<a linktype="page" id="7">a bakery</a>'
    )


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    assert inline_html("<script>alert(1)</script>", pages=PAGES) == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_a_quote_knows_who_said_it_and_their_role() -> None:
    text = "> I am the one who knows that the boiler\n> is *twenty-two*.\n> — Yvan Delcombaz, manager, unpaid"
    assert blocks(text) == [
        (
            "quote",
            {
                "text": "I am the one who knows that the boiler is twenty-two.",
                "attribution": "Yvan Delcombaz",
                "role": "manager, unpaid",
                "source": "",
            },
        )
    ]


def test_a_list_becomes_a_list() -> None:
    assert (
        paragraphs_html("Three:\n\n- **one**\n- two", pages=PAGES)
        == "<p>Three:</p><ul><li><b>one</b></li><li>two</li></ul>"
    )


def test_a_button_and_related_stories_stand_alone() -> None:
    (button, value), (related, stories) = blocks(
        "[button: Get the sheet](https://tools.weft.example/)\n\n[related: three-prices, seed-fair]"
    )
    assert (button, value) == (
        "button",
        {"label": "Get the sheet", "page": None, "url": "https://tools.weft.example/"},
    )
    assert related == "related_stories"
    assert [item["value"] for item in stories["stories"]] == [7, 9]


def test_narrow_spaces_stay() -> None:
    assert (
        paragraphs_html("Pourquoi\u202f? 1\u00a0500 euros", pages=PAGES)
        == "<p>Pourquoi\u202f? 1\u00a0500 euros</p>"
    )


def test_the_same_text_gives_the_same_ids() -> None:
    text = "One.\n\n[related: three-prices]"
    first, second = (article_blocks(text, pages=PAGES, name="a-text.en.md") for _run in range(2))
    assert first == second
    assert len({first[0]["id"], first[1]["id"], first[1]["value"]["stories"][0]["id"]}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "[a word](story:nowhere)",
        "[related: nowhere]",
        "## A heading\nwithout an empty line",
        "Words\n- and a list",
        "[button: no address]",
    ],
)
def test_a_mistake_names_the_file(text: str) -> None:
    with pytest.raises(ContentError, match=r"a-text\.en\.md"):
        blocks(text)


def test_a_note_is_written_into_its_sentence() -> None:
    written = inline_html(
        "Maize^[Blue, see [the *sums*](https://weft.example/).] and beans.^[Black.]", pages=PAGES
    )
    assert written == (
        'Maize<footnote>Blue, see <a href="https://weft.example/">the <i>sums</i></a>.</footnote>'
        " and beans.<footnote>Black.</footnote>"
    )


def test_a_fence_is_one_block_with_its_empty_lines() -> None:
    text = "One.\n\n::: call-out What to bring\nA cup.\n\n- A chair\n:::\n\nTwo."
    assert blocks(text) == [
        ("paragraph", "<p>One.</p>"),
        ("call_out", {"heading": "What to bring", "text": "<p>A cup.</p><ul><li>A chair</li></ul>"}),
        ("paragraph", "<p>Two.</p>"),
    ]


def test_a_table_has_words_and_figures_under_headings() -> None:
    [(kind, value)] = blocks(
        "::: table Loaves by season | the sheet\nSeason | Loaves #\n**Spring** | 4,120\n:::"
    )
    assert kind == "table"
    assert (value["source"], value["table"]["caption"]) == ("the sheet", "Loaves by season")
    assert value["table"]["columns"] == [
        {"type": "text", "heading": "Season"},
        {"type": "figure", "heading": "Loaves"},
    ]
    assert value["table"]["rows"] == [{"values": ["<p><b>Spring</b></p>", "4,120"]}]


def test_lists_in_fences_are_members_with_ids() -> None:
    [(kind, value)] = blocks("::: accordion\n# Who?\nMe.\n# When?\nNow.\n:::")
    assert kind == "accordion"
    assert [item["value"]["title"] for item in value["items"]] == ["Who?", "When?"]
    assert len({item["id"] for item in value["items"]}) == 2
    [(_kind, moments)] = blocks("::: timeline\nApril | Four *kilos*.\nMay | Hail.\n:::")
    assert moments["items"][0]["value"] == {"when": "April", "text": "<p>Four <i>kilos</i>.</p>"}
    [(_kind, numbers)] = blocks("::: numbers the register\n61 | groups\n:::")
    assert numbers["items"][0]["value"] == {"figure": "61", "counts": "groups"}


@pytest.mark.parametrize(
    "text",
    ["::: stampede\nx\n:::", "::: timeline\nApril\n:::", "::: gallery\nunknown | Caption\n:::"],
)
def test_a_fence_that_cannot_be_read_is_an_error_that_names_the_file(text: str) -> None:
    with pytest.raises(ContentError, match=r"a-text\.en\.md"):
        blocks(text)
