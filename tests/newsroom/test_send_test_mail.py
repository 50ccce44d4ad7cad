"""`manage.py send_test_mail`: one real message, and what the mail service said about it, in words."""

import io
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from wagtail.models import ModelLogEntry

from newsletter.audience.models import Newsletter, Subscriber
from newsletter.sending.mailbox.reading import letters, open_letter
from newsletter.sending.models import Delivery, DeliveryEvent, Mailing
from stories.models import SiteIdentity
from tests.editions.factories import newsletter_pages
from tests.sending.backends import Mailgun

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter(identity: SiteIdentity) -> Newsletter:
    chosen = newsletter_pages()["en"].newsletter
    chosen.from_name, chosen.from_email = "The Thread", "thread@weft-network.org"
    chosen.save()
    return chosen


@pytest.fixture
def mailgun(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Mailgun:
    settings.MAIL, settings.EMAIL_BACKEND = "mailgun", "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_SENDER_DOMAIN": "weft-network.org",
        "MAILGUN_API_URL": "https://mailgun.invalid/v3",
    }
    stand_in = Mailgun()
    monkeypatch.setattr(
        requests.Session, "request", lambda session, **params: stand_in.request(session, **params)
    )
    return stand_in


def send_test_mail(address: str = "ada@molinos.org", **options: Any) -> str:
    out = io.StringIO()
    call_command("send_test_mail", address, stdout=out, **options)
    return out.getvalue()


def is_noted() -> bool:
    return ModelLogEntry.objects.filter(action="newsroom.test_mail").exists()


def test_it_carries_the_headers_every_newsletter_carries(newsletter: Newsletter, mailbox: Path) -> None:
    said = send_test_mail()
    assert "The mail service accepted it." in said
    assert "nobody outside got it" in said
    (letter,) = letters(most=10)
    headers = dict(open_letter(letter.key).headers)
    assert headers["From"] == "The Thread <thread@weft-network.org>"
    assert headers["List-Id"] == f"<{newsletter.list_id}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<http://localhost/unsubscribe/")
    assert {"List-Help", "List-Archive", "Feedback-ID", "Content-Language"} <= headers.keys()


def test_its_unsubscribe_link_works_and_takes_nobody_off(
    newsletter: Newsletter, mailbox: Path, client: Client
) -> None:
    send_test_mail()
    (letter,) = letters(most=10)
    link = (
        dict(open_letter(letter.key).headers)["List-Unsubscribe"].strip("<>").removeprefix("http://localhost")
    )
    assert client.get(link).status_code == 200
    assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_nothing_is_kept_but_a_note_without_the_address(newsletter: Newsletter, mailbox: Path) -> None:
    send_test_mail()
    for model in (Mailing, Delivery, DeliveryEvent, Subscriber):
        assert not model.objects.exists()
    (entry,) = ModelLogEntry.objects.filter(action="newsroom.test_mail")
    assert entry.data == {"mail": "mailbox", "newsletter": newsletter.pk}


def test_without_merging_it_is_one_finished_message(newsletter: Newsletter) -> None:
    assert "accepted it" in send_test_mail()
    (message,) = mail.outbox
    assert message.to == ["ada@molinos.org"]
    assert "/unsubscribe/" in message.body
    assert "\ue000" not in message.body + message.subject


def test_a_mail_service_gets_it_as_it_gets_a_batch(newsletter: Newsletter, mailgun: Mailgun) -> None:
    assert "The mail service accepted it." in send_test_mail()
    assert is_noted()
    assert mailgun.accepted == ["ada@molinos.org"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "The settings are wrong"),
        (400, "The mail service refused it"),
        (429, "does not take it now"),
        (500, "The answer got lost"),
    ],
)
def test_each_answer_is_told_in_words_and_ends_with_a_fault(
    status: int, words: str, newsletter: Newsletter, mailgun: Mailgun
) -> None:
    mailgun.answers = [status]
    with pytest.raises(CommandError, match=words):
        send_test_mail()
    assert not is_noted()


def test_a_server_that_is_not_there_is_named(newsletter: Newsletter, settings: Any) -> None:
    settings.MAIL, settings.EMAIL_BACKEND = "smtp", "newsletter.sending.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(CommandError, match=r"could not be reached.*Connection refused"):
        send_test_mail()


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("postmark", "“postmark” needs ANYMAIL_POSTMARK_SERVER_TOKEN"),
        ("pigeon", "no mail service called “pigeon”"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_sent(
    service: str, words: str, newsletter: Newsletter, settings: Any
) -> None:
    settings.MAIL, settings.EMAIL_BACKEND = service, f"anymail.backends.{service}.EmailBackend"
    with pytest.raises(CommandError, match=words):
        send_test_mail()


def test_reserved_addresses_are_refused_where_mail_leaves_the_machine(
    newsletter: Newsletter, mailgun: Mailgun
) -> None:
    with pytest.raises(CommandError, match=r"ada@weft\.example is an address for demos"):
        send_test_mail("ada@weft.example")
    newsletter.from_email = "thread@weft.example"
    newsletter.save()
    with pytest.raises(CommandError, match=r"thread@weft\.example is an address for demos"):
        send_test_mail()
    assert mailgun.bodies == []


def test_what_is_no_address_is_refused(newsletter: Newsletter) -> None:
    with pytest.raises(CommandError, match="exactly one @"):
        send_test_mail("ada")
    assert mail.outbox == []


def test_another_newsletter_is_chosen_by_its_short_name(newsletter: Newsletter) -> None:
    with pytest.raises(CommandError, match=f"There is no newsletter “daily”; there are {newsletter.slug}"):
        send_test_mail(newsletter="daily")
    send_test_mail(newsletter=newsletter.slug)
    assert len(mail.outbox) == 1


def test_without_a_newsletter_it_says_how_to_make_one() -> None:
    with pytest.raises(CommandError, match="make new"):
        send_test_mail()
