"""The audience frozen into deliveries and cut into batches, in one transaction with its commit."""

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import connection, transaction

from newsletter.editions.versions import language_versions
from newsletter.sending.launching import launch
from newsletter.sending.models import Batch, Delivery
from newsletter.sending.preparing import aimed_segments, render_missing
from newsletter.sending.recipes import ToldApart, recipes_needed
from newsletter.sending.snapshot import MAX_BATCH, Addressees, recipients_with_reasons, take_snapshot

if TYPE_CHECKING:
    from tests.benchmarks.sending.house import House

RUNS = 3


def measured(house: "House") -> tuple[float, float, list[str]]:
    """(seconds, seconds of the floor, what is wrong): the medians of three."""
    mailing = launch(edition=house.edition, everyone=True)
    editions = language_versions(mailing.edition)
    aimed = aimed_segments(editions)
    told_apart = ToldApart(languages=list(editions), segments=aimed)
    people = told_apart.numbered(
        recipients_with_reasons(Addressees.of(mailing), languages=list(editions), aimed=aimed)
    )
    recipes = recipes_needed(people, told_apart)
    render_missing(mailing, editions=editions, recipes=recipes)
    wrong: list[str] = []

    def whole() -> None:
        take_snapshot(mailing, people=people, recipes=recipes, batch_size=MAX_BATCH)

    def check() -> None:
        in_batches = sum(Batch.objects.values_list("size", flat=True))
        if not mailing.audience == Delivery.objects.count() == in_batches:
            wrong.append(f"an audience of {mailing.audience}, and {in_batches} in batches")

    return _seconds(whole, then=check), _seconds(bare_insert), wrong


def _seconds(step: Callable[[], None], *, then: Callable[[], None] = lambda: None) -> float:
    times = []
    for _run in range(RUNS):
        began = time.perf_counter()
        with transaction.atomic():
            step()
        times.append(time.perf_counter() - began)
        then()
        _forget()
    return statistics.median(times)


def _forget() -> None:
    with connection.cursor() as cursor:
        for model in (Batch, Delivery):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            # As it would be on a table that nobody emptied just now.
            cursor.execute("VACUUM")


def bare_insert() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sending_delivery (mailing_id, subscriber_id, variant_id, address, outcome, reason) "
            "SELECT 0, id, NULL, email, '', '' FROM audience_subscriber"
        )
