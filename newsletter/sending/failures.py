"""Whom a mailing reached, and who missed it for a reason that passes."""

from anymail.signals import RejectReason
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from newsletter.sending.models import Batch, Delivery, DeliveryEvent

FAILED = (Delivery.Outcome.FAILED, Delivery.Outcome.BOUNCED, Delivery.Outcome.REJECTED)
# Outcomes with which nobody has the message.
NOT_RECEIVED = (Delivery.Outcome.SKIPPED, *Delivery.TURNED_DOWN, *FAILED)
# An address that does not exist, or whose owner or provider does not want this: trying again makes it worse.
LASTING = (
    RejectReason.INVALID,
    RejectReason.BOUNCED,
    RejectReason.BLOCKED,
    RejectReason.SPAM,
    RejectReason.UNSUBSCRIBED,
)


def of_batch(field: str) -> Subquery:
    """A field of the batch the outer delivery belongs to; NULL for who was left out at the start."""
    return Subquery(
        Batch.objects.filter(
            mailing=OuterRef("mailing"), variant=OuterRef("variant"), first_delivery__lte=OuterRef("pk")
        )
        .order_by("-first_delivery")
        .values(field)[:1]
    )


def received() -> QuerySet[Delivery]:
    """Deliveries that reached their person, or may have, or still will."""
    return (
        Delivery.objects.exclude(outcome__in=NOT_RECEIVED)
        .annotate(batch_state=of_batch("state"))
        # A cancelled sending, or a call that was turned down, reached nobody of the batch.
        .exclude(outcome="", batch_state__in=[Batch.State.CANCELLED, Batch.State.REJECTED])
    )


def passing_failures(mailing_id: int) -> QuerySet[Delivery]:
    """Deliveries that failed, with nothing that says it is for good: a full mailbox, a server that was away.

    Whoever has got the edition by another sending since is not among them.
    """
    for_good = DeliveryEvent.objects.filter(delivery=OuterRef("pk"), reject_reason__in=LASTING)
    since = received().filter(
        mailing__edition=OuterRef("mailing__edition"), subscriber=OuterRef("subscriber")
    )
    return Delivery.objects.filter(
        ~Exists(for_good),
        ~Exists(since.exclude(mailing=mailing_id)),
        mailing=mailing_id,
        outcome__in=(*FAILED, Delivery.Outcome.NOT_TAKEN),
        subscriber__isnull=False,
    )
