"""Decisions carried out: a chunk of people onto the list, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from newsletter.audience.models import (
    Subscriber,
    SubscriberImport,
    Subscription,
    SubscriptionEvent,
    Suppression,
    TopicChoice,
)
from newsletter.audience.transfer.deciding import CONFIRMED, LEFT, PENDING, Decision, Known, Standing
from newsletter.audience.transfer.inserting import insert_rows, keys_for
from newsletter.audience.transfer.journal import Journal, storable
from newsletter.audience.transfer.people import Wish

Kind = SubscriptionEvent.Kind
KIND_OF = {
    CONFIRMED: Kind.CONFIRMED.value,
    PENDING: Kind.REQUESTED.value,
    LEFT: Kind.UNSUBSCRIBED.value,
}
COLUMN_OF = {"place": "place_key"}
PERSON = (
    "id", "email", "address_hash", "name", "language", "place_key", "kind", "relation", "tags", "attributes",
    "paused_until", "created_at",
)  # fmt: skip
SUBSCRIPTION = (
    "subscriber",
    "newsletter",
    "status",
    "rhythm",
    "requested_at",
    "confirmed_at",
    "unsubscribed_at",
)
EVIDENCE = ("subscriber", "address_hash", "newsletter", "kind", "at", "origin", "network", "language", "text")


class _Chunk:
    def __init__(self, record: SubscriberImport, now: datetime) -> None:
        self.record, self.now = record, now
        self.journal = Journal()
        self.subscriptions: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.topics: list[tuple[Any, ...]] = []

    def event(
        self, made: Decision, subscriber_id: int | None, newsletter_id: int | None, kind: str, text: str
    ) -> None:
        self.events.append(
            (subscriber_id, made.address_hash, newsletter_id, kind, self.now, self.record.origin, "",
             made.person.language, text)
        )  # fmt: skip

    def join(self, made: Decision, subscriber_id: int, newsletter_id: int, wish: Wish) -> None:
        confirmed_at, left_at = wish.confirmed_at, wish.unsubscribed_at
        if wish.status == CONFIRMED:
            confirmed_at = confirmed_at or self.now
        elif wish.status == LEFT:
            left_at = left_at or self.now
        # A link to confirm carries the moment of the request; of those who are asked now, it is now.
        asked = wish.requested_at or confirmed_at or self.now
        self.subscriptions.append(
            (subscriber_id, newsletter_id, wish.status, wish.rhythm, asked, confirmed_at, left_at)
        )
        self.event(made, subscriber_id, newsletter_id, KIND_OF[wish.status], self.words_for(wish))

    def words_for(self, wish: Wish) -> str:
        return "" if wish.status == LEFT else self.record.consent

    def confirm(self, made: Decision, standing: Standing, wish: Wish) -> None:
        won = Subscription.objects.filter(
            pk=standing.id, status=PENDING, requested_at=standing.requested_at
        ).update(status=CONFIRMED, confirmed_at=wish.confirmed_at or self.now)
        if won:
            self.journal.moved.append([*map(storable, standing), CONFIRMED])
            self.event(
                made,
                standing.subscriber_id,
                standing.newsletter_id,
                Kind.CONFIRMED.value,
                self.record.consent,
            )

    def leave(self, made: Decision, standing: Standing, wish: Wish) -> None:
        won = (
            Subscription.objects.filter(pk=standing.id, status=standing.status)
            .update(status=LEFT, unsubscribed_at=wish.unsubscribed_at or self.now)
        )  # fmt: skip
        if won:
            self.journal.moved.append([*map(storable, standing), LEFT])
            self.event(made, standing.subscriber_id, standing.newsletter_id, Kind.UNSUBSCRIBED.value, "")


def write(
    decisions: Sequence[Decision], *, record: SubscriberImport, now: datetime
) -> tuple[Journal, list[int]]:
    """Does what was decided, in the caller's transaction, where nothing has changed since.

    Returns the journal that undoes it, and the subscriptions whose people are to be asked. Raises IntegrityError when
    somebody signed up at the same moment: then the chunk is decided anew.
    """
    chunk = _Chunk(record, now)
    _write_new(chunk, [made for made in decisions if made.known is None and made.is_written])
    for made in decisions:
        if made.known is None:
            continue
        if made.fields:
            _write_fields(chunk, made, made.known)
        for newsletter_id, wish in made.joins:
            chunk.join(made, made.known.id, newsletter_id, wish)
            chunk.journal.joined.append([made.known.id, newsletter_id, wish.status])
        for standing, wish in made.confirms:
            chunk.confirm(made, standing, wish)
        for standing, wish in made.leaves:
            chunk.leave(made, standing, wish)
        chunk.journal.left_already += [[made.known.id, newsletter_id] for newsletter_id in made.left_already]
    insert_rows(Subscription, SUBSCRIPTION, chunk.subscriptions)
    insert_rows(TopicChoice, ("subscriber", "topic_key"), chunk.topics)
    _suppress(chunk, decisions)
    insert_rows(SubscriptionEvent, EVIDENCE, chunk.events)
    return chunk.journal, _to_ask(chunk)


def _write_new(chunk: _Chunk, decisions: list[Decision]) -> None:
    if not decisions:
        return
    # In one order everywhere, so that two imports of the same people cannot wait for each other.
    decisions = sorted(decisions, key=lambda made: made.person.address)
    people = [made.person for made in decisions]
    keys = keys_for(Subscriber, len(people))
    insert_rows(
        Subscriber,
        PERSON,
        (
            (
                key, person.address, made.address_hash, person.name, person.language, person.place_key, person.kind,
                person.relation, person.tags, person.attributes, person.paused_until, person.created_at or chunk.now,
            )
            for key, made, person in zip(keys, decisions, people, strict=True)
        ),
    )  # fmt: skip
    chunk.journal.new += keys
    for key, made in zip(keys, decisions, strict=True):
        for newsletter_id, wish in made.joins:
            chunk.join(made, key, newsletter_id, wish)
        chunk.topics += [(key, topic) for topic in made.person.topics]


def _write_fields(chunk: _Chunk, made: Decision, known: Known) -> None:
    after = {COLUMN_OF.get(name, name): value for name, value in made.fields.items()}
    before = {name: getattr(known, name) for name in after}
    Subscriber.objects.filter(pk=known.id).update(**after)
    chunk.journal.fields.append(
        [
            known.id,
            {name: storable(value) for name, value in before.items()},
            {name: storable(value) for name, value in after.items()},
        ]
    )
    # The names of what changed, not the values: evidence outlives an erased person.
    chunk.event(made, known.id, None, Kind.CHANGED.value, ", ".join(made.fields))


def _suppress(chunk: _Chunk, decisions: Sequence[Decision]) -> None:
    new = sorted(
        (made.address_hash, newsletter_id or 0, newsletter_id, reason)
        for made in decisions
        for newsletter_id, reason in made.suppresses.items()
    )
    if new:
        Suppression.objects.bulk_create(
            [
                Suppression(
                    address_hash=digest,
                    newsletter_id=newsletter_id,
                    reason=reason,
                    note=chunk.record.origin,
                    created_at=chunk.now,
                )
                for digest, _order, newsletter_id, reason in new
            ],
            ignore_conflicts=True,
        )
        chunk.journal.suppressed += [
            digest for digest, _order, newsletter_id, _reason in new if not newsletter_id
        ]
        chunk.journal.suppressed_for += [
            [digest, newsletter_id] for digest, _order, newsletter_id, _reason in new if newsletter_id
        ]
    for made in decisions:
        if not (made.suppresses or made.raises or made.listed_already):
            continue
        for entry, reason in made.raises:
            Suppression.objects.filter(pk=entry.id, reason=entry.reason).update(
                reason=reason, note=chunk.record.origin
            )
            chunk.journal.raised.append([entry.id, entry.reason])
        chunk.journal.listed_already += [
            [entry.address_hash, entry.newsletter_id] for entry in made.listed_already
        ]
        written = {**made.suppresses, **{entry.newsletter_id: reason for entry, reason in made.raises}}
        for newsletter_id, reason in written.items():
            key = made.known.id if made.known else None
            chunk.event(made, key, newsletter_id, Kind.SUPPRESSED.value, reason)


def _to_ask(chunk: _Chunk) -> list[int]:
    asked = [row[0] for row in chunk.subscriptions if row[2] == PENDING]
    if not asked or chunk.record.joins_as != SubscriberImport.JoinsAs.PENDING:
        return []
    return list(
        Subscription.objects.filter(
            subscriber__in=asked, newsletter=chunk.record.newsletter_id, status=PENDING
        ).values_list("pk", flat=True)
    )
