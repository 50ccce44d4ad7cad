"""What the check before sending says, and to whom it points."""

from typing import Any

import pytest
from wagtail.models import Page

from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.preflight import Finding, Rule, check_edition, register_rule
from newsletter.editions.preflight.registry import RULES
from stories.models import SiteIdentity
from tests.audience.factories import SegmentFactory, store_rules
from tests.editions.factories import Block, EditionPageFactory, button, heading, stories, text, translation_of
from tests.stories.factories import StoryPageFactory

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
