"""The figures a manager looks at after a sending."""

import csv
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from newsletter.audience.personal_data import personal_data
from newsletter.audience.subscriptions import unsubscribe
from newsletter.sending.models import Delivery, DeliveryEvent, Mailing
from newsletter.sending.report import report_of
from tests.audience.factories import SuppressionFactory
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


def reported(mailing: Mailing, name: str, outcome: str, *, reject_reason: str = "") -> Delivery:
    delivery = mailing.deliveries.get(address=f"{name}@readers.example")
    delivery.outcome = outcome
    delivery.save()
    DeliveryEvent.objects.create(
        delivery=delivery,
        esp="Mailgun",
        event_id=f"{name}-{outcome}",
        event_type=outcome,
        reject_reason=reject_reason,
    )
    return delivery


def rows_of(response: Any) -> list[list[str]]:
    return list(csv.reader(response.content.decode("utf-8-sig").splitlines()))


@pytest.fixture
def mailing(desk: Desk, worker: Worker) -> Mailing:
    desk.readers(8)
    SuppressionFactory(address="en-person-7@readers.example")
    mailing = desk.launch()
    worker()
    for number in range(3):
        reported(mailing, f"en-person-{number}", "delivered")
    reported(mailing, "en-person-3", "bounced", reject_reason="invalid")
    reported(mailing, "en-person-4", "bounced", reject_reason="something new")
    reported(mailing, "en-person-5", "complained")
    mailing.refresh_from_db()
    return mailing


def test_every_recipient_stands_in_it_once(mailing: Mailing) -> None:
    report = report_of(mailing)
    assert dict(report.became) == {
        "delivered": 3,
        "bounced": 2,
        "marked as spam": 1,
        "accepted by the mail service, nothing more is known": 1,
        "left out": 1,
    }
    assert sum(people for _words, people in report.became) == report.audience == mailing.audience == 8
    assert report.left_out == [("on the do-not-mail list", 1)]


def test_bounces_are_named_by_reason_and_domain(mailing: Mailing) -> None:
    report = report_of(mailing)
    assert dict(report.bounced_by_reason) == {"the address does not exist": 1, "another reason": 1}
    assert report.problems_by_domain == [("readers.example", 3)]


def test_who_left_because_of_it_is_counted_once(desk: Desk, mailing: Mailing) -> None:
    stranger = desk.reader("stranger@readers.example")
    reader = mailing.deliveries.get(address="en-person-0@readers.example").subscriber
    for person in (reader, reader, stranger):
        unsubscribe(subscriber_id=person.pk, newsletter_id=desk.newsletter.pk, origin="one-click", network="")
    assert report_of(mailing).unsubscribed == 1


def test_the_page_shows_a_chart_with_a_table_and_gives_the_figures_as_csv(
    mailing: Mailing, client: Client, newsletter_manager_user: Any
) -> None:
    client.force_login(newsletter_manager_user)
    address = reverse("sending:report", args=[mailing.pk])
    page = client.get(address).content.decode()
    assert "<svg" in page
    assert "37.5 %" in page
    rows = rows_of(client.get(address, {"format": "csv"}))
    assert ["What became of it", "delivered", "3"] in rows
    UserProfile.objects.create(user=newsletter_manager_user, preferred_language="es")
    in_spanish = rows_of(client.get(address, {"format": "csv"}))
    assert [people for _section, _words, people in in_spanish] == [
        people for _section, _words, people in rows
    ]
    assert "What became of it" not in {section for section, *_rest in in_spanish}
    assert address in client.get(reverse("sending:mailing", args=[mailing.pk])).content.decode()


def test_the_figures_are_not_for_authors(mailing: Mailing, client: Client, author_user: Any) -> None:
    client.force_login(author_user)
    assert client.get(reverse("sending:report", args=[mailing.pk])).status_code in {302, 403}


def test_a_sending_that_has_not_begun_has_a_report_without_figures(desk: Desk) -> None:
    desk.readers(1)
    report = report_of(desk.launch())
    assert (report.audience, report.became, report.unsubscribed) == (0, [], 0)


def test_the_report_asks_no_more_of_the_database_for_more_people(
    desk: Desk, worker: Worker, django_assert_max_num_queries: Any
) -> None:
    desk.readers(30)
    mailing = desk.launch()
    worker()
    mailing.refresh_from_db()
    with django_assert_max_num_queries(12):
        report_of(mailing)


def test_a_person_can_take_away_what_we_know_of_the_mail_to_them(mailing: Mailing) -> None:
    person = mailing.deliveries.get(address="en-person-3@readers.example").subscriber
    (message,) = personal_data(person)["messages"]
    assert (message["edition"], message["outcome"]) == (mailing.edition.title, "bounced")
    assert [(report["what"], report["why"]) for report in message["reports"]] == [("bounced", "invalid")]
    silent = mailing.deliveries.get(address="en-person-6@readers.example").subscriber
    (message,) = personal_data(silent)["messages"]
    assert (message["outcome"], message["reports"]) == ("accepted", [])
