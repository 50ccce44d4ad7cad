"""Reports by webhook, in any order: early, late, twice. In a thread, as many reports come while workers send.

A report that was not answered with 200 is sent again, as the vendors do.
"""

import base64
import hashlib
import hmac
import json
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.test import Client

from tests.chaos.books import Accepted
from tests.chaos.stand_ins import SIGNING_KEY, WEBHOOK_SECRET, StandInProcess

# Of half of the calls nothing is heard; of the others, reports about some of the messages. So some of the doubtful
# calls are proved by a report, others by the service's record or not at all.
HEARD_OF = 0.5
# What may be heard of a message, and how often.
STORIES = [
    ((), 60),
    (("delivered",), 30),
    (("deferred", "delivered"), 8),
    (("bounced",), 1),
    (("deferred", "delivered", "bounced"), 1),
]
# The strongest of several words, whatever order they come in (newsletter.sending.events).
STRENGTH = {"deferred": 1, "delivered": 2, "bounced": 3}


@dataclass(frozen=True)
class Report:
    delivery: str
    address: str
    word: str
    at: float
    message_id: str
    token: str


class Storm(threading.Thread):
    """`delivered` of an accepted message may come before the worker has written down that it was accepted."""

    def __init__(self, service: StandInProcess, *, name: str, rng: random.Random) -> None:
        super().__init__(name="storm", daemon=True)
        self.service, self.vendor, self.rng = service, name, rng
        self.taken: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self._seen = 0
        self._waiting: list[Report] = []
        self._ending = threading.Event()
        self._client = Client(raise_request_exception=False, SERVER_NAME="localhost")

    def run(self) -> None:
        while not self._ending.is_set():
            self._look()
            if not self._waiting:
                self._ending.wait(0.05)
                continue
            self._post(self._waiting.pop(self.rng.randrange(len(self._waiting))))
        connection.close()

    def calm_down(self, *, patience: float = 20.0) -> None:
        """Posts what is left of the reports, and ends."""
        self._ending.set()
        self.join(patience)
        while self._waiting:
            self._post(self._waiting.pop())

    def _look(self) -> None:
        """Reports of what was accepted since the last look."""
        calls = self.service.calls()
        for call in calls[self._seen :]:
            if self.rng.random() < HEARD_OF:
                for one in call.accepted:
                    self._waiting += self._reports(one)
        self._seen = len(calls)

    def _reports(self, one: Accepted) -> Iterator[Report]:
        [(story, _weight)] = self.rng.choices(STORIES, [weight for _story, weight in STORIES])
        for word in story:
            token = uuid.UUID(int=self.rng.getrandbits(128)).hex
            for _time in range(self.rng.choice([1, 1, 2])):
                yield Report(one.delivery, one.address, word, one.at, one.message_id, token)

    def _post(self, report: Report) -> None:
        body = _mailgun(report) if self.vendor == "mailgun" else _postmark(report)
        status = self._client.post(
            f"/anymail/{self.vendor}/tracking/",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Basic {base64.b64encode(WEBHOOK_SECRET.encode()).decode()}"},
        ).status_code
        self.counts[str(status)] += 1
        if status != 200:
            # The connection may have died with the database's restart.
            connection.close()
            self._waiting.append(report)
            self._ending.wait(0.1)
            return
        pk = int(report.delivery)
        if STRENGTH[report.word] > STRENGTH.get(self.taken.get(pk, ""), 0):
            self.taken[pk] = report.word


def _mailgun(report: Report) -> dict[str, Any]:
    """https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks"""
    stamp = str(int(report.at))
    digest = hmac.new(SIGNING_KEY.encode(), f"{stamp}{report.token}".encode(), hashlib.sha256).hexdigest()
    event: dict[str, Any] = {
        "id": report.token[:22],
        "timestamp": report.at,
        "recipient": report.address,
        "user-variables": {"delivery": report.delivery},
        "message": {"headers": {"message-id": report.message_id.strip("<>")}},
        "event": "delivered" if report.word == "delivered" else "failed",
    }
    if report.word == "deferred":
        event |= {"severity": "temporary", "reason": "generic"}
    elif report.word == "bounced":
        event |= {"severity": "permanent", "reason": "bounce"}
    return {
        "signature": {"timestamp": stamp, "token": report.token, "signature": digest},
        "event-data": event,
    }


def _postmark(report: Report) -> dict[str, Any]:
    """https://postmarkapp.com/developer/webhooks/webhooks-overview"""
    moment = datetime.fromtimestamp(report.at, UTC).isoformat()
    event: dict[str, Any] = {"MessageID": report.message_id, "Metadata": {"delivery": report.delivery}}
    if report.word == "delivered":
        return event | {"RecordType": "Delivery", "Recipient": report.address, "DeliveredAt": moment}
    return event | {
        "RecordType": "Bounce",
        "Type": "Transient" if report.word == "deferred" else "HardBounce",
        "ID": int(report.token[:12], 16),
        "Email": report.address,
        "BouncedAt": moment,
    }
