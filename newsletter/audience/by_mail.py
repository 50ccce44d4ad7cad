"""Links that somebody asks for and that go to the address itself: the preferences link, and the fresh one.

Whoever asks sees the same page whether or not the address is known; what is mailed is decided here, by a task.
"""

from django.db import transaction

from newsletter.audience.evidence import mailed_lately, record
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent
from newsletter.audience.suppressions import may_only_return_through_staff

# What evidence calls these mails.
PREFERENCES_LINK = "preferences link"
FRESH_LINK = "fresh link"


def request_preferences_link(*, address: str) -> None:
    """Has the link to their preferences mailed to that (normalised) address, if we may and know it.

    A task is enqueued for an unknown address, too: the work is the same.
    """
    from newsletter.audience.tasks import mail_preferences_link

    subscriber_id = Subscriber.objects.filter(email=address).values_list("pk", flat=True).first()
    mail_preferences_link.enqueue(subscriber_id)


def request_fresh_link(*, subscriber_id: int) -> None:
    """Has the link that opens the person's own data for 30 minutes mailed to their address."""
    from newsletter.audience.tasks import mail_fresh_link

    mail_fresh_link.enqueue(subscriber_id)


def unconfirmed_subscriptions(subscriber_id: int) -> list[int]:
    """The primary keys of sign-ups that still wait for their confirmation."""
    return list(
        Subscription.objects.filter(subscriber=subscriber_id, status=Subscription.Status.PENDING)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def is_only_waiting(subscriber_id: int) -> bool:
    """Whether all we hold is a sign-up nobody confirmed: its address may belong to somebody who never asked."""
    statuses = set(
        Subscription.objects.filter(subscriber=subscriber_id).values_list("status", flat=True).distinct()
    )
    return statuses == {Subscription.Status.PENDING}


def claim_link(*, subscriber_id: int, purpose: str) -> Subscriber | None:
    """The person to mail that link to now, written down as mailed; None where none may be sent.

    Nothing goes to an address on the do-not-mail list, and one mail of a kind in ten minutes to any.
    """
    with transaction.atomic():
        subscriber = Subscriber.objects.select_for_update(of=("self",)).filter(pk=subscriber_id).first()
        if (
            subscriber is None
            or may_only_return_through_staff(subscriber.address_hash, None)
            or mailed_lately(subscriber.address_hash, origin=purpose)
        ):
            return None
        record(
            SubscriptionEvent.Kind.MAILED,
            address_hash=subscriber.address_hash,
            subscriber=subscriber,
            origin=purpose,
            language=subscriber.language,
        )
        return subscriber
