"""Who is in a batch, and what is merged into each one's message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.html import escape

from newsletter.audience.models import Subscription, Suppression
from newsletter.audience.tokens import preferences_url, unsubscribe_url
from newsletter.sending.models import Batch, Delivery

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ue000\ue001]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    delivery_id: int
    subscriber_id: int
    address: str
    name: str


def deliveries_of(batch: Batch) -> QuerySet[Delivery]:
    """The batch's deliveries that share its fate: those without an outcome of their own."""
    return Delivery.objects.filter(
        pk__range=(batch.first_delivery, batch.last_delivery),
        mailing_id=batch.mailing_id,
        variant_id=batch.variant_id,
        outcome="",
    )


def leave_out_the_departed(batch: Batch) -> int:
    """Marks as skipped who unsubscribed, was erased or was put on the do-not-mail list since the snapshot.

    Returns how many. Runs inside the transaction that claims the batch.
    """
    newsletter_id = batch.mailing.newsletter_id
    waiting = deliveries_of(batch)
    suppressed = Suppression.objects.filter(
        Q(newsletter__isnull=True) | Q(newsletter=newsletter_id),
        address_hash=OuterRef("subscriber__address_hash"),
    )
    subscribed = Subscription.objects.filter(
        subscriber=OuterRef("subscriber"), newsletter=newsletter_id, status=Subscription.Status.CONFIRMED
    )
    left_out = 0
    for condition, reason in (
        (Q(subscriber__isnull=True), Delivery.Reason.ERASED),
        (Exists(suppressed), Delivery.Reason.SUPPRESSED),
        (~Exists(subscribed), Delivery.Reason.UNSUBSCRIBED),
    ):
        gone = list(waiting.filter(condition).values_list("pk", flat=True))
        if gone:
            left_out += Delivery.objects.filter(pk__in=gone, outcome="").update(
                outcome=Delivery.Outcome.SKIPPED, reason=reason
            )
    return left_out


def recipients_of(batch: Batch) -> list[Recipient]:
    """Everybody the batch is for, in the order of their deliveries; at most Batch.size of them."""
    after = Q(pk__gt=batch.done_up_to) if batch.done_up_to else Q()
    rows = (
        deliveries_of(batch)
        .filter(after)
        .order_by("pk")
        .values_list("pk", "subscriber_id", "address", "subscriber__name")
    )
    return [
        Recipient(delivery_id=pk, subscriber_id=subscriber_id, address=address, name=name or "")
        for pk, subscriber_id, address, name in rows
    ]


def merge_values(
    recipient: Recipient, *, fields: Mapping[str, Mapping[str, str]], newsletter_id: int, language: str
) -> dict[str, str]:
    """Values for every token of a version: `key` is plain, `key_html` the same escaped for HTML."""
    values = {
        "unsubscribe_url": unsubscribe_url(recipient.subscriber_id, newsletter_id, language),
        "preferences_url": preferences_url(recipient.subscriber_id, language),
    }
    for key, use in fields.items():
        value = CONTROL_CHARACTERS.sub(" ", getattr(recipient, use["field"])).strip() or use["fallback"]
        values[key] = value
        values[f"{key}_html"] = escape(value)
    return values
