"""What two processes do at the same moment. Real transactions, each thread with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from newsletter.audience import subscriptions
from newsletter.audience.address_change import AddressTaken, change_address
from newsletter.audience.by_mail import PREFERENCES_LINK, claim_link
from newsletter.audience.erasure import erase
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent, Suppression
from newsletter.audience.tokens import NewAddress, address_number
from tests.audience.factories import NewsletterFactory, SubscriberFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


def at_once(act: Callable[[], Any]) -> list[Any]:
    start = Barrier(AT_ONCE)

    def run() -> Any:
        try:
            start.wait(timeout=10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run) for _number in range(AT_ONCE)]]


def test_the_same_address_signs_up_several_times_at_once():
    newsletter = NewsletterFactory()
    at_once(
        lambda: subscriptions.request_subscription(
            address="ana@readers.example",
            newsletter=newsletter,
            language="en",
            origin="",
            network="",
            text="",
        )
    )
    assert Subscriber.objects.count() == 1
    assert Subscription.objects.count() == 1
    assert SubscriptionEvent.objects.filter(kind="requested").count() == AT_ONCE


def test_several_workers_answer_one_sign_up_with_one_mail():
    subscription = SubscriptionFactory(pending=True)
    answers = at_once(lambda: subscriptions.claim_answer(subscription_id=subscription.pk))
    assert len([answer for answer in answers if answer]) == 1


def test_one_link_followed_several_times_at_once_is_confirmed_once():
    subscription = SubscriptionFactory(pending=True)
    at_once(
        lambda: subscriptions.confirm(
            subscription_id=subscription.pk,
            requested_at=subscription.requested_at,
            origin="",
            network="",
            text="",
        )
    )
    assert SubscriptionEvent.objects.filter(kind="confirmed").count() == 1


def test_leaving_several_times_at_once_is_written_down_once():
    subscription = SubscriptionFactory()
    ended = at_once(
        lambda: subscriptions.unsubscribe(
            subscriber_id=subscription.subscriber_id, newsletter_id=None, origin="", network=""
        )
    )
    assert sum(ended) == 1
    assert SubscriptionEvent.objects.count() == 1


def test_a_complaint_reported_several_times_at_once_is_one_entry():
    at_once(lambda: subscriptions.suppress(address_hash="a" * 64, reason="complaint"))
    assert Suppression.objects.count() == 1
    assert SubscriptionEvent.objects.count() == 1


def test_erasing_several_times_at_once_erases_once():
    subscription = SubscriptionFactory()
    erased = at_once(lambda: erase(subscriber_id=subscription.subscriber_id))
    assert sorted(erased) == [False] * (AT_ONCE - 1) + [True]
    assert Suppression.objects.get().reason == "erased"


def test_two_people_who_move_to_one_address_at_once_do_not_both_get_it():
    people = [SubscriberFactory() for _number in range(AT_ONCE)]
    waiting = iter(people)

    def move():
        person = next(waiting)
        claim = NewAddress(person.pk, address_number(person), "ana@readers.example")
        try:
            return change_address(claim=claim, origin="", network="")
        except AddressTaken:
            return None

    moved = at_once(move)
    assert sum(person is not None for person in moved) == 1
    assert Subscriber.objects.filter(email="ana@readers.example").count() == 1
    assert Subscriber.objects.count() == AT_ONCE


def test_one_address_is_mailed_its_link_once_by_several_workers():
    person = SubscriberFactory()
    claimed = at_once(lambda: claim_link(subscriber_id=person.pk, purpose=PREFERENCES_LINK))
    assert sum(each is not None for each in claimed) == 1
