"""Our form for Mailgun says what Anymail's would say, whatever the texts, names and headers."""

import json
import re
import string
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from anymail.backends.mailgun import EmailBackend as Anymails
from anymail.exceptions import AnymailInvalidAddress
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sending.dialects.base import WORD_JOINER
from newsletter.sending.dialects.mailgun import BatchPayload, EmailBackend, Form
from tests.sending.dialects.conftest import Configure
from tests.sending.dialects.vendors import form_fields

SETTINGS = {"api_key": "key", "sender_domain": "weft.example"}
# No lone surrogates: there is no UTF-8 for them. Line ends as in what comes from the database.
anything = st.text(st.characters(codec="utf-8"), max_size=60).map(lambda text: text.replace("\r", "\n"))
hostile = st.sampled_from(
    [
        "\n--x\n",
        '"; name="to"',
        "%recipient.name%",
        "%unsubscribe_url%",
        "--",
        "\n\nContent-Disposition: x",
        "\\u0000",
    ]
)
texts = st.lists(anything | hostile, max_size=4).map("".join)
keys = st.sampled_from(["name_1", "name_1_html", "unsubscribe_url", "delivery"])
header_names = st.sampled_from(["List-Unsubscribe", "list-id", "X-Name", "Feedback-ID", 'X-"Quoted"'])
local_parts = st.text(string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=20)
addresses = st.builds("{}@{}.example".format, local_parts, st.sampled_from(["readers", "mail-1.readers"]))


@st.composite
def messages(draw: st.DrawFn) -> AnymailMessage:
    to = draw(st.lists(addresses, min_size=1, max_size=5, unique=True))
    message = AnymailMessage(
        subject=draw(texts),
        body=draw(texts),
        from_email='"The News" <news@weft.example>',
        to=to,
        reply_to=draw(st.sampled_from([None, ["desk@weft.example"]])),
        headers=draw(st.dictionaries(header_names, texts, max_size=3)),
    )
    message.attach_alternative(draw(texts), "text/html")
    for attribute, names in (("merge_data", keys), ("merge_headers", header_names), ("merge_metadata", keys)):
        own = st.dictionaries(names, texts, max_size=3)
        # Also recipients without values, and keys that only some have.
        setattr(message, attribute, draw(st.dictionaries(st.sampled_from(to), own, max_size=len(to))))
    if draw(st.booleans()):
        message.tags, message.track_opens, message.metadata = (
            ["monthly", "news"],
            False,
            {"batch": draw(texts)},
        )
    return message


def prepared(backend: Any, message: AnymailMessage) -> requests.PreparedRequest:
    payload = backend.build_message_payload(message, backend.send_defaults)
    params = payload.get_request_params(backend.api_url)
    return requests.Request(**params).prepare()


def anymails_fields(message: AnymailMessage) -> dict[str, list[str]]:
    request = prepared(Anymails(**SETTINGS), message)
    return parse_qs(str(request.body), keep_blank_values=True)


def comparable(fields: dict[str, list[str]]) -> dict[str, Any]:
    """With the values read from JSON, and a header's name as it has to be written inside a form."""
    read: dict[str, Any] = {name.replace("%22", '"'): values for name, values in fields.items()}
    read["recipient-variables"] = json.loads(fields["recipient-variables"][0])
    return read


def unmarked(text: Any) -> Any:
    """Without what keeps a reader's own %recipient… from being taken for a variable, where Anymail does not care."""
    return json.loads(re.sub(WORD_JOINER, "", json.dumps(text, ensure_ascii=False)))


@given(messages())
@settings(max_examples=150, deadline=None)
def test_the_form_has_the_fields_anymails_would_have(message: AnymailMessage) -> None:
    request = prepared(EmailBackend(**SETTINGS), message)
    assert request.url == prepared(Anymails(**SETTINGS), message).url
    expected, actual = comparable(anymails_fields(message)), comparable(form_fields(request))
    ours, anymails = actual.pop("recipient-variables"), expected.pop("recipient-variables")
    assert actual == expected
    assert set(ours) == set(message.to)
    # Anymail leaves out recipients for whom there is nothing at all.
    assert unmarked({address: ours[address] for address in anymails}) == unmarked(anymails)
    assert not any(ours[address] for address in set(ours) - set(anymails))


@given(messages())
@settings(max_examples=30, deadline=None)
def test_the_message_itself_stays_as_it_is(message: AnymailMessage) -> None:
    before = json.dumps([message.to, message.merge_data, message.merge_headers, message.extra_headers])
    first = form_fields(prepared(EmailBackend(**SETTINGS), message))
    assert form_fields(prepared(EmailBackend(**SETTINGS), message)) == first
    assert (
        json.dumps([message.to, message.merge_data, message.merge_headers, message.extra_headers]) == before
    )


@pytest.mark.parametrize(
    "address",
    [
        "a\r\nBcc: all@weft.example",
        "a@b.example\nX: y",
        "a\x00@b.example",
        "a b@c.example",
        "a@b.example, c@d.example",
        "a@",
        "@b.example",
        "a..b@c.example",
    ],
)
def test_an_address_that_is_none_never_reaches_the_form(address: str) -> None:
    message = batch_to(address)
    with pytest.raises(AnymailInvalidAddress):
        prepared(EmailBackend(**SETTINGS), message)


def batch_to(*addresses: str) -> AnymailMessage:
    message = AnymailMessage("-", "-", "news@weft.example", list(addresses))
    message.merge_data = {address: {"name_1": "Ana"} for address in addresses}
    return message


def test_a_domain_in_unicode_is_posted_in_ascii_with_its_values() -> None:
    request = prepared(EmailBackend(**SETTINGS), batch_to("jo@münchen.example", "ana@readers.example"))
    fields = form_fields(request)
    assert fields["to"] == ["jo@xn--mnchen-3ya.example", "ana@readers.example"]
    assert list(json.loads(fields["recipient-variables"][0])) == fields["to"]


def test_a_boundary_never_stands_in_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaa", "bbbb", "cccc"])
    monkeypatch.setattr("newsletter.sending.dialects.mailgun.new_boundary", lambda: next(drawn))
    form = Form({"text": "has aaaa", "to": ["x", "bbbb"]})
    assert form.boundary == "cccc"
    assert form.body.count(b"--cccc") == 4


def test_anything_but_a_plain_batch_is_anymails_own() -> None:
    backend = EmailBackend(**SETTINGS)
    single = AnymailMessage("-", "-", "news@weft.example", ["ana@readers.example"])
    named = batch_to("ana@readers.example")
    named.to = ["Ana <ana@readers.example>"]
    attached = batch_to("ana@readers.example")
    attached.attach("programme.txt", "…", "text/plain")
    for message in (single, named, attached):
        assert not isinstance(backend.build_message_payload(message, {}), BatchPayload)
    assert isinstance(backend.build_message_payload(batch_to("ana@readers.example"), {}), BatchPayload)


def test_everybody_of_a_call_has_the_calls_id(configure: Configure) -> None:
    configure("mailgun")
    message = batch_to("ana@readers.example", "jo@münchen.example")
    message.attach_alternative("-", "text/html")
    get_connection().send_messages([message])
    assert set(message.anymail_status.recipients) == {"ana@readers.example", "jo@münchen.example"}
    assert message.anymail_status.message_id == "<call@mailgun>"
