"""After a run: what the stand-in accepted against what our books say."""

import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from newsletter.sending.audit import broken_invariants
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.progress import STATE_OF_BATCH, progress_of
from tests.chaos.books import Accepted, Call

IN_DOUBT = {"unknown", "parked"}
OPEN = {"waiting", "in_flight"}


@dataclass(frozen=True)
class Entry:
    """One delivery as our books have it. `state` is a word of newsletter.sending.progress."""

    pk: int
    address: str
    state: str
    outcome: str
    batch: int | None


def our_books(mailing: Mailing) -> list[Entry]:
    batches = list(Batch.objects.filter(mailing=mailing).order_by("first_delivery"))
    firsts = [batch.first_delivery for batch in batches]
    entries = []
    for delivery in Delivery.objects.filter(mailing=mailing).iterator():
        place = bisect.bisect_right(firsts, delivery.pk) - 1
        batch = batches[place] if place >= 0 and delivery.pk <= batches[place].last_delivery else None
        entries.append(
            Entry(
                pk=delivery.pk,
                address=delivery.address,
                state=_state(delivery, batch),
                outcome=delivery.outcome,
                batch=batch.pk if batch is not None else None,
            )
        )
    return entries


def _state(delivery: Delivery, batch: Batch | None) -> str:
    if delivery.outcome == Delivery.Outcome.SKIPPED:
        return "skipped"
    if delivery.outcome in Delivery.TURNED_DOWN:
        return "rejected"
    return STATE_OF_BATCH[batch.state] if batch is not None else "in no batch"


@dataclass(frozen=True)
class Comparison:
    """`counted_as_sent`, `sent_again`: ids of deliveries in batches that a person decided so."""

    mailing: Mailing
    calls: list[Call]
    sent_again: Collection[int] = frozenset()
    counted_as_sent: Collection[int] = frozenset()

    @cached_property
    def accepted(self) -> list[Accepted]:
        return [one for call in self.calls for one in call.accepted]

    @cached_property
    def refused(self) -> set[str]:
        return {address for call in self.calls for address in call.refused}

    def faults(self, *, decided: bool) -> Iterator[str]:
        """In words, whatever is wrong. `decided`: nobody may be in doubt any more."""
        books = our_books(self.mailing)
        times = self._times_accepted
        yield from self._of_the_sums(books, decided=decided)
        yield from self._strangers(books)
        for entry in books:
            yield from self._of_one(entry, times.get(entry.pk, 0), decided=decided)
        yield from (f"invariant {broken}" for broken in broken_invariants(self.mailing))

    @property
    def duplicates(self) -> int:
        """Messages more than one for each, but for those a person sent again."""
        return sum(times - 1 for pk, times in self._times_accepted.items() if pk not in self.sent_again)

    @property
    def asked_for(self) -> int:
        return sum(times - 1 for pk, times in self._times_accepted.items() if pk in self.sent_again)

    @property
    def missing(self) -> int:
        """People who are neither accepted, nor left out or turned down; or whom our books call accepted wrongly."""
        times = self._times_accepted
        return sum(
            entry.state not in {"accepted", "skipped", "rejected"}
            or (
                entry.state == "accepted" and not times.get(entry.pk) and entry.pk not in self.counted_as_sent
            )
            for entry in our_books(self.mailing)
        )

    @cached_property
    def _times_accepted(self) -> Mapping[int, int]:
        """By SMTP a message carries no delivery id; its address says whose it is."""
        ours = {entry.address: entry.pk for entry in our_books(self.mailing)}
        return Counter(
            int(one.delivery) if one.delivery else ours.get(one.address, 0) for one in self.accepted
        )

    def _strangers(self, books: list[Entry]) -> Iterator[str]:
        addresses = {entry.pk: entry.address for entry in books}
        by_address = {entry.address: entry.pk for entry in books}
        for one in self.accepted:
            pk = int(one.delivery) if one.delivery else by_address.get(one.address, 0)
            if addresses.get(pk) != one.address:
                yield f"{one.address} was sent delivery {one.delivery or '(none)'}, which is not theirs"

    def _of_one(self, entry: Entry, times: int, *, decided: bool) -> Iterator[str]:
        name = f"{entry.address} (delivery {entry.pk}, batch {entry.batch}): {entry.state}"
        if times > 1 and entry.pk not in self.sent_again:
            yield f"{name}, accepted {times} times"
        if times and entry.state not in {"accepted", *IN_DOUBT}:
            yield f"{name}, though it was accepted"
        if not times and entry.state == "accepted" and entry.pk not in self.counted_as_sent:
            yield f"{name}, though it was never accepted"
        if entry.state in OPEN or (decided and entry.state in IN_DOUBT):
            yield f"{name} at the end"
        if entry.state == "rejected" and entry.address not in self.refused:
            yield f"{name}, though nobody turned them down"

    def _of_the_sums(self, books: list[Entry], *, decided: bool) -> Iterator[str]:
        self.mailing.refresh_from_db()
        progress = progress_of(self.mailing)
        if not progress.balances:
            yield f"the sum is {progress.total} and the audience {progress.audience}"
        if len(books) != progress.audience:
            yield f"{len(books)} deliveries for an audience of {progress.audience}"
        for state, count in progress.counts.items():
            if (ours := sum(entry.state == state for entry in books)) != count:
                yield f"the page says {count} {state}, the deliveries say {ours}"
        if decided and self.mailing.state != Mailing.State.SENT:
            yield f"the mailing is {self.mailing.state} ({self.mailing.fault})"


def reports_not_heeded(mailing: Mailing, reported: Mapping[int, str]) -> Iterable[str]:
    """`reported`: {delivery: the strongest word of all reports that our webhook took}."""
    for entry in our_books(mailing):
        if entry.pk in reported and entry.outcome != reported[entry.pk]:
            yield f"{entry.address} is {entry.outcome!r} after a report that said {reported[entry.pk]!r}"
