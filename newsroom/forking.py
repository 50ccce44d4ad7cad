"""Keeps forks of this process running: what it has loaded, they share. `manage.py background` uses it.

docs/decisions/loaded-once.md says why.
"""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from types import FrameType
from typing import NoReturn

from newsroom.keep_running import FIRST_PAUSE, LONGEST_PAUSE, RAN_WELL, ended_in_words

TOLD_TO_END = (signal.SIGTERM, signal.SIGINT)


@dataclass
class Child:
    """A process to be kept running. `run` returns when the process has been told to end."""

    name: str
    run: Callable[[], object]
    pid: int | None = None
    began: float = 0.0
    due: float = 0.0
    pause: float = FIRST_PAUSE


class Forks:
    """Keeps its children running until it is told to end; then tells each once, and waits for all."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.children = list(children)
        self.say = say
        self.clock = clock
        self.ending = False
        # A signal writes into the one pipe; the other one's writing end is closed by nothing but this process's death.
        self._woken, self._wake = os.pipe()
        self._alive, self._life = os.pipe()

    def end(self, _number: int, _frame: FrameType | None = None) -> None:
        """The signal handler."""
        self.ending = True
        for child in self.children:
            if child.pid is not None:
                os.kill(child.pid, signal.SIGTERM)

    def run(self) -> None:
        """Returns when it was told to end and every child has ended."""
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in TOLD_TO_END:
            signal.signal(number, self.end)
        # Ignored, it would not wake the wait.
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        while not self.ending or any(child.pid is not None for child in self.children):
            for child in self.children:
                if child.pid is None and not self.ending and child.due <= self.clock():
                    self._start(child)
            self._wait()
            for child in self.children:
                self._look_after(child)

    def _wait(self) -> None:
        """Until a signal comes, or until a child is due."""
        pauses = [child.due - self.clock() for child in self.children if child.pid is None]
        ready, _, _ = select.select([self._woken], [], [], max(min(pauses), 0) if pauses else None)
        if ready:
            os.read(self._woken, 4096)

    def _look_after(self, child: Child) -> None:
        if child.pid is None:
            return
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if not pid:
            return
        child.pid = None
        if self.ending:
            return
        if self.clock() - child.began >= RAN_WELL:
            child.pause = FIRST_PAUSE
        code = os.waitstatus_to_exitcode(status)
        self.say(f"{child.name} {ended_in_words(code)}; it starts again in {child.pause:.0f} s")
        child.due = self.clock() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _start(self, child: Child) -> None:
        child.began = self.clock()
        # A signal in between would find no child to pass it on to, or end the child with the parent's handler.
        with signals_held_back():
            pid = os.fork()
            if pid:
                child.pid = pid
                return
            self._become_child()
        run_and_exit(child)

    def _become_child(self) -> None:
        """No signal that is meant for the parent, and none twice: Ctrl-C goes to whole process groups."""
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (*TOLD_TO_END, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        for end in (self._woken, self._wake, self._life):
            os.close(end)
        Thread(target=end_with_parent, args=(self._alive,), name="end with parent", daemon=True).start()


@contextmanager
def signals_held_back() -> Iterator[None]:
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, TOLD_TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def end_with_parent(alive: int) -> None:
    """A parent that was killed can tell nobody to end; its end of the pipe closes."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def run_and_exit(child: Child) -> NoReturn:
    """What the parent would do at its exit is not the child's to do."""
    code = 0
    try:
        child.run()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
