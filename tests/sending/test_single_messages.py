"""Sending through a server that takes one message after the other, such as SMTP."""

import smtplib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.sending.deciding import decide
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.progress import progress_of
from newsletter.sending.sweep import sweep
from tests.sending.backends import Relay
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


def counts(mailing: Mailing) -> dict[str, int]:
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    assert progress.balances, progress
    return {name: count for name, count in progress.counts.items() if count}


def test_everybody_gets_a_message_of_their_own(desk: Desk, relay: type[Relay], worker: Worker) -> None:
    readers = desk.readers(5)
    mailing = desk.launch()
    worker()
    assert sorted(relay.arrived) == sorted(reader.email for reader in readers)
    assert counts(mailing) == {"accepted": 5}
    assert mailing.state == Mailing.State.SENT


def test_one_refused_address_does_not_hold_up_the_others(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(4)
    refused = "en-person-1@readers.example"
    relay.trouble = staticmethod(
        lambda address: (
            smtplib.SMTPRecipientsRefused({address: (550, b"no such user")}) if address == refused else None
        )
    )
    mailing = desk.launch()
    worker()
    assert len(relay.arrived) == 3
    assert counts(mailing) == {"accepted": 3, "rejected": 1}
    assert "no such user" in mailing.deliveries.get(address=refused).reason


@pytest.mark.parametrize("arrived", [True, False])
def test_a_connection_lost_half_way_leaves_one_in_doubt_and_sends_nobody_twice(
    desk: Desk, relay: type[Relay], worker: Worker, arrived: bool
) -> None:
    desk.readers(5)
    broken = "en-person-2@readers.example"
    relay.lost_after_arrival = arrived
    relay.trouble = staticmethod(
        lambda address: smtplib.SMTPServerDisconnected("gone") if address == broken else None
    )
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 4, "unknown": 1}
    assert len(relay.arrived) == len(set(relay.arrived)) == (5 if arrived else 4)
    assert mailing.state == Mailing.State.SENT

    relay.trouble = staticmethod(lambda address: None)
    in_doubt = Batch.objects.get(state=Batch.State.UNKNOWN)
    assert decide(in_doubt, count_as_sent=arrived)
    assert not decide(in_doubt, count_as_sent=not arrived)
    worker()
    assert counts(mailing) == {"accepted": 5}
    assert sorted(relay.arrived) == sorted(set(relay.arrived))


def test_a_busy_server_gets_the_rest_later(desk: Desk, relay: type[Relay], worker: Worker) -> None:
    desk.readers(4)
    busy = {"en-person-2@readers.example", "en-person-3@readers.example"}
    relay.trouble = staticmethod(
        lambda address: smtplib.SMTPDataError(451, b"try later") if address in busy else None
    )
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 2, "waiting": 2}
    busy.clear()
    Batch.objects.filter(state=Batch.State.DEFERRED).update(
        not_before=timezone.now() - timedelta(seconds=1), updated_at=timezone.now() - timedelta(hours=1)
    )
    sweep()
    worker()
    assert counts(mailing) == {"accepted": 4}
    assert len(relay.arrived) == 4


def test_wrong_credentials_pause_the_mailing_and_lose_nobody(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(3)
    relay.trouble = staticmethod(lambda address: smtplib.SMTPAuthenticationError(535, b"bad password"))
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"waiting": 3}
    assert mailing.state == Mailing.State.PAUSED
    assert "bad password" in mailing.fault


def test_a_worker_that_died_between_two_messages_leaves_one_in_doubt(
    desk: Desk, relay: type[Relay], worker: Worker
) -> None:
    desk.readers(4)

    class Killed(BaseException):
        """As kill -9 does: nothing that catches exceptions runs to the end."""

    def die_at_the_third(address: str) -> Exception | None:
        if address == "en-person-2@readers.example":
            raise Killed
        return None

    relay.trouble = staticmethod(die_at_the_third)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"in_flight": 4}
    relay.trouble = staticmethod(lambda address: None)
    sweep()
    assert counts(mailing) == {"in_flight": 4}, "the lease still runs"
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    sweep()
    worker()
    assert counts(mailing) == {"accepted": 3, "unknown": 1}
    assert sorted(relay.arrived) == [f"en-person-{number}@readers.example" for number in (0, 1, 3)]
