"""A sign-up that nobody confirms is forgotten; nobody else is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.evidence import record
from newsletter.audience.housekeeping import UNCONFIRMED_FOR, forget_unconfirmed
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent
from tests.audience.factories import SubscriptionFactory

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - UNCONFIRMED_FOR - timedelta(days=1)


def aged(subscription: Subscription) -> Subscription:
    Subscription.objects.filter(pk=subscription.pk).update(requested_at=LONG_AGO)
    Subscriber.objects.filter(pk=subscription.subscriber_id).update(created_at=LONG_AGO)
    return subscription


def test_an_old_unconfirmed_sign_up_is_forgotten_and_its_evidence_stays() -> None:
    subscription = aged(SubscriptionFactory(pending=True))
    record(
        SubscriptionEvent.Kind.REQUESTED,
        address_hash=subscription.subscriber.address_hash,
        subscriber=subscription.subscriber,
        newsletter=subscription.newsletter,
        origin="/subscribe/",
    )
    assert forget_unconfirmed() == 1
    assert not Subscriber.objects.exists()
    assert SubscriptionEvent.objects.get().address_hash == subscription.subscriber.address_hash


def test_confirmed_unsubscribed_and_recent_ones_stay() -> None:
    aged(SubscriptionFactory())
    aged(SubscriptionFactory(unsubscribed=True))
    SubscriptionFactory(pending=True)
    both = aged(SubscriptionFactory(pending=True))
    SubscriptionFactory(subscriber=both.subscriber)
    assert forget_unconfirmed() == 0
    assert Subscriber.objects.count() == 4
