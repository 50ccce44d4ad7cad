"""A wake-up: the import's own row says what is to be done, and how far it is."""

from django_tasks import task


@task(queue_name="default")
def work_on_import(import_id: int, language: str | None = None) -> None:
    from newsletter.audience.transfer.running import run

    run(import_id, language=language)


@task(queue_name="default")
def forget_files_with(known_as: str) -> None:
    """By the keyed hash: a task's arguments stay for days."""
    from newsletter.audience.transfer.forgetting import forget_files_with_address

    forget_files_with_address(known_as)
