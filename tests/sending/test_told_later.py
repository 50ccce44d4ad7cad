"""A server that says "later" to one recipient, "no" to many, or the same to everybody, one message after the other."""

import smtplib
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from newsletter.audience.models import Subscription
from newsletter.sending import submitting, timing
from newsletter.sending.audit import broken_invariants
from newsletter.sending.claiming import claim
from newsletter.sending.failures import passing_failures
from newsletter.sending.halting import DOUBTFUL_IN_A_ROW
from newsletter.sending.launching import resume
from newsletter.sending.models import Batch, Delivery, Mailing, Sender
from newsletter.sending.preparing import prepare
from newsletter.sending.recipients import recipients_of
from newsletter.sending.retrying import retry
from newsletter.sending.submitting import MOST_SET_ASIDE, begin
from newsletter.sending.sweep import sweep
from tests.sending.backends import Relay
from tests.sending.conftest import Desk, counts

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]
FULL = smtplib.SMTPRecipientsRefused({"": (452, b"4.2.2 mailbox full")})


def address(number: int) -> str:
    return f"en-person-{number}@readers.example"


def says(relay: type[Relay], error: Exception, *numbers: int) -> None:
    """To these it says no, in whatever way; to the others yes."""
    unlucky = {address(number) for number in numbers}
    relay.trouble = staticmethod(lambda to: error if to in unlucky else None)


def later() -> None:
    """The pauses are over."""
    Batch.objects.filter(state=Batch.State.DEFERRED).update(
        not_before=timezone.now() - timedelta(seconds=1), updated_at=timezone.now() - timedelta(hours=1)
    )
    Sender.objects.update(held_until=None)
    sweep()


@pytest.mark.parametrize("unlucky", [[0], [2], [4], [0, 1], [1, 3], [3, 4], [0, 2, 4]])
@pytest.mark.parametrize(
    "error", [FULL, smtplib.SMTPDataError(451, b"greylisted")], ids=["address", "message"]
)
def test_who_is_told_later_holds_up_nobody_else(
    desk: Desk, relay: type[Relay], worker: Worker, unlucky: list[int], error: Exception
) -> None:
    desk.readers(5)
    says(relay, error, *unlucky)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 5 - len(unlucky), "waiting": len(unlucky)}
    assert broken_invariants(mailing) == []
    says(relay, error)
    later()
    worker()
    assert counts(mailing) == {"accepted": 5}
    assert sorted(relay.arrived) == [address(number) for number in range(5)]
    assert mailing.state == Mailing.State.SENT


def test_who_is_told_later_for_hours_is_given_up_and_may_be_tried_again(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(3)
    says(relay, FULL, 1)
    mailing = desk.launch()
    worker()
    for _again in range(timing.MOST_TRIES):
        assert mailing.deliveries.get(address=address(1)).outcome == ""
        later()
        worker()
        if counts(mailing).get("rejected"):
            break
    assert counts(mailing) == {"accepted": 2, "rejected": 1}
    assert mailing.state == Mailing.State.SENT
    given_up = mailing.deliveries.get(outcome=Delivery.Outcome.NOT_TAKEN)
    assert "mailbox full" in given_up.reason
    assert broken_invariants(mailing) == []

    says(relay, FULL)
    assert list(passing_failures(mailing.pk)) == [given_up]
    retry(mailing)
    worker()
    assert sorted(relay.arrived) == [address(number) for number in range(3)]


def test_a_server_that_tells_everybody_later_is_left_alone_until_then(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(20)
    asked: list[str] = []

    def trouble(to: str) -> Exception:
        asked.append(to)
        return FULL

    relay.trouble = staticmethod(trouble)
    mailing = desk.launch()
    worker()
    assert len(asked) == MOST_SET_ASIDE
    assert counts(mailing) == {"waiting": 20}
    says(relay, FULL)
    for _again in range(2):
        later()
        worker()
    assert counts(mailing) == {"accepted": 20}


@pytest.mark.parametrize("code", [530, 550])
def test_a_server_that_refuses_our_own_address_burns_nobody(
    desk: Desk, relay: type[Relay], worker: Worker, code: int
) -> None:
    desk.readers(10)
    relay.trouble = staticmethod(
        lambda to: smtplib.SMTPSenderRefused(code, b"log in first", "desk@weft.example")
    )
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"waiting": 10}
    assert mailing.state == Mailing.State.PAUSED
    assert "log in first" in mailing.fault


def test_a_server_that_refuses_one_after_the_other_halts_within_the_batch(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(60)
    relay.trouble = staticmethod(lambda to: smtplib.SMTPRecipientsRefused({to: (550, b"we do not relay")}))
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"rejected": 20, "waiting": 40}
    assert mailing.state == Mailing.State.PAUSED


def test_a_few_wrong_addresses_among_many_halt_nothing(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(60)
    error = smtplib.SMTPRecipientsRefused({"": (550, b"no such user")})
    says(relay, error, *range(55, 60))
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 55, "rejected": 5}
    assert mailing.state == Mailing.State.SENT


def test_a_message_that_cannot_be_made_stops_the_mailing_and_doubts_nobody(
    desk: Desk, relay: type[Relay], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.readers(5)
    make = submitting.single_message

    def broken(envelope: Any, *, recipient: Any, connection: Any) -> EmailMessage:
        if recipient.address == address(2):
            raise ValueError("no such field")
        return make(envelope, recipient=recipient, connection=connection)

    monkeypatch.setattr(submitting, "single_message", broken)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 2, "waiting": 3}
    assert mailing.state == Mailing.State.PAUSED
    assert "no such field" in mailing.fault


def test_a_worker_that_died_before_the_first_message_doubts_one_alone(desk: Desk, relay: type[Relay]) -> None:
    desk.readers(5)
    mailing = desk.launch()
    prepare(mailing.pk)
    batch = claim(Batch.objects.get().pk)
    assert batch is not None
    recipients, departed = recipients_of(batch)
    batch.attempt_key = uuid.uuid4()
    assert begin(batch, departed, in_flight=recipients[0].delivery_id)
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    assert counts(mailing) == {"unknown": 1, "waiting": 4}


def test_those_who_left_stay_in_the_sum_when_a_batch_is_cut_behind_them(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    readers = desk.readers(6)
    says(relay, smtplib.SMTPServerDisconnected("gone"), 1, 4)
    mailing = desk.launch()
    prepare(mailing.pk)
    for number in (0, 3):
        Subscription.objects.filter(subscriber=readers[number]).update(
            status=Subscription.Status.UNSUBSCRIBED
        )
    worker()
    assert counts(mailing) == {"accepted": 2, "skipped": 2, "unknown": 2}
    assert broken_invariants(mailing) == []


def test_a_server_that_hangs_up_on_everybody_halts_before_the_list_is_in_doubt(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(20)
    relay.trouble = staticmethod(lambda to: smtplib.SMTPServerDisconnected("gone"))
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"unknown": DOUBTFUL_IN_A_ROW, "waiting": 20 - DOUBTFUL_IN_A_ROW}
    assert mailing.state == Mailing.State.PAUSED
    relay.trouble = staticmethod(lambda to: None)
    with desk.committed():
        resume(mailing)
    worker()
    assert counts(mailing) == {"unknown": DOUBTFUL_IN_A_ROW, "accepted": 20 - DOUBTFUL_IN_A_ROW}
