"""Hard, soft, or not the address: what status codes and mail services say."""

import pytest
from anymail.signals import AnymailTrackingEvent
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.bounces.judging import judged
from newsletter.sending.bounces.severity import Severity, of_words
from newsletter.sending.bounces.vendors import READERS, word

HARD, SOFT, NOT_THE_ADDRESS = Severity.HARD, Severity.SOFT, Severity.NOT_THE_ADDRESS


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("550 5.1.1 <reader@readers.example>: user unknown", HARD),
        ("550-5.1.1 The account does not exist.\n550 5.1.1 Please check", HARD),
        ("550 #5.1.0 Address rejected", None),
        ("5.1.2 (bad destination system)", HARD),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", HARD),
        ("556 5.1.10 Recipient address has null MX", HARD),
        ("550 5.2.1 The email account that you tried to reach is disabled.", HARD),
        ("552-5.2.2 The recipient's inbox is out of storage space", SOFT),
        ("452 4.2.2 mailbox full", SOFT),
        ("5.4.4 Host or domain name not found", SOFT),
        ("550 5.4.1 Recipient address rejected: Access denied", SOFT),
        ("4.4.7 delivery time expired", SOFT),
        ("5.2.3 message too large for this mailbox", NOT_THE_ADDRESS),
        ("552 5.3.4 message too big", NOT_THE_ADDRESS),
        ("550 5.1.8 sender's domain does not resolve", NOT_THE_ADDRESS),
        ("550 5.7.26 unauthenticated mail is not accepted", NOT_THE_ADDRESS),
        ("421 4.7.0 too many messages from your address", NOT_THE_ADDRESS),
        ("554 5.6.0 content rejected", NOT_THE_ADDRESS),
        # Exim writes 5.0.0 first, whatever the other server said.
        ("5.0.0 smtp; 550 5.1.1 unknown", HARD),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", None),
        ("550 No such user here", None),
        ("250 2.1.5 ok", None),
        ("blocked: 203.5.1.1 is listed", None),
        ("version 15.1.1.9", None),
        ("5.1.1.1", None),
        ("", None),
    ],
)
def test_what_a_servers_words_say(words: str, severity: Severity | None) -> None:
    assert of_words(words) is severity


@given(st.text(max_size=200))
def test_any_words_can_be_read(words: str) -> None:
    of_words(words)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
WORDS = [
    "event",
    "event-data",
    "bounce",
    "msys",
    "data",
    "payload",
    "status",
    "Type",
    "type",
    "reason",
    "hard_bounce",
]


@given(
    esp_name=st.sampled_from(sorted(READERS)),
    report=st.dictionaries(st.sampled_from(WORDS), json_values, max_size=4) | json_values,
)
def test_a_report_of_any_shape_is_read_without_an_error(esp_name: str, report: object) -> None:
    word(esp_name, report)


@pytest.mark.parametrize(
    ("anymail_says", "server_says", "written"),
    [
        (("bounced", "bounced"), "550 5.1.1 user unknown", ("bounced", "bounced")),
        (("bounced", "invalid"), "", ("bounced", "invalid")),
        (("bounced", "bounced"), "552 5.2.2 over quota", ("bounced", "timed_out")),
        (("bounced", "bounced"), "550 5.7.1 looks like spam", ("bounced", "blocked")),
        (("bounced", "timed_out"), "550 5.1.1 user unknown", ("bounced", "timed_out")),
        (("bounced", "other"), "", ("bounced", "timed_out")),
        (("bounced", None), "", ("bounced", "timed_out")),
        (("bounced", "spam"), "550 5.1.1 user unknown", ("bounced", "spam")),
        (("bounced", "unsubscribed"), "", ("bounced", "unsubscribed")),
        (("rejected", "bounced"), "", ("rejected", "timed_out")),
        (("rejected", "invalid"), "", ("rejected", "invalid")),
        (("rejected", "blocked"), "", ("rejected", "blocked")),
        (("failed", None), "550 5.1.1 user unknown", ("failed", "")),
        (("deferred", "other"), "550 5.1.1 user unknown", ("deferred", "other")),
        (("complained", "spam"), "", ("complained", "spam")),
        (("delivered", None), "250 2.1.5 ok", ("delivered", "")),
    ],
)
def test_of_what_service_and_server_say_the_milder_counts(
    anymail_says: tuple[str, str | None], server_says: str, written: tuple[str, str]
) -> None:
    event_type, reject_reason = anymail_says
    event = AnymailTrackingEvent(event_type=event_type, reject_reason=reject_reason, mta_response=server_says)
    assert judged(event, "Some service") == written
