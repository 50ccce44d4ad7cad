"""One answer to a call of several messages: some were taken, some turned down, the others are to come later."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from newsletter.sending.audit import broken_invariants
from newsletter.sending.launching import resume
from newsletter.sending.models import Batch, Mailing, Sender
from newsletter.sending.submitting import work
from tests.sending.conftest import Desk, counts

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]
REFUSED = 406


class Postmark:
    """Answers each message by its address: `codes` says with what, 0 otherwise. Keeps whom it took."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.taken: list[str] = []

    def request(self, _session: Any, **params: Any) -> requests.Response:
        answers = []
        for message in json.loads(params["data"]):
            code = self.codes.get(message["To"], 0)
            answers.append(
                {"To": message["To"], "MessageID": "1", "ErrorCode": code, "Message": f"code {code}"}
            )
            if code == 0:
                self.taken.append(message["To"])
        response = requests.Response()
        response.status_code, response._content = 200, json.dumps(answers).encode()
        return response


@pytest.fixture
def postmark(settings: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Postmark:
    settings.MAIL = "postmark"
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token", "POSTMARK_API_URL": "http://127.0.0.1:9/"}
    stand_in = Postmark()
    monkeypatch.setattr(
        requests.Session, "request", lambda session, **params: stand_in.request(session, **params)
    )
    return stand_in


def address(number: int) -> str:
    return f"en-person-{number}@readers.example"


@pytest.mark.parametrize("put_off", [[0], [9], [0, 1, 2], [3, 7], [0, 2, 4, 6, 8]])
@pytest.mark.parametrize("refused", [[], [1], [5, 9]])
def test_who_is_put_off_waits_and_gets_it_once(
    desk: Desk, postmark: Postmark, worker: Worker, put_off: list[int], refused: list[int]
) -> None:
    desk.readers(10)
    postmark.codes = {address(number): 429 for number in put_off}
    postmark.codes |= {address(number): REFUSED for number in refused}
    waiting, rejected = len(set(put_off) - set(refused)), len(refused)
    mailing = desk.launch()
    worker()
    expected = {"accepted": 10 - waiting - rejected, "waiting": waiting, "rejected": rejected}
    assert counts(mailing) == {state: people for state, people in expected.items() if people}
    assert broken_invariants(mailing) == []
    assert (Sender.objects.get().held_until is not None) == bool(waiting), "nobody else calls meanwhile"

    postmark.codes = {to: code for to, code in postmark.codes.items() if code == REFUSED}
    Sender.objects.update(held_until=None)
    Batch.objects.filter(state=Batch.State.DEFERRED).update(not_before=timezone.now() - timedelta(seconds=1))
    for pk in Batch.objects.filter(state=Batch.State.DEFERRED).values_list("pk", flat=True):
        work(pk)
    assert sorted(postmark.taken) == sorted(address(number) for number in range(10) if number not in refused)
    assert counts(mailing).get("waiting") is None
    assert broken_invariants(mailing) == []


def test_trouble_with_our_account_in_the_middle_of_a_call_halts_the_mailing_and_loses_nobody(
    desk: Desk, postmark: Postmark, worker: Worker
) -> None:
    desk.readers(4)
    postmark.codes = {address(number): 405 for number in (2, 3)}
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 2, "waiting": 2}
    assert mailing.state == Mailing.State.PAUSED
    assert "code 405" in mailing.fault
    postmark.codes = {}
    with desk.committed():
        resume(mailing)
    worker()
    assert counts(mailing) == {"accepted": 4}
    assert sorted(postmark.taken) == [address(number) for number in range(4)]
