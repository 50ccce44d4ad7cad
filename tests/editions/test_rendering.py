"""What readers of one version get, as HTML and as plain text."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.rich_text import RichText

from newsletter.editions.merge_fields import TOKEN
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.rendering import RenderedVersion, render_version
from tests.audience.factories import SegmentFactory
from tests.editions.factories import Block, EditionPageFactory, button, heading, stories, text
from tests.stories.factories import ImageFactory, PlaceFactory, StoryPageFactory, TopicFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a new rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]

NO_SEGMENTS: frozenset[int] = frozenset()


def edition_with(page: NewsletterPage, *blocks: Block, **fields: Any) -> EditionPage:
    edition = EditionPageFactory(parent=page, body=list(blocks), **fields)
    return EditionPage.objects.get(pk=edition.pk)


def rendered(
    page: NewsletterPage, *blocks: Block, shown: frozenset[int] = NO_SEGMENTS, **fields: Any
) -> RenderedVersion:
    return render_version(
        edition_with(page, *blocks, **fields), newsletter=page.newsletter, shown_segments=shown
    )


def words_of(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def flat(html: str) -> str:
    """Without the line breaks that keep lines short: they may stand for any space."""
    return html.replace("\n", " ")


def test_no_line_is_longer_than_mail_allows(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    version = rendered(homes_of_newsletter["en"], text(f"<p>{'Flour and bread for all. ' * 400}</p>"))
    longest = max(len(line.encode()) for line in version.html.splitlines())
    assert longest < 998
    assert "Flour and bread for all. " * 400 in flat(version.html)
    for comment in re.findall(r"<!--\[if.*?<!\[endif\]-->", version.html, re.DOTALL):
        opening = comment.partition("]>")[0]
        assert "\n" not in opening


def test_a_story_comes_with_its_picture_place_title_and_link(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    story = StoryPageFactory(
        title="The mill & <the> weir",
        slug="mill",
        standfirst="A village bought its mill.",
        lead_image=ImageFactory(description='Two people "carry" a sack \\ née cafe\u0301'),
        topics=[TopicFactory(name="Energy", paper="canary")],
        dateline=PlaceFactory(name="Dunmorra"),
    )
    version = rendered(homes_of_newsletter["en"], stories(story))
    card = BeautifulSoup(version.html, "html.parser")
    picture = card.find("img", class_="picture")
    assert picture is not None
    assert picture["alt"] == 'Two people "carry" a sack \\ née cafe\u0301'
    assert str(picture["src"]).startswith("http://localhost/media/")
    assert str(picture["src"]).endswith(".jpg")
    assert picture["width"] == "552"
    # Yahoo takes "height:auto" for nothing: with a height of its own the picture would be distorted on a phone.
    assert "height" not in picture.attrs
    title = card.find("h3")
    assert title is not None
    assert title.get_text() == "The mill & <the> weir"
    assert title.a is not None
    assert title.a["href"] == story.full_url
    assert "Energy Dunmorra" in words_of(version.html)
    assert "The mill & <the> weir\n---------------------\nEnergy · Dunmorra\nA village bought" in version.text
    assert f"<{story.full_url}>" in version.text


def test_each_reader_gets_the_story_in_the_language_of_the_edition(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    story = StoryPageFactory(title="The mill")
    translation = StoryPageFactory(title="El molino", language="es", translation_key=story.translation_key)
    version = rendered(homes_of_newsletter["es"], stories(story))
    assert "El molino" in flat(version.html)
    assert "The mill" not in flat(version.html)
    assert f"<{translation.full_url}>" in version.text


def test_a_story_without_a_translation_says_which_language_it_is_in(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    story = StoryPageFactory(title="El molino", language="es")
    draft = StoryPageFactory(title="Draft of the mill", translation_key=story.translation_key, draft=True)
    version = rendered(homes_of_newsletter["en"], stories(story))
    assert "in Spanish" in flat(version.html)
    assert "in Spanish" in version.text
    title = BeautifulSoup(version.html, "html.parser").find("h3")
    assert title is not None
    assert title["lang"] == "es"
    assert draft.title not in flat(version.html)


def test_a_story_that_is_not_published_is_left_out(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    story = StoryPageFactory(title="The mill", draft=True)
    version = rendered(homes_of_newsletter["en"], stories(story), text("<p>Hello</p>"))
    assert "The mill" not in flat(version.html)
    assert "The mill" not in version.text


def test_a_field_is_plain_in_subject_and_text_and_escaped_in_html(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    version = rendered(
        homes_of_newsletter["en"],
        heading("For {{name|friend}}"),
        text("<p>Dear {{ name | friend }}, or {{name|A &amp; B}}, or {{name|}}</p>"),
        button("Come, {{name|friend}}", url="https://weft.example/a"),
        subject="{{name|friend}}, the mill runs",
    )
    assert version.fields == {
        "name_1": {"field": "name", "fallback": "friend"},
        "name_2": {"field": "name", "fallback": "A & B"},
        "name_3": {"field": "name", "fallback": ""},
    }
    system = {"unsubscribe_url", "preferences_url"}
    assert TOKEN.findall(version.subject) == ["name_1"]
    assert set(TOKEN.findall(version.html)) == {"name_1_html", "name_2_html", "name_3_html"} | system
    assert set(TOKEN.findall(version.text)) == {"name_1", "name_2", "name_3"} | system
    for damage in ("u{e000}", "&#57344", "&#xe000", "%EE%80%80"):
        assert damage not in version.html


def test_a_pasted_token_is_not_a_field(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    stolen = "\ue000unsubscribe_url\ue001"
    story = StoryPageFactory(title=f"Story {stolen}", slug="s", standfirst=stolen)
    version = rendered(
        homes_of_newsletter["en"],
        heading(stolen),
        text(f"<p>{stolen}</p>"),
        stories(story),
        subject=f"a {stolen}",
    )
    assert TOKEN.findall(version.subject) == []
    assert TOKEN.findall(version.html).count("unsubscribe_url") == 1
    assert TOKEN.findall(version.text).count("unsubscribe_url") == 1


def test_the_subject_is_one_line_whatever_was_stored(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = edition_with(homes_of_newsletter["en"], text("<p>Hello</p>"))
    edition.subject = "Hello\r\nBcc: everybody@weft.example\x00"
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=NO_SEGMENTS)
    assert version.subject == "Hello Bcc: everybody@weft.example"


def test_pasted_script_does_not_reach_the_mailbox(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    hostile = (
        '<p onclick="x()">Hi<script>alert(1)</script><img src="https://evil.example/pixel.gif">'
        '<a href="javascript:alert(1)">here</a><iframe src="https://evil.example"></iframe></p><style>p{}</style>'
    )
    version = rendered(homes_of_newsletter["en"], text(hostile))
    for trace in ("<script", "alert", "onclick", "evil.example", "javascript:", "iframe", "p{}"):
        assert trace not in version.html
    assert "Hi" in version.text
    assert "here" in version.text


def test_an_aimed_block_is_in_no_version_but_its_own(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    press, members = SegmentFactory(), SegmentFactory()
    blocks = [
        text("<p>For everybody</p>"),
        text("<p>For the press</p>", show_only_to=press),
        heading("For members", show_only_to=members),
    ]
    edition = edition_with(homes_of_newsletter["en"], *blocks)
    for shown, seen, unseen in [
        ([], ["For everybody"], ["For the press", "For members"]),
        ([press.pk], ["For everybody", "For the press"], ["For members"]),
        ([press.pk, members.pk], ["For everybody", "For the press", "For members"], []),
    ]:
        version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset(shown))
        for words in seen:
            assert words in flat(version.html)
            assert words in version.text
        for words in unseen:
            assert words not in flat(version.html)
            assert words not in version.text


def test_a_block_of_a_deleted_segment_is_shown_to_nobody(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    segment = SegmentFactory()
    key = segment.pk
    edition = edition_with(
        homes_of_newsletter["en"],
        text("<p>For everybody</p>"),
        text("<p>For the board</p>", show_only_to=segment),
    )
    segment.delete()
    for shown in (NO_SEGMENTS, frozenset({key}), None):
        edition = EditionPage.objects.get(pk=edition.pk)
        version = render_version(edition, newsletter=edition.newsletter, shown_segments=shown)
        assert "For the board" not in flat(version.html)
        assert "For the board" not in version.text
        assert "For everybody" in flat(version.html)


def test_saving_an_edition_after_its_segment_was_deleted_does_not_widen_the_block(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    segment = SegmentFactory()
    key = segment.pk
    edition = edition_with(homes_of_newsletter["en"], text("<p>For the board</p>", show_only_to=segment))
    segment.delete()
    edition = EditionPage.objects.get(pk=edition.pk)
    assert edition.body[0].value["show_only_to"] is not None
    edition.save()
    stored = EditionPage.objects.get(pk=edition.pk)
    assert stored.body.raw_data[0]["value"]["show_only_to"] == key


def test_nothing_is_loaded_or_linked_from_anybody_else(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    story = StoryPageFactory(lead_image=ImageFactory())
    version = rendered(
        homes_of_newsletter["en"], heading("Hi"), text("<p>x</p>"), stories(story), button("Go", page=story)
    )
    html = TOKEN.sub("http://localhost/token/", version.html)
    addresses = re.findall(r"""(?:src|href|background|action|srcset)\s*=\s*["']([^"']*)""", html)
    addresses += re.findall(r"""(?:url\(|@import)\s*["']?([^"')]+)""", html)
    assert len(addresses) > 5
    assert {urlsplit(address).hostname for address in addresses} == {"localhost"}
    assert "<script" not in html
    assert "@font-face" not in html


def test_ten_long_stories_stay_below_what_gmail_cuts_off(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    image = ImageFactory()
    ten = [StoryPageFactory(standfirst="Ünd so wéiter " * 40, lead_image=image) for _ in range(10)]
    version = rendered(homes_of_newsletter["en"], *[stories(story) for story in ten])
    assert version.html.count("<h3") == 10
    assert len(version.html.encode()) < 100_000


def test_more_stories_do_not_mean_more_queries(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    topic, place, image = TopicFactory(), PlaceFactory(), ImageFactory()
    made = [
        StoryPageFactory(topics=[topic], places=[place], dateline=place, lead_image=image, language=language)
        for language in ("en", "en", "es", "es", "en", "en", "es", "en")
    ]
    counts = []
    for chosen in (made[:1], made[:3], made):
        edition = edition_with(homes_of_newsletter["es"], stories(*chosen))
        render_version(edition, newsletter=edition.newsletter, shown_segments=NO_SEGMENTS)
        edition = EditionPage.objects.get(pk=edition.pk)
        with CaptureQueriesContext(connection) as queries:
            render_version(edition, newsletter=edition.newsletter, shown_segments=NO_SEGMENTS)
        counts.append(len(queries))
    assert counts[2] <= counts[1]
    assert counts[2] <= counts[0] + 3  # a second language may bring its own terms, once


def test_the_footer_says_why_who_and_how_to_stop(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    version = rendered(homes_of_newsletter["en"], text("<p>Hello</p>"), slug="november")
    for words in (
        "You get this because you subscribed to The Monthly Thread",
        "Nobody tracks you",
        "Did somebody forward this to you?",
        "Change what you get",
        "Unsubscribe",
        "Read it on the web",
        "4 Mill Lane, Halse",
    ):
        assert words in words_of(version.html)
        assert words in version.text
    for address in ("http://localhost/thread-en/november/", "http://localhost/thread-en/"):
        assert address in version.html
        assert f"<{address}>" in version.text


def test_the_html_says_its_language_and_direction(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    version = rendered(homes_of_newsletter["fr"], text("<p>Bonjour</p>"), number=14)
    page = BeautifulSoup(version.html, "html.parser").html
    assert page is not None
    assert (page["lang"], page["dir"]) == ("fr", "ltr")
    assert "Le Fil du mois" in flat(version.html)
    assert "Trame" in version.html


def test_the_picture_of_the_masthead_is_the_same_in_every_language(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    StoryPageFactory(topics=[TopicFactory(paper="mint")])
    bands = {
        re.findall(r"http://localhost/weave/\w+\.png", rendered(page, text("<p>x</p>")).html)[0]
        for page in homes_of_newsletter.values()
    }
    assert len(bands) == 1


def test_dark_mode_and_narrow_screens_keep_their_rules(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    html = rendered(homes_of_newsletter["en"], text("<p>Hello</p>")).html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 519px)" in html
    assert '<meta name="color-scheme" content="light dark"' in html


def test_links_in_text_are_absolute_and_links_to_drafts_keep_their_words(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    story, draft = StoryPageFactory(slug="mill"), StoryPageFactory(slug="weir", draft=True)
    version = rendered(
        homes_of_newsletter["en"],
        text(
            f'<p><a linktype="page" id="{story.pk}">the mill</a> <a linktype="page" id="{draft.pk}">the weir</a> '
            '<a href="/feeds/">feeds</a> <a href="mailto:desk@weft.example">desk@weft.example</a></p>'
        ),
    )
    assert f'href="{story.full_url}"' in version.html
    assert 'href="http://localhost/feeds/"' in version.html
    assert f"the mill <{story.full_url}> the weir feeds <http://localhost/feeds/>" in " ".join(
        version.text.split()
    )
    assert "weir/" not in version.html


def test_plain_text_has_lists_line_breaks_and_lines_of_72(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    long = "word " * 60
    version = rendered(
        homes_of_newsletter["en"],
        text(
            f"<p>{long}</p><ol><li>one</li><li>two<ul><li>inner</li></ul></li></ol><p>a<br/>b</p><ul><li>{long}</li></ul>"
        ),
    )
    assert "1. one\n2. two\n   - inner" in version.text
    assert "\na\nb\n" in version.text
    assert "\n  word word" in version.text
    assert max(map(len, version.text.splitlines())) <= 72


PIECES = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=12),
    st.text(alphabet="<>&\"'{}|\\%[]\n\r\x00\u0301\ue000\ue001\ufffe", max_size=6),
    st.sampled_from(
        [
            "{{name|x}}",
            "{{name|<b>}}",
            "&amp;",
            "]]>",
            "<!--",
            "</mj-text>",
            "<script>",
            "{{",
            "}}",
            "%recipient.name%",
        ]
    ),
)
TYPED = st.lists(PIECES, max_size=6).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
def test_whatever_an_editor_types_arrives_escaped(
    homes_of_newsletter: dict[str, NewsletterPage], typed: str
) -> None:
    edition = EditionPage.objects.first() or edition_with(homes_of_newsletter["en"], text("<p>x</p>"))
    edition.subject = edition.preheader = typed
    edition.body = [
        heading(typed),
        ("text", {"text": RichText(typed), "show_only_to": None}),
        button(typed, url="https://weft.example/a?b=1&c=2"),
        heading("<b>the end</b>"),
    ]
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=NO_SEGMENTS)
    known = {
        "unsubscribe_url",
        "preferences_url",
        *version.fields,
        *(f"{key}_html" for key in version.fields),
    }
    for part in (version.subject, version.html, version.text):
        assert set(TOKEN.findall(part)) <= known
        assert TOKEN.sub("", part).count("\ue000") == TOKEN.sub("", part).count("\ue001") == 0
        part.encode()
    assert "\n" not in version.subject
    assert "&lt;b&gt;the end&lt;/b&gt;" in flat(version.html)
    assert "<b>the end</b>" in version.text
    page = BeautifulSoup(version.html, "html.parser")
    assert page.find("script") is None
    assert page.find("mj-text") is None
    assert len(page.find_all("h2")) in (1, 2)
    assert len(page.find_all("body")) == 1
    assert "Unsubscribe" in page.get_text()


def test_readers_of_a_missing_language_are_told_which_one_they_get(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = edition_with(homes_of_newsletter["en"], text("<p>Hello</p>"))
    words = "This edition is not available in every language; you get it in English."
    for for_others in (True, False):
        version = render_version(
            edition, newsletter=edition.newsletter, shown_segments=NO_SEGMENTS, for_others=for_others
        )
        plain = " ".join(version.text.split())
        assert (words in words_of(version.html), words in plain) == (for_others, for_others)
        if for_others:
            assert plain.index(words) < plain.index("Hello")
            assert words_of(version.html).index(words) < words_of(version.html).index("Hello")
