"""The stand-ins do what their plan says: a suite that hurts nothing would find nothing."""

import json
import smtplib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.esp import ACCEPTING
from tests.chaos.plan import CALL_FAULTS, MESSAGE_FAULTS, WELL, Cards, Plan
from tests.chaos.shapes import mailgun_submission
from tests.chaos.stand_ins import StandInProcess, esp, smtp_sink

PATIENCE = 1.0  # seconds; the stand-in answers at once, or not at all
# What the caller of the HTTP stand-in sees. 0: no answer that makes sense.
SEEN = dict.fromkeys(CALL_FAULTS, 0) | {
    "too_many": 429,
    "too_many_until": 429,
    "error_before": 500,
    "error_after": 500,
    "away": 200,
    "partial": 200,
}
SEEN_BY_SMTP = dict.fromkeys(MESSAGE_FAULTS, 0) | {
    "closing": 421,
    "rcpt_later": 451,
    "rcpt_never": 550,
    "later": 451,
}


def postmark_call(service: StandInProcess, *people: str) -> int:
    messages = [{"To": address, "Metadata": {"delivery": str(n)}} for n, address in enumerate(people, 1)]
    url = f"http://127.0.0.1:{service.port}/email/batch"
    try:
        with requests.post(
            url, json=messages, headers={"X-Postmark-Server-Token": "token"}, timeout=PATIENCE, stream=True
        ) as answer:
            # Byte by byte, and never as long as it said: a read limit alone would wait for ever.
            answer.json() if int(answer.headers["Content-Length"]) < 9999 else answer.raw.read(1)
            return answer.status_code if int(answer.headers["Content-Length"]) < 9999 else 0
    except (requests.RequestException, urllib3.exceptions.HTTPError):
        return 0


def test_every_call_gets_what_the_plan_has_for_it_and_the_books_say_who_was_accepted(tmp_path: Path) -> None:
    plan = Plan(seed=3, deck=dict.fromkeys(CALL_FAULTS, 1), away=0.1, drip=PATIENCE * 2)
    cards = Cards(plan)
    people = ["ana@weft.internal", "ben@weft.internal"]
    with esp(log=tmp_path / "books", plan=plan) as service:
        for _call in CALL_FAULTS:
            fault = cards.deal()
            assert postmark_call(service, *people) == SEEN[fault], fault
            if fault == "away":
                wait_until_it_listens_again(service)
        books = {call.fault: [one.address for one in call.accepted] for call in service.calls()}
    for fault in CALL_FAULTS:
        expected = people[:1] if fault.startswith("partial") else people
        assert books[fault] == (expected if fault in ACCEPTING else []), fault


def wait_until_it_listens_again(service: StandInProcess) -> None:
    refused = 0
    for _attempt in range(1000):
        try:
            requests.get(f"http://127.0.0.1:{service.port}/", timeout=PATIENCE)
        except requests.ConnectionError:
            refused += 1
        else:
            break
    assert refused


def test_every_message_gets_what_the_plan_has_for_it(tmp_path: Path) -> None:
    plan = Plan(seed=5, deck=dict.fromkeys(MESSAGE_FAULTS, 1), drip=PATIENCE * 2)
    cards = Cards(plan)
    with smtp_sink(log=tmp_path / "books", plan=plan) as sink:
        for number in range(len(MESSAGE_FAULTS)):
            fault = cards.deal()
            assert smtp_call(sink, f"reader{number}@weft.internal") == SEEN_BY_SMTP[fault], fault
        assert smtp_call(sink, "last@weft.internal") == 250
        accepted = {call.fault for call in sink.calls() if call.accepted}
        assert [one.message_id for one in sink.accepted()][-1] == "<1@weft.internal>"
    assert accepted == {"lost_reply", "silent_after", "drip", WELL}


def smtp_call(sink: StandInProcess, address: str) -> int:
    """The code of the answer that decided; 0: none."""
    message = "Subject: x\r\nMessage-ID: <1@weft.internal>\r\n\r\nThe mill runs.\r\n"
    try:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
            client.sendmail("news@weft.internal", [address], message)
    except smtplib.SMTPRecipientsRefused as error:
        return error.recipients[address][0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except (smtplib.SMTPException, OSError):
        return 0
    return 250


def test_the_same_seed_deals_the_same_cards() -> None:
    deck = {"lost_reply": 3, WELL: 5, "drip": 2}
    first, again, other = (Cards(Plan(seed=seed, deck=deck)) for seed in (1, 1, 2))
    dealt = [first.deal() for _card in range(12)]
    assert dealt == [again.deal() for _card in range(12)]
    assert dealt != [other.deal() for _card in range(12)]
    assert sorted(dealt[:10]) == sorted(["lost_reply"] * 3 + [WELL] * 5 + ["drip"] * 2)
    assert dealt[10:] == [WELL, WELL]


def test_a_misspelt_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="lost_replies"):
        Plan(deck={"lost_replies": 1}).refuse_unknown(CALL_FAULTS)


NAMES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)


@given(names=st.lists(NAMES, min_size=1, max_size=5), compact=st.booleans(), multipart=st.booleans())
def test_who_is_in_a_call_is_read_as_mailgun_reads_it(
    names: list[str], compact: bool, multipart: bool
) -> None:
    """Whatever people are called: a name may look like the JSON around it."""
    people = {
        f"reader{place}@weft.internal": {"name": name, "v:delivery": str(place), "text": f'"{name}": {{'}
        for place, name in enumerate(names)
    }
    variables = json.dumps(people, separators=(",", ":") if compact else None)
    fields: list[tuple[str, Any]] = [("to", address) for address in people]
    fields += [("recipient-variables", variables), ("v:delivery", "%recipient.v:delivery%")]
    if multipart:
        body, content_type = urllib3.encode_multipart_formdata(fields)
    else:
        body, content_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    found = mailgun_submission(body, content_type=content_type, domain="weft.internal")
    assert found.recipients == [(address, values["v:delivery"]) for address, values in people.items()]


def test_the_vendors_own_records_show_what_was_accepted_and_nothing_else(tmp_path: Path) -> None:
    plan = Plan(seed=1, deck={"error_before": 1})
    with esp(log=tmp_path / "books", plan=plan) as service:
        postmark_call(service, "lost@weft.internal")
        postmark_call(service, "ana@weft.internal", "ben@weft.internal")
        here = f"http://127.0.0.1:{service.port}"
        outbound = requests.get(
            f"{here}/messages/outbound",
            params={"count": 500, "offset": 0, "metadata_delivery": "2"},
            headers={"X-Postmark-Server-Token": "token"},
            timeout=PATIENCE,
        ).json()
        events = requests.get(
            f"{here}/v3/weft.internal/events",
            params={"event": "accepted", "begin": "0", "recipient": "ana@weft.internal"},
            auth=("api", "key"),
            timeout=PATIENCE,
        ).json()
        stranger = requests.get(f"{here}/messages/outbound", timeout=PATIENCE)
    assert [message["Recipients"] for message in outbound["Messages"]] == [["ben@weft.internal"]]
    assert outbound["TotalCount"] == 1
    assert [item["user-variables"] for item in events["items"]] == [{"delivery": "1"}]
    assert stranger.status_code == 401
