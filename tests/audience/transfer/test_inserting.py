"""Rows past the ORM are the rows it would have written, or none at all."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscriber
from newsletter.audience.transfer.inserting import MOST_ROWS, insert_rows, keys_for
from tests.audience.factories import SubscriberFactory

pytestmark = pytest.mark.django_db
FIELDS = ("email", "address_hash", "name", "place_key", "tags", "attributes", "paused_until", "created_at")
MOMENT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


def row_of(number: int, **values: Any) -> tuple[Any, ...]:
    address = f"reader{number}@readers.org"
    row = {
        "email": address,
        "address_hash": address_hash(address),
        "name": f"Zoë 100% {number}",
        "place_key": None,
        "tags": [],
        "attributes": {},
        "paused_until": None,
        "created_at": MOMENT,
        **values,
    }
    return tuple(row[name] for name in FIELDS)


def insert(*rows: tuple[Any, ...]) -> None:
    defaults = {"language": "en", "kind": "person", "relation": "supporter"}
    insert_rows(Subscriber, (*FIELDS, *defaults), [(*row, *defaults.values()) for row in rows])


def test_every_kind_of_value_is_read_back_as_it_was() -> None:
    full = row_of(
        1,
        place_key=UUID(int=7),
        tags=["radio", 'with "quotes", commas', "Zürich"],
        attributes={"since": 2019, "deep": {"list": [1, None, True]}, "word": "\u2028"},
        paused_until=date(2027, 1, 2),
    )
    insert(full, row_of(2))
    assert list(Subscriber.objects.order_by("pk").values_list(*FIELDS)) == [full, row_of(2)]


@pytest.mark.parametrize("amount", [0, 1, MOST_ROWS, 2 * MOST_ROWS + 1])
def test_any_number_of_rows_is_written_in_their_order(amount: int) -> None:
    rows = [row_of(number) for number in range(amount)]
    insert(*rows)
    assert list(Subscriber.objects.order_by("pk").values_list(*FIELDS)) == rows


def test_one_row_that_cannot_be_written_leaves_none_behind() -> None:
    insert(row_of(MOST_ROWS + 10))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(*(row_of(number) for number in range(MOST_ROWS + 20)))
    assert Subscriber.objects.count() == 1


def test_keys_are_nobodys_before_or_after() -> None:
    gone = SubscriberFactory()
    there = gone.pk
    gone.delete()
    keys = keys_for(Subscriber, 3)
    insert_rows(
        Subscriber,
        ("id", *FIELDS, "language", "kind", "relation"),
        [(key, *row_of(key), "en", "person", "supporter") for key in keys],
    )
    assert there < min(keys)
    assert list(Subscriber.objects.order_by("pk").values_list("pk", flat=True)) == list(keys)
    assert SubscriberFactory().pk > max(keys)
    assert min(keys_for(Subscriber, 1)) > max(keys) + 1


def test_a_list_nobody_was_ever_on_has_keys_too() -> None:
    assert len(keys_for(Subscriber, 2)) == 2
    assert len(set(keys_for(Subscriber, 2))) == 2
