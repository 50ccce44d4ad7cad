"""Blocks that stand beside the text, as feed readers without style and script get them."""

import lxml.html
import pytest

from stories.feeds.channels import find_channel
from stories.feeds.documents import build_document
from stories.feeds.formats import FORMATS
from stories.feeds.freshness import freshness_of
from stories.models import NewsPage, StoryPage
from tests.stories.every_block import (
    ACCORDION,
    CALL_OUT,
    NUMBERS,
    PULL_QUOTE,
    TIMELINE,
    audio,
    block,
    every_block,
    gallery,
    listed,
    sound,
    table,
)
from tests.stories.factories import ImageFactory


def content_of(newsroom, *stored):
    newsroom.publish(
        StoryPage, "The mill", body=[{"type": one["type"], "value": one["value"]} for one in stored]
    )
    channel = find_channel("all", newsroom.scope("en"))
    article_count = freshness_of(channel).article_count
    return build_document(channel, FORMATS["rss"], article_count=article_count).entries[0].content_html


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (
            PULL_QUOTE,
            "<blockquote><p>Nobody owns the boiler, and everybody reads the meter.</p></blockquote>",
        ),
        (CALL_OUT, "<p><b>What to bring</b></p><p>A cup and <b>last year’s sheet</b>.</p>"),
        (
            ACCORDION,
            (
                "<p><b>Who may vote?</b></p><p>Whoever worked one shift.</p>"
                "<p><b>What if nobody agrees?</b></p><p>Then we eat first.</p>"
            ),
        ),
        (
            NUMBERS,
            (
                "<ul><li><b>61</b> groups in the network</li><li><b>2,440,000</b> pesos in the common fund</li></ul>"
                '<p>Source: <a href="https://register.weft.example/">the network’s register</a></p>'
            ),
        ),
        (
            TIMELINE,
            (
                "<dl><dt>April 2025</dt><dd><p>Four kilos each.</p></dd>"
                "<dt>9 August</dt><dd><p>It <b>hails</b> for twelve minutes.</p></dd></dl>"
            ),
        ),
        (
            table(),
            (
                '<table><caption>Loaves by season</caption><thead><tr><th scope="col">Season</th>'
                '<th scope="col">Loaves</th><th scope="col">Paid in full</th></tr></thead><tbody><tr>'
                '<th scope="row"><p>Spring</p></th><td>4,120</td><td>61 %</td></tr></tbody></table>'
                "<p>Source: the bakery’s sheet</p>"
            ),
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_blocks_are_plain_paragraphs_lists_and_tables(newsroom, stored, expected):
    assert content_of(newsroom, stored) == expected


def test_a_sound_is_a_link_followed_by_its_words(newsroom):
    document = sound()
    assert content_of(newsroom, audio(document)) == (
        f'<p>Sound: <a href="https://weft.example{document.url}">The bell of the mill</a> (0:38)</p>'
        "<p>Recorded by Ada Ruiz</p><blockquote><p>Three strokes: the oven is hot.</p></blockquote>"
    )


def test_the_words_of_a_deleted_sound_stay(newsroom):
    document = sound()
    document.delete()
    content = content_of(newsroom, audio(document))
    assert "<a" not in content
    assert "Three strokes" in content


def test_a_gallery_is_its_pictures_with_their_rights(newsroom):
    gone = ImageFactory()
    stored = gallery(ImageFactory(), gone, ImageFactory(credit="Luc Martin"))
    gone.delete()
    shown = lxml.html.fragment_fromstring(content_of(newsroom, stored), create_parent="div")
    assert [image.get("alt") for image in shown.iter("img")] == ["Morning 1", "Morning 3"]
    assert all(image.get("src", "").startswith("https://weft.example/") for image in shown.iter("img"))
    assert "Luc Martin" in shown.text_content()
    assert shown.text_content().endswith("Three mornings at the weir")


def test_links_inside_blocks_lead_to_pages_of_ours(newsroom):
    target = newsroom.publish(NewsPage, "Target")
    link = f'<p><a linktype="page" id="{target.pk}">there</a></p>'
    content = content_of(
        newsroom,
        block("call_out", {"heading": "", "text": link}),
        block("accordion", {"items": listed({"title": "Where?", "text": link})}),
        block("timeline", {"items": listed({"when": "May", "text": link}, {"when": "June", "text": link})}),
        table((link, "1", "2")),
        audio(sound(), transcript=link),
    )
    assert content.count(f'<a href="{target.full_url}">there</a>') == 6
    assert "linktype" not in content


def test_notes_stand_at_the_end_and_their_numbers_lead_to_our_page(newsroom):
    content = content_of(
        newsroom,
        block("paragraph", "<p>Six<footnote>Five in summer.</footnote> o’clock.</p>"),
        PULL_QUOTE,
        block("paragraph", '<p>Sums<footnote>See <a href="/sums/">p. 3</a>.</footnote></p>'),
    )
    assert (
        '<p>Six<sup><a href="https://weft.example/stories/the-mill/#note-1">1</a></sup> o’clock.</p>'
        in content
    )
    assert content.endswith(
        '<p><b>Notes</b></p><ol><li>Five in summer.</li><li>See <a href="https://weft.example/sums/">p. 3</a>.'
        "</li></ol>"
    )
    assert "footnote" not in content


def test_nothing_of_our_pages_style_and_scripts_is_left(newsroom):
    content = content_of(newsroom, *every_block())
    shown = lxml.html.fragment_fromstring(content, create_parent="div")
    assert not [
        element.tag for element in shown.iter("script", "audio", "details", "summary", "aside", "style")
    ]
    assert not [element for element in shown.iter() if element.get("class") or element.get("role")]


def test_a_feed_with_damaged_blocks_still_comes(newsroom):
    damaged = [
        block("table", {"table": None}),
        block("gallery", {"pictures": None, "caption": None}),
        block("audio", {"title": None, "sound": "x", "transcript": None}),
        block("numbers", {"items": None}),
        block("timeline", {}),
        PULL_QUOTE,
    ]
    assert "reads the meter" in content_of(newsroom, *damaged)
