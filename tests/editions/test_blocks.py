"""Each block as readers get it, and what an editor may put in."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editions.archive import archive_body, archive_edition
from newsletter.editions.blocks import EditionBody
from newsletter.editions.mail_html import ATTRIBUTES, ELEMENTS, finished_mail_html, sanitise_mail_html
from newsletter.editions.models import ArchivedEdition, EditionPage, NewsletterPage
from newsletter.editions.parts import cards_of
from newsletter.editions.rendering import RenderedVersion, render_version
from stories.models import StoryPage
from tests.audience.factories import NewsletterFactory, SegmentFactory
from tests.editions.factories import (
    Block,
    EditionPageFactory,
    NewsletterPageFactory,
    divider,
    every_block,
    html,
    image,
    new_stories,
    quote,
    stories,
    story,
    text,
    translation_of,
)
from tests.newsroom.factories import UserFactory
from tests.stories.factories import (
    EventPageFactory,
    ImageFactory,
    NewsPageFactory,
    StoryPageFactory,
    TopicFactory,
)

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a new rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]

Homes = dict[str, NewsletterPage]


def edition_with(page: NewsletterPage, *blocks: Block, **fields: Any) -> EditionPage:
    return EditionPage.objects.get(pk=EditionPageFactory(parent=page, body=list(blocks), **fields).pk)


def rendered(page: NewsletterPage, *blocks: Block, shown: frozenset[int] = frozenset()) -> RenderedVersion:
    return render_version(edition_with(page, *blocks), newsletter=page.newsletter, shown_segments=shown)


def titles(version: RenderedVersion) -> list[str]:
    return [
        " ".join(title.get_text().split())
        for title in BeautifulSoup(version.html, "html.parser").find_all("h3")
    ]


def published(title: str, *, days_ago: float = 0, **fields: Any) -> StoryPage:
    page = StoryPageFactory(title=title, slug=title.lower().replace(" ", "-"), **fields)
    StoryPage.objects.filter(pk=page.pk).update(first_published_at=timezone.now() - timedelta(days=days_ago))
    return page


def sent(edition: EditionPage, *, days_ago: float) -> ArchivedEdition:
    revision = edition.get_latest_revision()
    revision.publish()
    return archive_edition(edition, revision=revision, sent_at=timezone.now() - timedelta(days=days_ago))


# --- every block -------------------------------------------------------------------------------------
def test_every_block_says_the_same_in_html_plain_text_and_archive(homes_of_newsletter: Homes) -> None:
    edition = edition_with(homes_of_newsletter["en"], *every_block())
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
    public = archive_body(edition)
    for words in (
        "opened one ledger",
        "From the assemblies",
        "part 0",
        "part 3",
        "The weir, on the evening of the vote.",
        "Picture: Inés Ferreira, CC BY 4.0",
        "Come to the assembly",
        "We counted the spoons",
        "kitchen co-operative",
        "Halse",
        "Bring a spoon.",
    ):
        for where in (version.html, public):
            assert words in " ".join(BeautifulSoup(where, "html.parser").get_text().split())
        assert words in " ".join(version.text.split())
    assert "* * *" in version.text
    assert "<hr>" in public


def test_every_block_can_be_aimed(homes_of_newsletter: Homes) -> None:
    segment = SegmentFactory()
    edition = edition_with(homes_of_newsletter["en"], *every_block())
    for block in edition.body:
        block.value["show_only_to"] = segment
    everybody = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
    some = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset({segment.pk}))
    for words in ("ledger", "assemblies", "part 0", "The weir", "spoons", "* * *", "212"):
        assert words not in everybody.text
        assert words in some.text
    assert archive_body(edition) == ""


def test_every_block_has_a_preview_in_the_editor(homes_of_newsletter: Homes, client: Client) -> None:
    StoryPageFactory(title="The mill", lead_image=ImageFactory())
    EventPageFactory(title="The assembly")
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    for name, block in EditionBody().child_blocks.items():
        page = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
        assert page.status_code == 200, name
        shown = BeautifulSoup(page.content, "html.parser").select_one(f"main .block-{name}")
        assert shown is not None
        assert shown.find(True), name
        assert block.is_previewable, name
        assert block.meta.icon != "placeholder", name


# --- stories -----------------------------------------------------------------------------------------
def test_a_story_card_is_in_the_language_of_the_version(homes_of_newsletter: Homes) -> None:
    mill = StoryPageFactory(title="The mill")
    StoryPageFactory(title="El molino", language="es", translation_key=mill.translation_key)
    assert titles(rendered(homes_of_newsletter["es"], story(mill))) == ["El molino"]
    assert titles(rendered(homes_of_newsletter["en"], story(mill))) == ["The mill"]


def test_a_story_card_whose_story_is_gone_leaves_no_gap(homes_of_newsletter: Homes) -> None:
    mill = StoryPageFactory(title="The mill")
    edition = edition_with(homes_of_newsletter["en"], text("<p>Hello</p>"), story(mill))
    StoryPage.objects.get(pk=mill.pk).delete()
    edition = EditionPage.objects.get(pk=edition.pk)
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
    assert titles(version) == []
    assert "Hello" in version.text


def test_new_stories_are_those_published_since_the_newsletters_last_edition(
    homes_of_newsletter: Homes,
) -> None:
    home = homes_of_newsletter["en"]
    published("Old", days_ago=40)
    sent(edition_with(home, text("<p>October</p>")), days_ago=30)
    other = NewsletterPageFactory(newsletter=NewsletterFactory(), slug="other")
    sent(edition_with(other, text("<p>Another newsletter's</p>")), days_ago=1)
    published("New", days_ago=3)
    published("Newest", days_ago=2)
    published("In Spanish", days_ago=2, language="es")
    StoryPageFactory(title="Draft", slug="draft", draft=True)
    assert titles(rendered(home, new_stories())) == ["Newest", "New"]
    assert titles(rendered(home, new_stories(limit=1))) == ["Newest"]
    assert titles(rendered(homes_of_newsletter["es"], new_stories())) == ["In Spanish"]


def test_the_first_edition_lists_the_newest_stories(homes_of_newsletter: Homes) -> None:
    for number in range(4):
        published(f"Story {number}", days_ago=100 + number)
    assert titles(rendered(homes_of_newsletter["en"], new_stories(limit=3))) == [
        "Story 0",
        "Story 1",
        "Story 2",
    ]


def test_news_are_listed_like_stories(homes_of_newsletter: Homes) -> None:
    NewsPageFactory(title="The weir is open")
    assert titles(rendered(homes_of_newsletter["en"], new_stories())) == ["The weir is open"]


def test_new_stories_keep_to_the_topics_in_every_language(homes_of_newsletter: Homes) -> None:
    energy, bread = TopicFactory(name="Energy"), TopicFactory(name="Bread")
    energia = TopicFactory(
        name="Energía", slug="energia", language="es", translation_key=energy.translation_key
    )
    published("Mill", topics=[energy])
    published("Oven", topics=[bread], days_ago=1)
    published("Molino", topics=[energia], language="es")
    home = homes_of_newsletter["en"]
    assert titles(rendered(home, new_stories(energy))) == ["Mill"]
    assert titles(rendered(home, new_stories(energy, bread))) == ["Mill", "Oven"]
    assert titles(rendered(homes_of_newsletter["es"], new_stories(energy))) == ["Molino"]


def test_a_deleted_topic_does_not_widen_the_list(homes_of_newsletter: Homes) -> None:
    energy = TopicFactory(name="Energy")
    published("Oven")
    edition = edition_with(homes_of_newsletter["en"], new_stories(energy), text("<p>Hello</p>"))
    energy.delete()
    edition = EditionPage.objects.get(pk=edition.pk)
    assert titles(render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())) == []


def test_a_reader_gets_each_new_story_once_under_the_topics_they_chose(homes_of_newsletter: Homes) -> None:
    energy, bread = TopicFactory(name="Energy"), TopicFactory(name="Bread")
    on_energy, on_bread = SegmentFactory(), SegmentFactory()
    published("Both", topics=[energy, bread])
    published("Mill", topics=[energy], days_ago=1)
    published("Oven", topics=[bread], days_ago=2)
    chosen = published("Chosen by hand", topics=[energy], days_ago=3)
    edition = edition_with(
        homes_of_newsletter["en"],
        stories(chosen),
        new_stories(energy, show_only_to=on_energy),
        new_stories(bread, show_only_to=on_bread),
    )
    cards = cards_of(edition)

    def read_by(*segments: Any) -> list[str]:
        shown = frozenset(segment.pk for segment in segments)
        return titles(
            render_version(edition, newsletter=edition.newsletter, shown_segments=shown, cards=cards)
        )

    assert read_by() == ["Chosen by hand"]
    assert read_by(on_energy) == ["Chosen by hand", "Both", "Mill"]
    assert read_by(on_bread) == ["Chosen by hand", "Both", "Oven"]
    assert read_by(on_energy, on_bread) == ["Chosen by hand", "Both", "Mill", "Oven"]
    assert "Both" not in archive_body(edition)


def test_what_was_new_at_the_launch_is_what_a_later_try_sends(homes_of_newsletter: Homes) -> None:
    home = homes_of_newsletter["en"]
    sent(edition_with(home, text("<p>October</p>")), days_ago=30)
    published("In time", days_ago=3)
    published("Too late", days_ago=1)
    edition = edition_with(home, new_stories())
    spanish = translation_of(edition, parent=homes_of_newsletter["es"], body=[new_stories()])
    at_launch = cards_of(edition, until=timezone.now() - timedelta(days=2))
    assert [card.title for card in at_launch.values()] == ["In time"]
    sent(edition, days_ago=2)
    sent(spanish, days_ago=2)
    again = EditionPage.objects.get(pk=edition.pk)
    assert [card.title for card in cards_of(again).values()] == ["In time"]


def test_a_longer_list_of_new_stories_does_not_mean_more_queries(homes_of_newsletter: Homes) -> None:
    topic, picture = TopicFactory(), ImageFactory()
    counts = []
    for many in (1, 8):
        for number in range(many):
            published(f"Story {many} {number}", topics=[topic], lead_image=picture)
        edition = edition_with(homes_of_newsletter["en"], new_stories(topic, limit=10))
        render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
        edition = EditionPage.objects.get(pk=edition.pk)
        with CaptureQueriesContext(connection) as queries:
            version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
        counts.append((len(titles(version)), len(queries)))
    assert counts[1][0] > counts[0][0]
    assert counts[1][1] <= counts[0][1]


def test_more_pictures_do_not_mean_more_queries(homes_of_newsletter: Homes) -> None:
    counts = []
    for many in (1, 5):
        edition = edition_with(
            homes_of_newsletter["en"], *[image(ImageFactory(), alt="x") for _ in range(many)]
        )
        render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
        edition = EditionPage.objects.get(pk=edition.pk)
        with CaptureQueriesContext(connection) as queries:
            render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
        counts.append(len(queries))
    assert counts[1] <= counts[0]


# --- pictures, quotes, dividers ----------------------------------------------------------------------
def test_a_picture_says_what_the_editor_wrote_for_this_edition(homes_of_newsletter: Homes) -> None:
    picture = ImageFactory(description="A weir", credit="Noor Haddad", licence="cc0-1.0")
    home = homes_of_newsletter["en"]
    version = rendered(home, image(picture, alt="The weir at dusk", link="https://weft.example/weir"))
    shown = BeautifulSoup(version.html, "html.parser").find("img", class_="picture")
    assert shown is not None
    assert shown["alt"] == "The weir at dusk"
    assert shown.parent is not None
    assert shown.parent["href"] == "https://weft.example/weir"
    assert (
        "[Picture: The weir at dusk]\nPicture: Noor Haddad, CC0 1.0\n<https://weft.example/weir>"
        in version.text
    )
    decorative = rendered(home, image(picture, decorative=True))
    assert 'class="picture"' in decorative.html
    assert "weir" not in decorative.text


def test_a_deleted_or_broken_picture_leaves_the_rest(homes_of_newsletter: Homes) -> None:
    gone, broken = ImageFactory(), ImageFactory()
    edition = edition_with(homes_of_newsletter["en"], image(gone), image(broken), text("<p>Hello</p>"))
    gone.delete()
    broken.file.storage.delete(broken.file.name)
    edition = EditionPage.objects.get(pk=edition.pk)
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
    assert 'class="picture"' not in version.html
    assert "Hello" in version.text


def test_a_quote_and_a_divider_read_well_as_plain_text(homes_of_newsletter: Homes) -> None:
    version = rendered(
        homes_of_newsletter["en"],
        quote("We counted, {{name|friend}}. " + "Again. " * 15, attribution="A member", role="kitchen"),
        divider(),
    )
    assert version.fields == {"name_1": {"field": "name", "fallback": "friend"}}
    assert "\n> Again. Again." in version.text
    assert "\n– A member, kitchen\n\n                                 * * *\n" in version.text


# --- merge fields ------------------------------------------------------------------------------------
def test_a_field_without_a_word_of_the_editors_has_the_languages_own(
    homes_of_newsletter: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "newsletter.editions.merge_fields.FALLBACKS",
        {"name": lazy_greeting()},
    )
    body = [text("<p>{{name}}, or {{name|}}, or {{name|neighbour}}</p>")]
    for code, word in (("en", "friend"), ("es", "amiga")):
        edition = edition_with(homes_of_newsletter[code], *body, subject="{{name}}")
        version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
        assert [use["fallback"] for use in version.fields.values()] == [word, "", "neighbour"]
        assert f"{word}, or , or neighbour" in archive_body(edition)
        with translation.override("fr"):
            assert sent(edition, days_ago=0).subject == word


def lazy_greeting() -> Any:
    class Greeting:
        def __str__(self) -> str:
            return {"es": "amiga", "en": "friend"}.get(translation.get_language() or "", "personne")

    return Greeting()


# --- HTML --------------------------------------------------------------------------------------------
HOSTILE = """
<script>alert(1)</script><style>p{color:red}</style><img src="https://evil.example/p.gif" onerror="x()">
<div style="background:url(https://evil.example/a.png);color:#123456;position:fixed;background-color:url('//evil.example')">
<table background="https://evil.example/b.png" width="4000"><tr><td style="width:expression(alert(2))" onclick="y()">Halse
<a href="javascript:alert(3)">bad</a> <a href="https://weft.example/x" target="_blank" ping="https://evil.example">good</a>
<form action="https://evil.example"><input name="a"></form><iframe src="https://evil.example"></iframe>
<svg><a xlink:href="https://evil.example">s</a></svg><video poster="https://evil.example"></video>
<link rel="stylesheet" href="https://evil.example/c.css"><base href="https://evil.example"><meta http-equiv="refresh">
<!-- [if mso]><img src="https://evil.example/d.gif"><![endif] --></td>
"""


def test_pasted_html_keeps_its_table_and_asks_nobody_for_anything(homes_of_newsletter: Homes) -> None:
    edition = edition_with(homes_of_newsletter["en"], html(HOSTILE))
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
    for where in (version.html, version.text, archive_body(edition), sanitise_mail_html(HOSTILE)):
        for trace in ("evil.example", "alert", "onclick", "onerror", "expression", "position", "p{color"):
            assert trace not in where
    assert "Halse" in version.text
    assert "good <https://weft.example/x>" in version.text
    assert "color: #123456" in version.html or "color:#123456" in version.html


def test_what_is_saved_is_already_clean() -> None:
    block = EditionBody().child_blocks["html"].child_blocks["html"]
    assert str(block.clean(block.to_python("<p onclick='x()'>Hi<script>1</script></p>"))) == "<p>Hi</p>"


def test_a_table_is_rows_of_words_in_plain_text(homes_of_newsletter: Homes) -> None:
    version = rendered(
        homes_of_newsletter["en"],
        html(
            "<h2>Votes</h2><table><tr><th>Town<th>Votes<tr><td>Halse, {{name|friend}}<td>212</table>"
            "<ul><li>a</li></ul>loose <b>words</b>"
        ),
    )
    fields = re.sub("\ue000name_1\ue001", "friend", version.text)
    assert "Votes\n-----\n\nTown | Votes\nHalse, friend | 212\n\n- a\n\nloose words" in fields


@given(
    st.lists(
        st.one_of(
            st.text(max_size=8),
            st.sampled_from(
                [
                    *(f"<{name}>" for name in sorted(ELEMENTS)),
                    *(f"</{name}>" for name in sorted(ELEMENTS)),
                    "<td style='color:red;background:url(//evil.example)' align=\"ri\\ght\">",
                    '<p style="color:&quot;\\75rl(//evil.example)">',
                    "<img src=//evil.example>",
                    "<!--",
                    "-->",
                    "]]>",
                    "</mj-text>",
                    "<mj-raw>",
                    "<a href='jav\tascript:x'>",
                    "<a href=/feeds/>",
                    "&lt;script&gt;",
                    "{{name|x}}",
                ]
            ),
        ),
        max_size=12,
    ).map("".join)
)
def test_whatever_is_pasted_is_balanced_and_holds_only_what_is_allowed(pasted: str) -> None:
    clean = sanitise_mail_html(pasted)
    assert sanitise_mail_html(clean) == clean
    for element in BeautifulSoup(clean, "html.parser").find_all(True):
        assert element.name in ELEMENTS
        assert set(element.attrs) <= {*ATTRIBUTES["*"], *ATTRIBUTES.get(element.name, [])}
        assert "url(" not in str(element.get("style", ""))
        assert not str(element.get("href", "")).strip().lower().startswith("jav")
    assert "<mj-" not in finished_mail_html(pasted, words=str)


def test_hostile_html_never_breaks_the_mail(homes_of_newsletter: Homes) -> None:
    edition = edition_with(homes_of_newsletter["en"], html("<p>x</p>"))
    for pasted in (
        "<",
        "<td",
        "</div></div></body></html>",
        "&",
        "&#0;",
        "<p style='\"",
        "<a href='\"'>x",
        "<![CDATA[x]]>",
        "\\",
    ):
        edition.body = [html(pasted), text("<p>after</p>")]
        version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
        assert "after" in version.html
        assert len(BeautifulSoup(version.html, "html.parser").find_all("body")) == 1


def test_the_text_editor_offers_the_readers_name_in_the_editions_language(
    homes_of_newsletter: Homes, client: Client
) -> None:
    edition = edition_with(homes_of_newsletter["es"], text("<p>Hola</p>"))
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    page = client.get(reverse("wagtailadmin_pages:edit", args=[edition.pk]))
    words = page.content.decode()
    assert "editions/name-button.js" in words
    assert "Reader&#x27;s name" in words
    config = BeautifulSoup(words, "html.parser").find(id="wagtail-config")
    assert config is not None
    assert json.loads(config.get_text())["ACTIVE_CONTENT_LOCALE"] == "es"
