"""The mail service's own record settles what is in doubt; where it is silent, nothing is settled."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from newsletter.sending import timing
from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing
from newsletter.sending.preparing import prepare
from newsletter.sending.progress import progress_of
from newsletter.sending.reconciling import base
from newsletter.sending.reconciling.base import RecordUnavailable
from newsletter.sending.settling import prove_by_reports
from newsletter.sending.submitting import work
from newsletter.sending.sweep import sweep
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


class Record:
    """Answers the questions about what was accepted; remembers them."""

    def __init__(self) -> None:
        self.answer: Any = {"items": []}
        self.status = 200
        self.questions: list[dict[str, Any]] = []

    def get(self, url: str, **params: Any) -> Any:
        self.questions.append({"url": url, **params})
        if isinstance(self.answer, Exception):
            raise self.answer
        response = requests.Response()
        response.status_code = self.status
        body = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()

        class Raw:
            def read(self, most: int, **_options: Any) -> bytes:
                return body[:most]

            def close(self) -> None:
                pass

            release_conn = close

        response.raw = Raw()
        return response


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    stand_in = Record()
    monkeypatch.setattr(requests.Session, "get", lambda _session, url, **params: stand_in.get(url, **params))
    return stand_in


def lose_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(_session: Any, **_params: Any) -> None:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.Session, "request", lose)


@pytest.fixture
def doubtful(request: Any, desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """A batch of three whose answer was lost a minute ago."""
    settings.MAIL = request.param
    settings.EMAIL_BACKEND = f"newsletter.sending.dialects.{request.param}.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_SENDER_DOMAIN": "weft.example",
        "MAILGUN_API_URL": "http://127.0.0.1:9/v3",
        "POSTMARK_SERVER_TOKEN": "token",
        "POSTMARK_API_URL": "http://127.0.0.1:9/",
    }
    lose_the_answer(monkeypatch)
    desk.readers(3)
    mailing = desk.launch()
    prepare(mailing.pk)
    work(Batch.objects.get().pk)
    Batch.objects.update(updated_at=timezone.now() - timing.ASK_AFTER - timedelta(seconds=1))
    return Batch.objects.select_related("mailing").get()


def counts(batch: Batch) -> dict[str, int]:
    mailing = Mailing.objects.get(pk=batch.mailing_id)
    progress = progress_of(mailing)
    assert progress.balances, progress
    return {name: count for name, count in progress.counts.items() if count}


def deliveries() -> list[Delivery]:
    return list(Delivery.objects.order_by("pk"))


@pytest.mark.parametrize("doubtful", ["mailgun"], indirect=True)
def test_mailguns_event_of_one_recipient_proves_the_call(doubtful: Batch, record: Record) -> None:
    first = deliveries()[0]
    record.answer = {"items": [{"event": "accepted", "user-variables": {"delivery": str(first.pk)}}]}
    sweep()
    assert counts(doubtful) == {"accepted": 3}
    (question,) = record.questions
    assert question["url"] == "http://127.0.0.1:9/v3/weft.example/events"
    assert question["params"]["recipient"] == first.address
    assert question["params"]["begin"] < doubtful.begun_at.timestamp()  # type: ignore[union-attr]


@pytest.mark.parametrize("doubtful", ["mailgun"], indirect=True)
@pytest.mark.parametrize(
    "answer",
    [
        {"items": []},
        {"items": [{"event": "accepted", "user-variables": {"delivery": "999999"}}]},
        {"items": [{"event": "accepted"}]},
        {"unexpected": True},
        [],
        b"<html>",
        b"x" * (base.MOST_BYTES + 1),
        requests.ConnectionError("away"),
    ],
    ids=["nothing", "another mailing", "no variables", "other shape", "a list", "html", "endless", "away"],
)
def test_a_record_that_proves_nothing_settles_nothing(doubtful: Batch, record: Record, answer: Any) -> None:
    record.answer = answer
    sweep()
    assert counts(doubtful) == {"unknown": 3}


@pytest.mark.parametrize("doubtful", ["mailgun"], indirect=True)
def test_what_no_record_settles_goes_to_a_person(doubtful: Batch, record: Record) -> None:
    Batch.objects.update(updated_at=timezone.now() - timing.PARK_AFTER - timedelta(seconds=1))
    sweep()
    assert counts(doubtful) == {"parked": 3}


def messages(*found: Delivery) -> dict[str, Any]:
    return {
        "TotalCount": len(found),
        "Messages": [
            {"Recipients": [delivery.address], "Metadata": {"delivery": str(delivery.pk)}}
            for delivery in found
        ],
    }


@pytest.mark.parametrize("doubtful", ["postmark"], indirect=True)
def test_postmark_is_asked_for_the_messages_of_the_attempt(doubtful: Batch, record: Record) -> None:
    record.answer = messages(*deliveries())
    sweep()
    assert counts(doubtful) == {"accepted": 3}
    (question,) = record.questions
    assert question["params"]["metadata_batch"] == doubtful.attempt_key.hex  # type: ignore[union-attr]
    assert question["headers"]["X-Postmark-Server-Token"] == "token"


@pytest.mark.parametrize("doubtful", ["postmark"], indirect=True)
def test_a_message_that_is_still_missing_at_the_end_was_turned_down(doubtful: Batch, record: Record) -> None:
    record.answer = messages(*deliveries()[:2])
    sweep()
    assert counts(doubtful) == {"unknown": 3}, "the record may lag behind"
    Batch.objects.update(updated_at=timezone.now() - timing.PARK_AFTER - timedelta(seconds=1))
    sweep()
    assert counts(doubtful) == {"accepted": 2, "rejected": 1}


@pytest.mark.parametrize("doubtful", ["postmark"], indirect=True)
@pytest.mark.parametrize(
    "silence", [requests.ConnectionError("away"), messages()], ids=["away", "knows nothing"]
)
def test_a_record_that_is_silent_when_it_is_asked_late_is_asked_again(
    doubtful: Batch, record: Record, silence: Any
) -> None:
    first, second, third = deliveries()
    DeliveryEvent.objects.create(
        esp="Postmark", event_id="1", delivery=first, event_type="delivered", occurred_at=timezone.now()
    )
    prove_by_reports(doubtful)
    assert counts(doubtful) == {"accepted": 3}
    Batch.objects.update(updated_at=timezone.now() - timing.PARK_AFTER - timedelta(seconds=1))
    record.answer = silence
    sweep()
    assert counts(doubtful) == {"accepted": 3}
    record.answer = messages(first, third)
    sweep()
    assert counts(doubtful) == {"accepted": 2, "rejected": 1}
    second.refresh_from_db()
    assert second.outcome == Delivery.Outcome.REFUSED
    asked = len(record.questions)
    sweep()
    assert len(record.questions) == asked, "it has said what it knows"


def test_a_task_whose_worker_was_killed_is_put_back_and_done(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    mailing = desk.launch()
    DBTaskResult.objects.update(
        status=TaskResultStatus.RUNNING, started_at=timezone.now() - timing.STUCK - timedelta(seconds=1)
    )
    worker()
    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.PREPARING, "nobody looks at a task that is being done"
    sweep()
    worker()
    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.SENT
    assert progress_of(mailing).accepted == 2


def test_a_task_that_is_being_done_is_left_alone(desk: Desk) -> None:
    desk.readers(1)
    desk.launch()
    DBTaskResult.objects.update(
        status=TaskResultStatus.RUNNING, started_at=timezone.now() - timing.STUCK + timedelta(minutes=1)
    )
    sweep()
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {TaskResultStatus.RUNNING}


def test_a_record_that_drips_is_left_alone_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock asks, and has other things to do."""
    monkeypatch.setattr(base, "LONGEST", 0.5)

    def drip(caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller:
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                caller.sendall(b" ")
                threading.Event().wait(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: drip(listener.accept()[0]), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(RecordUnavailable):
            base.get_json(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert time.monotonic() - began < 5
