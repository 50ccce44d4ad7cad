"""How the list grows, on the admin's front page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.growth import WEEKS, growth_of_list
from newsletter.audience.models import Newsletter, Subscriber, SubscriptionEvent
from tests.audience.factories import NewsletterFactory, SubscriberFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

Kind = SubscriptionEvent.Kind


@pytest.fixture
def newsletter() -> Newsletter:
    return NewsletterFactory()


def happened(
    kind: Kind, newsletter: Newsletter, *, weeks_ago: int, person: Subscriber, **fields: str
) -> None:
    SubscriptionEvent.objects.create(
        kind=kind,
        subscriber=person,
        address_hash=person.address_hash,
        newsletter=newsletter,
        at=timezone.now() - timedelta(weeks=weeks_ago),
        **fields,
    )


def test_weeks_without_anybody_are_there_too(newsletter: Newsletter) -> None:
    growth = growth_of_list()
    assert [(week.joined, week.left) for week in growth.weeks] == [(0, 0)] * WEEKS
    assert growth.weeks[-1].monday == timezone.localdate() - timedelta(days=timezone.localdate().weekday())


def test_who_came_and_who_left_stands_in_its_week(newsletter: Newsletter) -> None:
    for weeks_ago in (0, 2, 2, WEEKS + 1):
        person = SubscriberFactory()
        SubscriptionFactory(subscriber=person, newsletter=newsletter)
        happened(
            Kind.CONFIRMED,
            newsletter,
            weeks_ago=weeks_ago,
            person=person,
            origin="/subscribe/monthly/",
            language="es",
        )
    happened(Kind.UNSUBSCRIBED, newsletter, weeks_ago=1, person=person, origin="one-click")
    imported = SubscriberFactory()
    happened(Kind.CONFIRMED, newsletter, weeks_ago=0, person=imported, origin="import", language="fr")
    growth = growth_of_list()
    assert [(week.joined, week.left) for week in growth.weeks[-3:]] == [(2, 0), (0, 1), (2, 0)]
    assert (growth.joined, growth.left, growth.subscriptions) == (4, 1, 4)
    assert growth.by_source == [("/subscribe/monthly/", 3), ("import", 1)]
    assert growth.by_language == [("es", 3), ("fr", 1)]


def test_the_front_page_of_the_admin_draws_it_and_says_it_in_numbers(
    newsletter: Newsletter, client: Client, newsletter_manager_user: Any, author_user: Any
) -> None:
    happened(Kind.CONFIRMED, newsletter, weeks_ago=0, person=SubscriberFactory(), origin="/confirm/")
    client.force_login(newsletter_manager_user)
    page = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "In twelve weeks 1 joined and 0 left." in page
    assert "list-growth-joined" in page
    client.force_login(author_user)
    assert "list-growth-joined" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_longer_list_asks_no_more_of_the_database(
    newsletter: Newsletter, django_assert_num_queries: Any
) -> None:
    for _number in range(20):
        happened(Kind.CONFIRMED, newsletter, weeks_ago=1, person=SubscriberFactory(), origin="/confirm/")
    with django_assert_num_queries(5):
        growth_of_list()
