"""What befalls the processes and the database of a run, and when: after so many calls to the stand-in."""

import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from django.db import OperationalError
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from newsletter.sending.launching import pause, resume
from newsletter.sending.models import Mailing
from tests.chaos.crew import Crew
from tests.chaos.database import Postgres, somebody_writes
from tests.chaos.shortened import LOCK_TIMEOUT, SPANS

# Long enough for the lease to run out and for both clocks to notice.
PAST_THE_LEASE = SPANS["LEASE"] * 1.5
# As far as a lease and everything that hangs on it, and further.
JUMP = SPANS["LEASE"] * 1.5

WORDS = {
    "kill": "kill -9 of a worker",
    "kill_clock": "kill -9 of a clock",
    "term": "SIGTERM to a worker",
    "stop": "SIGSTOP of a worker past its lease, then SIGCONT",
    "clock_ahead": "a worker and a clock whose time is ahead",
    "clock_behind": "a worker and a clock whose time is behind",
    "lost_wakeups": "wake-ups vanish from the queue, as from a Redis that restarts",
    "pause": "the mailing is paused and resumed",
    "crash": "PostgreSQL crashes and comes back",
    "restart": "PostgreSQL restarts and closes every connection",
    "locked": "SQLite is locked by another writer for longer than a worker waits",
    "disk_full": "SQLite's disk takes nothing more for a while",
}
EVERYWHERE = ("kill", "kill_clock", "term", "stop", "clock_ahead", "clock_behind", "lost_wakeups", "pause")
ON = {"postgres": ("crash", "restart"), "sqlite": ("locked", "disk_full")}


@dataclass(frozen=True)
class Prank:
    name: str
    after_calls: int


def pranks(database: str, *, rng: random.Random, calls: int, rounds: int) -> list[Prank]:
    """Each that the database knows, `rounds` times and kills twice as often, spread over so many calls."""
    names = [*EVERYWHERE, *ON[database], "kill"] * rounds
    rng.shuffle(names)
    moments = sorted(rng.randrange(1, max(int(calls * 0.6), 2)) for _ in names)
    return [Prank(name, moment) for name, moment in zip(names, moments, strict=True)]


@dataclass
class Mischief:
    crew: Crew
    mailing: Mailing
    plan: list[Prank]
    rng: random.Random
    server: Postgres | None = None
    done: Counter[str] = field(default_factory=Counter)
    # What has to be undone, and when (monotonic).
    _undo: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def tick(self, calls: int) -> None:
        """Undoes what has lasted long enough, and does what is due after so many calls; one at a time."""
        for moment, undo in list(self._undo):
            if moment <= time.monotonic() and self._is_done(undo):
                self._undo.remove((moment, undo))
        for prank in self.plan:
            if prank.after_calls <= calls and self._is_done(getattr(self, f"_{prank.name}")):
                self.done[prank.name] += 1
                self.plan.remove(prank)
                return

    def end(self) -> None:
        """Undoes everything."""
        for _moment, undo in self._undo:
            undo()
        self._undo.clear()

    @property
    def goes_on(self) -> bool:
        """Something is broken that will be mended."""
        return bool(self._undo)

    def _is_done(self, what: Callable[[], object]) -> bool:
        """False: the database cannot be reached just now, or nobody is there to suffer it. Tried again."""
        try:
            return what() is not False
        except (OperationalError, sqlite3.OperationalError):
            return False

    def _later(self, seconds: float, undo: Callable[[], object]) -> None:
        self._undo.append((time.monotonic() + seconds, undo))

    def _some_worker(self, number: signal.Signals) -> bool:
        workers = self.crew.awake("worker")
        if workers:
            self.crew.signal(self.rng.choice(workers), number)
        return bool(workers)

    # --- Each prank: False when it could not be played ------------------------------------------------

    def _kill(self) -> bool:
        return self._some_worker(signal.SIGKILL)

    def _term(self) -> bool:
        return self._some_worker(signal.SIGTERM)

    def _kill_clock(self) -> None:
        self.crew.signal(self.rng.choice(self.crew.awake("clock")), signal.SIGKILL)

    def _stop(self) -> bool:
        workers = self.crew.awake("worker")
        if len(workers) < 2:
            return False
        victim = self.rng.choice(workers)
        self.crew.signal(victim, signal.SIGSTOP)
        self._later(PAST_THE_LEASE, lambda: self.crew.signal(victim, signal.SIGCONT))
        return True

    def _clock_ahead(self) -> None:
        self._guests(JUMP)

    def _clock_behind(self) -> None:
        self._guests(-JUMP)

    def _guests(self, clock_ahead: float) -> None:
        guests = [
            self.crew.hire(f"{task}-{clock_ahead:+.0f}s", task, clock_ahead=clock_ahead)
            for task in ("worker", "clock")
        ]

        def leave() -> None:
            for guest in guests:
                guest.leaves = True
                self.crew.signal(guest, signal.SIGTERM)

        self._later(SPANS["LEASE"], leave)

    def _lost_wakeups(self) -> bool:
        waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
        some = list(waiting.values_list("pk", flat=True)[:5])
        return bool(DBTaskResult.objects.filter(pk__in=some, status=TaskResultStatus.READY).delete()[0])

    def _pause(self) -> bool:
        def go_on() -> None:
            # It says False where somebody has resumed it before.
            resume(self.mailing)

        paused = pause(self.mailing)
        if paused:
            self._later(0.3, go_on)
        return paused

    def _crash(self) -> None:
        assert self.server is not None
        self.server.restart("immediate")

    def _restart(self) -> None:
        assert self.server is not None
        self.server.restart("fast")

    def _locked(self) -> None:
        lock = somebody_writes(self.crew.database)
        lock.__enter__()
        self._later(LOCK_TIMEOUT * 1.5, lambda: _leave(lock))

    def _disk_full(self) -> None:
        self.crew.fill_the_disk(True)
        self._later(1.5, lambda: self.crew.fill_the_disk(False))


def _leave(context: AbstractContextManager[None]) -> None:
    context.__exit__(None, None, None)


def named(faults: Counter[str]) -> Iterator[str]:
    for name, count in sorted(faults.items()):
        yield f"{name} {count}×" if count > 1 else name
