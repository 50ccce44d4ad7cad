"""A batch ESP that fails in every way it can: nobody is lost, nobody gets it twice, and the sums balance."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
import urllib3
from anymail.exceptions import AnymailRequestsAPIError
from django.utils import timezone

from newsletter.sending.audit import broken_invariants
from newsletter.sending.deciding import DecisionRefused, decide, decide_all
from newsletter.sending.halting import DOUBTFUL_IN_A_ROW, NOTHING_IS_KNOWN
from newsletter.sending.launching import resume
from newsletter.sending.models import Batch, Mailing, Sender
from newsletter.sending.outcomes import result_of_error
from newsletter.sending.submitting import work
from newsletter.sending.sweep import sweep
from newsletter.sending.timing import PARK_AFTER
from tests.sending.backends import Mailgun
from tests.sending.conftest import Desk, counts, small_batches

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


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
    Sender.objects.update(held_until=None)
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


def test_one_bad_address_does_not_spoil_the_call_for_the_others(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    readers = desk.readers(9)
    mailgun.unwanted = {"en-person-5@readers.example"}
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 8, "rejected": 1}
    assert mailing.state == Mailing.State.SENT
    assert sorted(mailgun.accepted) == sorted({reader.email for reader in readers} - mailgun.unwanted)
    rejected = mailing.batches.get(state=Batch.State.REJECTED)
    assert mailing.deliveries.get(pk=rejected.first_delivery).address == "en-person-5@readers.example"
    assert "not a valid address" in rejected.fault
    assert broken_invariants(mailing) == []


def test_a_service_that_turns_down_everything_halts_the_mailing(
    desk: Desk, mailgun: Mailgun, worker: Worker
) -> None:
    readers = desk.readers(64)
    mailgun.unwanted = {reader.email for reader in readers}
    mailing = desk.launch()
    worker()
    tally = counts(mailing)
    assert mailing.state == Mailing.State.PAUSED
    assert "Too many people were rejected" in mailing.fault
    assert tally["rejected"] + tally["waiting"] == 64
    assert tally["rejected"] <= 21
    assert len(mailgun.bodies) <= 2 * 64
    assert broken_invariants(mailing) == []


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
    from newsletter.sending.claiming import claim
    from newsletter.sending.preparing import prepare

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


def test_a_service_that_never_says_what_became_of_a_call_halts_the_mailing(
    desk: Desk, mailgun: Mailgun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going on would put the whole list in doubt."""
    small_batches(monkeypatch, 2)
    desk.readers(20)
    mailgun.answers = [503] * DOUBTFUL_IN_A_ROW
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"unknown": 2 * DOUBTFUL_IN_A_ROW, "waiting": 20 - 2 * DOUBTFUL_IN_A_ROW}
    assert mailing.state == Mailing.State.PAUSED
    assert mailing.fault == NOTHING_IS_KNOWN
    with desk.committed():
        resume(mailing)
    worker()
    assert counts(mailing) == {"unknown": 2 * DOUBTFUL_IN_A_ROW, "accepted": 20 - 2 * DOUBTFUL_IN_A_ROW}


def test_a_lost_answer_now_and_then_halts_nothing(
    desk: Desk, mailgun: Mailgun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 1)
    desk.readers(20)
    mailgun.answers = [503, 503, 503, 503, 200] * 4
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"unknown": 16, "accepted": 4}
    assert mailing.state == Mailing.State.SENT


@pytest.mark.parametrize("again", [True, False])
def test_a_person_decides_about_everything_in_doubt_at_once(
    desk: Desk, mailgun: Mailgun, worker: Worker, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    small_batches(monkeypatch, 1)
    desk.readers(4)
    mailgun.answers = [503, 503, 200, 503]
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"unknown": 3, "accepted": 1}
    with desk.committed():
        assert decide_all(mailing, count_as_sent=not again) == 3
    assert decide_all(mailing, count_as_sent=not again) == 0
    worker()
    assert counts(mailing) == {"accepted": 4}
    assert len(mailgun.accepted) == (4 if again else 1)


def test_a_first_call_that_is_called_a_repeat_is_turned_down_and_not_counted_as_sent(
    desk: Desk, settings: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL, settings.EMAIL_BACKEND = "brevo", "newsletter.sending.dialects.brevo.EmailBackend"
    settings.ANYMAIL = {"BREVO_API_KEY": "key", "BREVO_API_URL": "http://127.0.0.1:9/"}

    def request(_session: Any, **_params: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 400
        response._content = b'{"code": "duplicate_parameter", "message": "a header stands there twice"}'
        return response

    monkeypatch.setattr(requests.Session, "request", request)
    desk.readers(3)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"rejected": 3}


@pytest.mark.parametrize(
    ("written", "pause"),
    [
        ("0", timedelta(seconds=1)),
        ("-5", timedelta(seconds=1)),
        ("9" * 30, timedelta(days=1)),
        ("7", timedelta(seconds=7)),
    ],
)
def test_retry_after_is_at_least_a_second_and_at_most_a_day(written: str, pause: timedelta) -> None:
    response = requests.Response()
    response.status_code, response.headers["Retry-After"] = 429, written
    assert result_of_error(AnymailRequestsAPIError("busy", response=response)).retry_after == pause
