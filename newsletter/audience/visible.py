"""Whom a manager may look at who is limited to some newsletters and segments."""

from typing import Any

from django.db.models import Q, QuerySet

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.conditions.related import any_of_them, stands_in
from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription, Suppression
from newsletter.audience.segmentation import segment_query


def is_limited(user: Any) -> bool:
    """Some newsletter is kept for groups this person is not in."""
    return Newsletter.objects.exclude(pk__in=Newsletter.objects.open_to(user).values("pk")).exists()


def people_visible_to(user: Any) -> QuerySet[Subscriber]:
    """Everybody; for a limited manager whoever ever subscribed to a newsletter that is open to them, and the readers
    in segments that name a group of theirs.

    Rights over subscribers are asked besides. A segment that cannot say whom it means shows nobody.
    """
    people = Subscriber.objects.all()
    if not is_limited(user):
        return people
    visible = [stands_in(Subscription.objects.filter(newsletter__in=Newsletter.objects.open_to(user)))]
    confirmed = stands_in(Subscription.objects.filter(status=Subscription.Status.CONFIRMED))
    for segment in Segment.objects.naming(user):
        try:
            visible.append(confirmed & segment_query(segment))
        except SegmentUnusable:
            continue
    return people.filter(any_of_them(visible))


def suppressions_open_to(user: Any) -> QuerySet[Suppression]:
    """Entries of the do-not-mail list for every newsletter, and for those that are open to this person."""
    theirs = Newsletter.objects.open_to(user)
    return Suppression.objects.filter(Q(newsletter=None) | Q(newsletter__in=theirs))


def may_erase(user: Any, subscriber: Subscriber) -> bool:
    """Whoever may delete subscribers; somebody limited only whom they see, with every subscription of theirs."""
    theirs = Newsletter.objects.open_to(user).values("pk")
    return (
        user.has_perm("audience.delete_subscriber")
        and people_visible_to(user).filter(pk=subscriber.pk).exists()
        and not subscriber.subscriptions.exclude(newsletter__in=theirs).exists()
    )


def may_change_segment(user: Any, segment: Segment) -> bool:
    """Not one kept for others; and whoever is limited to it does not make it wider."""
    if not segment.pk or user.is_superuser or not segment.senders.exists():
        return True
    return Segment.objects.open_to(user).filter(pk=segment.pk).exists() and not is_limited(user)
