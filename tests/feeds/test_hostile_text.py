"""Whatever an editor pastes, the feeds stay well-formed and say the same."""

import json

import lxml.html
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from stories.feeds.clean_html import ALLOWED, clean_html, text_of
from stories.feeds.entries import FORBIDDEN_CHARACTERS, plain_line
from stories.feeds.json_feed import write_json
from stories.feeds.xml_feeds import write_atom, write_rss
from tests.feeds.samples import a_document, an_entry

HOSTILE = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.characters(codec=None, categories=("Cc", "Cs", "Cn", "Lo", "So", "Cf")), max_size=40),
    st.lists(
        st.sampled_from(
            [
                "]]>",
                "<![CDATA[",
                "&amp;",
                "&#x0;",
                "&nbsp;",
                "<script>",
                "</title>",
                "🏴‍☠️",
                "👩🏽‍🌾",
                "مطحنة",
                "\u202e",
                "\x00",
                *["\x0b", "\ud800", "\ufffe", "\r\n", "\t", "'", '"', "--", "<!--", "é", "𝔐", " "],
            ]
        ),
        max_size=12,
    ).map("".join),
)
BASE = "https://weft.example/stories/the-mill/"


@settings(deadline=None, max_examples=150)
@given(HOSTILE)
@example("Bread ]]> & <b>roses</b> \x08\ufffe\ud83d")
def test_every_format_is_well_formed_and_gives_the_title_back(text):
    title = plain_line(text) or "untitled"
    document = a_document(an_entry(title=title, summary=title), title=title, description=title)
    rss = etree.fromstring(write_rss(document))
    assert rss.findtext("channel/title") == title
    assert rss.findtext("channel/item/title") == title
    assert rss.findtext("channel/item/description") == title
    atom = etree.fromstring(write_atom(document))
    assert atom.findtext("{*}entry/{*}title") == title
    feed = json.loads(write_json(document))
    assert feed["items"][0]["title"] == title


@settings(deadline=None, max_examples=150)
@given(HOSTILE)
def test_only_forbidden_characters_and_white_space_are_lost_from_a_title(text):
    kept = "".join(plain_line(text).split())
    assert kept == "".join(FORBIDDEN_CHARACTERS.sub("", text).split())


@settings(deadline=None, max_examples=150)
@given(HOSTILE)
def test_content_is_well_formed_in_every_format(text):
    content = clean_html(f"<p>{text}</p>", BASE) or "<p>empty</p>"
    document = a_document(an_entry(content_html=content))
    rss = etree.fromstring(write_rss(document))
    encoded = rss.findtext("channel/item/{http://purl.org/rss/1.0/modules/content/}encoded")
    assert encoded == content
    assert etree.fromstring(write_atom(document)).findtext("{*}entry/{*}content") == content
    assert json.loads(write_json(document))["items"][0]["content_html"] == content


MARKUP = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<script>alert(1)</script>",
                "<img src=x onerror=alert(1)>",
                '<a href="javascript:alert(1)">',
                '<a href="/relative/">',
                "<iframe src='//evil.example'></iframe>",
                "<svg><script>1</script></svg>",
                "<style>p{}</style>",
                "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
                "<!--[if gt IE]><script>1</script><![endif]-->",
                "<div style='background:url(javascript:1)' onclick=1>",
                "<a href=' java\nscript:alert(1)'>x</a>",
                "<form action=/x><input name=q>",
                "&lt;script&gt;",
            ]
        ),
        st.text(max_size=10),
    ),
    max_size=12,
).map("".join)


@settings(deadline=None, max_examples=200)
@given(MARKUP)
def test_cleaned_content_has_only_allowed_elements_and_absolute_addresses(markup):
    cleaned = clean_html(markup, BASE)
    if not cleaned:
        return
    for element in lxml.html.fragment_fromstring(cleaned, create_parent="div").iterdescendants():
        assert isinstance(element.tag, str)
        assert element.tag in ALLOWED
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in {"href", "src", "cite"}:
                assert value.startswith(("https://", "http://", "mailto:", "tel:"))


@settings(deadline=None, max_examples=100)
@given(MARKUP)
def test_cleaning_twice_loses_no_word(markup):
    once = clean_html(markup, BASE)
    assert text_of(clean_html(once, BASE)) == text_of(once)
