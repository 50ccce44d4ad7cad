import logging
import signal
import subprocess
import sys
from threading import Event

import pytest

from newsroom import clock
from newsroom.clock import DAY, Job


class Hours(Event):
    """Time that passes only while the clock waits, until the given second."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self.time = 0.0
        self.until = until
        self.let_go_at: list[float] = []

    def now(self) -> float:
        return self.time

    def let_go(self) -> None:
        self.let_go_at.append(self.time)

    def wait(self, timeout: float | None = None) -> bool:
        self.time += timeout or 0
        if self.time >= self.until:
            self.set()
        return self.is_set()


def run_until(second: float, *jobs: Job) -> Hours:
    hours = Hours(second)
    clock.run(jobs, stop=hours, now=hours.now, before_a_pause=hours.let_go)
    return hours


def test_each_job_runs_at_the_start_and_then_at_its_own_pace() -> None:
    ran: list[str] = []
    run_until(
        100,
        Job("often", 30, lambda: ran.append("often")),
        Job("seldom", 60, lambda: ran.append("seldom")),
    )
    assert sorted(ran[:2]) == ["often", "seldom"]
    assert ran.count("often") == 4
    assert ran.count("seldom") == 2


def test_a_job_that_fails_is_logged_and_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []

    def fail() -> None:
        raise ValueError("the hub is away")

    with caplog.at_level(logging.ERROR):
        run_until(61, Job("failing", 30, fail), Job("sound", 30, lambda: ran.append("sound")))
    assert len(ran) == 3
    assert caplog.text.count("failing: failed") == 3
    assert "the hub is away" in caplog.text


def test_nothing_runs_after_the_end_was_called() -> None:
    stop = Event()
    ran: list[str] = []
    jobs = [Job("last", 0, lambda: (ran.append("last"), stop.set()))]
    clock.run(jobs, stop=stop, before_a_pause=lambda: ran.append("connections closed"))
    assert ran == ["last", "connections closed"]


def test_no_connection_is_held_through_a_pause() -> None:
    assert run_until(60, Job("often", 30, lambda: None)).let_go_at == [0, 30, 60]


def test_the_newsrooms_own_jobs_are_due_as_often_as_promised() -> None:
    assert {job.name: job.every for job in clock.jobs()} == {
        "publish scheduled pages": 60,
        "put right what dead workers left": 30,
        "start due mailings": 30,
        "read the bounce mailbox": 300,
        "forget sign-ups that nobody confirmed": DAY,
        "forget old counts of requests": 3600,
        "look after imports": 60,
        "forget imported files": DAY,
        "forget finished tasks": DAY,
        "forget expired sessions": DAY,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("job", clock.jobs(), ids=lambda job: job.name)
def test_every_job_runs_in_an_empty_newsroom(job: Job) -> None:
    job.function()


def test_the_command_ends_in_good_order_when_told_to() -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "clock"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("The clock runs: publish scheduled pages every 60 s")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate()
    assert out == "The clock has stopped.\n"
    assert process.returncode == 0
