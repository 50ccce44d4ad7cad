"""Whom a segment means, and who gets a mailing: the union of segments less the excluded, each person once."""

from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _g

from newsletter.audience.conditions import Condition, SegmentUnusable, condition_named
from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription


def segment_query(segment: Segment) -> Q:
    """The segment's stored rules as a Q over Subscriber. Raises SegmentUnusable, naming the segment.

    Compiled from the stored value, not from the StreamField, which drops what it does not know.
    """
    combine = and_ if segment.match == Segment.Match.ALL else or_
    return reduce(combine, [query for _condition, _value, query in _compiled(segment)])


def describe(segment: Segment) -> str:
    """In words: "people who chose Housing or Food and read Spanish". Raises SegmentUnusable."""
    parts = [condition.describe(value) for condition, value, _query in _compiled(segment)]
    joint = _g(" and ") if segment.match == Segment.Match.ALL else _g(", or ")
    return _g("people who %(conditions)s") % {"conditions": joint.join(parts)}


def people_in(segment: Segment) -> QuerySet[Subscriber]:
    """Everybody in the segment who reads at least one newsletter. Raises SegmentUnusable."""
    return _readers().filter(segment_query(segment))


def count(segment: Segment) -> int:
    return people_in(segment).count()


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
    audience = _readers(newsletter)
    if not everyone:
        audience = audience.filter(reduce(or_, wanted))
    if unwanted:
        # NOT EXISTS, not NOT: where a condition's column is NULL, NOT would leave the person out of both sides.
        audience = audience.exclude(
            Exists(Subscriber.objects.filter(reduce(or_, unwanted), pk=OuterRef("pk")).order_by())
        )
    return audience


def _readers(newsletter: Newsletter | None = None) -> QuerySet[Subscriber]:
    if newsletter is not None:
        # A person has one subscription to a newsletter, so a join finds each once; it beats Exists over a million.
        return Subscriber.objects.filter(
            subscriptions__newsletter=newsletter, subscriptions__status=Subscription.Status.CONFIRMED
        ).order_by("pk")
    # Exists instead of a join: a person with two subscriptions is still one person.
    confirmed = Subscription.objects.filter(subscriber=OuterRef("pk"), status=Subscription.Status.CONFIRMED)
    return Subscriber.objects.filter(Exists(confirmed)).order_by("pk")


def _compiled(segment: Segment) -> list[tuple[Condition, Any, Q]]:
    """Every stored rule as (condition, stored value, query); what cannot be compiled names the segment."""
    try:
        rules = segment.stored_rules()
        if not rules:
            raise SegmentUnusable(_g("it has no conditions"))
        conditions = [(condition_named(rule["type"]), rule["value"]) for rule in rules]
        return [(condition, value, condition.compile(value)) for condition, value in conditions]
    except SegmentUnusable as fault:
        raise SegmentUnusable(
            _g("The segment “%(name)s” cannot be used: %(fault)s.") % {"name": segment.name, "fault": fault}
        ) from fault
