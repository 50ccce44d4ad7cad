from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import TestCase
from django_tasks_db.models import DBTaskResult

from newsletter.audience.models import Newsletter
from tests.audience.factories import NewsletterFactory, NewsletterTextFactory


class Clock:
    """The time everybody sees; it moves only when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with (
        mock.patch("django.utils.timezone.now", side_effect=lambda: clock.now),
        mock.patch("django.core.signing.time.time", side_effect=lambda: clock.now.timestamp()),
    ):
        yield clock


@pytest.fixture
def monthly(identity: Any) -> Newsletter:
    """A newsletter with words, on a site that says who publishes it."""
    newsletter = NewsletterFactory(name="Weft Monthly", slug="monthly", reply_to="desk@weft.example")
    NewsletterTextFactory(newsletter=newsletter, name="Weft Monthly")
    return newsletter


def waiting_answers() -> list[DBTaskResult]:
    return list(
        DBTaskResult.objects.filter(queue_name="confirmations", status="READY").order_by("enqueued_at")
    )


def work_off() -> int:
    """Does what the worker of the confirmations queue would do now. Returns how many tasks there were."""
    waiting = waiting_answers()
    for result in waiting:
        DBTaskResult.objects.filter(pk=result.pk).delete()
        result.task.call(*result.args_kwargs["args"], **result.args_kwargs["kwargs"])
    return len(waiting)


def after_commit() -> Any:
    """`with after_commit(): …` runs what waits for the transaction, which a test never commits."""
    return TestCase.captureOnCommitCallbacks(execute=True)
