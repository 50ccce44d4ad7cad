"""A clock of a run: sweeps again and again, in a newsroom with shorter spans of time.

python -m tests.chaos.clock [--batch 20] [--clock-ahead SECONDS]
"""

import argparse
import importlib
import signal
from threading import Event

from newsroom import clock
from tests.chaos.shortened import shorten

SWEEP_EVERY = 0.5  # seconds


def sweep_on(*, batch: int, clock_ahead: float = 0.0) -> None:
    shorten(batch=batch, clock_ahead=clock_ahead)
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_signal: stop.set())
    clock.run(
        [
            clock.Job("put right what dead workers left", SWEEP_EVERY, clock.sweep_the_outbox),
            clock.Job("start due mailings", SWEEP_EVERY, clock.start_due_mailings),
        ],
        stop=stop,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--clock-ahead", type=float, default=0.0)
    options = parser.parse_args()
    importlib.import_module("tests.chaos.loaded")
    sweep_on(batch=options.batch, clock_ahead=options.clock_ahead)


if __name__ == "__main__":
    main()
