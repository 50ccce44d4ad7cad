"""What a chunk did to the list, and how it is undone: who was new goes, what was changed comes back.

Whoever has done something themselves since, or whom a later import touched, stays as they are: what was undone there is
undone, and only that. Evidence stays, and says that the import was undone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from newsletter.audience.models import (
    ImportedChunk,
    Subscriber,
    SubscriberImport,
    Subscription,
    SubscriptionEvent,
    Suppression,
)

UNDONE = ", undone"
"""Behind the origin, in the evidence."""


@dataclass
class Journal:
    """Kept as JSON with the chunk. Values are storable(): UUIDs and moments as text."""

    new: list[int] = field(default_factory=list)
    """Subscribers."""
    fields: list[list[Any]] = field(default_factory=list)
    """[subscriber, values before, values after]"""
    joined: list[list[Any]] = field(default_factory=list)
    """[subscriber known before, newsletter, status]"""
    moved: list[list[Any]] = field(default_factory=list)
    """A subscription as newsletter.audience.transfer.deciding.Standing had it, and its status after."""
    suppressed: list[str] = field(default_factory=list)
    """Hashes of addresses that came onto the do-not-mail list, for all newsletters."""
    suppressed_for: list[list[Any]] = field(default_factory=list)
    """[hash of an address, newsletter], for one."""
    raised: list[list[Any]] = field(default_factory=list)
    """[entry of the do-not-mail list, reason before]"""
    left_already: list[list[Any]] = field(default_factory=list)
    """[subscriber, newsletter] of whom the file said that they left, as they had: undoing who wrote that must not lose it."""
    listed_already: list[list[Any]] = field(default_factory=list)
    """[hash of an address, newsletter or None], likewise, of those on the do-not-mail list."""

    def stored(self) -> dict[str, Any]:
        return dict(vars(self))

    def people(self) -> list[int]:
        """Everybody it touched."""
        return [
            *self.new,
            *(entry[0] for entry in self.fields),
            *(entry[0] for entry in self.joined),
            *(entry[1] for entry in self.moved),
        ]


def storable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def undo_chunk(chunk: ImportedChunk, record: SubscriberImport) -> int:
    """Undoes it in the caller's transaction, and deletes it. Returns how many people stay as they are."""
    journal = Journal(**chunk.journal)
    everybody = set(journal.people())
    # Locked in the order of their keys, before anything of theirs is looked at.
    people = {
        subscriber.pk: subscriber
        for subscriber in Subscriber.objects.filter(pk__in=everybody)
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    entries = _its_entries(journal, record)
    left, listed = _said_again(chunk)
    acted = _acted_since(chunk, record, everybody) | (everybody & left)
    people = {key: subscriber for key, subscriber in people.items() if key not in acted}
    _restore_fields(journal, people)
    for entry in journal.moved:
        if entry[1] in people:
            _restore_standing(entry)
    for subscriber_id, newsletter_id, status in journal.joined:
        if subscriber_id in people:
            Subscription.objects.filter(
                subscriber=subscriber_id, newsletter=newsletter_id, status=status
            ).delete()
    SubscriptionEvent.objects.bulk_create(
        [
            SubscriptionEvent(
                kind=SubscriptionEvent.Kind.CHANGED,
                at=timezone.now(),
                address_hash=subscriber.address_hash,
                subscriber_id=subscriber.pk,
                newsletter_id=record.newsletter_id,
                origin=record.origin + UNDONE,
                language=subscriber.language,
            )
            for subscriber in people.values()
        ]
    )
    # Not by SQL alone: other rooms listen when a subscriber goes.
    Subscriber.objects.filter(pk__in=[key for key in journal.new if key in people]).delete()
    _take_off(
        journal, [entry for entry in entries if (entry.address_hash, entry.newsletter_id) not in listed]
    )
    chunk.delete()
    return len(acted)


def _its_entries(journal: Journal, record: SubscriberImport) -> list[Suppression]:
    """What it put on the do-not-mail list or raised there, unless somebody has written over it; locked."""
    suppressed = {(digest, None) for digest in journal.suppressed}
    suppressed |= {(digest, newsletter_id) for digest, newsletter_id in journal.suppressed_for}
    raised = [entry_id for entry_id, _reason in journal.raised]
    found = (
        Suppression.objects.filter(note=record.origin)
        .filter(Q(address_hash__in={digest for digest, _newsletter in suppressed}) | Q(pk__in=raised))
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    return [
        entry
        for entry in found
        if entry.pk in raised or (entry.address_hash, entry.newsletter_id) in suppressed
    ]


def _acted_since(chunk: ImportedChunk, record: SubscriberImport, everybody: set[int]) -> set[int]:
    """Those with evidence of their own, of staff's, or of another import that has not been undone."""
    undone = SubscriberImport.objects.filter(state=SubscriberImport.State.UNDONE)
    return set(
        SubscriptionEvent.objects.filter(subscriber__in=everybody, at__gte=chunk.written_at)
        .exclude(origin__in=[record.origin, *(other.origin for other in undone.only("pk"))])
        .exclude(origin__startswith="import ", origin__endswith=UNDONE)
        .exclude(kind=SubscriptionEvent.Kind.MAILED)
        .values_list("subscriber", flat=True)
    )


def _said_again(chunk: ImportedChunk) -> tuple[set[int], set[tuple[str, int | None]]]:
    """(subscribers who left, entries of the do-not-mail list) by what other imports have said since, too."""
    later = ImportedChunk.objects.filter(written_at__gte=chunk.written_at).exclude(
        subscriber_import=chunk.subscriber_import_id
    )
    left: set[int] = set()
    listed: set[tuple[str, int | None]] = set()
    for their_left, their_listed in later.values_list("journal__left_already", "journal__listed_already"):
        left.update(subscriber for subscriber, _newsletter in their_left or ())
        listed.update((digest, newsletter) for digest, newsletter in their_listed or ())
    return left, listed


def _take_off(journal: Journal, entries: list[Suppression]) -> None:
    """Entries of the do-not-mail list go, or get back the reason they had."""
    before = dict(journal.raised)
    for entry in entries:
        if entry.pk in before:
            Suppression.objects.filter(pk=entry.pk).update(reason=before[entry.pk], note="")
    Suppression.objects.filter(pk__in=[entry.pk for entry in entries if entry.pk not in before]).delete()


def _restore_fields(journal: Journal, people: dict[int, Subscriber]) -> None:
    for subscriber_id, before, after in journal.fields:
        subscriber = people.get(subscriber_id)
        if subscriber is None:
            continue
        # What somebody has changed since is theirs.
        back = {
            name: value
            for name, value in before.items()
            if storable(getattr(subscriber, name)) == after[name]
        }
        if back:
            Subscriber.objects.filter(pk=subscriber_id).update(**back)


def _restore_standing(entry: list[Any]) -> None:
    key, _subscriber, _newsletter, status, requested_at, confirmed_at, left_at, status_after = entry
    Subscription.objects.filter(pk=key, status=status_after).update(
        status=status,
        requested_at=parse_datetime(requested_at),
        confirmed_at=parse_datetime(confirmed_at) if confirmed_at else None,
        unsubscribed_at=parse_datetime(left_at) if left_at else None,
    )
