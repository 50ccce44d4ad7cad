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
