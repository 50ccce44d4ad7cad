"""A call stays within what the service takes, also with long editions and long names."""

from typing import Any

import pytest
from django.core.mail import get_connection
from requests import PreparedRequest

from newsletter.editions.merge_fields import token
from newsletter.sending.dialects import DIALECTS
from newsletter.sending.recipients import Recipient
from newsletter.sending.snapshot import MAX_BATCH
from tests.sending.conftest import Desk
from tests.sending.dialects.conftest import Configure, batch, recipient, variant
from tests.sending.dialects.vendors import json_body

pytestmark = pytest.mark.django_db

# What each service documents for one call.
MOST = {
    "brevo": 1000,
    "mailbox": 500,
    "mailgun": 1000,
    "mailjet": 50,
    "mailtrap": 500,
    "postmark": 500,
    "resend": 100,
    "sendgrid": 1000,
    "sparkpost": 2000,
}
CYRILLIC = "Прочитай это до конца. "


def longest(desk: Desk, configure: Configure, name: str, people: list[Recipient]) -> PreparedRequest:
    """The largest call: an edition as long as an edition may be."""
    post = configure(name)
    of_variant: Any = variant(desk)
    html = f'<p style="margin: 0">{CYRILLIC}</p>'
    of_variant.html = token("name_1_html") + html * (102 * 1024 // len(html.encode()))
    of_variant.text = token("name_1") + CYRILLIC * (51 * 1024 // len(CYRILLIC.encode()))
    get_connection().send_messages([batch(of_variant, people)])
    return post.posted[-1]


def test_no_call_has_more_recipients_than_the_service_documents() -> None:
    for path, dialect in DIALECTS.items():
        name = "mailbox" if "mailbox" in path else path.split(".")[-2]
        assert 1 <= dialect.max_recipients <= min(MOST[name], MAX_BATCH)


@pytest.mark.parametrize("name", ["postmark", "mailtrap"])
def test_the_longest_edition_to_the_largest_batch_is_less_than_50_megabytes(
    name: str, desk: Desk, configure: Configure
) -> None:
    most = DIALECTS[f"newsletter.sending.dialects.{name}.EmailBackend"].max_recipients
    request = longest(
        desk, configure, name, [recipient(number, "Жанна " * 20) for number in range(1, most + 1)]
    )
    assert isinstance(request.body, bytes)
    assert 30_000_000 < len(request.body) < 40_000_000


def test_the_values_of_a_large_call_to_brevo_stay_below_its_limit(desk: Desk, configure: Configure) -> None:
    most = DIALECTS["newsletter.sending.dialects.brevo.EmailBackend"].max_recipients
    people = [recipient(number, "Жанна Александровна Петровская") for number in range(1, most + 1)]
    request = longest(desk, configure, "brevo", people)
    assert isinstance(request.body, str)
    everything = request.body.count("\\u") * 6 + sum(
        len(key) + len(value) + 6
        for version in json_body(request)["messageVersions"]
        for key, value in version["params"].items()
    )
    assert everything < 1_000_000
