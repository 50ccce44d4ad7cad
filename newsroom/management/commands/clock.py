import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from newsroom import clock


class Command(BaseCommand):
    help = "Publishes what is scheduled, starts due mailings and clears up, until it is told to end."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: stop.set())
        jobs = clock.jobs()
        self.stdout.write(
            "The clock runs: " + ", ".join(f"{job.name} every {job.every:.0f} s" for job in jobs)
        )
        self.stdout.flush()
        clock.run(jobs, stop=stop)
        self.stdout.write("The clock has stopped.")
