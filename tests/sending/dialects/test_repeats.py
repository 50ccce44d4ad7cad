"""A call that is made again says so, to the services that know a repeated call when they see one."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.mail import get_connection
from requests import PreparedRequest

from newsletter.sending.dialects import DIALECTS, configured_dialect
from newsletter.sending.models import Variant
from tests.sending.conftest import Desk
from tests.sending.dialects.conftest import Configure, batch, recipient, variant
from tests.sending.dialects.vendors import VENDORS

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

KEY, ANOTHER = UUID("0b5c6f0a-8f0d-4b1c-9f63-1d2c3b4a5968"), UUID("7e1a2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b")


def posted(name: str, key: UUID, version: Variant, configure: Configure) -> PreparedRequest:
    post = configure(name)
    dialect = configured_dialect()
    assert dialect is not None
    message = dialect.stamp(batch(version, [recipient(1, "Ana"), recipient(2, "Ben")]), key)
    get_connection().send_messages([message])
    return post.posted[-1]


def key_in(name: str, request: PreparedRequest) -> str:
    if name == "resend":
        return str(request.headers["Idempotency-Key"])
    assert isinstance(request.body, str)
    return str(json.loads(request.body)["headers"]["idempotencyKey"])


@pytest.mark.parametrize("name", ["brevo", "resend"])
def test_the_same_call_made_again_carries_the_same_key_and_the_same_body(
    name: str, desk: Desk, configure: Configure
) -> None:
    version = variant(desk)
    first, again = (posted(name, KEY, version, configure) for _time in range(2))
    assert key_in(name, first) == str(KEY) == key_in(name, again)
    assert first.body == again.body
    assert key_in(name, posted(name, ANOTHER, version, configure)) == str(ANOTHER)


@pytest.mark.parametrize("name", VENDORS)
def test_the_key_takes_nothing_from_the_message(name: str, desk: Desk, configure: Configure) -> None:
    request = posted(name, KEY, variant(desk), configure)
    for got in VENDORS[name].received(request).values():
        headers = {header.lower() for header in got.headers}
        assert {"list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"} <= headers
        assert got.metadata["delivery"] in {"1", "2"}


def test_only_services_that_document_it_are_trusted_to_know_a_repeat() -> None:
    known = {path.split(".")[-2]: dialect.knows_repeats_for for path, dialect in DIALECTS.items()}
    assert {name: span for name, span in known.items() if span is not None} == {
        "brevo": timedelta(minutes=30),
        "resend": timedelta(hours=24),
    }


def test_postmarks_record_of_messages_can_be_searched_for_the_call(desk: Desk, configure: Configure) -> None:
    request = posted("postmark", KEY, variant(desk), configure)
    assert isinstance(request.body, bytes)
    assert [message["Metadata"] for message in json.loads(request.body)] == [
        {"batch": KEY.hex, "delivery": "1"},
        {"batch": KEY.hex, "delivery": "2"},
    ]
