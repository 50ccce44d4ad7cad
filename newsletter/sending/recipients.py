"""Who is in a batch, and what is merged into each one's message."""

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from newsletter.audience.models import Subscription, Suppression
from newsletter.audience.tokens import ReaderLinks
from newsletter.sending.models import Batch, Delivery

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ue000\ue001]+")


class Recipient(NamedTuple):
    delivery_id: int
    subscriber_id: int
    address: str
    name: str


def deliveries_of(batch: Batch) -> QuerySet[Delivery]:
    """The batch's deliveries that share its fate: those without an outcome of their own."""
    # The version belongs to this mailing alone. The mailing itself is not asked for: SQLite would take it for the
    # narrower condition, and read a million entries of its index for a batch of a thousand.
    return Delivery.objects.filter(
        pk__range=(batch.first_delivery, batch.last_delivery), variant_id=batch.variant_id, outcome=""
    )


def recipients_of(batch: Batch) -> tuple[list[Recipient], dict[int, str]]:
    """Who is in the batch, in the order of their deliveries; and who has left since the snapshot.

    Returns (recipients, {delivery id: reason}), together at most Batch.size, in one query.
    """
    newsletter_id = batch.mailing.newsletter_id
    suppressed = Suppression.objects.filter(
        Q(newsletter__isnull=True) | Q(newsletter=newsletter_id),
        address_hash=OuterRef("subscriber__address_hash"),
    )
    subscribed = Subscription.objects.filter(
        subscriber=OuterRef("subscriber"), newsletter=newsletter_id, status=Subscription.Status.CONFIRMED
    )
    rows = (
        deliveries_of(batch)
        .annotate(
            gone=Case(
                When(subscriber__isnull=True, then=Value(Delivery.Reason.ERASED.value)),
                When(Exists(suppressed), then=Value(Delivery.Reason.SUPPRESSED.value)),
                When(~Exists(subscribed), then=Value(Delivery.Reason.UNSUBSCRIBED.value)),
                default=Value(""),
            )
        )
        .order_by("pk")
        .values_list("pk", "subscriber_id", "address", "subscriber__name", "gone")
    )
    staying, departed = [], {}
    for pk, subscriber_id, address, name, gone in rows:
        if gone:
            departed[pk] = gone
        else:
            staying.append(Recipient(pk, subscriber_id, address, name or ""))
    return staying, departed


def leave_out(batch: Batch, departed: Mapping[int, str]) -> int:
    """Marks them as left out, each with its reason. Returns how many; the batch's own count is the caller's."""
    left_out = 0
    for reason in set(departed.values()):
        gone = [pk for pk, why in departed.items() if why == reason]
        left_out += Delivery.objects.filter(pk__in=gone, outcome="").update(
            outcome=Delivery.Outcome.SKIPPED, reason=reason
        )
    return left_out


def count_people(batch: Batch) -> None:
    """Sets `size`, `left_out` and `refused` of a batch, saved or not, by the deliveries in its range."""
    theirs = Delivery.objects.filter(
        pk__range=(batch.first_delivery, batch.last_delivery), variant_id=batch.variant_id
    )
    counts = theirs.aggregate(
        size=Count("pk"),
        left_out=Count("pk", filter=Q(outcome=Delivery.Outcome.SKIPPED)),
        refused=Count("pk", filter=Q(outcome__in=Delivery.TURNED_DOWN)),
    )
    batch.size, batch.left_out, batch.refused = counts["size"], counts["left_out"], counts["refused"]


def merge_values(
    recipient: Recipient, *, fields: Mapping[str, Mapping[str, str]], links: ReaderLinks
) -> dict[str, str]:
    """Values for every token of a version: `key` is plain, `key_html` the same escaped for HTML."""
    values = {
        "unsubscribe_url": links.unsubscribe(recipient.subscriber_id),
        "preferences_url": links.preferences(recipient.subscriber_id),
    }
    for key, use in fields.items():
        value = CONTROL_CHARACTERS.sub(" ", getattr(recipient, use["field"])).strip() or use["fallback"]
        values[key] = value
        values[f"{key}_html"] = escape(value)
    return values
