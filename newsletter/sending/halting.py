"""A mailing that stops by itself: a mail service that takes no call, too many rejections, too many complaints."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from newsletter.sending.models import Batch, Delivery, Mailing, Sender
from newsletter.sending.pace import sender_of
from newsletter.sending.tasks import tell_manager, wake

# Below so many, a share says nothing.
FEWEST_REJECTED = 20
FEWEST_COMPLAINED = 3
# Calls. A lost reply now and then is nothing unusual; so many one after the other are.
DOUBTFUL_IN_A_ROW = 5
REJECTED = (
    Delivery.Outcome.REFUSED,
    Delivery.Outcome.REJECTED,
    Delivery.Outcome.FAILED,
    Delivery.Outcome.BOUNCED,
)
TOO_MANY_REJECTED = gettext_noop("Too many people were rejected: %(bad)s of %(all)s.")
NOTHING_IS_KNOWN = gettext_noop(
    "The mail service has not said for several calls in a row whether it took them. Look at its status page, decide "
    "about those in doubt, then go on."
)
TOO_MANY_COMPLAINED = gettext_noop("Too many people marked this as spam: %(bad)s of %(all)s.")


@dataclass(frozen=True)
class BadNews:
    handed_over: int
    rejected: int
    complained: int


def bad_news(mailing: Mailing, *, besides: int = 0) -> BadNews:
    """How many were handed to the mail service so far, and how many of them it rejected or were annoyed.

    `besides`: people accepted in a batch that is still at work, which no row says yet.
    """
    batches = mailing.batches.order_by().aggregate(
        settled=Sum(F("size") - F("left_out"), filter=~Q(state__in=Batch.UNFINISHED)),
        refused_so_far=Sum("refused", filter=Q(state__in=Batch.UNFINISHED)),
        rejected=Sum(F("size") - F("left_out") - F("refused"), filter=Q(state=Batch.State.REJECTED)),
    )
    own = Delivery.objects.filter(
        mailing=mailing, outcome__in=[*REJECTED, Delivery.Outcome.COMPLAINED]
    ).aggregate(
        rejected=Count("pk", filter=Q(outcome__in=REJECTED)),
        complained=Count("pk", filter=Q(outcome=Delivery.Outcome.COMPLAINED)),
    )
    return BadNews(
        handed_over=(batches["settled"] or 0) + (batches["refused_so_far"] or 0) + besides,
        rejected=(batches["rejected"] or 0) + own["rejected"],
        complained=own["complained"],
    )


def halt(mailing_id: int, *, fault: str) -> bool:
    """Pauses the mailing, says why, and writes to its manager. False when it was not sending any more."""
    with transaction.atomic():
        halted = Mailing.objects.filter(pk=mailing_id, state=Mailing.State.SENDING).update(
            state=Mailing.State.PAUSED, fault=fault
        )
        if halted:
            wake(tell_manager, mailing_id)
    return bool(halted)


def halt_if_nothing_is_known(mailing_id: int) -> bool:
    """Halts the mailing when of several calls in a row nobody knows what became: the service is in trouble, and going
    on would put the whole list in doubt.
    """
    latest = (
        Batch.objects.filter(
            mailing=mailing_id, state__in=[Batch.State.ACCEPTED, Batch.State.REJECTED, *Batch.IN_DOUBT]
        )
        .order_by("-updated_at")
        .values_list("state", flat=True)[:DOUBTFUL_IN_A_ROW]
    )
    states = list(latest)
    in_doubt = all(state in Batch.IN_DOUBT for state in states)
    return len(states) == DOUBTFUL_IN_A_ROW and in_doubt and halt(mailing_id, fault=NOTHING_IS_KNOWN)


def halt_if_too_many(mailing_id: int, *, besides: int = 0) -> bool:
    """Halts the mailing when more were rejected, or complained, than its sending domain tolerates."""
    mailing = (
        Mailing.objects.select_related("newsletter")
        .filter(pk=mailing_id, state=Mailing.State.SENDING)
        .first()
    )
    words = mailing and too_many(mailing, sender_of(mailing.newsletter), besides=besides)
    return bool(words) and halt(mailing_id, fault=str(words))


def too_many(mailing: Mailing, sender: Sender, *, besides: int = 0) -> str:
    """Which share is larger than the domain tolerates, in words; empty when none is."""
    counts = bad_news(mailing, besides=besides)
    for bad, tolerated, percent, fewest, words in (
        (
            counts.rejected,
            mailing.tolerated_rejections,
            sender.halt_rejected,
            FEWEST_REJECTED,
            TOO_MANY_REJECTED,
        ),
        (
            counts.complained,
            mailing.tolerated_complaints,
            sender.halt_complained,
            FEWEST_COMPLAINED,
            TOO_MANY_COMPLAINED,
        ),
    ):
        fresh = bad - tolerated
        if fresh >= fewest and fresh * 100 > percent * counts.handed_over:
            return _(words) % {"bad": bad, "all": counts.handed_over}
    return ""


def tolerate(mailing: Mailing) -> None:
    """A manager has seen the figures and goes on: only what comes on top of them halts it again."""
    counts = bad_news(mailing)
    Mailing.objects.filter(pk=mailing.pk).update(
        tolerated_rejections=counts.rejected, tolerated_complaints=counts.complained
    )
