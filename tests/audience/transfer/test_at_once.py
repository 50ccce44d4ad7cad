"""An import and somebody else at the same moment. Real transactions, each thread with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from newsletter.audience.models import Newsletter, Subscriber, SubscriberImport, Subscription, Suppression
from newsletter.audience.subscriptions import unsubscribe
from newsletter.audience.transfer import rows, steering
from newsletter.audience.transfer.running import run
from tests.audience.factories import SubscriptionFactory
from tests.audience.transfer.conftest import checked, counts, csv_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: Any) -> None:
    """So that the two meet more than once."""
    monkeypatch.setattr(rows, "CHUNK", 5)


def at_once(*acts: Callable[[], Any]) -> None:
    start = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=10)
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(one, act) for act in acts]:
            future.result(timeout=60)


def begun(content: bytes, newsletter: Newsletter) -> SubscriberImport:
    record = checked(content, newsletter)
    steering.begin(record, in_background=False)
    return record


def addresses(numbers: range) -> list[str]:
    return [f"reader{number}@readers.org" for number in numbers]


def test_two_imports_of_the_same_people_make_each_of_them_once(monthly: Newsletter) -> None:
    first = begun(csv_of(*(f"{address},Ana" for address in addresses(range(40)))), monthly)
    second = begun(csv_of(*(f"{address},Ana" for address in reversed(addresses(range(20, 60))))), monthly)
    at_once(lambda: run(first.pk), lambda: run(second.pk))
    told = []
    for record in (first, second):
        record.refresh_from_db()
        assert (record.state, record.fault) == ("imported", "")
        told.append(counts(record, "done"))
    assert Subscriber.objects.count() == Subscription.objects.filter(status="confirmed").count() == 60
    # Whoever came second with one of the twenty found them known.
    assert sum(each.get("new", 0) for each in told) == 60
    assert sum(each.get("unchanged", 0) for each in told) == 20


def test_two_imports_of_the_same_people_in_contrary_orders_do_not_block_each_other(
    monthly: Newsletter, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rows, "CHUNK", 2_000)
    people = [f"{address},Ana" for address in addresses(range(2_000))]
    gone = [f"{address},bounced" for address in addresses(range(2_000, 3_000))]
    for heading, lines in (("email,name", people), ("email,status", gone)):
        first = begun(csv_of(*lines, heading=heading), monthly)
        second = begun(csv_of(*reversed(lines), heading=heading), monthly)
        at_once(partial(run, first.pk), partial(run, second.pk))
        for record in (first, second):
            record.refresh_from_db()
            assert (record.state, record.fault) == ("imported", "")
    assert Subscriber.objects.count() == 2_000
    assert Suppression.objects.count() == 1_000


def test_one_import_woken_by_two_workers_is_done_once(monthly: Newsletter) -> None:
    record = begun(csv_of(*(f"{address},Ana" for address in addresses(range(40)))), monthly)
    at_once(lambda: run(record.pk), lambda: run(record.pk))
    record.refresh_from_db()
    assert record.state == "imported"
    assert counts(record, "done") == {"new": 40}
    assert record.chunks.count() == 8
    assert Subscriber.objects.count() == 40


@pytest.mark.parametrize("before", ["pending", "confirmed"])
def test_whoever_leaves_while_an_import_says_subscribed_has_left(monthly: Newsletter, before: str) -> None:
    people = [
        SubscriptionFactory(
            newsletter=monthly, subscriber__email=address, pending=before == "pending"
        ).subscriber_id
        for address in addresses(range(40))
    ]
    record = begun(csv_of(*(f"{address},Ana" for address in addresses(range(40)))), monthly)

    def everybody_leaves() -> None:
        for person in reversed(people):
            unsubscribe(subscriber_id=person, newsletter_id=monthly.pk, origin="one-click", network="")

    at_once(lambda: run(record.pk), everybody_leaves)
    record.refresh_from_db()
    assert (record.state, record.fault) == ("imported", "")
    assert set(Subscription.objects.values_list("status", flat=True)) == {"unsubscribed"}
    assert Subscription.objects.count() == 40
