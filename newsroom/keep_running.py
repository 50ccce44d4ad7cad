"""`python -m newsroom.keep_running <command>`: runs a command and starts it again whenever it ends.

honcho stops everything when one process ends and restarts nothing, so each line of the Procfile stands behind
this. The command gets a process group of its own: honcho signals whole groups, and a worker that is told twice
to end breaks off its task in the middle.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# A command that ran so long was well; its next end is a new story and not the same fault again.
RAN_WELL = 60.0


class Keeper:
    """Keeps one command running until it is told to end. `run` returns the exit code for the whole."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        say: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.command = list(command)
        self.say = say or _say
        self.clock = clock
        self.child: subprocess.Popen[bytes] | None = None
        self.ending: int | None = None
        # A signal writes into the pipe; the pause between two runs is a wait for it.
        self._woken, self._wake = os.pipe()

    def end(self, signum: int, _frame: FrameType | None = None) -> None:
        """The signal handler: passes the signal on and starts nothing again."""
        self.ending = signum
        os.write(self._wake, b".")
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signum)

    def is_ending(self) -> bool:
        return self.ending is not None

    def run(self) -> int:
        pause = FIRST_PAUSE
        while not self.is_ending():
            began = self.clock()
            code = self._run_once()
            if self.is_ending():
                break
            if self.clock() - began >= RAN_WELL:
                pause = FIRST_PAUSE
            self.say(f"{self.command[0]} {ended_in_words(code)}; it starts again in {pause:.0f} s")
            self.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return 0

    def wait(self, seconds: float) -> None:
        select.select([self._woken], [], [], seconds)

    def _run_once(self) -> int:
        # Blocked while the child is born: a signal in between would find no child to pass it on to.
        previous = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        try:
            if self.is_ending():
                return 0
            self.child = subprocess.Popen(
                self.command,
                start_new_session=True,
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, previous),
            )
        except OSError as error:
            self.say(f"{self.command[0]} does not start: {error}")
            return 127
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous)
        return self.child.wait()


def ended_in_words(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _say(line: str) -> None:
    sys.stderr.write(f"keep_running: {line}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        _say("which command? python -m newsroom.keep_running <command> [argument …]")
        return 2
    keeper = Keeper(arguments)
    signal.signal(signal.SIGTERM, keeper.end)
    signal.signal(signal.SIGINT, keeper.end)
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
