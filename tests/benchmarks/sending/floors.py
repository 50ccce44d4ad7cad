"""What the sending of a mailing would cost at least: its finished bytes, put on the wire by the plainest client.

    python -m tests.benchmarks.sending.floors --mailing 1 --calls 103 --lines 1

A process of its own, in a newsroom whose mailing was sent: builds the calls (by SMTP: the messages) of some of its
batches as the newsroom does, then sends them again over kept connections, without Django, database or queue, and
prints {"recipients": …, "seconds": …, "call_bytes": …}. Further calls repeat those that were built.
"""

import argparse
import importlib
import json
import multiprocessing
import smtplib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import requests
import urllib3

BUILT = 100
DOMAIN = "readers.internal"


@dataclass(frozen=True)
class Call:
    url: str
    body: bytes
    headers: dict[str, str]
    recipients: int


def built_calls(mailing_id: int, count: int) -> list[Call]:
    """Of the first `count` batches, through our backend's payload."""
    from newsletter.sending.dialects import configured_dialect
    from newsletter.sending.messages import Envelope, batch_message
    from newsletter.sending.models import Batch
    from newsletter.sending.recipients import recipients_of
    from newsletter.sending.transport import line

    backend: Any = line().backend
    dialect = configured_dialect()
    assert dialect is not None
    calls = []
    batches = Batch.objects.filter(mailing=mailing_id).select_related("mailing__newsletter", "variant")
    for batch in batches.order_by("pk")[:count]:
        recipients, _departed = recipients_of(batch)
        message = batch_message(
            Envelope.of(batch.mailing, batch.variant),
            recipients=recipients,
            dialect=dialect,
            connection=backend,
        )
        payload = backend.build_message_payload(message, backend.send_defaults)
        prepared = requests.Request(**payload.get_request_params(backend.api_url)).prepare()
        assert prepared.url is not None
        assert isinstance(prepared.body, bytes)
        calls.append(Call(prepared.url, prepared.body, dict(prepared.headers), len(recipients)))
    return calls


def built_messages(mailing_id: int, count: int) -> list[bytes]:
    """Of the first recipients, as our SMTP backend writes them."""
    from newsletter.sending.letters import Letter
    from newsletter.sending.messages import Envelope, single_message
    from newsletter.sending.models import Batch
    from newsletter.sending.recipients import recipients_of
    from newsletter.sending.transport import line

    messages: list[bytes] = []
    for batch in Batch.objects.filter(mailing=mailing_id).select_related("mailing__newsletter", "variant"):
        envelope = Envelope.of(batch.mailing, batch.variant)
        for recipient in recipients_of(batch)[0]:
            message = single_message(envelope, recipient=recipient, connection=line().backend)
            assert isinstance(message, Letter)
            messages.append(message.as_bytes())
            if len(messages) == count:
                return messages
    return messages


def post(calls: Sequence[Call]) -> Callable[[], None]:
    """One after the other over one connection, opened already."""
    address = urllib3.util.parse_url(calls[0].url)
    pool = urllib3.HTTPConnectionPool(str(address.host), address.port, maxsize=1)
    pool.request("GET", "/")

    def go() -> None:
        for call in calls:
            answer = pool.request("POST", call.url, body=call.body, headers=call.headers, retries=False)
            if answer.status != 200:
                raise RuntimeError(f"The stand-in answered {answer.status}.")

    return go


def hand_over(messages: Sequence[bytes], *, host: str, port: int) -> Callable[[], None]:
    def go() -> None:
        with smtplib.SMTP(host, port) as connection:
            for number, message in enumerate(messages):
                connection.sendmail("news@weft.example", [f"reader{number}@{DOMAIN}"], message)

    return go


def seconds_of(jobs: Sequence[Callable[[], None]]) -> float:
    """All at the same time, each in a forked process of its own. Raises RuntimeError when one fails."""
    from django.db import connection

    connection.close()
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=job) for job in jobs]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("The floor could not be measured.")
    return time.perf_counter() - began


def shares(items: Sequence[Any], count: int, lines: int) -> list[list[Any]]:
    """`count` of the items, beginning again at their end, dealt out to so many lines."""
    dealt = list(islice(cycle(items), count))
    return [dealt[number::lines] for number in range(lines)]


def http_floor(mailing_id: int, *, calls: int, lines: int) -> dict[str, float]:
    dealt = shares(built_calls(mailing_id, min(calls, BUILT)), calls, lines)
    every = [call for share in dealt for call in share]
    seconds = seconds_of([post(share) for share in dealt])
    size = sum(len(call.body) for call in every) / len(every)
    return {"recipients": sum(call.recipients for call in every), "seconds": seconds, "call_bytes": size}


def smtp_floor(mailing_id: int, *, calls: int, lines: int) -> dict[str, float]:
    from django.conf import settings

    dealt = shares(built_messages(mailing_id, min(calls, BUILT)), calls, lines)
    jobs = [hand_over(share, host=settings.EMAIL_HOST, port=settings.EMAIL_PORT) for share in dealt]
    seconds = seconds_of(jobs)
    size = sum(len(message) for share in dealt for message in share) / calls
    return {"recipients": calls, "seconds": seconds, "call_bytes": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mailing", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--lines", type=int, default=1)
    options = parser.parse_args()
    importlib.import_module("tests.chaos.loaded")
    from django.conf import settings

    floor = smtp_floor if settings.MAIL == "smtp" else http_floor
    sys.stdout.write(json.dumps(floor(options.mailing, calls=options.calls, lines=options.lines)))


if __name__ == "__main__":
    main()
