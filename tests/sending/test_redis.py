"""Several machines: tasks on a real Redis, the list on PostgreSQL, workers that know nothing of each other."""

import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from redis.exceptions import ConnectionError
from wagtail.models import Page

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Newsletter, Subscriber, Subscription
from newsletter.audience.subscriptions import request_subscription
from newsletter.sending.audit import broken_invariants
from newsletter.sending.dialects import configured_dialect
from newsletter.sending.models import Batch
from newsletter.sending.preparing import prepare
from newsletter.sending.progress import progress_of
from newsletter.sending.sweep import sweep
from newsletter.sending.tasks import send_batch, wake
from newsroom.models import HomePage
from newsroom.redis_queue import CommittedQueue, RedisWorker, redis
from stories.feeds.tasks import ping_hub
from tests.audience.factories import NewsletterFactory
from tests.sending.conftest import Desk
from tests.workers import PATIENCE, HeldService, tasks_on_redis, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="several machines share a PostgreSQL"),
]

PEOPLE, A_BATCH, WORKERS, KILLED = 3000, 50, 4, 2
ADDRESS = re.compile(r"reader\d+@readers\.example")


@pytest.fixture
def tasks_url(settings: Any) -> Iterator[str]:
    with tasks_on_redis(settings) as address:
        yield address


def waiting(name: str) -> int:
    return CommittedQueue(name).count


def deferred(name: str) -> int:
    return CommittedQueue(name).scheduled_job_registry.count


def test_what_is_rolled_back_wakes_nobody(tasks_url: str) -> None:
    with transaction.atomic():
        wake(send_batch, 1)
        wake(send_batch, 2, not_before=timezone.now())
        transaction.set_rollback(True)
    assert waiting("mailings") == deferred("mailings") == 0
    with transaction.atomic():
        wake(send_batch, 1)
        wake(send_batch, 2, not_before=timezone.now())
        assert waiting("mailings") == deferred("mailings") == 0
    assert waiting("mailings") == deferred("mailings") == 1


def test_a_task_of_wagtails_own_finds_the_page_it_was_enqueued_for(tasks_url: str, home: HomePage) -> None:
    before = waiting("default")
    with transaction.atomic():
        home.add_child(instance=HomePage(title="Loom hours", slug="loom"))
        assert waiting("default") == before, "a worker would look for a page that is not there yet"
    assert waiting("default") > before
    with worker("default", burst=True, TASKS_URL=tasks_url) as process:
        assert process.wait(PATIENCE) == 0
    assert CommittedQueue("default").failed_job_registry.count == 0
    assert [page.title for page in Page.objects.search("loom hours")] == ["Loom hours"]


def test_while_redis_is_away_editors_save_and_who_signs_up_is_told(
    tasks_url: str, settings: Any, home: HomePage, caplog: pytest.LogCaptureFixture
) -> None:
    newsletter = NewsletterFactory()
    settings.TASKS_URL = "redis://127.0.0.1:1"
    redis.cache_clear()
    with transaction.atomic():
        home.title = "Loom hours"
        home.save()
    home.refresh_from_db()
    assert home.title == "Loom hours"
    assert "A task for the queue “default” is lost: Redis cannot be used." in caplog.text
    with pytest.raises(ConnectionError):
        request_subscription(
            address="ada@readers.example",
            newsletter=newsletter,
            language="en",
            origin="/subscribe/",
            network="127.0.0.0",
            text="Yes, write to me.",
        )


def test_a_task_taken_in_the_moment_of_the_end_is_still_run(
    tasks_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    # RQ puts its queues in order right after it has taken a task out of one.
    monkeypatch.setattr(RedisWorker, "reorder_queues", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    try:
        with HeldService() as hub:
            settings.WEBSUB_HUB_URL = hub.url
            ping_hub.enqueue(["first"])
            ping_hub.enqueue(["second"])
            RedisWorker.of_queues(["default", "mailings"]).work(logging_level="WARNING")
            assert len(hub.calls) == 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert waiting("default") == 1


def test_a_task_whose_worker_was_killed_runs_again(tasks_url: str) -> None:
    with HeldService(held_from=1) as hub:
        ping_hub.enqueue(["feed"])
        environment = {"TASKS_URL": tasks_url, "WEBSUB_HUB_URL": hub.url}
        with worker("default", **environment) as process:
            hub.until(lambda: hub.held == 1)
            process.kill()
            process.wait()
        hub.let_go()
        running = CommittedQueue("default").started_job_registry
        (abandoned,) = redis().zrange(running.key, 0, -1)
        redis().zadd(running.key, {abandoned: 1})  # its worker has given no sign of life for too long
        with worker("default", burst=True, **environment) as process:
            assert process.wait(PATIENCE) == 0
        assert [call for _moment, call in hub.calls] == [hub.calls[0][1]] * 2


def fill_list(newsletter: Newsletter) -> None:
    addresses = [f"reader{number}@readers.example" for number in range(PEOPLE)]
    people = Subscriber.objects.bulk_create(
        Subscriber(email=address, address_hash=address_hash(address), language="en") for address in addresses
    )
    now = timezone.now()
    Subscription.objects.bulk_create(
        Subscription(subscriber=person, newsletter=newsletter, status="confirmed", confirmed_at=now)
        for person in people
    )


def test_two_of_four_workers_are_killed_and_the_books_balance(
    desk: Desk, tasks_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_list(desk.newsletter)
    with HeldService(held_from=20) as service, ExitStack() as stack:
        mailgun = {
            "MAILGUN_API_KEY": "key",
            "MAILGUN_SENDER_DOMAIN": "weft.example",
            "MAILGUN_API_URL": f"{service.url}/v3",
        }
        settings.ANYMAIL = mailgun
        settings.EMAIL_BACKEND = "newsletter.sending.dialects.mailgun.EmailBackend"
        monkeypatch.setattr(type(configured_dialect()), "max_recipients", A_BATCH)
        mailing = desk.launch()
        prepare(mailing.pk)
        environment = {
            "TASKS_URL": tasks_url,
            "MAIL": "mailgun",
            **{f"ANYMAIL_{name}": value for name, value in mailgun.items()},
        }
        workers = [stack.enter_context(worker("mailings", **environment)) for _ in range(WORKERS)]

        service.until(lambda: service.held == WORKERS)  # each of them waits for an answer
        for process in workers[:KILLED]:
            process.kill()
            process.wait()
        service.let_go()
        service.until(lambda: len(service.calls) == PEOPLE / A_BATCH)
        for process in workers[KILLED:]:
            process.terminate()
        assert [process.wait(PATIENCE) for process in workers[KILLED:]] == [0] * (WORKERS - KILLED)
        accepted = Counter(
            address for _moment, call in service.calls for address in set(ADDRESS.findall(call))
        )

    Batch.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    mailing.refresh_from_db()
    books = progress_of(mailing)
    assert broken_invariants(mailing) == []
    assert books.counts == {
        **dict.fromkeys(books.counts, 0),
        "accepted": PEOPLE - KILLED * A_BATCH,
        "unknown": KILLED * A_BATCH,
    }
    assert len(accepted) == PEOPLE, "somebody was left out"
    assert set(accepted.values()) == {1}, "somebody got it twice"
