"""A wake-up: the import's own row says what is to be done, and how far it is."""

from django_tasks import task


@task(queue_name="default")
def work_on_import(import_id: int, language: str | None = None) -> None:
    from newsletter.audience.transfer.running import run

    run(import_id, language=language)
