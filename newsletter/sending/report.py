"""What became of a sending: the figures its manager looks at afterwards. Nobody's opens, nobody's clicks."""

from dataclasses import dataclass
from datetime import timedelta

from anymail.signals import RejectReason
from django.db.models import Count, Exists, OuterRef, Value
from django.db.models.functions import StrIndex, Substr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.audience.models import SubscriptionEvent
from newsletter.audience.transfer.cells import line
from newsletter.sending.delivery_list import PROBLEMS, UTF_8_MARK
from newsletter.sending.failures import FAILED
from newsletter.sending.models import Delivery, DeliveryEvent, Mailing
from newsletter.sending.progress import progress_of, reasons_left_out

# Who leaves later than that leaves because of something else.
LEAVES_BECAUSE_OF_IT = timedelta(days=14)
MOST_DOMAINS = 20
REASONS = {
    RejectReason.INVALID: gettext_lazy("the address does not exist"),
    RejectReason.BOUNCED: gettext_lazy("the address does not exist any more, or takes no mail"),
    RejectReason.TIMED_OUT: gettext_lazy("it could not be reached for a long time"),
    RejectReason.BLOCKED: gettext_lazy("its mail server does not take our mail"),
    RejectReason.SPAM: gettext_lazy("it was taken for spam"),
    RejectReason.UNSUBSCRIBED: gettext_lazy("it has unsubscribed at the mail service"),
}
OTHER_REASON = gettext_lazy("another reason")

Row = tuple[str, int]


@dataclass(frozen=True)
class Report:
    """(words, people) in each list. `became` is what the chart shows; with `left_out` it is the whole audience.

    `problems_by_domain` names the domains with the most, at most MOST_DOMAINS.
    """

    audience: int
    became: list[Row]
    bounced_by_reason: list[Row]
    problems_by_domain: list[Row]
    left_out: list[Row]
    unsubscribed: int

    def sections(self) -> list[tuple[str, list[Row]]]:
        return [
            (_("What became of it"), self.became),
            (_("Bounced, because"), self.bounced_by_reason),
            (_("Domains where it did not arrive"), self.problems_by_domain),
            (_("Left out, because"), self.left_out),
            (_("Afterwards"), [(_("unsubscribed within 14 days"), self.unsubscribed)]),
        ]


def report_of(mailing: Mailing) -> Report:
    return Report(
        audience=mailing.audience or 0,
        became=_became(mailing),
        bounced_by_reason=_bounced_by_reason(mailing),
        problems_by_domain=_problems_by_domain(mailing),
        left_out=reasons_left_out(mailing),
        unsubscribed=_unsubscribed(mailing),
    )


def as_csv(report: Report) -> str:
    """A line for each figure: section, words, people; in the active language."""
    sections = [("", [(_("people"), report.audience)]), *report.sections()]
    figures = [line([section, words, str(people)]) for section, rows in sections for words, people in rows]
    return UTF_8_MARK + "".join(figures)


def _became(mailing: Mailing) -> list[Row]:
    """Every recipient once: by the mail service's report where there is one, else by what we know ourselves."""
    progress = progress_of(mailing)
    reported = {
        row["outcome"]: row["people"]
        for row in Delivery.objects.filter(mailing=mailing)
        .exclude(outcome__in=["", Delivery.Outcome.SKIPPED, *Delivery.TURNED_DOWN])
        .order_by()
        .values("outcome")
        .annotate(people=Count("pk"))
    }
    # Reports come for what was accepted; the others stand in the batches.
    silent = progress.accepted - sum(reported.values())
    rows = [(str(words), reported.get(outcome, 0)) for outcome, words in Delivery.Outcome.choices]
    rows += [
        (_("accepted by the mail service, nothing more is known"), silent),
        (_("turned down when it was handed over"), progress.rejected),
        (_("left out"), progress.skipped),
        (_("unsure whether it arrived"), progress.unknown + progress.parked),
        (_("not sent yet"), progress.waiting + progress.in_flight),
    ]
    return [(words, people) for words, people in rows if people > 0]


def _bounced_by_reason(mailing: Mailing) -> list[Row]:
    rows = (
        DeliveryEvent.objects.filter(
            delivery__mailing=mailing, delivery__outcome__in=FAILED, event_type__in=FAILED
        )
        .order_by()
        .values("reject_reason")
        .annotate(people=Count("delivery", distinct=True))
    )
    counted: dict[str, int] = {}
    for row in rows:
        words = str(REASONS.get(row["reject_reason"], OTHER_REASON))
        counted[words] = counted.get(words, 0) + row["people"]
    return _most_first(counted)


def _problems_by_domain(mailing: Mailing) -> list[Row]:
    rows = (
        Delivery.objects.filter(mailing=mailing, outcome__in=PROBLEMS)
        .exclude(address="")
        .annotate(domain=Substr("address", StrIndex("address", Value("@")) + 1))
        .order_by()
        .values("domain")
        .annotate(people=Count("pk"))
        .order_by("-people", "domain")
    )
    return [(row["domain"], row["people"]) for row in rows[:MOST_DOMAINS]]


def _unsubscribed(mailing: Mailing) -> int:
    if mailing.started_at is None:
        return 0
    recipients = Delivery.objects.filter(mailing=mailing, subscriber=OuterRef("subscriber")).exclude(
        outcome=Delivery.Outcome.SKIPPED
    )
    return (
        SubscriptionEvent.objects.filter(
            Exists(recipients),
            kind=SubscriptionEvent.Kind.UNSUBSCRIBED,
            newsletter=mailing.newsletter_id,
            at__range=(mailing.started_at, mailing.started_at + LEAVES_BECAUSE_OF_IT),
        )
        .order_by()
        .values("subscriber")
        .distinct()
        .count()
    )


def _most_first(counted: dict[str, int]) -> list[Row]:
    return sorted(counted.items(), key=lambda row: (-row[1], row[0]))
