"""A service that knows a repeated call by its key is asked again under the same key; no other is."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from newsletter.audience.subscriptions import unsubscribe
from newsletter.sending import timing
from newsletter.sending.launching import cancel, pause, resume
from newsletter.sending.models import Batch, Mailing, Sender
from newsletter.sending.progress import progress_of
from newsletter.sending.submitting import work
from newsletter.sending.sweep import sweep
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]
SECOND = timedelta(seconds=1)


class Resend:
    """Answers in Resend's place: the next of `answers`, then 200. Carries out each key once."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.keys: list[str] = []
        self.carried_out: dict[str, list[str]] = {}

    def request(self, **params: Any) -> requests.Response:
        answer = self.answers.pop(0) if self.answers else 200
        key = params["headers"]["Idempotency-Key"]
        self.keys.append(key)
        people = [message["to"][0] for message in json.loads(params["data"])]
        if answer == 200 or isinstance(answer, Exception):
            assert self.carried_out.setdefault(key, people) == people, "another call under the same key"
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = answer
        response._content = json.dumps(
            {"data": [{"id": str(number)} for number in range(len(people))]}
        ).encode()
        return response

    @property
    def accepted(self) -> list[str]:
        return [address for people in self.carried_out.values() for address in people]


@pytest.fixture
def resend(settings: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Resend:
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.resend.EmailBackend"
    settings.ANYMAIL = {"RESEND_API_KEY": "key", "RESEND_API_URL": "http://127.0.0.1:9/"}
    stand_in = Resend()
    monkeypatch.setattr(requests.Session, "request", lambda _session, **params: stand_in.request(**params))
    return stand_in


def counts(mailing: Mailing) -> dict[str, int]:
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    assert progress.balances, progress
    return {name: count for name, count in progress.counts.items() if count}


def come_due() -> None:
    Batch.objects.exclude(not_before=None).update(not_before=timezone.now() - SECOND)
    Sender.objects.update(held_until=None)


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    desk: Desk, resend: Resend, worker: Worker
) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"unknown": 3}
    assert mailing.state == Mailing.State.SENDING, "there is something left to do"
    come_due()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"accepted": 3}
    assert mailing.state == Mailing.State.SENT
    assert len(resend.keys) == 2
    assert len(set(resend.keys)) == 1
    assert len(resend.accepted) == 3


@pytest.mark.parametrize("again", [429, requests.ReadTimeout(), 400], ids=["429", "read timeout", "400"])
def test_a_repeat_that_fails_stays_in_doubt(desk: Desk, resend: Resend, worker: Worker, again: Any) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout(), again]
    mailing = desk.launch()
    worker()
    come_due()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"unknown": 3}
    assert len(set(resend.keys)) == 1


def test_after_its_time_a_key_is_not_used_again(desk: Desk, resend: Resend, worker: Worker) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout(), requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    Batch.objects.update(begun_at=timezone.now() - timedelta(hours=24))
    come_due()
    work(Batch.objects.get().pk)
    batch = Batch.objects.get()
    assert (batch.state, batch.is_repeat, batch.not_before) == (Batch.State.UNKNOWN, False, None)
    assert counts(mailing) == {"unknown": 3}
    assert mailing.state == Mailing.State.SENT


def test_who_left_meanwhile_makes_it_another_call_so_it_is_not_made(
    desk: Desk, resend: Resend, worker: Worker
) -> None:
    reader, *_others = desk.readers(3)
    resend.answers = [requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    unsubscribe(subscriber_id=reader.pk, newsletter_id=desk.newsletter.pk, origin="/", network="")
    come_due()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"unknown": 3}
    assert len(resend.keys) == 1


def test_a_worker_that_dies_leaves_a_call_that_is_repeated(
    desk: Desk, resend: Resend, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.readers(3)
    mailing = desk.launch()
    with monkeypatch.context() as killed:
        killed.setattr("newsletter.sending.submitting.settle", lambda *_args, **_kwargs: None)
        worker()
    assert counts(mailing) == {"in_flight": 3}
    Batch.objects.update(lease_until=timezone.now() - SECOND)
    sweep()
    assert counts(mailing) == {"unknown": 3}
    come_due()
    worker()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"accepted": 3}
    assert len(resend.accepted) == 3


def test_a_dead_worker_that_had_claimed_a_repeat_leaves_it_in_doubt(
    desk: Desk, resend: Resend, worker: Worker
) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    Batch.objects.update(state=Batch.State.CLAIMED, owner="dead", lease_until=timezone.now() - SECOND)
    sweep()
    assert counts(mailing) == {"unknown": 3}
    come_due()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"accepted": 3}


def test_a_cancelled_mailing_repeats_nothing(desk: Desk, resend: Resend, worker: Worker) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    assert cancel(mailing)
    come_due()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"unknown": 3}
    assert len(resend.keys) == 1


def test_a_paused_mailing_repeats_when_it_goes_on(desk: Desk, resend: Resend, worker: Worker) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    assert pause(mailing)
    come_due()
    work(Batch.objects.get().pk)
    assert len(resend.keys) == 1
    assert resume(mailing)
    worker()
    assert counts(mailing) == {"accepted": 3}


def test_a_repeat_nobody_made_in_time_goes_to_a_person(desk: Desk, resend: Resend, worker: Worker) -> None:
    desk.readers(3)
    resend.answers = [requests.ReadTimeout()]
    mailing = desk.launch()
    worker()
    Batch.objects.update(
        not_before=timezone.now() - timing.PARK_AFTER - SECOND,
        updated_at=timezone.now() - timing.PARK_AFTER - SECOND,
    )
    pause(mailing)
    sweep()
    assert counts(mailing) == {"parked": 3}


def test_a_busy_service_gets_the_same_key_again(desk: Desk, resend: Resend, worker: Worker) -> None:
    desk.readers(3)
    resend.answers = [429]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"waiting": 3}
    come_due()
    work(Batch.objects.get().pk)
    assert counts(mailing) == {"accepted": 3}
    assert len(resend.keys) == 2
    assert len(set(resend.keys)) == 1


def test_an_earlier_attempt_with_the_same_key_cannot_settle_a_later_one(
    desk: Desk, resend: Resend, worker: Worker
) -> None:
    from newsletter.sending.outcomes import Result, Verdict
    from newsletter.sending.settling import settle

    desk.readers(3)
    resend.answers = [429]
    mailing = desk.launch()
    worker()
    asleep = Batch.objects.get()
    come_due()
    Batch.objects.update(
        state=Batch.State.SUBMITTING, owner="another", lease_until=timezone.now() + timing.LEASE, attempts=2
    )
    assert not settle(asleep, Result(Verdict.ACCEPTED))
    assert counts(mailing) == {"in_flight": 3}
