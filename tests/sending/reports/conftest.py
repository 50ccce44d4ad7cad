import itertools
from collections.abc import Callable
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.utils import timezone

from newsletter.sending.models import Delivery, Mailing
from tests.sending.conftest import Desk

_ids = itertools.count()


def report(event_type: str, delivery: Delivery | None = None, **fields: Any) -> AnymailTrackingEvent:
    fields.setdefault("event_id", f"event-{next(_ids)}")
    fields.setdefault("timestamp", timezone.now())
    metadata = {"delivery": str(delivery.pk)} if delivery else {}
    return AnymailTrackingEvent(
        event_type=event_type,
        recipient=fields.pop("recipient", delivery.address if delivery else None),
        metadata=fields.pop("metadata", metadata),
        **fields,
    )


def arrive(*events: AnymailTrackingEvent) -> None:
    for event in events:
        tracking.send(sender=None, event=event, esp_name="Mailgun")


@pytest.fixture
def sent(desk: Desk, worker: Callable[[], None]) -> Mailing:
    """A mailing to three people that the mail service has accepted."""
    desk.readers(3)
    mailing = desk.launch()
    worker()
    mailing.refresh_from_db()
    return mailing


@pytest.fixture
def delivery(sent: Mailing) -> Delivery:
    first = sent.deliveries.first()
    assert first is not None
    return first
