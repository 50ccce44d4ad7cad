"""What is not kept: sign-ups that nobody confirmed."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from newsletter.audience.models import Subscriber, Subscription

UNCONFIRMED_FOR = timedelta(days=30)
AT_ONCE = 500


def forget_unconfirmed() -> int:
    """Deletes sign-ups never confirmed in 30 days, and people left without any; returns how many people.

    Their evidence stays, known by the keyed hash alone. Works in small portions: nobody waits behind it.
    """
    before = timezone.now() - UNCONFIRMED_FOR
    stale = Subscription.objects.filter(
        status=Subscription.Status.PENDING, confirmed_at__isnull=True, requested_at__lt=before
    )
    while keys := list(stale.values_list("pk", flat=True)[:AT_ONCE]):
        # Filtered again: a confirmation may have come in between.
        stale.filter(pk__in=keys).delete()
    strangers = Subscriber.objects.filter(
        ~Exists(Subscription.objects.filter(subscriber=OuterRef("pk"))), created_at__lt=before
    ).order_by("pk")
    forgotten = 0
    while keys := list(strangers.values_list("pk", flat=True)[:AT_ONCE]):
        forgotten += len(keys)
        Subscriber.objects.filter(pk__in=keys).delete()
    return forgotten
