"""Mailings of the past, written down without being sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from anymail.signals import AnymailTrackingEvent
from django.utils import timezone

from newsletter.audience.models import Subscriber
from newsletter.sending.models import Batch, Delivery, Mailing, Variant
from tests.sending.conftest import Desk
from tests.sending.reports.conftest import report


def mailing_to(desk: Desk, *people: Subscriber, state: str = Batch.State.ACCEPTED) -> list[Delivery]:
    """One mailing to them, all in one batch in that state; their deliveries, in their order."""
    revision = desk.edition.latest_revision
    mailing = Mailing.objects.create(
        edition=desk.edition, newsletter=desk.newsletter, state=Mailing.State.SENT, audience=len(people)
    )
    variant = Variant.objects.create(
        mailing=mailing, language="en", revision=revision, subject="s", html="h", text="t"
    )
    deliveries = [
        Delivery.objects.create(mailing=mailing, variant=variant, subscriber=person, address=person.email)
        for person in people
    ]
    Batch.objects.create(
        mailing=mailing,
        variant=variant,
        first_delivery=deliveries[0].pk,
        last_delivery=deliveries[-1].pk,
        size=len(deliveries),
        state=state,
    )
    return deliveries


def mailings_to(desk: Desk, person: Subscriber, count: int) -> list[Delivery]:
    """One after the other."""
    return [delivery for _number in range(count) for delivery in mailing_to(desk, person)]


def on_day(day: float) -> datetime:
    """A moment so many days after the first of them, all in the past."""
    return timezone.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=day - 60)


# A word for each kind of report, and how Anymail says it.
SAID: dict[str, tuple[str, str | None]] = {
    "sent": ("sent", None),
    "delivered": ("delivered", None),
    "delayed": ("deferred", None),
    "soft": ("bounced", "timed_out"),
    "hard": ("bounced", "bounced"),
    "blocked": ("bounced", "blocked"),
    "own list": ("rejected", "bounced"),
    "failed": ("failed", None),
    "autoreply": ("autoresponded", None),
    "unsubscribe": ("unsubscribed", None),
    "complaint": ("complained", "spam"),
}


def said(kind: str, delivery: Delivery, day: float, **fields: object) -> AnymailTrackingEvent:
    event_type, reason = SAID[kind]
    return report(event_type, delivery, reject_reason=reason, timestamp=on_day(day), **fields)


def row_of(
    kinds: Sequence[str], deliveries: Sequence[Delivery], days: Sequence[float]
) -> list[AnymailTrackingEvent]:
    return [said(kind, *about) for kind, about in zip(kinds, zip(deliveries, days, strict=True), strict=True)]
