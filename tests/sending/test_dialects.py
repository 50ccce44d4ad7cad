"""The request body a service would get, with hostile names and with its own syntax in editors' text."""

import json
from typing import Any

import pytest
from anymail.message import AnymailMessage
from django.core.mail import get_connection

from newsletter.editions.merge_fields import token
from newsletter.sending.dialects import configured_dialect
from newsletter.sending.mailbox.reading import letters, open_letter
from newsletter.sending.messages import batch_message, single_message
from newsletter.sending.models import Mailing, Variant
from newsletter.sending.recipients import Recipient
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

HOSTILE = 'Ana\r\nBcc: all@weft.example %recipient.email% [[unsubscribe_url]] <script>"'
TYPED = "100 %recipient.name% and [[name_1]] as typed"


@pytest.fixture
def variant(desk: Desk) -> Variant:
    mailing = Mailing(edition=desk.edition, newsletter=desk.newsletter)
    return Variant(
        mailing=mailing,
        language="en",
        subject=f"For {token('name_1')}",
        html=f"<p>{token('name_1_html')}</p><p>{TYPED}</p><a href='{token('unsubscribe_url')}'>x</a>",
        text=f"{token('name_1')} {TYPED} {token('unsubscribe_url')}",
        fields={"name_1": {"field": "name", "fallback": "friend"}},
    )


def recipients() -> list[Recipient]:
    return [
        Recipient(delivery_id=1, subscriber_id=1, address="a@readers.example", name=HOSTILE),
        Recipient(delivery_id=2, subscriber_id=2, address="b@readers.example", name=""),
    ]


def built(variant: Variant) -> AnymailMessage:
    dialect = configured_dialect()
    assert dialect is not None
    return batch_message(
        mailing=variant.mailing,
        variant=variant,
        recipients=recipients(),
        dialect=dialect,
        connection=get_connection(),
    )


def test_mailgun_gets_its_own_placeholders_and_each_ones_values(variant: Variant, settings: Any) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key", "MAILGUN_SENDER_DOMAIN": "weft.example"}
    message = built(variant)
    backend: Any = get_connection()
    payload = backend.build_message_payload(message, backend.send_defaults)
    body = payload.get_request_params("https://mail.invalid/v3")["data"]
    values = json.loads(body["recipient-variables"])
    assert set(values) == {"a@readers.example", "b@readers.example"}
    assert body["subject"] == "For %recipient.name_1%"
    assert "%recipient.name_1_html%" in body["html"]
    assert TYPED not in body["text"]
    assert TYPED not in body["html"]
    assert values["b@readers.example"]["name_1"] == "friend"
    assert "\n" not in values["a@readers.example"]["name_1"]
    assert "&lt;script&gt;" in values["a@readers.example"]["name_1_html"]
    assert values["a@readers.example"]["v:delivery"] == "1"
    assert values["a@readers.example"]["h:List-Unsubscribe"].startswith("<http://localhost/unsubscribe/")
    assert body["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_mailbox_delivers_to_each_what_was_meant_for_them(variant: Variant, mailbox: object) -> None:
    get_connection().send_messages([built(variant)])
    (letter,) = [open_letter(letter.key) for letter in letters(person="a@readers.example")]
    headers = dict(letter.headers)
    assert "Bcc" not in headers
    assert headers["To"] == "a@readers.example"
    assert "\n" not in headers["Subject"]
    assert "<script>" not in letter.html
    assert "[[unsubscribe_url]]" in letter.text, "what a reader calls themselves is never a placeholder"
    assert letter.html.count("/unsubscribe/") == 1
    (other,) = [open_letter(letter.key) for letter in letters(person="b@readers.example")]
    assert other.text.startswith("friend 100 ")
    assert dict(other.headers)["X-Metadata-delivery"] == "2"


def test_a_single_message_says_the_same(variant: Variant) -> None:
    message = single_message(
        mailing=variant.mailing, variant=variant, recipient=recipients()[0], connection=get_connection()
    )
    assert message.to == ["a@readers.example"]
    assert "\n" not in message.subject
    assert "<script>" not in str(message.alternatives[0])
    assert TYPED in message.body
    assert message.extra_headers["List-Unsubscribe"].startswith("<http://localhost/unsubscribe/")
