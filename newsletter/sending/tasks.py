"""Wake-ups. The tables hold the truth: a task that comes twice, or too late, finds nothing to do."""

from datetime import datetime

from django_tasks import task
from django_tasks.base import Task


@task(queue_name="mailings")
def prepare_mailing(mailing_id: int) -> None:
    from newsletter.sending.preparing import prepare

    prepare(mailing_id)


@task(queue_name="mailings")
def send_batch(batch_id: int) -> None:
    from newsletter.sending.submitting import work

    work(batch_id)


@task(queue_name="confirmations")
def tell_manager(mailing_id: int) -> None:
    from newsletter.sending.notices import tell_that_it_stopped

    tell_that_it_stopped(mailing_id)


@task(queue_name="confirmations")
def ask_second_person(mailing_id: int) -> None:
    from newsletter.sending.notices import ask_second_persons

    ask_second_persons(mailing_id)


def wake(what: Task, pk: int, *, not_before: datetime | None = None) -> None:
    """Puts a wake-up into the queue. It counts only once the caller's transaction is committed.

    The queue in the database commits with it; the one on Redis waits for the commit (newsroom.redis_queue), and what
    a crash in between loses, the sweep finds.
    """
    if not_before is not None:
        what = what.using(run_after=not_before)
    what.enqueue(pk)
