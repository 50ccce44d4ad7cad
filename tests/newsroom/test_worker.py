"""`manage.py worker` on both queues: the one in the database and the one on Redis."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from newsletter.audience.tasks import answer_sign_up
from newsroom import redis_queue
from stories.feeds.tasks import ping_hub
from tests.newsroom.test_settings import load
from tests.workers import PATIENCE, HeldService, tasks_on_redis, worker

with_processes = pytest.mark.django_db(transaction=True)


class Database:
    tasks_url = ""

    def waiting(self, queue: str) -> int:
        return DBTaskResult.objects.filter(status="READY", queue_name=queue).count()


class Redis:
    def __init__(self, tasks_url: str) -> None:
        self.tasks_url = tasks_url

    def waiting(self, queue: str) -> int:
        found = redis_queue.CommittedQueue(queue)
        return found.count + found.scheduled_job_registry.count


@pytest.fixture(params=["database", "redis"])
def engine(request: pytest.FixtureRequest, settings: Any) -> Iterator[Database | Redis]:
    if request.param == "database":
        yield Database()
        return
    if connection.vendor == "sqlite":
        pytest.skip("Redis comes with PostgreSQL")
    with tasks_on_redis(settings) as address:
        yield Redis(address)


@pytest.fixture
def hub() -> Iterator[HeldService]:
    with HeldService() as service:
        yield service


@with_processes
def test_a_worker_runs_what_is_due_in_its_queues_and_ends_when_told(
    engine: Database | Redis, hub: HeldService
) -> None:
    answer_sign_up.enqueue(0)
    ping_hub.enqueue(["now"])
    ping_hub.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(["in an hour"])
    with worker("default,mailings", TASKS_URL=engine.tasks_url, WEBSUB_HUB_URL=hub.url) as process:
        hub.until(lambda: len(hub.calls) == 1)
        soon = timezone.now() + timedelta(seconds=1.2)
        ping_hub.using(run_after=soon).enqueue(["soon"])
        hub.until(lambda: len(hub.calls) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    (_, first), (moment, second) = hub.calls
    assert "hub.topic=now" in first
    assert "hub.topic=soon" in second
    assert moment >= soon
    assert engine.waiting("default") == 1
    assert engine.waiting("confirmations") == 1


@with_processes
def test_a_worker_told_to_end_finishes_its_task_and_leaves_the_next(
    engine: Database | Redis, hub: HeldService
) -> None:
    hub.held_from = 1
    ping_hub.enqueue(["first"])
    ping_hub.enqueue(["second"])
    with worker("default", TASKS_URL=engine.tasks_url, WEBSUB_HUB_URL=hub.url) as process:
        hub.until(lambda: hub.held == 1)
        process.send_signal(signal.SIGTERM)
        hub.let_go()
        assert process.wait(PATIENCE) == 0
    assert len(hub.calls) == 1
    assert engine.waiting("default") == 1
    with worker("default", burst=True, TASKS_URL=engine.tasks_url, WEBSUB_HUB_URL=hub.url) as process:
        assert process.wait(PATIENCE) == 0
    assert "hub.topic=second" in hub.calls[-1][1]
    assert engine.waiting("default") == 0


def test_an_unknown_queue_is_said_in_words() -> None:
    with pytest.raises(CommandError, match="no queue press; there are default, confirmations, mailings"):
        call_command("worker", queues="default,press")


def test_a_redis_that_does_not_answer_is_said_in_words(settings: Any) -> None:
    settings.TASKS_URL = "redis://127.0.0.1:1"
    redis_queue.redis.cache_clear()
    with pytest.raises(CommandError, match="Redis, which TASKS_URL names, cannot be used"):
        call_command("worker", queues="default")
    redis_queue.redis.cache_clear()


def test_an_address_of_another_kind_of_queue_is_said_in_words_and_not_shown() -> None:
    loaded = load(TASKS_URL="amqp://user:secret@queue.example")
    assert "TASKS_URL must begin with redis://, rediss:// or unix://, or be empty." in loaded.stderr
    assert "secret" not in loaded.stderr
