"""A batch ESP that fails in every way it can: nobody is lost, nobody gets it twice, and the sums balance."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import urllib3
from django.utils import timezone

from newsletter.sending.models import Batch, Mailing
from newsletter.sending.progress import progress_of
from newsletter.sending.settling import DecisionRefused, decide
from newsletter.sending.submitting import work
from newsletter.sending.sweep import PARK_AFTER, sweep
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


class Mailgun:
    """What answers in Mailgun's place: the next of `answers`, then 200 for ever. Keeps whom it accepted."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.accepted: list[str] = []
        self.bodies: list[dict[str, list[str]]] = []

    def request(self, _session: Any, **params: Any) -> requests.Response:
        answer = self.answers.pop(0) if self.answers else 200
        data = params["data"]
        fields: dict[str, list[str]] = (
            parse_qs(data) if isinstance(data, str) else {name: [value] for name, value in dict(data).items()}
        )
        self.bodies.append(fields)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response.headers["Retry-After"] = answer, "120"
        response._content = json.dumps({"id": "<call@mailgun>", "message": "Queued"}).encode()
        if answer == 200:
            self.accepted += (
                params["data"]["to"] if isinstance(params["data"]["to"], list) else [params["data"]["to"]]
            )
        return response


@pytest.fixture
def mailgun(settings: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Mailgun:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_SENDER_DOMAIN": "weft.example",
        "MAILGUN_API_URL": "http://127.0.0.1:9/v3",
    }
    stand_in = Mailgun()
    monkeypatch.setattr(
        requests.Session, "request", lambda session, **params: stand_in.request(session, **params)
    )
    return stand_in


def counts(mailing: Mailing) -> dict[str, int]:
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    assert progress.balances, progress
    return {name: count for name, count in progress.counts.items() if count}


def refused_connection() -> Exception:
    cause = urllib3.exceptions.NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", cause))  # type: ignore[arg-type]


def reset_connection() -> Exception:
    return requests.ConnectionError(
        urllib3.exceptions.ProtocolError("aborted", ConnectionResetError(104, "reset"))
    )


def test_one_call_carries_everybody_of_a_version(desk: Desk, mailgun: Mailgun, worker: Worker) -> None:
    readers = desk.readers(3)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 3}
    assert len(mailgun.bodies) == 1
    variables = json.loads(mailgun.bodies[0]["recipient-variables"][0])
    assert set(variables) == {reader.email for reader in readers}


@pytest.mark.parametrize(
    "answer", [429, refused_connection(), requests.ConnectTimeout()], ids=["429", "refused", "timeout"]
)
def test_when_nothing_was_accepted_it_is_tried_again_later(
    desk: Desk, mailgun: Mailgun, worker: Worker, answer: Any
) -> None:
    desk.readers(3)
    mailgun.answers = [answer]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"waiting": 3}
    batch = Batch.objects.get()
    assert batch.state == Batch.State.DEFERRED
    assert batch.not_before > timezone.now() + timedelta(seconds=25)
    work(batch.pk)
    assert len(mailgun.bodies) == 1, "not before its time"
    Batch.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    work(batch.pk)
    assert counts(mailing) == {"accepted": 3}


def test_retry_after_is_obeyed(desk: Desk, mailgun: Mailgun, worker: Worker) -> None:
    desk.readers(1)
    mailgun.answers = [429]
    desk.launch()
    worker()
    pause = Batch.objects.get().not_before - timezone.now()
    assert timedelta(seconds=110) < pause <= timedelta(seconds=120)


@pytest.mark.parametrize(
    "answer",
    [500, 503, requests.ReadTimeout(), reset_connection()],
    ids=["500", "503", "read timeout", "reset"],
)
def test_when_nobody_knows_it_is_never_tried_again_by_itself(
    desk: Desk, mailgun: Mailgun, worker: Worker, answer: Any
) -> None:
    desk.readers(3)
    mailgun.answers = [answer]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"unknown": 3}
    Batch.objects.update(updated_at=timezone.now() - PARK_AFTER - timedelta(seconds=1))
    sweep()
    worker()
    assert counts(mailing) == {"parked": 3}
    assert len(mailgun.bodies) == 1
    assert decide(Batch.objects.get(), count_as_sent=False)
    worker()
    assert counts(mailing) == {"accepted": 3}


def test_a_call_the_service_turns_down_is_rejected_with_its_words(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    desk.readers(2)
    mailgun.answers = [400]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"rejected": 2}
    assert "400" in Batch.objects.get().fault


def test_a_wrong_key_pauses_the_mailing_instead_of_burning_the_list(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    from newsletter.sending.launching import resume

    desk.readers(2)
    mailgun.answers = [401]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"waiting": 2}
    assert mailing.state == Mailing.State.PAUSED
    assert resume(mailing)
    worker()
    assert counts(mailing) == {"accepted": 2}


def test_a_worker_that_died_before_the_call_loses_nothing(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    from newsletter.sending.preparing import prepare
    from newsletter.sending.submitting import claim

    desk.readers(2)
    mailing = desk.launch()
    prepare(mailing.pk)
    assert claim(Batch.objects.get().pk) is not None
    assert claim(Batch.objects.get().pk) is None, "one worker at a time"
    worker()
    assert counts(mailing) == {"waiting": 2}
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    sweep()
    worker()
    assert counts(mailing) == {"accepted": 2}
    assert len(mailgun.bodies) == 1


def test_a_worker_that_died_in_the_call_leaves_the_batch_in_doubt(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    class Killed(BaseException):
        """As kill -9 does."""

    desk.readers(2)
    mailgun.answers = [Killed()]  # type: ignore[list-item]
    mailing = desk.launch()

    def die(_session: Any, **_params: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "request", die)
        worker()
    assert counts(mailing) == {"in_flight": 2}
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    worker()
    assert counts(mailing) == {"unknown": 2}
    assert mailgun.bodies == []


def test_a_late_answer_still_counts(desk: Desk, mailgun: Mailgun) -> None:
    """The lease ran out while the service was thinking; the sweep doubted the batch; then the answer came."""
    from newsletter.sending.preparing import prepare

    desk.readers(2)
    mailing = desk.launch()
    prepare(mailing.pk)
    answer = mailgun.request

    def slow(session: Any, **params: Any) -> requests.Response:
        Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweep()
        assert counts(mailing) == {"unknown": 2}
        return answer(session, **params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "request", lambda session, **params: slow(session, **params))
        work(Batch.objects.get().pk)
    assert counts(mailing) == {"accepted": 2}


def test_what_is_in_doubt_on_a_cancelled_mailing_is_never_sent_again(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    from newsletter.sending.launching import cancel

    desk.readers(2)
    mailing = desk.launch()
    mailgun.answers = [500]
    worker()
    Mailing.objects.update(state=Mailing.State.PAUSED)
    assert cancel(mailing)
    assert decide(Batch.objects.get(), count_as_sent=False)
    worker()
    assert counts(mailing) == {"skipped": 2}
    assert len(mailgun.bodies) == 1


def test_what_a_busy_service_put_off_is_left_out_when_the_mailing_is_cancelled_meanwhile(
    desk: Desk, mailgun: Mailgun
) -> None:
    from newsletter.sending.launching import cancel
    from newsletter.sending.preparing import prepare

    desk.readers(2)
    mailing = desk.launch()
    prepare(mailing.pk)
    mailgun.answers = [429]
    answer = mailgun.request

    def cancelled_meanwhile(session: Any, **params: Any) -> requests.Response:
        assert cancel(mailing)
        return answer(session, **params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            requests.Session, "request", lambda session, **params: cancelled_meanwhile(session, **params)
        )
        work(Batch.objects.get().pk)
    assert counts(mailing) == {"skipped": 2}


def test_nothing_is_sent_again_while_another_sending_of_the_edition_is_on_its_way(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    desk.readers(2, language="es")
    desk.readers(1)
    mailgun.answers = [500]
    first = desk.launch(segments=[desk.spanish])
    worker()
    desk.launch()
    with pytest.raises(DecisionRefused, match="on its way"):
        decide(first.batches.get(), count_as_sent=False)
    assert counts(first) == {"unknown": 2}
