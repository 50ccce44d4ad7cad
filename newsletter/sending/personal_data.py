"""What this room holds about one person, for the copy they may take away."""

from typing import Any

from newsletter.audience.models import Subscriber
from newsletter.sending.failures import of_batch
from newsletter.sending.models import Delivery, DeliveryEvent, Mailing


def messages_to(subscriber: Subscriber) -> list[dict[str, Any]]:
    """Every edition meant for them, what became of it, and what the mail service reported."""
    # By mailing, to use the unique index.
    deliveries = list(
        Delivery.objects.filter(mailing__in=Mailing.objects.order_by().values("pk"), subscriber=subscriber.pk)
        .select_related("mailing__edition", "variant")
        .annotate(batch_state=of_batch("state"))
        .order_by("pk")
    )
    reports: dict[int, list[dict[str, Any]]] = {delivery.pk: [] for delivery in deliveries}
    for event in DeliveryEvent.objects.filter(delivery__in=list(reports)).order_by("pk"):
        if event.delivery_id is not None:
            reports[event.delivery_id].append(
                {
                    "what": event.event_type,
                    "when": event.occurred_at or event.received_at,
                    "why": event.reject_reason,
                    "words_of_the_mail_service": event.description,
                }
            )
    return [
        {
            "edition": delivery.mailing.edition.title,
            "sent_on": delivery.mailing.started_at,
            "address": delivery.address,
            "language": delivery.variant.language if delivery.variant else None,
            "outcome": delivery.outcome or delivery.batch_state,
            "why": delivery.reason,
            "reports": reports[delivery.pk],
        }
        for delivery in deliveries
    ]
