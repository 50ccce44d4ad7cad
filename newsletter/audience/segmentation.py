"""Whom a segment means, and who gets a mailing: the union of segments less the excluded, each person once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _g

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.conditions.related import any_of_them
from newsletter.audience.conditions.rules import Rules
from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription


def segment_query(segment: Segment) -> Q:
    """The segment's stored rules as a Q over Subscriber. Raises SegmentUnusable, naming the segment.

    Compiled from the stored value, not from the StreamField, which drops what it does not know.
    """
    with naming(segment):
        return segment.as_stored().query()


def describe(segment: Segment) -> str:
    """In words: "people who chose Housing or Food and read Spanish". Raises SegmentUnusable."""
    with naming(segment):
        return segment.as_stored().words()


def people_in(segment: Segment) -> QuerySet[Subscriber]:
    """Everybody in the segment who reads at least one newsletter. Raises SegmentUnusable."""
    return readers().filter(segment_query(segment))


def people_meant_by(rules: Rules) -> QuerySet[Subscriber]:
    """The same for rules that nobody has saved. Raises SegmentUnusable, without a name."""
    return readers().filter(rules.query())


def audience_of(
    *,
    newsletter: Newsletter,
    segments: Iterable[Segment],
    excluded: Iterable[Segment] = (),
    everyone: bool = False,
) -> QuerySet[Subscriber]:
    """Confirmed subscribers of the newsletter in any of the segments and in none of the excluded, each once.

    Without segments and without `everyone` that is nobody. People on the do-not-mail list are among them:
    the sending leaves them out one by one and says why. Raises SegmentUnusable for any segment that cannot
    say whom it means, excluded ones included: leaving out fewer people is a wider audience, too.
    """
    wanted = [segment_query(segment) for segment in segments]
    unwanted = [segment_query(segment) for segment in excluded]
    if not wanted and not everyone:
        return Subscriber.objects.none()
    audience = readers(newsletter)
    if not everyone:
        audience = audience.filter(any_of_them(wanted))
    if unwanted:
        # NOT EXISTS, not NOT: where a condition's column is NULL, NOT would leave the person out of both sides.
        audience = audience.exclude(
            Exists(Subscriber.objects.filter(any_of_them(unwanted), pk=OuterRef("pk")).order_by())
        )
    return audience


def readers(newsletter: Newsletter | None = None) -> QuerySet[Subscriber]:
    """Whoever confirmed that newsletter; any newsletter when None. Each once, in the order they came."""
    if newsletter is not None:
        # A person has one subscription to a newsletter, so a join finds each once; it beats Exists over a million.
        return Subscriber.objects.filter(
            subscriptions__newsletter=newsletter, subscriptions__status=Subscription.Status.CONFIRMED
        ).order_by("pk")
    # Exists instead of a join: a person with two subscriptions is still one person.
    confirmed = Subscription.objects.filter(subscriber=OuterRef("pk"), status=Subscription.Status.CONFIRMED)
    return Subscriber.objects.filter(Exists(confirmed)).order_by("pk")


@contextmanager
def naming(segment: Segment) -> Iterator[None]:
    """What cannot be compiled names the segment."""
    try:
        yield
    except SegmentUnusable as fault:
        raise SegmentUnusable(
            _g("The segment “%(name)s” cannot be used: %(fault)s.") % {"name": segment.name, "fault": fault}
        ) from fault
