"""Somebody writes to the newsroom and asks to be erased."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import ModelLogEntry

from newsletter.audience.models import Subscriber, SubscriptionEvent, Suppression
from tests.audience.factories import NewsletterFactory, SubscriberFactory, SubscriptionFactory
from tests.audience.test_admin import somebody_who_may

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client, newsletter_manager_user):
    client.force_login(newsletter_manager_user)
    return client


@pytest.fixture
def ana():
    return SubscriptionFactory(subscriber__email="ana@readers.example").subscriber


def erase_url(person):
    return reverse("subscriber:erase", args=[person.pk])


def test_staff_erase_a_person_who_asked_for_it(manager, newsletter_manager_user, ana):
    inspected = manager.get(reverse("subscriber:inspect", args=[ana.pk])).content.decode()
    assert erase_url(ana) in inspected
    assert "ana@readers.example" in manager.get(erase_url(ana)).content.decode()
    answer = manager.post(erase_url(ana), {"asked": "on"}, follow=True)
    assert "The person was erased." in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "erased"
    assert not SubscriptionEvent.objects.exclude(subscriber=None).exists()


def test_the_log_says_who_erased_and_not_whom(manager, newsletter_manager_user, ana):
    manager.post(erase_url(ana), {"asked": "on"})
    entry = ModelLogEntry.objects.get(action="audience.erase")
    assert (entry.user, entry.object_id, entry.label, entry.data) == (
        newsletter_manager_user, str(ana.pk), "", {},
    )  # fmt: skip


def test_nobody_is_erased_before_staff_say_that_it_was_asked_for(manager, ana):
    assert manager.get(erase_url(ana)).status_code == 200
    assert "This field is required." in manager.post(erase_url(ana)).content.decode()
    assert Subscriber.objects.filter(pk=ana.pk).exists()


def test_who_may_not_delete_subscribers_erases_nobody(client, django_user_model, ana):
    browser = somebody_who_may(client, django_user_model, "view_subscriber", "change_subscriber")
    assert erase_url(ana) not in browser.get(reverse("subscriber:inspect", args=[ana.pk])).content.decode()
    assert browser.post(erase_url(ana), {"asked": "on"}).status_code == 302
    assert Subscriber.objects.filter(pk=ana.pk).exists()


def test_a_limited_manager_erases_whom_they_see_whole_and_nobody_else(manager, ana):
    board = NewsletterFactory(name="Board")
    board.senders.set([Group.objects.create(name="Board")])
    board.save()
    bert = SubscriptionFactory(newsletter=board).subscriber
    both = SubscriptionFactory().subscriber
    SubscriptionFactory(subscriber=both, newsletter=board, unsubscribed=True)
    unknown = SubscriberFactory()
    for person in (bert, both, unknown, ana):
        manager.post(erase_url(person), {"asked": "on"})
    assert set(Subscriber.objects.all()) == {bert, both, unknown}


def test_who_is_gone_already_is_not_found(manager, ana):
    manager.post(erase_url(ana), {"asked": "on"})
    assert manager.post(erase_url(ana), {"asked": "on"}).status_code == 404
