"""A test send, as it arrives in a colleague's mailbox."""

import pytest
from django.core import mail
from wagtail.models import PageLogEntry

from newsletter.editions.models import NewsletterPage
from newsletter.editions.test_sends import send_test
from newsroom.models import User
from tests.audience.factories import SegmentFactory
from tests.editions.factories import EditionPageFactory, text, translation_of

pytestmark = pytest.mark.django_db


def test_each_language_arrives_once_with_harmless_links(
    homes_of_newsletter: dict[str, NewsletterPage], administrator: User
) -> None:
    edition = EditionPageFactory(
        parent=homes_of_newsletter["en"],
        subject="{{name|friend}}, the mill runs",
        body=[
            text("<p>Dear {{name|friend}}</p>"),
            text("<p>Only for them</p>", show_only_to=SegmentFactory(name="The board")),
        ],
    )
    translation_of(edition, parent=homes_of_newsletter["es"], subject="El molino", slug="es")
    assert send_test(edition, addresses=["ada@weft.example", "noor@weft.example"], user=administrator) == 4
    assert [message.to for message in mail.outbox] == [["ada@weft.example"], ["noor@weft.example"]] * 2
    english = mail.outbox[0]
    assert english.subject == "[Test] Alex, the mill runs"
    assert english.from_email == "Weft <news@weft.example>"
    html = english.alternatives[0].content
    for part in (english.body, html):
        assert "Dear Alex" in part
        assert "The board" in part
        assert "/unsubscribe/" not in part
        assert "\ue000" not in part
        assert "http://localhost/thread-en/" in part
    assert mail.outbox[2].subject == "[Test] El molino"
    assert PageLogEntry.objects.filter(action="editions.test_send", user=administrator).count() == 1


def test_one_language_can_be_chosen(
    homes_of_newsletter: dict[str, NewsletterPage], administrator: User
) -> None:
    edition = EditionPageFactory(parent=homes_of_newsletter["en"])
    translation_of(edition, parent=homes_of_newsletter["es"], subject="El molino", slug="es")
    assert send_test(edition, addresses=["ada@weft.example"], user=administrator, language="es") == 1
    assert [message.subject for message in mail.outbox] == ["[Test] El molino"]
    entry = PageLogEntry.objects.get(action="editions.test_send")
    assert entry.data["languages"] == ["es"]


def test_a_language_the_edition_does_not_have_is_nobodys(
    homes_of_newsletter: dict[str, NewsletterPage], administrator: User
) -> None:
    edition = EditionPageFactory(parent=homes_of_newsletter["en"])
    assert send_test(edition, addresses=["ada@weft.example"], user=administrator, language="fr") == 0
    assert mail.outbox == []


def test_one_segments_version_can_be_chosen(
    homes_of_newsletter: dict[str, NewsletterPage], administrator: User
) -> None:
    board, members = SegmentFactory(name="The board"), SegmentFactory(name="Members")
    edition = EditionPageFactory(
        parent=homes_of_newsletter["en"],
        body=[
            text("<p>For all</p>"),
            text("<p>Only for the board</p>", show_only_to=board),
            text("<p>Only for members</p>", show_only_to=members),
        ],
    )
    send_test(edition, addresses=["ada@weft.example"], user=administrator, segment=board)
    (message,) = mail.outbox
    for part in (" ".join(words.split()) for words in (message.body, message.alternatives[0].content)):
        assert "For all" in part
        assert "Only for the board" in part
        assert "Only for members" not in part
        assert "Show only to" not in part
