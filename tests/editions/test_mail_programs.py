"""What a rendered edition is made of, held against what mail programs show (tests/payloads/caniemail.json)."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from wagtail.models import Locale

from newsletter.editions.mail_html import PROPERTIES
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.rendering import RenderedVersion, render_version
from tests.audience.factories import SegmentFactory
from tests.editions.factories import EditionPageFactory, button, every_block, heading, stories
from tests.editions.mail_support import CANIEMAIL, features_used, lacking
from tests.stories.factories import ImageFactory, StoryPageFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a new rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]

# What some program lacks, and why the mail is still whole there.
DEGRADES_WELL = {
    "css-at-media": "the mail is fluid by itself; the rules only make headlines and margins smaller on a phone",
    "css-at-media-prefers-color-scheme": "without it the mail is light, or the program darkens it by itself",
    "css-color-scheme": "tells that the mail has dark rules of its own; without them nothing is lost",
    "html-meta-color-scheme": "the same, for Apple Mail on a Mac",
    "css-supported-color-schemes": "its former name, for older Apple Mail",
    "css-selector-child": "only in rules for dark mode",
    "css-selector-class": "only in rules for phones and dark mode; what matters is inline",
    "css-selector-descendant": "the same",
    "css-selector-grouping": "the same",
    "css-selector-id": "MJML's own, for Outlook.com",
    "css-selector-type": "MJML's own resets; what matters is inline",
    "html-style": "everything a reader needs is inline",
    "css-border-radius": "it is zero: corners are square everywhere",
    "css-cursor": "MJML's own on the button; a link has a hand anyway",
    "css-height": "it is auto; pictures have no height attribute, so they keep their shape",
    "css-max-height": "MJML's own, on the hidden preview text; its size and colour hide it, too",
    "css-opacity": "the same",
    "css-overflow": "the same",
    "css-outline": "MJML's own reset of pictures",
    "css-text-decoration": "a link in the form of a button is underlined",
    "css-word-break": "a second rule, word-wrap, says the same to Yahoo; Windows Mail is wide",
    "css-word-wrap": "for Yahoo, which lacks word-break; Outlook on Windows is wide",
    "css-word-spacing": "it is normal, which is the default",
    "html-aria-label": "MJML's own, the title of the whole; the heading says it, too",
    "html-aria-roledescription": "MJML's own, a word for screen readers",
    "html-role": "tells screen readers that a table is for layout; they guess without it",
    "html-background": "the button's colour is in its style, too",
    "html-body": "becomes a div there; its colour is on the first div, too",
    "html-target": "links open where the program opens links",
    "html-vertical-align": "MJML's own slip for valign; cells of one line stand where they stood",
}  # fmt: skip


@pytest.fixture
def everything(homes_of_newsletter: dict[str, NewsletterPage]) -> RenderedVersion:
    return rendered(homes_of_newsletter["en"], every_block())


def rendered(page: NewsletterPage, blocks: list[Any], **options: Any) -> RenderedVersion:
    edition = EditionPage.objects.get(pk=EditionPageFactory(parent=page, body=blocks).pk)
    return render_version(edition, newsletter=page.newsletter, shown_segments=None, **options)


def test_what_a_mail_program_lacks_is_used_only_with_a_reason(everything: RenderedVersion) -> None:
    used = features_used(everything.html)
    refused = {
        f"{feature} ({', '.join(sorted(where))})": lacking(feature)
        for feature, where in used.items()
        if lacking(feature) and feature not in DEGRADES_WELL
    }
    assert refused == {}
    assert {"html-table", "css-padding", "css-at-media", "image-jpg", "image-png"} <= set(used)


def test_every_reason_is_still_needed(everything: RenderedVersion) -> None:
    used = features_used(everything.html)
    assert [name for name in DEGRADES_WELL if name not in used or not lacking(name)] == []


def test_a_picture_format_or_style_that_gmail_lacks_is_found() -> None:
    used = features_used(
        '<style>@media print { p { gap: 1vw } }</style><video></video><img src="a.webp" style="display:block;filter:none">'
    )
    assert {"html-video", "css-filter", "css-gap", "css-unit-vw"} <= set(used)
    assert "gmail android" in lacking("html-video")
    assert lacking("html-no-such-element") == ["no program is known to"]


def test_pasted_html_may_only_use_styles_that_every_program_knows() -> None:
    families = {name: f"css-{name}" for name in PROPERTIES} | {
        name: f"css-{family}"
        for family in ("border", "padding")
        for name in PROPERTIES
        if name.startswith(family)
    }
    known = {name: page for name, page in families.items() if page in CANIEMAIL["features"]}
    assert {name: lacking(page) for name, page in known.items() if lacking(page)} == {
        "text-decoration": ["protonmail ios"]
    }
    assert set(PROPERTIES) - set(known) == {"color", "font-family", "font-style"}


def test_ten_stories_with_pictures_and_every_other_block_stay_below_100_kb(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    blocks = every_block(stories_in_list=8)
    for language in ("en", "fr"):
        version = rendered(homes_of_newsletter[language], blocks, for_others=True, label_aimed=True)
        assert BeautifulSoup(version.html, "html.parser").find_all("img", class_="picture")[9]
        assert len(version.html.encode()) < 100_000
        assert len(version.text.encode()) < 20_000


def test_a_right_to_left_edition_begins_its_lines_on_the_right(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    arabic, _made = Locale.objects.get_or_create(language_code="ar")
    edition = EditionPage.objects.get(
        pk=EditionPageFactory(parent=homes_of_newsletter["en"], body=every_block()).pk
    )
    edition.locale = arabic
    html = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset()).html
    page = BeautifulSoup(html, "html.parser")
    assert (page.html["dir"], page.html["lang"]) == ("rtl", "ar")  # type: ignore[index]
    # Webmail drops the html element.
    assert page.find("div", class_="page", dir="rtl")
    assert "direction:ltr" not in html
    assert "text-align:right" in html
    for wrong in ('align="left"', "padding-left:24px", "border-left:6px"):
        assert wrong not in html
    card = page.find("h3", lang="en")
    assert card is not None
    assert card["dir"] == "ltr"  # the story is in English, and its full stop stands at its end


def test_with_pictures_off_every_picture_is_described_on_its_paper(everything: RenderedVersion) -> None:
    pictures = BeautifulSoup(everything.html, "html.parser").find_all("img", class_="picture")
    assert len(pictures) == 5
    for picture in pictures:
        assert str(picture["alt"]).strip()
        assert "background-color:#" in str(picture["style"])
        assert "color:#15233b" in str(picture["style"])


def test_the_band_is_the_same_picture_for_everybody(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    segment = SegmentFactory()
    page = homes_of_newsletter["en"]
    story = StoryPageFactory(lead_image=ImageFactory())
    edition = EditionPageFactory(
        parent=page,
        body=[
            heading("All"),
            stories(story),
            button("For some", url="https://weft.example/a", show_only_to=segment),
        ],
    )
    pictures = [
        [
            str(picture["src"])
            for picture in BeautifulSoup(
                render_version(edition, newsletter=page.newsletter, shown_segments=frozenset(shown)).html,
                "html.parser",
            ).find_all("img")
        ]
        for shown in ([], [segment.pk])
    ]
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) == 2
