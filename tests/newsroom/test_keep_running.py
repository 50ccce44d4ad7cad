import signal
import subprocess
import sys
from contextlib import AbstractContextManager

from newsroom.keep_running import LONGEST_PAUSE, RAN_WELL, Keeper
from tests.workers import line_from, talking

# Says its process id, then lives until a signal comes; on SIGTERM it says so and ends in good order. Written past Python's buffer,
# which refuses a signal's words while it is still at those before.
WORKER = """
import os, signal, sys
def end(number, frame):
    os.write(1, b"told to end\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
os.write(1, b"%d\\n" % os.getpid())
while True:
    signal.pause()
"""


class Impatient(Keeper):
    """Notes the pauses instead of keeping them, and ends after the given number."""

    def __init__(self, *command: str, pauses: int, seconds_a_run: float = 0) -> None:
        self.lines: list[str] = []
        self.pauses: list[float] = []
        self.time = 0.0
        self.seconds_a_run = seconds_a_run
        self.wanted = pauses
        super().__init__(command, say=self.lines.append, clock=self.tick)

    def tick(self) -> float:
        self.time += self.seconds_a_run
        return self.time

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) == self.wanted:
            self.end(signal.SIGTERM)


def kept(*command: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return talking("-m", "newsroom.keep_running", *command)


def test_a_command_that_keeps_failing_starts_again_after_growing_pauses() -> None:
    keeper = Impatient("false", pauses=7)
    assert keeper.run() == 0
    assert keeper.pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]


def test_one_line_says_why_it_starts_again() -> None:
    keeper = Impatient("sh", "-c", "exit 3", pauses=1)
    keeper.run()
    assert keeper.lines == ["sh ended with exit code 3; it starts again in 1 s"]


def test_a_command_that_was_killed_is_named_with_its_signal() -> None:
    keeper = Impatient("sh", "-c", "kill -9 $$", pauses=1)
    keeper.run()
    assert keeper.lines == ["sh was killed by SIGKILL; it starts again in 1 s"]


def test_a_command_that_ended_in_good_order_starts_again_too() -> None:
    keeper = Impatient("true", pauses=2)
    keeper.run()
    assert len(keeper.lines) == 2


def test_after_a_good_run_the_pause_is_short_again() -> None:
    keeper = Impatient("true", pauses=3, seconds_a_run=RAN_WELL)
    keeper.run()
    assert keeper.pauses == [1, 1, 1]


def test_a_command_that_does_not_exist_is_said_and_tried_again() -> None:
    keeper = Impatient("no-such-command", pauses=1)
    keeper.run()
    assert "does not start" in keeper.lines[0]


def test_without_a_command_it_says_what_it_needs() -> None:
    ended = subprocess.run([sys.executable, "-m", "newsroom.keep_running"], capture_output=True, text=True)
    assert ended.returncode == 2
    assert "which command?" in ended.stderr


def test_a_killed_worker_is_replaced_and_the_end_of_all_ends_the_new_one_in_good_order() -> None:
    with kept(sys.executable, "-c", WORKER) as wrapper:
        first = int(line_from(wrapper))
        subprocess.run(["kill", "-9", str(first)], check=True)
        second = int(line_from(wrapper))
        assert second != first
        wrapper.send_signal(signal.SIGTERM)
        assert line_from(wrapper) == "told to end"
        assert wrapper.wait() == 0


def test_the_worker_hears_of_the_end_once_even_when_the_whole_group_is_told() -> None:
    """honcho signals process groups; a second SIGTERM makes db_worker break off its task."""
    with kept(sys.executable, "-c", WORKER) as wrapper:
        line_from(wrapper)
        subprocess.run(["kill", "-TERM", "--", f"-{wrapper.pid}"], check=True)
        out, _ = wrapper.communicate()
        assert out.splitlines() == ["told to end"]
        assert wrapper.returncode == 0


def test_the_end_interrupts_a_pause() -> None:
    with kept("false") as wrapper:
        assert wrapper.stderr is not None
        wrapper.stderr.readline()
        wrapper.send_signal(signal.SIGINT)
        assert wrapper.wait(timeout=FAR_BELOW_THE_PAUSE) == 0


FAR_BELOW_THE_PAUSE = 10
