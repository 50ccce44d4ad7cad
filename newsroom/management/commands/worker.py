import gc
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

# Seconds between two looks into an empty queue of the database. Each look costs SQLite's write lock for a moment.
LOOK_EVERY = 0.5


class Command(BaseCommand):
    help = "Runs background tasks, one after the other, until it is told to end; then it finishes the one in hand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--queues",
            required=True,
            help=f"which queues, separated by commas: {', '.join(settings.TASKS['default']['QUEUES'])}",
        )
        parser.add_argument("--burst", action="store_true", help="end when no task is left that is due")

    def handle(self, *, queues: str, burst: bool, verbosity: int, **options: Any) -> None:
        names = [name.strip() for name in queues.split(",")]
        known = settings.TASKS["default"]["QUEUES"]
        if unknown := [name for name in names if name not in known]:
            raise CommandError(f"There is no queue {', '.join(unknown)}; there are {', '.join(known)}.")
        # What is loaded stays. Without this a long task looks through all of it again and again for garbage: an import
        # takes a third longer.
        gc.freeze()
        if settings.TASKS_URL:
            run_on_redis(names, burst=burst)
        else:
            call_command(
                "db_worker",
                queue_name=",".join(names),
                interval=LOOK_EVERY,
                batch=burst,
                startup_delay=not burst,
                reload=False,
                verbosity=verbosity,
            )


def run_on_redis(queues: list[str], *, burst: bool) -> None:
    # Loaded only where there is a Redis.
    from redis.exceptions import RedisError

    from newsroom.redis_queue import RedisWorker

    try:
        RedisWorker.of_queues(queues).work(burst=burst, logging_level="WARNING")
    except RedisError as error:
        raise CommandError(f"Redis, which TASKS_URL names, cannot be used: {error}") from error
