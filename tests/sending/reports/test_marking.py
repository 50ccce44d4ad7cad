"""How a message says which delivery it is, by the way it is sent."""

import email.policy
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

import pytest
from anymail.backends.postal import EmailBackend as Postal
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.sending.bounces.marking import delivery_in, message_id
from newsletter.sending.bounces.reading import read_bounces
from newsletter.sending.events import record_event
from newsletter.sending.messages import Envelope, single_message
from newsletter.sending.models import Batch, Delivery, DeliveryEvent
from newsletter.sending.recipients import recipients_of
from tests.sending.backends import Relay
from tests.sending.conftest import Desk
from tests.sending.reports.conftest import report
from tests.sending.reports.past import mailing_to
from tests.sending.reports.test_bounce_mail import drop, letter, maildir

pytestmark = pytest.mark.django_db

__all__ = ["drop", "maildir"]


@pytest.fixture
def delivery(desk: Desk) -> Delivery:
    (delivery,) = mailing_to(desk, desk.reader("reader@readers.example"))
    return delivery


def message_through(connection: BaseEmailBackend) -> EmailMessage:
    batch = Batch.objects.select_related("mailing__newsletter", "variant").get()
    ((recipient,), _departed) = recipients_of(batch)
    return single_message(
        Envelope.of(batch.mailing, batch.variant), recipient=recipient, connection=connection
    )


def through_smtp() -> EmailMessage:
    return message_through(get_connection("django.core.mail.backends.locmem.EmailBackend"))


def test_by_smtp_the_message_id_says_it(delivery: Delivery) -> None:
    message = through_smtp()
    raw = message.message().as_bytes()
    parsed = message_from_bytes(raw, policy=email.policy.default)
    assert delivery_in(parsed["Message-ID"]) == delivery.pk
    assert parsed["Message-ID"].endswith("@weft.example>")
    assert raw.count(b"Message-ID:") == 1
    assert (message.from_email, parsed["From"]) == ("Weft <news@weft.example>", "Weft <news@weft.example>")
    assert message.message()["Message-ID"] == through_smtp().message()["Message-ID"]


def test_bounces_go_to_the_bounce_address_and_readers_see_the_newsletters_own(
    delivery: Delivery, settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@mail.weft.example"
    message = through_smtp()
    assert message.from_email == "bounces@mail.weft.example"
    assert message.message()["From"] == "Weft <news@weft.example>"
    assert str(message.message()["Message-ID"]).endswith("@weft.example>")
    assert "bounces@" not in message.message().as_string()


def test_a_long_domain_leaves_the_message_id_whole(delivery: Delivery) -> None:
    domain = f"{'a' * 60}.{'b' * 60}.{'c' * 60}.example"
    newsletter = delivery.mailing.newsletter
    newsletter.from_email = f"news@{domain}"
    newsletter.save()
    header = message_from_bytes(through_smtp().message().as_bytes())["Message-ID"]
    assert header.endswith(f"@{domain}>")
    assert delivery_in(header) == delivery.pk


def test_nobody_can_invent_one() -> None:
    ours = message_id(4711, domain="weft.example")
    assert delivery_in(f"spam {ours} spam") == 4711
    for invented in [
        ours.replace("4711", "4712"),
        ours.replace("4711", "04711"),
        ours.lower(),
        ours[:-20] + ">",
        "<4711@weft.example>",
        "",
        "<" * 100_000,
        ours.replace("@", "@@"),
    ]:
        assert delivery_in(invented) is None, invented


def test_through_a_mail_service_metadata_says_it(delivery: Delivery) -> None:
    message: Any = message_through(get_connection("anymail.backends.test.EmailBackend"))
    assert message.metadata == {"delivery": str(delivery.pk)}
    assert "Message-ID" not in message.extra_headers


@pytest.mark.parametrize("name", ["postal", "mailersend"])
def test_where_a_service_has_no_metadata_a_tag_says_it(delivery: Delivery, settings: Any, name: str) -> None:
    """Anymail refuses to send a message with metadata there."""
    settings.ANYMAIL = {
        "POSTAL_API_URL": "http://127.0.0.1/",
        "POSTAL_API_KEY": "key",
        "MAILERSEND_API_TOKEN": "token",
    }
    connection: Any = get_connection(f"anymail.backends.{name}.EmailBackend")
    message = message_through(connection)
    connection.build_message_payload(message, connection.send_defaults)
    record_event(report("delivered", tags=message.tags, metadata=None), connection.esp_name)
    assert DeliveryEvent.objects.get().delivery_id == delivery.pk
    assert isinstance(connection, Postal) == (name == "postal")


def test_a_newsletter_that_goes_out_and_comes_back_is_recognised(
    desk: Desk,
    relay: type[Relay],
    worker: Callable[[], None],
    drop: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went_out: list[str] = []
    monkeypatch.setattr(
        Relay,
        "send_messages",
        lambda self, messages: (
            went_out.extend(str(one.message()["Message-ID"]) for one in messages) or len(messages)
        ),
    )
    desk.readers(2)
    mailing = desk.launch()
    worker()
    drop(letter("exim-unknown", went_out[1]))
    read_bounces()
    assert [delivery.outcome for delivery in mailing.deliveries.all()] == ["", "bounced"]
