import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from newsroom.forking import Child, Forks
from newsroom.preloading import load_before_forking


class Command(BaseCommand):
    help = (
        "Runs what stands behind the site on one machine: workers, one of them for confirmations alone, and the clock. "
        "All are forks of one process and share its memory; what ends starts again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--workers", type=int, default=1, help="how many send mailings (default: %(default)s)"
        )

    def handle(self, *, workers: int, **options: Any) -> None:
        if workers < 1:
            raise CommandError("--workers: at least 1.")
        load_before_forking()
        Forks(children(workers), say=self.say).run()

    def say(self, line: str) -> None:
        sys.stderr.write(f"background: {line}\n")
        sys.stderr.flush()


def children(workers: int) -> list[Child]:
    """The confirmations' worker does nothing else, so that nobody who signs up waits behind a mailing."""
    return [
        *(
            Child(f"worker {number}", partial(call_command, "worker", queues="default,mailings"))
            for number in range(1, workers + 1)
        ),
        Child("the confirmations' worker", partial(call_command, "worker", queues="confirmations")),
        Child("the clock", partial(call_command, "clock")),
    ]
