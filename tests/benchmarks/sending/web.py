"""Reading a story in peace, and while a mailing goes out of the same database: the slowest of a hundred requests."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.management import call_command

from newsletter.sending.launching import launch
from newsletter.sending.models import Mailing
from tests.benchmarks.sending.contents import a_story
from tests.benchmarks.sending.processes import (
    WEB,
    answer_of,
    answers,
    free_port,
    started,
    wait_until,
)

if TYPE_CHECKING:
    from tests.benchmarks.sending.house import House

SECONDS = 12.0
# Long enough to outlast both kinds of reading.
PEOPLE = 1_000_000
# Seconds between a page and the next. Readers pause; without a pause, four of them are a load test.
PAUSES = {"readers": 0.05, "load": 0.0}


def measured(house: "House") -> tuple[dict[str, Any], list[str]]:
    """({"readers": figures, "load": figures}, what is wrong). One worker sends, as `make run` starts it."""
    call_command("collectstatic", verbosity=0, interactive=False)
    house.grow_list(PEOPLE)
    house.hire(1)
    path = urlsplit(a_story().full_url).path
    with _web(house.environment) as port:
        # The first readers find empty caches and pictures nobody has made yet.
        _read(port, path, seconds=3, pause=0)
        idle = {kind: _read(port, path, pause=pause) for kind, pause in PAUSES.items()}
        mailing = launch(edition=house.edition, everyone=True)
        ours = Mailing.objects.filter(pk=mailing.pk)
        wait_until(lambda: ours.get().state == Mailing.State.SENDING)
        sending = {kind: _read(port, path, pause=pause) for kind, pause in PAUSES.items()}
        wrong = (
            [] if ours.get().state == Mailing.State.SENDING else ["The mailing was over before the reading."]
        )
    return {kind: _figures(idle[kind], sending[kind]) for kind in PAUSES}, wrong


def _figures(idle: list[float], sending: list[float]) -> dict[str, float]:
    before, meanwhile = _p99(idle), _p99(sending)
    return {
        "idle_p99_ms": round(before, 1),
        "sending_p99_ms": round(meanwhile, 1),
        "idle_median_ms": round(statistics.median(idle), 1),
        "sending_median_ms": round(statistics.median(sending), 1),
        "idle_requests": len(idle),
        "sending_requests": len(sending),
        "ratio": round(meanwhile / before, 2),
    }


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _read(port: int, path: str, *, pause: float, seconds: float = SECONDS) -> list[float]:
    """Milliseconds of each request of four readers, in a process of their own."""
    times: list[float] = answer_of(
        "tests.benchmarks.sending.visitors",
        *("--port", port, "--path", path, "--seconds", seconds, "--pause", pause),
        environment={},
    )
    return times


@contextmanager
def _web(environment: dict[str, str]) -> Iterator[int]:
    """The newsroom as the Procfile serves it. Yields its port."""
    port = free_port()
    with started("web", [*WEB, "--port", str(port)], environment):
        wait_until(lambda: answers(port))
        yield port
