"""What the public may read of an edition."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.editions.archive import archive_body, archive_edition
from newsletter.editions.models import ArchivedEdition, EditionPage, NewsletterPage
from tests.audience.factories import SegmentFactory
from tests.editions.factories import EditionPageFactory, button, heading, stories, text
from tests.stories.factories import StoryPageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(homes_of_newsletter: dict[str, NewsletterPage]) -> EditionPage:
    return EditionPageFactory(
        parent=homes_of_newsletter["en"],
        title="November",
        slug="november",
        subject="Dear {{name|friend}}, the mill runs",
        preheader="For you, {{name|friend}}",
        body=[
            heading("What it <cost>"),
            text("<p>Dear {{name|friend}}, hello</p>"),
            text("<p>Only for the board</p>", show_only_to=SegmentFactory(name="The board")),
            stories(StoryPageFactory(title="The mill")),
            button("Come", url="https://weft.example/come"),
        ],
    )


def sent(edition: EditionPage) -> ArchivedEdition:
    revision = edition.get_latest_revision()
    revision.publish()
    return archive_edition(edition, revision=revision, sent_at=timezone.now())


def test_the_archive_holds_unaimed_blocks_and_no_reader(edition: EditionPage) -> None:
    body = archive_body(edition)
    for words in (
        "What it &lt;cost&gt;",
        "Dear friend, hello",
        "The mill",
        'href="https://weft.example/come"',
    ):
        assert words in body
    for trace in ("Only for the board", "The board", "{{", "\ue000", "unsubscribe"):
        assert trace not in body


def test_an_edition_that_was_not_sent_is_not_public(edition: EditionPage, client: Client) -> None:
    assert client.get(edition.url).status_code == 404
    edition.get_latest_revision().publish()  # as a bulk action or the API would
    edition = EditionPage.objects.get(pk=edition.pk)
    assert edition.live
    assert client.get(edition.url).status_code == 404
    assert edition.get_sitemap_urls() == []
    assert not edition.get_parent().specific.editions().exists()


def test_a_sent_edition_stands_at_its_address(edition: EditionPage, client: Client) -> None:
    sent(edition)
    page = client.get(edition.url)
    words = page.content.decode()
    assert page.status_code == 200
    assert "Dear friend, the mill runs" in words
    assert "Dear friend, hello" in words
    assert "Only for the board" not in words
    assert '<meta property="og:title" content="Dear friend, the mill runs">' in words
    assert '<meta name="description" content="For you, friend">' in words


def test_the_newsletters_page_lists_what_was_sent(edition: EditionPage, client: Client) -> None:
    home = edition.get_parent()
    assert "No edition has been sent yet." in client.get(home.url).content.decode()
    sent(edition)
    words = client.get(home.url).content.decode()
    assert "Dear friend, the mill runs" in words
    assert "For you, friend" in words
    assert edition.url in words
    assert "<form" in words


def test_archiving_again_freezes_the_same_once(edition: EditionPage) -> None:
    first = sent(edition)
    again = archive_edition(edition, revision=first.revision, sent_at=first.sent_at)
    assert again.pk == first.pk
    assert again.body == first.body
    assert ArchivedEdition.objects.count() == 1


def test_a_later_change_of_the_page_does_not_change_what_was_sent(
    edition: EditionPage, client: Client
) -> None:
    archived = sent(edition)
    edition = EditionPage.objects.get(pk=edition.pk)
    edition.subject = "Rewritten"
    edition.body = [text("<p>Rewritten</p>")]
    edition.save_revision().publish()
    words = client.get(edition.url).content.decode()
    assert "Dear friend, hello" in words
    assert "Rewritten" not in words
    later = timezone.now() + timedelta(days=1)
    same = archive_edition(edition, revision=archived.revision, sent_at=later)
    assert "Dear friend, hello" in same.body


def test_a_deleted_segments_block_does_not_reach_the_archive(homes_of_newsletter: dict[str, Any]) -> None:
    segment = SegmentFactory()
    made = EditionPageFactory(
        parent=homes_of_newsletter["en"],
        body=[text("<p>For everybody</p>"), text("<p>For the board</p>", show_only_to=segment)],
    )
    segment.delete()
    body = archive_body(EditionPage.objects.get(pk=made.pk))
    assert "For everybody" in body
    assert "For the board" not in body
