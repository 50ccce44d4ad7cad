"""How people come onto the list, change what they get, and leave. The story of a subscription, from top to bottom.

Asked (request_subscription) → answered by mail (claim_answer) → confirmed by the link in it (confirm) → changed
(change_preferences) → left (unsubscribe). Whoever asks gets the same answer whether or not we know the address.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from newsletter.audience.addresses import normalise_address, validate_header_text
from newsletter.audience.evidence import ONE_MAIL_EVERY, mailed_lately, record
from newsletter.audience.models import (
    Newsletter,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    TopicChoice,
)
from newsletter.audience.suppressions import let_erased_person_return, may_only_return_through_staff, suppress

__all__ = [
    "ONE_MAIL_EVERY",
    "AddressSuppressed",
    "Answer",
    "ConfirmationOutdated",
    "change_preferences",
    "claim_answer",
    "confirm",
    "request_subscription",
    "suppress",
    "unsubscribe",
]

Status = Subscription.Status
Kind = SubscriptionEvent.Kind

# What evidence calls a change of these columns.
IN_EVIDENCE = {"place_key": "place", "paused_until": "pause"}


class ConfirmationOutdated(Exception):
    """The link is from before an unsubscribe, or what it would confirm is no longer there."""


class AddressSuppressed(Exception):
    """The address is on the do-not-mail list; only staff can take it off."""


class Answer(Enum):
    CONFIRM = "confirmation"
    ALREADY_SUBSCRIBED = "already subscribed"


def request_subscription(
    *,
    address: str,
    newsletter: Newsletter,
    language: str,
    name: str = "",
    topics: Iterable[UUID] = (),
    place: UUID | None = None,
    origin: str,
    network: str,
    text: str,
) -> None:
    """Writes the wish down and has it answered by mail.

    `topics` and `place` are translation keys; `text` is what stood on the screen. Nothing is returned: a caller
    could not tell a known address from an unknown one. Name, language, topics and place count for a new address
    only, since whoever typed it need not be its owner. Raises ValidationError.
    """
    from newsletter.audience.tasks import answer_sign_up

    email = normalise_address(address)
    validate_header_text(name)
    with transaction.atomic():
        # get_or_create survives two sign-ups at once: who loses reads the winner's row.
        subscriber, is_new = Subscriber.objects.get_or_create(
            email=email, defaults={"name": name.strip(), "language": language, "place_key": place}
        )
        if is_new:
            _add_topics(subscriber, set(topics))
        subscription, _created = Subscription.objects.get_or_create(
            subscriber=subscriber, newsletter=newsletter, defaults={"requested_at": timezone.now()}
        )
        if not may_only_return_through_staff(subscriber.address_hash, newsletter):
            Subscription.objects.filter(pk=subscription.pk, status=Status.UNSUBSCRIBED).update(
                status=Status.PENDING, requested_at=timezone.now()
            )
        record(
            Kind.REQUESTED,
            address_hash=subscriber.address_hash,
            subscriber=subscriber,
            newsletter=newsletter,
            origin=origin,
            network=network,
            language=language,
            text=text,
        )
        answer_sign_up.enqueue(subscription.pk)


def claim_answer(
    *, subscription_id: int, only_confirmation: bool = False
) -> tuple[Answer, Subscription] | None:
    """Which mail the sign-up is to be answered with now, written down as mailed; None where none may be sent.

    Written down first and sent afterwards: a second task for the same address finds the row and stays silent.
    """
    with transaction.atomic():
        # The lock makes two tasks for one subscription take turns (SQLite: the IMMEDIATE transaction does).
        subscription = (
            Subscription.objects.select_for_update(of=("self",))
            .select_related("subscriber", "newsletter")
            .filter(pk=subscription_id)
            .first()
        )
        if subscription is None:
            return None
        answer = {Status.PENDING: Answer.CONFIRM, Status.CONFIRMED: Answer.ALREADY_SUBSCRIBED}.get(
            Status(subscription.status)
        )
        subscriber, newsletter = subscription.subscriber, subscription.newsletter
        if (
            answer is None
            or (only_confirmation and answer is not Answer.CONFIRM)
            or may_only_return_through_staff(subscriber.address_hash, newsletter)
            or mailed_lately(subscriber.address_hash, newsletter=newsletter)
        ):
            return None
        record(
            Kind.MAILED,
            address_hash=subscriber.address_hash,
            subscriber=subscriber,
            newsletter=newsletter,
            origin=answer.value,
            language=subscriber.language,
        )
        return answer, subscription


def confirm(
    *, subscription_id: int, requested_at: datetime, origin: str, network: str, text: str, language: str = ""
) -> Subscription:
    """Confirms what was asked for at that moment; a second time changes nothing.

    Everybody confirms on the same page: the evidence says on which one they asked, and `origin` where that is not known.
    Raises ConfirmationOutdated or AddressSuppressed.
    """
    with transaction.atomic():
        subscription = (
            Subscription.objects.select_related("subscriber", "newsletter").filter(pk=subscription_id).first()
        )
        if subscription is None:
            raise ConfirmationOutdated(subscription_id)
        subscriber, newsletter = subscription.subscriber, subscription.newsletter
        if may_only_return_through_staff(subscriber.address_hash, newsletter):
            raise AddressSuppressed(subscription_id)
        won = Subscription.objects.filter(
            pk=subscription_id, status=Status.PENDING, requested_at=requested_at
        ).update(status=Status.CONFIRMED, confirmed_at=timezone.now(), unsubscribed_at=None)
        subscription.refresh_from_db(fields=["status", "requested_at", "confirmed_at", "unsubscribed_at"])
        if not won:
            if subscription.status == Status.CONFIRMED and subscription.requested_at == requested_at:
                return subscription
            raise ConfirmationOutdated(subscription_id)
        # An erased person has come back by a new double opt-in.
        let_erased_person_return(subscriber.address_hash, newsletter)
        record(
            Kind.CONFIRMED,
            address_hash=subscriber.address_hash,
            subscriber=subscriber,
            newsletter=newsletter,
            origin=_asked_at(subscription) or origin,
            network=network,
            language=language,
            text=text,
        )
        return subscription


def change_preferences(
    *,
    subscriber_id: int,
    name: str,
    language: str,
    place: UUID | None,
    paused_until: date | None,
    topics: Iterable[UUID],
    rhythms: Mapping[int, str],
    origin: str,
    network: str,
    leave: Collection[int] = (),
) -> list[str]:
    """Sets what the reader gets. `rhythms` and `leave` name newsletters by primary key.

    Nothing is sent before the day `paused_until`. Returns which of name, language, place, pause, topics, rhythm and
    leave changed. Raises Subscriber.DoesNotExist, ValidationError.
    """
    validate_header_text(name)
    with transaction.atomic():
        subscriber = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        after = {
            "name": name.strip(),
            "language": language,
            "place_key": place,
            "paused_until": paused_until,
        }
        new = {field: value for field, value in after.items() if getattr(subscriber, field) != value}
        if new:
            Subscriber.objects.filter(pk=subscriber_id).update(**new)
        changed = [IN_EVIDENCE.get(field, field) for field in new]
        chosen, wanted = set(subscriber.topic_choices.values_list("topic_key", flat=True)), set(topics)
        if chosen != wanted:
            changed.append("topics")
            subscriber.topic_choices.filter(topic_key__in=chosen - wanted).delete()
            _add_topics(subscriber, wanted - chosen)
        if sum([_set_rhythm(subscriber_id, *pair) for pair in rhythms.items() if pair[0] not in leave]):
            changed.append("rhythm")
        if changed:
            # The names of what changed, not the values: evidence outlives an erased person.
            record(
                Kind.CHANGED,
                address_hash=subscriber.address_hash,
                subscriber=subscriber,
                origin=origin,
                network=network,
                language=language,
                text=", ".join(changed),
            )
        ended = [
            unsubscribe(
                subscriber_id=subscriber_id,
                newsletter_id=newsletter_id,
                origin=origin,
                network=network,
                language=language,
            )
            for newsletter_id in leave
        ]
        return [*changed, "leave"] if any(ended) else changed


def unsubscribe(
    *, subscriber_id: int, newsletter_id: int | None, origin: str, network: str, language: str = ""
) -> int:
    """Ends the subscription to that newsletter, or to all of them when None. Returns how many it ended.

    Harmless any number of times, and for a person who was erased.
    """
    subscriptions = Subscription.objects.filter(subscriber=subscriber_id).exclude(status=Status.UNSUBSCRIBED)
    if newsletter_id is not None:
        subscriptions = subscriptions.filter(newsletter=newsletter_id)
    ended = 0
    with transaction.atomic():
        for subscription in subscriptions.select_related("subscriber", "newsletter"):
            # Two clicks at once: one of them updates the row, and only that one is evidence.
            won = (
                Subscription.objects.filter(pk=subscription.pk)
                .exclude(status=Status.UNSUBSCRIBED)
                .update(status=Status.UNSUBSCRIBED, unsubscribed_at=timezone.now())
            )
            if won:
                ended += 1
                record(
                    Kind.UNSUBSCRIBED,
                    address_hash=subscription.subscriber.address_hash,
                    subscriber=subscription.subscriber,
                    newsletter=subscription.newsletter,
                    origin=origin,
                    network=network,
                    language=language,
                )
    return ended


def _asked_at(subscription: Subscription) -> str:
    asked = SubscriptionEvent.objects.filter(
        kind=Kind.REQUESTED, subscriber=subscription.subscriber_id, newsletter=subscription.newsletter_id
    )
    return asked.order_by("-at", "-pk").values_list("origin", flat=True).first() or ""


def _add_topics(subscriber: Subscriber, topics: Iterable[UUID]) -> None:
    TopicChoice.objects.bulk_create(
        [TopicChoice(subscriber=subscriber, topic_key=key) for key in topics], ignore_conflicts=True
    )


def _set_rhythm(subscriber_id: int, newsletter_id: int, rhythm: str) -> int:
    return (
        Subscription.objects.filter(
            subscriber=subscriber_id, newsletter=newsletter_id, status=Status.CONFIRMED
        )
        .exclude(rhythm=rhythm)
        .update(rhythm=Subscription.Rhythm(rhythm))
    )
