"""What the check before sending says, and to whom it points."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from wagtail.models import Page

from newsletter.editions.archive import archive_edition
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.preflight import Finding, Rule, check_edition, register_rule
from newsletter.editions.preflight.content_rules import placeholder_in
from newsletter.editions.preflight.picture_rules import contrast
from newsletter.editions.preflight.registry import RULES
from stories.models import SiteIdentity
from tests.audience.factories import NewsletterFactory, SegmentFactory, store_rules
from tests.editions.factories import (
    Block,
    EditionPageFactory,
    NewsletterPageFactory,
    button,
    heading,
    html,
    image,
    new_stories,
    stories,
    story,
    text,
    translation_of,
)
from tests.stories.factories import ImageFactory, StoryPageFactory

LONG = f"<p>{'We counted the votes. ' * 10}</p>"

pytestmark = pytest.mark.django_db


def findings(edition: EditionPage, *rules: str) -> list[Finding]:
    return [finding for finding in check_edition(edition) if finding.rule in rules]


def edition_in(pages: dict[str, NewsletterPage], *blocks: Block, **fields: Any) -> EditionPage:
    body = {"body": list(blocks)} if blocks else {}
    return EditionPageFactory(parent=pages["en"], **body, **fields)


def test_a_finished_edition_has_nothing_to_mend(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = edition_in(homes_of_newsletter, heading("Hello {{name|friend}}"), stories(StoryPageFactory()))
    for code in ("es", "fr"):
        translation_of(edition, parent=homes_of_newsletter[code])
    assert check_edition(edition) == []


def test_a_language_without_a_translation_is_mentioned(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    found = findings(edition_in(homes_of_newsletter), "translations")
    assert [finding.level for finding in found] == ["warning", "warning"]
    assert "Spanish" in found[0].message
    assert "English" in found[0].message


def test_every_language_is_checked_and_named(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = edition_in(homes_of_newsletter)
    french = translation_of(edition, parent=homes_of_newsletter["fr"], subject="", slug="fr")
    (found,) = findings(edition, "subject")
    assert (found.level, found.language, found.page_id) == ("error", "fr", french.pk)


def test_the_latest_revision_is_checked_not_what_is_live(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = edition_in(homes_of_newsletter)
    edition.subject = ""
    edition.save_revision()
    assert findings(EditionPage.objects.get(pk=edition.pk), "subject")


@pytest.mark.parametrize("field", ["subject", "preheader"])
def test_a_line_break_in_a_header_blocks_the_sending(
    homes_of_newsletter: dict[str, NewsletterPage], field: str
) -> None:
    edition = edition_in(homes_of_newsletter)
    setattr(edition, field, "Hello\r\nBcc: everybody@weft.example")
    edition.save_revision(clean=False)
    (found,) = findings(edition, "header_lines")
    assert found.level == "error"
    assert "U+000D" in found.message


@pytest.mark.parametrize(
    "block",
    [
        heading("Dear {{nmae|friend}}"),
        text("<p>Dear {{nmae|friend}}</p>"),
        text("<p>Dear <b>{{nmae|friend}}</b></p>"),
        button("For {{nmae}}", url="https://weft.example/"),
    ],
)
def test_an_unknown_field_is_named_with_its_block(
    homes_of_newsletter: dict[str, NewsletterPage], block: Block
) -> None:
    (found,) = findings(edition_in(homes_of_newsletter, text("<p>Hello</p>"), block), "merge_fields")
    assert found.level == "error"
    assert "{{nmae}}" in found.message
    assert "block 2" in found.message
    assert found.block_id


@pytest.mark.parametrize("words", ["Dear {{name|friend", "Dear {{<b>name</b>|friend}}", "Dear name}}"])
def test_half_a_field_is_found(homes_of_newsletter: dict[str, NewsletterPage], words: str) -> None:
    assert findings(edition_in(homes_of_newsletter, text(f"<p>{words}</p>")), "merge_fields")


def test_a_field_in_subject_or_preview_text_is_checked_too(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    found = findings(
        edition_in(homes_of_newsletter, subject="{{town}}", preheader="{{street}}"), "merge_fields"
    )
    assert ["{{town}}" in found[0].message, "{{street}}" in found[1].message] == [True, True]


def test_a_field_cannot_stand_in_an_address(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = edition_in(homes_of_newsletter, button("Go", url="https://weft.example/?n={{name}}"))
    (found,) = findings(edition, "merge_fields")
    assert "cannot stand in an address" in found.message


def test_an_unpublished_story_is_named(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    story = StoryPageFactory(title="The mill")
    edition = edition_in(homes_of_newsletter, text("<p>Hello</p>"), stories(story))
    story.unpublish()
    (found,) = findings(edition, "stories")
    assert found.level == "error"
    assert "The mill" in found.message
    assert "block 2" in found.message


def test_a_deleted_story_is_counted(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    kept, gone = StoryPageFactory(), StoryPageFactory()
    edition = edition_in(homes_of_newsletter, stories(kept, gone))
    Page.objects.get(pk=gone.pk).delete()
    (found,) = findings(EditionPage.objects.get(pk=edition.pk), "stories")
    assert "story 2 was deleted" in found.message


def test_a_button_to_an_unpublished_page_leads_nowhere(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    draft = StoryPageFactory(draft=True)
    edition = edition_in(homes_of_newsletter, button("Go", page=Page.objects.get(pk=draft.pk)))
    assert [finding.level for finding in findings(edition, "buttons")] == ["error"]


def test_a_link_to_an_unpublished_page_is_mentioned(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    draft = StoryPageFactory(draft=True, title="The weir")
    edition = edition_in(homes_of_newsletter, text(f'<p><a linktype="page" id="{draft.pk}">x</a></p>'))
    (found,) = findings(edition, "links")
    assert found.level == "warning"
    assert "The weir" in found.message


def test_without_a_postal_address_nothing_is_sent(
    homes_of_newsletter: dict[str, NewsletterPage], identity: SiteIdentity
) -> None:
    identity.postal_address = " \n"
    identity.save()
    (found,) = findings(edition_in(homes_of_newsletter), "postal_address")
    assert found.level == "error"


def test_without_a_sender_nothing_is_sent(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    newsletter = homes_of_newsletter["en"].newsletter
    newsletter.from_email = ""
    newsletter.save()
    (found,) = findings(edition_in(homes_of_newsletter), "sender")
    assert found.level == "error"


def test_a_deleted_segment_is_found_in_its_block(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    segment = SegmentFactory()
    edition = edition_in(
        homes_of_newsletter, text("<p>Hello</p>"), heading("For the board", show_only_to=segment)
    )
    segment.delete()
    (found,) = findings(EditionPage.objects.get(pk=edition.pk), "segments_exist")
    assert found.level == "error"
    assert "block 2" in found.message
    assert found.block_id


def test_a_segment_that_cannot_say_whom_it_means_blocks_the_sending(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    segment = store_rules(SegmentFactory(name="Donors"), [{"type": "gift", "value": {"over": 5}}])
    edition = edition_in(homes_of_newsletter, text("<p>Hello</p>"), heading("Thanks", show_only_to=segment))
    (found,) = findings(edition, "segments_usable")
    assert found.level == "error"
    assert "Donors" in found.message


def test_five_segments_are_enough(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    segments = [SegmentFactory() for _ in range(6)]
    aimed = [heading(segment.name, show_only_to=segment) for segment in segments]
    five = edition_in(homes_of_newsletter, text("<p>Hello</p>"), *aimed[:5], slug="five")
    six = edition_in(homes_of_newsletter, text("<p>Hello</p>"), *aimed, slug="six")
    assert findings(five, "segments_few") == []
    assert [finding.level for finding in findings(six, "segments_few")] == ["error"]


def test_a_mail_that_would_be_empty_for_some_readers_is_not_sent(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = edition_in(homes_of_newsletter, heading("For members", show_only_to=SegmentFactory()))
    translation_of(edition, parent=homes_of_newsletter["es"], body=[], slug="es")
    found = findings(edition, "empty")
    assert [(finding.language, finding.level) for finding in found] == [("en", "error"), ("es", "error")]


def test_a_missing_preview_text_and_a_long_mail_are_warnings(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = edition_in(homes_of_newsletter, text(f"<p>{'word ' * 21_000}</p>"), preheader="")
    assert {finding.rule: finding.level for finding in findings(edition, "preheader", "size")} == {
        "preheader": "warning",
        "size": "warning",
    }


def test_another_room_can_add_a_rule(
    homes_of_newsletter: dict[str, NewsletterPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.editions.preflight import Fault

    monkeypatch.setattr("newsletter.editions.preflight.registry.RULES", dict(RULES))
    register_rule(Rule("moon", "error", lambda checked: [Fault("Not on a full moon.")]))
    with pytest.raises(ValueError, match="moon"):
        register_rule(Rule("moon", "error", lambda checked: []))
    found = check_edition(edition_in(homes_of_newsletter))
    assert found[0].message == "Not on a full moon."


# --- What an editor forgot ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        "Lorem ipsum dolor sit amet",
        "TODO: ask the mill",
        "Ask XXX about it",
        "PENDIENTE de confirmar",
        "À COMPLÉTER avant jeudi",
        "On [date] we meet",
        "El [nombre] de la asamblea",
        "Le [lien vers la page]",
        "Tasks: [ ] bread",
        "…",
    ],
)
def test_what_is_still_to_be_written_is_mentioned(
    homes_of_newsletter: dict[str, NewsletterPage], words: str
) -> None:
    (found,) = findings(edition_in(homes_of_newsletter, text("<p>Hello</p>"), heading(words)), "placeholders")
    assert found.level == "warning"
    assert "block 2" in found.message
    assert found.block_id


@pytest.mark.parametrize(
    "words",
    [
        "We met, and talked…",
        "Todo el mundo vino",
        "En el siglo XX",
        "“[The mill] was ours”, she said",
        "La fecha está pendiente",
        "À faire ensemble",
    ],
)
def test_what_only_looks_like_it_is_left_alone(
    homes_of_newsletter: dict[str, NewsletterPage], words: str
) -> None:
    assert findings(edition_in(homes_of_newsletter, heading(words), subject=words), "placeholders") == []


def test_a_placeholder_in_the_subject_is_mentioned(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    (found,) = findings(edition_in(homes_of_newsletter, subject="TODO"), "placeholders")
    assert "subject" in found.message


@given(words=st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_search_for_placeholders(words: str) -> None:
    found = placeholder_in([words])
    assert found == found.strip()
    assert found in words


def sent(pages: dict[str, NewsletterPage], *, days_ago: int, **fields: Any) -> EditionPage:
    edition = EditionPageFactory(parent=pages["en"], **fields)
    archive_edition(
        edition, revision=edition.latest_revision, sent_at=timezone.now() - timedelta(days=days_ago)
    )
    return edition


def test_the_subject_of_a_recent_edition_is_recognised(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    sent(homes_of_newsletter, days_ago=30, subject="The mill  runs, {{name|friend}}", slug="old")
    edition = edition_in(homes_of_newsletter, subject="the Mill runs, {{name|friend}}", slug="new")
    (found,) = findings(edition, "same_subject")
    assert (found.level, found.language) == ("warning", "en")


def test_subjects_may_come_again_after_a_year_and_in_another_newsletter(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    sent(homes_of_newsletter, days_ago=400, subject="The mill runs", slug="old")
    other = NewsletterPageFactory(slug="press", newsletter=NewsletterFactory())
    sent({"en": other}, days_ago=3, subject="The mill runs", slug="theirs")
    itself = sent(homes_of_newsletter, days_ago=1, subject="The mill runs", slug="new")
    assert findings(itself, "same_subject") == []


# --- Pictures -------------------------------------------------------------------------------------------
def test_a_picture_without_a_description_blocks(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    silent = ImageFactory(description="", title="IMG_2345.jpg")
    edition = edition_in(homes_of_newsletter, text(LONG), image(silent, alt=""))
    (found,) = findings(edition, "alt_text")
    assert found.level == "error"
    assert "block 2" in found.message


@pytest.mark.parametrize(
    ("picture", "alt"),
    [({"description": "A weir"}, ""), ({"description": ""}, "The weir"), ({"is_decorative": True}, "")],
)
def test_a_picture_that_is_described_or_decorative_is_fine(
    homes_of_newsletter: dict[str, NewsletterPage], picture: dict[str, Any], alt: str
) -> None:
    edition = edition_in(homes_of_newsletter, text(LONG), image(ImageFactory(**picture), alt=alt))
    assert findings(edition, "alt_text", "only_pictures") == []


def test_a_storys_picture_without_a_description_is_mentioned(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    story = StoryPageFactory(title="The mill", lead_image=ImageFactory(description=""))
    (found,) = findings(edition_in(homes_of_newsletter, stories(story)), "story_alt_text")
    assert found.level == "warning"
    assert "The mill" in found.message


def test_a_mail_that_is_one_picture_is_mentioned(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    poster = image(ImageFactory(description="A poster"), alt="Come on Thursday")
    alone = edition_in(homes_of_newsletter, poster, button("Come", url="https://weft.example/"), slug="alone")
    told = edition_in(homes_of_newsletter, poster, text(LONG), slug="told")
    assert [finding.level for finding in findings(alone, "only_pictures")] == ["warning"]
    assert findings(told, "only_pictures") == []


# --- Links and buttons ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("style", "faint"),
    [
        ("background-color:#ccc;color:#ddd", True),
        ("background-color:yellow;color:white", True),
        ("background-color:#15233b;color:#fff", False),
        ("color:#ddd", False),
        ("background-color:inherit;color:nonsense", False),
    ],
)
def test_a_button_that_is_hard_to_read_is_mentioned(
    homes_of_newsletter: dict[str, NewsletterPage], style: str, faint: bool
) -> None:
    edition = edition_in(
        homes_of_newsletter,
        text("<p>Hello</p>"),
        html(f'<p><a href="https://weft.example/" style="{style}">Come</a></p>'),
    )
    found = findings(edition, "contrast")
    assert [(finding.level, bool(finding.block_id)) for finding in found] == (
        [("warning", True)] if faint else []
    )


def test_our_own_button_is_not_complained_of(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = edition_in(homes_of_newsletter, text("<p>Hi</p>"), button("Go", url="https://weft.example/"))
    assert findings(edition, "contrast") == []


def test_contrast_is_counted_as_the_guideline_does() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_a_link_that_cannot_be_followed_and_a_document_that_is_gone_are_mentioned(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    words = '<p><a href="#top">up</a> and <a linktype="document" id="987654">the minutes</a></p>'
    found = findings(edition_in(homes_of_newsletter, text(words)), "addresses", "documents")
    assert {finding.rule: finding.level for finding in found} == {
        "addresses": "warning",
        "documents": "warning",
    }


def test_a_deleted_story_card_is_an_error(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    gone = StoryPageFactory()
    edition = edition_in(homes_of_newsletter, text("<p>Hi</p>"), story(gone))
    Page.objects.get(pk=gone.pk).delete()
    (found,) = findings(EditionPage.objects.get(pk=edition.pk), "stories")
    assert found.level == "error"


def test_an_automatic_list_with_nothing_new_is_mentioned(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = edition_in(homes_of_newsletter, text("<p>Hi</p>"), new_stories())
    (found,) = findings(edition, "new_stories")
    assert found.level == "warning"
    StoryPageFactory()
    assert findings(edition, "new_stories") == []


def test_the_check_asks_the_database_as_often_for_ten_stories_as_for_two(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    def edition_with(many: int) -> EditionPage:
        linked = [StoryPageFactory(lead_image=ImageFactory()) for _ in range(many)]
        edition = edition_in(
            homes_of_newsletter,
            text(LONG + "".join(f'<p><a linktype="page" id="{page.pk}">x</a></p>' for page in linked)),
            stories(*linked),
            slug=f"with-{many}",
        )
        check_edition(edition)  # the pictures' mail sizes are made the first time
        return EditionPage.objects.get(pk=edition.pk)

    few, many = edition_with(2), edition_with(10)
    with CaptureQueriesContext(connection) as asked_for_few:
        check_edition(few)
    with CaptureQueriesContext(connection) as asked_for_many:
        check_edition(many)
    assert len(asked_for_many) == len(asked_for_few)
