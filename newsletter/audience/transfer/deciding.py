"""What each person of a file means for the list. An import fills in and adds; it only ever strengthens an opt-out.

Whoever left here stays away, and whoever is on the do-not-mail list stays on it, whatever the file says. What people
chose themselves is not touched: language and topics of somebody known, and name and place of somebody who ever
changed their preferences. Staff's own fields are filled in where they are empty or as they were made.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from newsletter.audience.addresses import address_hashes
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent, Suppression
from newsletter.audience.models.address_hashes import of_addresses
from newsletter.audience.transfer.formats import NEVER_JOINED
from newsletter.audience.transfer.outcomes import Outcome
from newsletter.audience.transfer.people import Person, Wish

# As plain text: comparing with members of an enumeration costs a look-up each time.
CONFIRMED, PENDING, LEFT = (
    Subscription.Status.CONFIRMED.value,
    Subscription.Status.PENDING.value,
    Subscription.Status.UNSUBSCRIBED.value,
)

AWAY = frozenset({"left_here", "leaves", "left_there", "never_joined"})
"""Details of whoever does not come onto a newsletter, or goes."""


class Known(NamedTuple):
    """A subscriber as the list has them."""

    id: int
    email: str
    name: str
    place_key: Any
    kind: str
    relation: str
    tags: Any
    attributes: Any


class Standing(NamedTuple):
    """A subscription as the list has it."""

    id: int
    subscriber_id: int
    newsletter_id: int
    status: str
    requested_at: datetime
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None


class Entry(NamedTuple):
    """An entry of the do-not-mail list."""

    id: int
    address_hash: str
    newsletter_id: int | None
    reason: str


@dataclass(slots=True)
class Decision:
    """`known` is None for somebody new. `is_written`: the person comes onto the list. `fields` are those that change.

    `suppresses` is {newsletter or None for all: reason}, `raises` an entry there is and its new reason.
    `left_already` (newsletters) and `listed_already`: opt-outs of the file that stand here, whoever wrote them.
    """

    person: Person
    address_hash: str
    outcome: Outcome
    known: Known | None = None
    details: tuple[str, ...] = ()
    is_written: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    joins: tuple[tuple[int, Wish], ...] = ()
    confirms: tuple[tuple[Standing, Wish], ...] = ()
    leaves: tuple[tuple[Standing, Wish], ...] = ()
    suppresses: dict[int | None, str] = field(default_factory=dict)
    raises: tuple[tuple[Entry, str], ...] = ()
    left_already: tuple[int, ...] = ()
    listed_already: tuple[Entry, ...] = ()


class _List:
    """What the list knows about a chunk of people, in five queries however many they are."""

    def __init__(self, people: Sequence[Person], *, locked: bool) -> None:
        self.hashes = address_hashes([person.address for person in people])
        found = Subscriber.objects.filter(email__in=among([person.address for person in people]))
        entries = Suppression.objects.filter(address_hash__in=among(self.hashes))
        if locked:
            # In the order of their keys, so that two who lock several cannot wait for each other.
            found = found.order_by("pk").select_for_update(of=("self",))
            entries = entries.order_by("pk").select_for_update(of=("self",))
        self.known = {row[1]: Known(*row) for row in _rows(found, Known)}
        ids = [known.id for known in self.known.values()]
        self.standings: dict[int, dict[int, Standing]] = {}
        for row in _rows(Subscription.objects.filter(subscriber__in=ids), Standing) if ids else ():
            standing = Standing(*row)
            self.standings.setdefault(standing.subscriber_id, {})[standing.newsletter_id] = standing
        self.entries: dict[str, list[Entry]] = {}
        for row in _rows(entries, Entry):
            self.entries.setdefault(row[1], []).append(Entry(*row))
        # Name and place are asked for only where the file could fill one in.
        fillable = [
            digest
            for digest, person in zip(self.hashes, people, strict=True)
            if (known := self.known.get(person.address))
            and ((person.name and not known.name) or (person.place_key and not known.place_key))
        ]
        self.chose = (
            set(
                SubscriptionEvent.objects.filter(
                    of_addresses(*fillable), kind=SubscriptionEvent.Kind.CHANGED
                ).values_list("address_hash", flat=True)
            )
            if fillable
            else set()
        )


def among(texts: Sequence[str]) -> RawSQL:
    """For `__in`: the texts as one parameter. Thousands of them, each looked at by the ORM, cost more than the query."""
    listed = (
        "jsonb_array_elements_text(%s::jsonb)"
        if connection.vendor == "postgresql"
        else "value FROM json_each(%s)"
    )
    return RawSQL(f"SELECT {listed}", [json.dumps(texts)])  # noqa: S611 - one of two constants


def _rows(queryset: QuerySet[Any], fields: type[NamedTuple]) -> Any:
    queryset = queryset if queryset.query.order_by else queryset.order_by()
    return queryset.values_list(*fields._fields)


def decide(people: Sequence[Person], *, locked: bool = False) -> list[Decision]:
    """One decision for each person; their addresses differ. Nothing is written.

    `locked`: inside the transaction that writes, so that nobody changes those known meanwhile.
    """
    there = _List(people, locked=locked)
    return [_decide(person, digest, there) for person, digest in zip(people, there.hashes, strict=True)]


def _decide(person: Person, digest: str, there: _List) -> Decision:
    known = there.known.get(person.address)
    entries = there.entries.get(digest, [])
    made = Decision(person, digest, Outcome.UNCHANGED, known)
    standings = there.standings.get(known.id, {}) if known else {}
    for newsletter_id, reason in person.do_not_mail_for.items():
        _suppress(made, newsletter_id, reason, entries)
    if person.do_not_mail:
        _suppress(made, None, person.do_not_mail, entries)
        if not person.is_kept or entries:
            made.outcome = Outcome.DO_NOT_MAIL
            return made
    for newsletter_id, wish in person.wishes.items():
        _weigh(made, newsletter_id, wish, standings=standings, entries=entries)
    stays_away = "listed_here" in made.details or "left_here" in made.details
    if known is None:
        blocked = any(entry.newsletter_id is None for entry in entries)
        made.is_written = bool(made.joins) or (person.is_kept and not blocked and not stays_away)
    elif not stays_away and not made.leaves and "left_there" not in made.details:
        made.fields = _filled(person, known, chose=digest in there.chose)
        made.details += tuple(made.fields)
    made.outcome = _outcome(made)
    return made


def _suppress(made: Decision, newsletter_id: int | None, reason: str, entries: list[Entry]) -> None:
    there = next((entry for entry in entries if entry.newsletter_id == newsletter_id), None)
    made.details += ("listed_there",)
    if there is None:
        made.suppresses[newsletter_id] = reason
    elif there.reason == Suppression.Reason.ERASED and reason != Suppression.Reason.ERASED:
        # As suppress() has it: an erased person may come back alone, and this reason is stronger.
        made.raises += ((there, reason),)
    else:
        made.listed_already += (there,)


def _weigh(
    made: Decision,
    newsletter_id: int,
    wish: Wish,
    *,
    standings: dict[int, Standing],
    entries: list[Entry],
) -> None:
    """One newsletter: joins, confirms, leaves, or nothing and why."""
    standing = standings.get(newsletter_id)
    suppressed = [entry for entry in entries if entry.newsletter_id in {None, newsletter_id}]
    if wish.status == NEVER_JOINED:
        made.details += ("never_joined",)
    elif wish.status == LEFT:
        if standing is not None and standing.status != LEFT:
            made.leaves += ((standing, wish),)
            made.details += ("leaves",)
        elif suppressed:
            made.details += ("listed_here",)
            made.listed_already += tuple(suppressed)
        elif standing is not None:
            made.details += ("left_here",)
            made.left_already += (newsletter_id,)
        else:
            made.joins += ((newsletter_id, wish),)
            made.details += ("left_there",)
    elif suppressed:
        made.details += ("listed_here",)
    elif standing is None:
        if standings and all(_left(other) for other in standings.values()):
            # Who left everything they had is not put on something else.
            made.details += ("left_here",)
        else:
            made.joins += ((newsletter_id, wish),)
            made.details += ("joins",) if made.known else ()
    elif _left(standing):
        made.details += ("left_here",)
    elif standing.status == PENDING and wish.status == CONFIRMED:
        made.confirms += ((standing, wish),)
        made.details += ("confirms",)


def _left(standing: Standing) -> bool:
    """Left; also when they have asked to come back since, and not confirmed it."""
    return standing.status == LEFT or (standing.status == PENDING and standing.unsubscribed_at is not None)


def _filled(person: Person, known: Known, *, chose: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if person.name and not known.name and not chose:
        found["name"] = person.name
    if person.place_key and not known.place_key and not chose:
        found["place"] = person.place_key
    if person.kind != known.kind == Subscriber.Kind.PERSON:
        found["kind"] = person.kind
    if person.relation != known.relation == Subscriber.Relation.SUPPORTER:
        found["relation"] = person.relation
    tags = known.tags if isinstance(known.tags, list) else []
    if added := [tag for tag in person.tags if tag not in tags]:
        found["tags"] = [*tags, *added]
    attributes = known.attributes if isinstance(known.attributes, dict) else {}
    if missing := {name: value for name, value in person.attributes.items() if name not in attributes}:
        found["attributes"] = {**attributes, **missing}
    return found


def _outcome(made: Decision) -> Outcome:
    if made.person.do_not_mail or "listed_here" in made.details:
        return Outcome.DO_NOT_MAIL
    if not AWAY.isdisjoint(made.details) and not any(wish.status != LEFT for _newsletter, wish in made.joins):
        return Outcome.OPTED_OUT
    if made.known is None:
        return Outcome.NEW
    changes = made.fields or made.joins or made.confirms or made.suppresses or made.raises
    return Outcome.CHANGED if changes else Outcome.UNCHANGED
