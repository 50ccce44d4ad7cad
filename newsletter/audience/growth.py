"""How the list grows: who came and who left, week by week, from where, in which language. From the evidence alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from newsletter.audience.models import Subscription, SubscriptionEvent

WEEKS = 12
MOST_ROWS = 10
Kind = SubscriptionEvent.Kind


@dataclass(frozen=True)
class Week:
    monday: date
    joined: int
    left: int


@dataclass(frozen=True)
class Growth:
    """`by_source` and `by_language`: (name, how many joined) in these weeks, the most first."""

    subscriptions: int
    weeks: list[Week]
    by_source: list[tuple[str, int]]
    by_language: list[tuple[str, int]]

    @property
    def joined(self) -> int:
        return sum(week.joined for week in self.weeks)

    @property
    def left(self) -> int:
        return sum(week.left for week in self.weeks)

    @property
    def tallest(self) -> int:
        return max((max(week.joined, week.left) for week in self.weeks), default=0)


def growth_of_list(*, weeks: int = WEEKS) -> Growth:
    """The last weeks, this one included, in the newsroom's time zone."""
    today = timezone.localdate()
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    since = timezone.make_aware(datetime(first.year, first.month, first.day))  # noqa: DTZ001
    events = SubscriptionEvent.objects.filter(at__gte=since).order_by()
    joined, left = (
        _by_week(events.filter(kind=Kind.CONFIRMED)),
        _by_week(events.filter(kind=Kind.UNSUBSCRIBED)),
    )
    mondays = [first + timedelta(weeks=number) for number in range(weeks)]
    return Growth(
        subscriptions=Subscription.objects.filter(status=Subscription.Status.CONFIRMED).count(),
        weeks=[Week(monday, joined.get(monday, 0), left.get(monday, 0)) for monday in mondays],
        by_source=_joined_by(events, "origin"),
        by_language=_joined_by(events, "language"),
    )


def _by_week(events: QuerySet[SubscriptionEvent]) -> dict[date, int]:
    rows = events.annotate(week=TruncWeek("at")).values("week").annotate(events=Count("pk"))
    return {timezone.localdate(row["week"]): row["events"] for row in rows}


def _joined_by(events: QuerySet[SubscriptionEvent], field: str) -> list[tuple[str, int]]:
    rows = (
        events.filter(kind=Kind.CONFIRMED)
        .values(field)
        .annotate(events=Count("pk"))
        .order_by("-events", field)
    )
    return [(row[field], row["events"]) for row in rows[:MOST_ROWS]]
