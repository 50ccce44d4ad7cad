"""Every recipient gets what was meant for them and nothing else, whatever they call themselves and editors type.

Read off the request body the service would get, through what that service makes of it.
"""

import html
import re
from pathlib import Path

import pytest
from anymail.exceptions import AnymailSerializationError
from django.core.mail import EmailMultiAlternatives, get_connection

from newsletter.audience.tokens import preferences_url, unsubscribe_url
from newsletter.editions.merge_fields import token
from newsletter.sending.dialects import DIALECTS
from newsletter.sending.dialects.base import WORD_JOINER
from newsletter.sending.mailbox.reading import letters, open_letter
from newsletter.sending.preparing import prepare
from newsletter.sending.recipients import Recipient
from tests.sending.conftest import Desk
from tests.sending.dialects.conftest import TYPED, Configure, batch, recipient, variant
from tests.sending.dialects.vendors import VENDORS, Received

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

# What readers call themselves, and how it is to arrive.
NAMES = {
    "Ana": "Ana",
    "": "friend",
    "{{": "{{",
    "{{{ x }}}": "{{{ x }}}",
    "{% if x %}": "{% if x %}",
    "{# x": "{# x",
    "{{ params.unsubscribe_url }}": "{{ params.unsubscribe_url }}",
    "%recipient.unsubscribe_url%": "%recipient.unsubscribe_url%",
    "*|X|*": "*|X|*",
    "[[unsubscribe_url]]": "[[unsubscribe_url]]",
    "[[data:email]]": "[[data:email]]",
    "[%unsubscribe_url%]": "[%unsubscribe_url%]",
    "[": "[",
    "100%": "100%",
    "__unsubscribe_url__": "__unsubscribe_url__",
    "{{{ pm:unsubscribe }}}": "{{{ pm:unsubscribe }}}",
    "<script>alert('1')</script>": "<script>alert('1')</script>",
    'Anaïs "Nin" O\'Hara & &amp; Co': 'Anaïs "Nin" O\'Hara & &amp; Co',
    "Ana\r\nBcc: everybody@weft.example": "Ana Bcc: everybody@weft.example",
    "\ue000unsubscribe_url\ue001": "unsubscribe_url",
    "back\\slash \\n \\u0041 \\1 $1": "back\\slash \\n \\u0041 \\1 $1",
    "Жанна 李 👩🏽‍🌾": "Жанна 李 👩🏽‍🌾",
    "\u202eأنا\u202c": "\u202eأنا\u202c",
    "x" * 120: "x" * 120,
}
ADDRESSES = {
    "o'brien+{{x}}@readers.example": "o'brien+{{x}}@readers.example",
    "jo@münchen.example": "jo@xn--mnchen-3ya.example",
}


def audience() -> list[Recipient]:
    named = [recipient(number, name) for number, name in enumerate(NAMES, start=1)]
    placed = [
        recipient(number, "Ana", address) for number, address in enumerate(ADDRESSES, start=len(NAMES) + 1)
    ]
    return named + placed


def as_read(text: str) -> str:
    """What a person sees: the mark that keeps two characters apart is none."""
    return text.replace(WORD_JOINER, "")


def delivered(name: str, desk: Desk, configure: Configure, mailbox: Path) -> dict[str, Received]:
    """{address as posted: what arrives}"""
    people = audience()
    if name == "mailbox":
        get_connection().send_messages([batch(variant(desk), people)])
        return {one.address: from_mailbox(one) for one in people}
    post = configure(name)
    get_connection().send_messages([batch(variant(desk), people)])
    (request,) = post.posted
    return post.vendor.received(request)


def from_mailbox(person: Recipient) -> Received:
    (letter,) = (open_letter(letter.key) for letter in letters(person=person.address, most=1000))
    headers = dict(letter.headers)
    return Received(
        letter.subject, letter.text, letter.html, headers, {"delivery": headers["X-Metadata-delivery"]}
    )


@pytest.mark.parametrize("name", [*VENDORS, "mailbox"])
def test_everybody_gets_what_was_meant_for_them(
    name: str, desk: Desk, configure: Configure, mailbox: Path
) -> None:
    received = delivered(name, desk, configure, mailbox)
    people = audience()
    posted = {
        one.address: one.address if name == "mailbox" else ADDRESSES.get(one.address, one.address)
        for one in people
    }
    assert set(received) == set(posted.values())
    for one in people:
        got = received[posted[one.address]]
        called = NAMES[one.name]
        second = "{{ reader }}" if not one.name else called
        leave = unsubscribe_url(one.subscriber_id, desk.newsletter.pk, "en")
        preferences = preferences_url(one.subscriber_id, "en")
        assert as_read(got.subject) == f"For {called}: {{{called}}} [{called}] %{called}% {TYPED}"
        assert as_read(got.text) == f"{called} {{{second}}} [[{called}]] {TYPED} {leave} {preferences}\n"
        # Escaped once, and only once.
        assert "<script>" not in got.html
        assert as_read(html.unescape(got.html)).rstrip("\n") == (
            f"<style>@media print {{ #x {{ color: red }} }}</style><p>{called} {{{second}}} [{called}]</p>"
            f"<p>{TYPED}</p><a href='{leave}'>leave</a>"
        )
        assert got.metadata == {"delivery": str(one.delivery_id)}


@pytest.mark.parametrize("name", [*VENDORS, "mailbox"])
def test_everybody_can_leave_with_one_click_and_nobody_else_for_them(
    name: str, desk: Desk, configure: Configure, mailbox: Path
) -> None:
    for one, got in zip(audience(), delivered(name, desk, configure, mailbox).values(), strict=True):
        headers = {header.lower(): value for header, value in got.headers.items()}
        leave = unsubscribe_url(one.subscriber_id, desk.newsletter.pk, "en")
        assert headers["list-unsubscribe"] == f"<{leave}>"
        assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert headers["list-id"] == f"<{desk.newsletter.list_id}>"
        assert headers["list-help"].startswith("<mailto:")
        assert headers["list-archive"].startswith("<http")
        assert headers["content-language"] == "en"
        assert headers["feedback-id"].endswith(":mailing:newsroom")
        everything = f"{got.subject} {got.text} {html.unescape(got.html)} {sorted(headers.items())}"
        assert set(re.findall(r"http://localhost/unsubscribe/\S+?/", everything)) == {leave}


@pytest.mark.parametrize("name", VENDORS)
def test_the_services_answer_is_about_the_addresses_we_know(
    name: str, desk: Desk, configure: Configure
) -> None:
    configure(name)
    message = batch(variant(desk), audience())
    get_connection().send_messages([message])
    assert set(message.anymail_status.recipients) == {one.address for one in audience()}
    assert {status.status for status in message.anymail_status.recipients.values()} <= {"sent", "queued"}


@pytest.mark.parametrize("name", ["mailjet", "mailtrap", "postmark", "resend"])
def test_a_field_without_a_value_stops_the_call_before_it_leaves_a_hole(
    name: str, desk: Desk, configure: Configure
) -> None:
    post = configure(name)
    version = variant(desk)
    version.text += token("colour_1")
    with pytest.raises(AnymailSerializationError, match="colour_1"):
        get_connection().send_messages([batch(version, audience())])
    assert post.posted == []


@pytest.mark.parametrize("path", DIALECTS)
def test_nothing_of_ours_looks_like_a_services_own_syntax(path: str, desk: Desk) -> None:
    """Else the templates' own style sheets and comments would be changed on the way."""
    desk.readers(1, kind="organisation")
    mailing = desk.launch()
    prepare(mailing.pk)
    assert mailing.variants.exists()
    for version in mailing.variants.all():
        for text, is_html in ((version.subject, False), (version.text, False), (version.html, True)):
            assert DIALECTS[path].neutralise(text, html=is_html) == text


@pytest.mark.parametrize("name", VENDORS)
def test_a_single_message_goes_as_anymail_would_send_it(name: str, desk: Desk, configure: Configure) -> None:
    """Confirmations and the like take the same backend: there nothing is merged, filled or neutralised."""
    post = configure(name)
    post.answer = SINGLE_ANSWERS.get(name, post.vendor.answer(["ana@readers.example"]))
    message = EmailMultiAlternatives(
        "Confirm {{x}}",
        "Text %recipient.name%",
        "news@weft.example",
        ["ana@readers.example"],
        connection=get_connection(),
    )
    message.attach_alternative("<p>[[var:x]]</p>", "text/html")
    assert message.send() == 1
    (request,) = post.posted
    body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    assert WORD_JOINER.encode() not in body
    assert b"messageVersions" not in body


SINGLE_ANSWERS = {
    "brevo": {"messageId": "<1@brevo>"},
    "mailtrap": {"success": True, "message_ids": ["id"]},
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "id", "To": "ana@readers.example"},
    "resend": {"id": "id"},
}
