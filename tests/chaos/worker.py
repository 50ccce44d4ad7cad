"""A worker of a run: the newsroom's own db_worker, in a newsroom with shorter spans of time.

    python -m tests.chaos.worker [--batch 20] [--clock-ahead SECONDS]

takes everything else, such as DATABASE_URL and MAIL, from the environment, and works until it is told to end.
"""

import argparse
import importlib

from django.core.management import call_command

from tests.chaos.shortened import shorten

LOOK_EVERY = 0.1  # seconds


def work(*, batch: int, clock_ahead: float = 0.0) -> None:
    shorten(batch=batch, clock_ahead=clock_ahead)
    call_command(
        "db_worker",
        queue_name="default,mailings",
        interval=LOOK_EVERY,
        startup_delay=False,
        reload=False,
        verbosity=1,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--clock-ahead", type=float, default=0.0)
    options = parser.parse_args()
    importlib.import_module("tests.chaos.loaded")
    work(batch=options.batch, clock_ahead=options.clock_ahead)


if __name__ == "__main__":
    main()
