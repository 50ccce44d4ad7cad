"""Who got what, and why not: every recipient of a mailing, on the screen and as CSV."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.audience.transfer.cells import line
from newsletter.sending.events import ADDRESS
from newsletter.sending.failures import of_batch
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.progress import STATE_OF_BATCH, WORDS

PROBLEMS = (
    *Delivery.TURNED_DOWN,
    Delivery.Outcome.REJECTED,
    Delivery.Outcome.FAILED,
    Delivery.Outcome.BOUNCED,
    Delivery.Outcome.COMPLAINED,
)
FILTERS = {
    "": gettext_lazy("everybody"),
    "problems": gettext_lazy("did not get it, or complained"),
    "left_out": gettext_lazy("left out"),
    "in_doubt": gettext_lazy("unsure whether it arrived"),
}
# SQLite takes no expression that is a thousand terms deep.
MOST_RUNS = 200
# Spreadsheets need it to read UTF-8.
UTF_8_MARK = "\ufeff"


def deliveries(
    mailing: Mailing, *, chosen: str = "", address: str = "", batch: int | None = None
) -> QuerySet[Any]:
    """The mailing's deliveries in the order they were written; at most what the filter says.

    Each knows `language`, `batch_state` and `batch_fault`. `batch` leaves those who share that batch's fate.
    """
    rows = Delivery.objects.filter(mailing=mailing).order_by("pk")
    if chosen == "problems":
        rows = rows.filter(Q(outcome__in=PROBLEMS) | _shares_fate(mailing.batches.filter(state="rejected")))
    elif chosen == "left_out":
        rows = rows.filter(
            Q(outcome=Delivery.Outcome.SKIPPED) | _shares_fate(mailing.batches.filter(state="cancelled"))
        )
    elif chosen == "in_doubt":
        rows = rows.filter(_shares_fate(mailing.batches.filter(state__in=["unknown", "parked"])))
    if batch is not None:
        rows = rows.filter(_shares_fate(mailing.batches.filter(pk=batch)))
    if address:
        rows = rows.filter(address__icontains=address)
    return rows.annotate(
        batch_state=Coalesce(of_batch("state"), Value("")),
        batch_fault=Coalesce(of_batch("fault"), Value(""), output_field=TextField()),
        language=F("variant__language"),
    )


def _shares_fate(batches: QuerySet[Batch]) -> Q:
    """Deliveries of these batches that have no outcome of their own."""
    runs: list[tuple[int, int]] = []
    for first, last in batches.order_by("first_delivery").values_list("first_delivery", "last_delivery"):
        if runs and runs[-1][1] + 1 == first:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    if len(runs) > MOST_RUNS:
        # Slower, but however many they are.
        around = batches.filter(first_delivery__lte=OuterRef("pk"), last_delivery__gte=OuterRef("pk"))
        return Q(Exists(around), outcome="")
    found = Q(pk__in=[])
    for run in runs:
        found |= Q(pk__range=run, outcome="")
    return found


def what_became(delivery: Any) -> str:
    """In words: the delivery's own outcome, or that of its batch."""
    if delivery.outcome:
        return str(delivery.get_outcome_display())
    return str(WORDS[STATE_OF_BATCH.get(delivery.batch_state, "waiting")])


def why(delivery: Any) -> str:
    """The reason of its own, or of its batch; empty where all is well."""
    if delivery.outcome:
        return str(dict(Delivery.Reason.choices).get(delivery.reason, delivery.reason))
    if delivery.batch_state == Batch.State.CANCELLED:
        return _("the sending was cancelled")
    if delivery.batch_fault and delivery.batch_state != Batch.State.ACCEPTED:
        # A call's fault may name somebody else of it.
        return ADDRESS.sub("…", _(delivery.batch_fault))
    return ""


def as_csv(rows: QuerySet[Any]) -> Iterator[str]:
    """Lines of CSV (RFC 4180), one for each delivery; nothing but a few rows is in memory at a time.

    In the language of the caller: when the lines are drawn, the request is over.
    """
    return _lines(rows, language=translation.get_language())


def _lines(rows: QuerySet[Any], *, language: str | None) -> Iterator[str]:
    with translation.override(language):
        head = line([_("address"), _("language"), _("what became of it"), _("why")])
    yield UTF_8_MARK + head
    for delivery in rows.iterator(chunk_size=2000):
        with translation.override(language):
            cells = (delivery.address, delivery.language or "", what_became(delivery), why(delivery))
        yield line(cells)
