"""How far a mailing is. The sums come from the batches: a few rows, however long the list is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db.models import Count, F, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from newsletter.sending.models import Batch, Delivery, Mailing

STATE_OF_BATCH: dict[str, str] = {
    Batch.State.PENDING: "waiting",
    Batch.State.CLAIMED: "waiting",
    Batch.State.DEFERRED: "waiting",
    Batch.State.SUBMITTING: "in_flight",
    Batch.State.ACCEPTED: "accepted",
    Batch.State.REJECTED: "rejected",
    Batch.State.CANCELLED: "skipped",
    Batch.State.UNKNOWN: "unknown",
    Batch.State.PARKED: "parked",
}

WORDS = {
    "accepted": _("accepted by the mail service"),
    "waiting": _("waiting"),
    "in_flight": _("being sent"),
    "skipped": pgettext_lazy("people", "left out"),
    "rejected": pgettext_lazy("people", "rejected"),
    "unknown": _("unsure whether it arrived"),
    "parked": _("unsure whether it arrived: you decide"),
}


@dataclass(frozen=True)
class Progress:
    """Every recipient is in exactly one of these; together they are the audience."""

    audience: int
    accepted: int = 0
    waiting: int = 0
    in_flight: int = 0
    skipped: int = 0
    rejected: int = 0
    unknown: int = 0
    parked: int = 0

    @property
    def counts(self) -> dict[str, int]:
        counts = asdict(self)
        counts.pop("audience")
        return counts

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def balances(self) -> bool:
        return self.total == self.audience

    @property
    def settled(self) -> int:
        return self.total - self.waiting - self.in_flight

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """(name, words, how many) of every state somebody is in; accepted always."""
        return [
            (name, str(WORDS[name]), self.counts[name])
            for name in WORDS
            if self.counts[name] or name == "accepted"
        ]


def progress_of(mailing: Mailing) -> Progress:
    return progress_of_each([mailing])[mailing.pk]


def progress_of_each(mailings: Sequence[Mailing]) -> dict[int, Progress]:
    """By the mailings' primary keys, in one query."""
    counts = {mailing.pk: dict.fromkeys(WORDS, 0) | {"skipped": mailing.left_out} for mailing in mailings}
    for row in (
        Batch.objects.filter(mailing__in=counts)
        .order_by()
        .values("mailing", "state")
        .annotate(
            shared=Sum(F("size") - F("left_out") - F("refused")),
            left=Sum("left_out"),
            turned_down=Sum("refused"),
        )
    ):
        of_this = counts[row["mailing"]]
        of_this[STATE_OF_BATCH[row["state"]]] += row["shared"]
        of_this["skipped"] += row["left"]
        of_this["rejected"] += row["turned_down"]
    return {
        mailing.pk: Progress(audience=mailing.audience or 0, **counts[mailing.pk]) for mailing in mailings
    }


def reasons_left_out(mailing: Mailing) -> list[tuple[str, int]]:
    """[(reason in words, how many)] of everybody left out, cancelled batches included."""
    words = dict(Delivery.Reason.choices)
    rows = (
        Delivery.objects.filter(mailing=mailing, outcome=Delivery.Outcome.SKIPPED)
        .order_by()
        .values("reason")
        .annotate(people=Count("pk"))
        .order_by("-people")
    )
    reasons = [(str(words.get(row["reason"], row["reason"])), row["people"]) for row in rows]
    cancelled = mailing.batches.filter(state=Batch.State.CANCELLED).aggregate(
        people=Sum(F("size") - F("left_out") - F("refused"))
    )["people"]
    if cancelled:
        reasons.append((str(_("the sending was cancelled")), cancelled))
    return reasons
