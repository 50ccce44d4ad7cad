"""Rules about how many people an edition would go to: the check before sending, once somebody has counted them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter
from newsletter.editions.preflight import Finding
from newsletter.editions.preflight.registry import Level
from newsletter.sending.models import Mailing

# More than twice as many as last time is a slip more often than a success; of a small list nothing is said.
FAR_MORE = 2
WORTH_SAYING = 50


@dataclass(frozen=True)
class CountedPeople:
    """`total` would get it; `last` got the newsletter's last sending, None when there was none."""

    newsletter: Newsletter
    total: int
    last: int | None


@dataclass(frozen=True)
class PeopleRule:
    """The test yields one message for each fault."""

    name: str
    level: Level
    test: Callable[[CountedPeople], Iterable[str]]


def check_people(*, newsletter: Newsletter, total: int) -> list[Finding]:
    """Every fault of an audience of that many people, errors first."""
    counted = CountedPeople(newsletter=newsletter, total=total, last=last_audience(newsletter))
    findings = [
        Finding(rule=rule.name, level=rule.level, message=message)
        for rule in PEOPLE_RULES
        for message in rule.test(counted)
    ]
    return sorted(findings, key=lambda finding: finding.level != "error")


def last_audience(newsletter: Newsletter) -> int | None:
    """How many the last sending went to, less who was left out at its start. Second tries do not count."""
    last = (
        Mailing.objects.filter(
            newsletter=newsletter, retry_of=None, started_at__isnull=False, audience__isnull=False
        )
        .exclude(state=Mailing.State.CANCELLED)
        .order_by("-started_at")
        .values_list("audience", "left_out")
        .first()
    )
    return None if last is None else (last[0] or 0) - last[1]


def somebody_is_there(counted: CountedPeople) -> Iterator[str]:
    if not counted.total:
        yield _("Nobody would get this. Choose other segments, or look at who is left out and why.")


def not_far_more_than_last_time(counted: CountedPeople) -> Iterator[str]:
    if counted.last is None or counted.total - counted.last < WORTH_SAYING:
        return
    if counted.total > FAR_MORE * counted.last:
        yield _(
            "%(total)s people would get this; the last sending of “%(newsletter)s” went to %(last)s. "
            "Is it really meant for so many?"
        ) % {"total": counted.total, "last": counted.last, "newsletter": counted.newsletter.name}


PEOPLE_RULES = [
    PeopleRule("nobody", "error", somebody_is_there),
    PeopleRule("far_more_people", "warning", not_far_more_than_last_time),
]
