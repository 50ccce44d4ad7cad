"""What happens by the clock: every job of the newsroom, how often, and the loop that runs them.

Nothing here remembers when it last ran: every job may run too often, and each runs once when the clock starts.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from django.conf import settings
from django.core.management import call_command
from django.db import connections

logger = logging.getLogger(__name__)

MINUTE = 60.0
DAY = 24 * 60 * MINUTE


@dataclass(order=True)
class Job:
    due: float = field(init=False, default=0.0)
    name: str = field(compare=False)
    every: float = field(compare=False)
    function: Callable[[], object] = field(compare=False)


def publish_scheduled_pages() -> None:
    call_command("publish_scheduled", verbosity=0)


def sweep_the_outbox() -> None:
    from newsletter.sending.sweep import sweep

    sweep()


def start_due_mailings() -> None:
    from newsletter.sending.launching import start_due_mailings as start

    start()


def read_the_bounce_mailbox() -> None:
    from newsletter.sending.bounces.reading import read_bounces

    read_bounces()


def forget_unconfirmed_sign_ups() -> None:
    from newsletter.audience.housekeeping import forget_unconfirmed

    forget_unconfirmed()


def forget_old_request_counts() -> None:
    from newsletter.audience.limits import forget_request_counts

    forget_request_counts()


def look_after_imports() -> None:
    from newsletter.audience.transfer.housekeeping import look_after_imports as look_after

    look_after()


def forget_imported_files() -> None:
    from newsletter.audience.transfer.housekeeping import forget_imports

    forget_imports()


def forget_finished_tasks() -> None:
    # RQ forgets its own.
    if not settings.TASKS_URL:
        call_command("prune_db_task_results", queue_name="*", verbosity=0)


def forget_expired_sessions() -> None:
    call_command("clearsessions", verbosity=0)


def jobs() -> list[Job]:
    return [
        Job("publish scheduled pages", MINUTE, publish_scheduled_pages),
        Job("put right what dead workers left", MINUTE / 2, sweep_the_outbox),
        Job("start due mailings", MINUTE / 2, start_due_mailings),
        Job("read the bounce mailbox", 5 * MINUTE, read_the_bounce_mailbox),
        Job("forget sign-ups that nobody confirmed", DAY, forget_unconfirmed_sign_ups),
        Job("forget old counts of requests", 60 * MINUTE, forget_old_request_counts),
        Job("look after imports", MINUTE, look_after_imports),
        Job("forget imported files", DAY, forget_imported_files),
        Job("forget finished tasks", DAY, forget_finished_tasks),
        Job("forget expired sessions", DAY, forget_expired_sessions),
    ]


def run(
    jobs: Sequence[Job],
    *,
    stop: Event,
    now: Callable[[], float] = time.monotonic,
    before_a_pause: Callable[[], object] = connections.close_all,
) -> None:
    """Runs each job when it is due until `stop` is set. A job that fails is logged and tried again in its turn.

    A database connection held through a pause is a dead one after the database's next restart, so it is closed.
    """
    for job in jobs:
        job.due = now()
    while not stop.is_set():
        job = min(jobs)
        if job.due > now():
            before_a_pause()
            stop.wait(job.due - now())
            continue
        run_job(job)
        job.due = now() + job.every
    before_a_pause()


def run_job(job: Job) -> None:
    try:
        job.function()
    except Exception:
        logger.exception("%s: failed; the next try is in %s s.", job.name, f"{job.every:.0f}")
