"""The processes of a run: workers and clocks, started again whenever they end, as newsroom.keep_running does.

To load Django takes seconds, and they are killed often: each is forked from a process that has Django loaded and has
never had a connection to the database. What they have to say they write to a file each.
"""

import os
import resource
import signal
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from django.db import connection

from tests.chaos.clock import sweep_on
from tests.chaos.worker import work

TASKS = {"worker": work, "clock": sweep_on}


@dataclass(frozen=True)
class Job:
    """`task`: "worker" or "clock"; `batch` and `clock_ahead` as tests.chaos.shortened takes them."""

    name: str
    task: str
    database: str
    log: Path
    batch: int
    clock_ahead: float = 0.0


class Source:
    """The process the others are forked from. Made while this one has Django loaded, and no thread and no connection."""

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        self.pid = os.fork()
        if not self.pid:
            self._pipe.close()
            _serve(theirs)
            os._exit(0)
        theirs.close()

    def start(self, job: Job) -> int:
        """Returns the new process's id."""
        self._pipe.send(job)
        pid: int = self._pipe.recv()
        return pid

    def ended(self) -> set[int]:
        """Ids of those that ended since the last question."""
        self._pipe.send(None)
        ended: set[int] = self._pipe.recv()
        return ended

    def close(self) -> None:
        """Kills all of them."""
        self._pipe.close()
        os.waitpid(self.pid, 0)


def _serve(pipe: Connection) -> None:
    children: set[int] = set()
    with suppress(EOFError):
        while True:
            job = pipe.recv()
            if job is None:
                ended = {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
                children -= ended
                pipe.send(ended)
                continue
            pid = os.fork()
            if not pid:
                pipe.close()
                _run(job)
            children.add(pid)
            pipe.send(pid)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _run(job: Job) -> None:
    """In the new process; does not come back."""
    try:
        file = os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for stream in (1, 2):
            os.dup2(file, stream)
        connection.settings_dict["NAME"] = job.database
        TASKS[job.task](batch=job.batch, clock_ahead=job.clock_ahead)
    except SystemExit:
        pass
    except BaseException:
        with suppress(OSError):
            traceback.print_exc()
    finally:
        os._exit(0)


@dataclass
class Member:
    """One place in the crew. `leaves`: when its process ends, it is not started again."""

    job: Job
    pid: int
    leaves: bool = False
    stopped: bool = False


@dataclass
class Crew:
    source: Source
    folder: Path
    batch: int
    database: str
    members: list[Member] = field(default_factory=list)
    disk_is_full: bool = False

    def hire(self, name: str, task: str, *, clock_ahead: float = 0.0) -> Member:
        job = Job(name, task, self.database, self.folder / f"{name}.log", self.batch, clock_ahead)
        member = Member(job, self._start(job))
        self.members.append(member)
        return member

    def _start(self, job: Job) -> int:
        pid = self.source.start(job)
        if self.disk_is_full:
            _limit(pid, 0)
        return pid

    def restart_the_dead(self) -> None:
        ended = self.source.ended()
        self.members = [member for member in self.members if member.pid not in ended or not member.leaves]
        for member in self.members:
            if member.pid in ended:
                member.pid, member.stopped = self._start(member.job), False

    def awake(self, task: str) -> list[Member]:
        return [member for member in self.members if member.job.task == task and not member.stopped]

    def signal(self, member: Member, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(member.pid, number)
            member.stopped = number == signal.SIGSTOP

    def fill_the_disk(self, full: bool) -> None:
        """While it is full, no process of the crew can write to any file: SQLite gets an error for each write."""
        self.disk_is_full = full
        for member in self.members:
            _limit(member.pid, 0 if full else resource.RLIM_INFINITY)


def _limit(pid: int, size: int) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
