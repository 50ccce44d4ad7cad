"""A newsroom of the bench's own: database, stand-in for the mail service, edition; and one mailing after another."""

import importlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.sending.processes import Process, a_worker, answer_of, looks_into_the_queue, wait_until
from tests.chaos.books import calls
from tests.chaos.plan import Plan
from tests.chaos.stand_ins import StandInProcess, esp, smtp_sink

if TYPE_CHECKING:
    from newsletter.editions.models import EditionPage
    from newsletter.sending.models import Mailing

LONGEST_MAILING = 300.0  # seconds
LOOK_EVERY = 0.05
# The bench launches the mailing itself, and holds the factories and the comparison of the books besides.
NOT_OURS = {"bench", "stand-in", "database"}


@dataclass(frozen=True)
class Sending:
    """One mailing, measured. `seconds`: from the call of launch() to the last message the stand-in accepted."""

    mailing_id: int
    people: int
    calls: int
    seconds: float
    workers: int
    peaks: dict[str, float]
    wrong: list[str]

    @property
    def rate(self) -> float:
        return self.people / self.seconds

    @property
    def peak_mb(self) -> float:
        """Of the newsroom's own processes."""
        return max(mb for name, mb in self.peaks.items() if name not in NOT_OURS)


@dataclass
class House:
    database: str
    service: StandInProcess
    environment: dict[str, str]
    edition: "EditionPage"
    server: Any = None
    stack: ExitStack = field(default_factory=ExitStack)
    workers: list[Process] = field(default_factory=list)

    def grow_list(self, people: int) -> None:
        from tests.benchmarks.sending.contents import fill_list

        fill_list(self.edition.newsletter, people)

    def hire(self, count: int) -> None:
        """More workers, until there are so many. From their start to their first look into the queue is not measured."""
        while len(self.workers) < count:
            worker = a_worker(len(self.workers) + 1, environment=self.environment)
            self.workers.append(self.stack.enter_context(worker))
        for process in self.workers:
            wait_until(partial(looks_into_the_queue, process.pid))

    def send(self, people: int, *, seconds: float = LONGEST_MAILING) -> Sending:
        """To everybody, who must be so many. Raises TimeoutError when it is not sent after so many seconds."""
        from newsletter.sending.launching import launch
        from newsletter.sending.models import Mailing

        read_from = self.service.log.stat().st_size if self.service.log.exists() else 0
        began = time.time()
        mailing = launch(edition=self.edition, everyone=True)
        ours = Mailing.objects.filter(pk=mailing.pk)
        wait_until(lambda: ours.get().state == Mailing.State.SENT, seconds=seconds, pause=LOOK_EVERY)
        peaks = self.peaks()
        mailing.refresh_from_db()
        books = list(calls(self.service.log, start=read_from))
        return Sending(
            mailing_id=mailing.pk,
            people=people,
            calls=len(books),
            seconds=max(call.at for call in books) - began,
            workers=len(self.workers),
            peaks=peaks,
            wrong=list(faults(mailing, books, people=people)),
        )

    def floor(self, sending: Sending, *, lines: int = 1) -> float:
        """Recipients per second of the plainest client, with the same bytes, over so many connections."""
        answer = answer_of(
            "tests.benchmarks.sending.floors",
            *("--mailing", sending.mailing_id, "--calls", sending.calls, "--lines", lines),
            environment=self.environment,
        )
        rate: float = answer["recipients"] / answer["seconds"]
        return rate

    def forget(self) -> None:
        from tests.benchmarks.sending.contents import forget_mailings

        forget_mailings()

    def peaks(self) -> dict[str, float]:
        """Peak memory by process, MB."""
        others = [Process("bench", os.getpid()), Process("stand-in", self.service.process.pid)]
        if self.server is not None:
            others.append(Process("database", self.server.server.get_pid()))
        return {process.name: process.peak_mb() for process in [*self.workers, *others]}


def faults(mailing: "Mailing", books: list[Any], *, people: int) -> Iterator[str]:
    """In words, where the stand-in's books and ours differ."""
    from newsletter.sending.audit import broken_invariants
    from newsletter.sending.models import Delivery

    if mailing.audience != people:
        yield f"the audience is {mailing.audience}, not {people}"
    ours = Delivery.objects.filter(mailing=mailing, outcome="")
    accepted = [one for call in books for one in call.accepted]
    if accepted and accepted[0].delivery:
        expected = {str(pk) for pk in ours.values_list("pk", flat=True).iterator()}
        times = Counter(one.delivery for one in accepted)
    else:
        expected = set(ours.values_list("address", flat=True).iterator())
        times = Counter(one.address for one in accepted)
    if twice := sum(count > 1 for count in times.values()):
        yield f"{twice} people had it more than once"
    if missing := len(expected - times.keys()):
        yield f"{missing} people never had it"
    if strangers := len(times.keys() - expected):
        yield f"{strangers} messages went to nobody of the audience"
    yield from broken_invariants(mailing)


@contextmanager
def a_house(*, database: str, service: str, latency: float = 0.0) -> Iterator[House]:
    """Sets everything up in this process, which can do it once. All is gone when the context ends."""
    # Before the settings: nothing of this machine's newsroom is read or written.
    from tests import environment

    folder = Path(tempfile.mkdtemp(prefix="newsroom-bench-"))
    # PostgreSQL may run as somebody else.
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            stand_in = smtp_sink if service == "smtp" else esp
            running = stack.enter_context(stand_in(log=folder / "accepted.jsonl", plan=Plan(latency=latency)))
            settings = running.environment(service)
            os.environ.update(settings)
            server = None
            if database == "postgres":
                from tests.chaos.database import postgres

                server = stack.enter_context(postgres(folder))
            importlib.import_module("tests.chaos.loaded")
            yield _furnished(database, running, server=server, stack=stack)
    finally:
        environment.remove_files()
        shutil.rmtree(folder, ignore_errors=True)


def _furnished(database: str, service: StandInProcess, *, server: Any, stack: ExitStack) -> House:
    from django.db import connection
    from django_tasks_db.models import DBTaskResult

    from tests import databases
    from tests.benchmarks.sending.contents import an_edition
    from tests.workers import database_url

    databases.prepare()
    stack.callback(connection.close)
    edition = an_edition()
    # Wagtail's jobs for the new pages are not what is measured.
    DBTaskResult.objects.all().delete()
    return House(
        database=database,
        service=service,
        environment={"DATABASE_URL": database_url()},
        edition=edition,
        server=server,
        stack=stack,
    )
