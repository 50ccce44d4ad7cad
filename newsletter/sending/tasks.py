"""Wake-ups. The tables hold the truth: a task that comes twice, or too late, finds nothing to do."""

from django_tasks import task


@task(queue_name="mailings")
def prepare_mailing(mailing_id: int) -> None:
    from newsletter.sending.preparing import prepare

    prepare(mailing_id)


@task(queue_name="mailings")
def send_batch(batch_id: int) -> None:
    from newsletter.sending.submitting import work

    work(batch_id)
