"""What the demo says while it works: a bar on a terminal, plain lines where there is none."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOBase
from typing import Any, TypeVar

from tqdm import tqdm

Thing = TypeVar("Thing")
LABEL_WIDTH = 24


class Teller:
    def __init__(self, out: TextIOBase) -> None:
        self._out = out
        # The bar goes to stderr, as tqdm's do: Django's wrapper of stdout ends every write with a new line.
        self._on_terminal = out.isatty() and sys.stderr.isatty()
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the demo began."""
        return time.monotonic() - self._started

    def say(self, line: str = "") -> None:
        self._out.write(f"{line}\n")
        self._out.flush()

    def did(self, label: str, words: str) -> None:
        """One line of what happened: the label in a column of its own."""
        self.say(f"  {label:<{LABEL_WIDTH}} {words}")

    def each(self, label: str, things: Iterable[Thing], total: int) -> Iterator[Thing]:
        """The things, with the progress shown; nothing is shown where there is nothing to do."""
        if not total:
            return
        with self.progress(label, total) as reached:
            for done, thing in enumerate(things, 1):
                yield thing
                reached(done, total)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[int, int], None]]:
        """Gives a function to call with (done, total); on a terminal the bar is gone afterwards."""
        if self._on_terminal:
            bar: tqdm[Any]
            with tqdm(total=total, desc=f"  {label}", leave=False, ncols=80) as bar:
                yield lambda done, whole: _move(bar, done, whole)
        else:
            yield _quarters(lambda done, whole: self.did(label, f"{done}/{whole}"))


def _move(bar: "tqdm[Any]", done: int, total: int) -> None:
    bar.total, bar.n = total, done
    bar.refresh()


def _quarters(show: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Shows a count when it has passed another quarter, and the last one."""
    shown = 0

    def reached(done: int, total: int) -> None:
        nonlocal shown
        quarter = done * 4 // total if total else 0
        if quarter > shown:
            shown = quarter
            show(done, total)

    return reached
