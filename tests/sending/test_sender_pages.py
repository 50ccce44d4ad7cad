"""Sending domains in the admin: limits, warming up, and ending a wait."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html
from wagtail.models import ModelLogEntry

from newsletter.sending.models import Mailing, Sender
from newsletter.sending.pace import hold
from tests.audience.factories import NewsletterFactory
from tests.sending.conftest import Desk, run_worker

pytestmark = pytest.mark.django_db

FIELDS = {
    "per_second": "",
    "per_minute": "",
    "per_hour": "500",
    "per_day": "",
    "warm_up_from": "",
    "warm_up_first_day": "200",
    "warm_up_growth": "50",
    "halt_rejected": "5.0",
    "halt_complained": "0.3",
}


@pytest.fixture
def manager(client: Client, newsletter_manager_user: Any) -> Client:
    client.force_login(newsletter_manager_user)
    return client


def words_of(response: Any) -> str:
    return re.sub(r"\s+", " ", html.fromstring(response.content).text_content())


def listed(client: Client) -> list[list[str]]:
    """The cells of each row."""
    tree = html.fromstring(client.get(reverse("sending_domains:index")).content)
    return [
        [re.sub(r"\s+", " ", cell.text_content()).strip() for cell in row.xpath("td")]
        for row in tree.xpath("//table[contains(@class, 'listing')]/tbody/tr")
    ]


def test_the_list_says_how_fast_each_domain_may_send_today(manager: Client) -> None:
    today = timezone.localdate()
    Sender.objects.create(domain="calm.coop")
    Sender.objects.create(domain="paced.coop", per_second=10, per_day=5000)
    Sender.objects.create(domain="warm.coop", warm_up_from=today - timedelta(days=2))
    calm, paced, warm = listed(manager)
    assert calm[1:4] == ["no limit", "not warming up", "ready"]
    assert paced[1] == "10 per second, 5000 per day"
    assert warm[2] == "at most 450 people today"


def test_the_list_says_what_a_domain_waits_for(manager: Client) -> None:
    newsletter = NewsletterFactory(from_email="news@weft.coop")
    hold(newsletter, until=timezone.now() + timedelta(hours=1), because="429: too many requests")
    (row,) = listed(manager)
    assert row[3].startswith("waits until")
    assert row[3].endswith("because: 429: too many requests")


def test_a_wait_that_is_over_is_no_longer_told(manager: Client) -> None:
    hold(NewsletterFactory(), until=timezone.now() - timedelta(seconds=1), because="429")
    (row,) = listed(manager)
    assert row[3] == "ready"


def test_a_manager_sets_the_pace_before_the_first_sending(manager: Client) -> None:
    NewsletterFactory(from_email="news@Weft.coop")
    NewsletterFactory(from_email="news@known.coop")
    Sender.objects.create(domain="known.coop")
    add = reverse("sending_domains:add")
    choices = html.fromstring(manager.get(add).content).xpath("//select[@name='domain']/option/text()")
    assert choices == ["weft.coop"]
    manager.post(add, {"domain": "weft.coop", **FIELDS})
    assert Sender.objects.get(domain="weft.coop").per_hour == 500


def test_only_a_domain_newsletters_send_from_can_be_added(manager: Client) -> None:
    manager.post(reverse("sending_domains:add"), {"domain": "elsewhere.coop", **FIELDS})
    assert not Sender.objects.exists()


def test_the_pace_changes_and_the_domain_stays(manager: Client) -> None:
    sender = Sender.objects.create(domain="weft.coop")
    edit = reverse("sending_domains:edit", args=[sender.pk])
    manager.post(
        edit, {"domain": "elsewhere.coop", **FIELDS, "warm_up_from": "2026-11-01", "per_day": "9000"}
    )
    sender.refresh_from_db()
    assert (sender.domain, sender.per_hour, sender.per_day) == ("weft.coop", 500, 9000)
    assert sender.warm_up_from is not None


def test_a_limit_of_nobody_is_refused(manager: Client) -> None:
    sender = Sender.objects.create(domain="weft.coop")
    answer = manager.post(reverse("sending_domains:edit", args=[sender.pk]), {**FIELDS, "per_day": "0"})
    assert "greater than or equal to 1" in answer.content.decode()
    sender.refresh_from_db()
    assert sender.per_day is None


def test_going_on_ends_the_wait_wakes_what_waits_and_says_who_did_it(
    desk: Desk, manager: Client, newsletter_manager_user: Any
) -> None:
    desk.readers(2)
    later = timezone.now() + timedelta(hours=3)
    hold(desk.newsletter, until=later, because="429: too many requests")
    mailing = desk.launch()
    run_worker()
    assert {batch.not_before for batch in mailing.batches.all()} == {later}
    edit = reverse("sending_domains:edit", args=[Sender.objects.get().pk])
    assert "429: too many requests" in manager.get(edit).content.decode()

    with desk.committed():
        answer = manager.post(reverse("sending_domains:go_on", args=[Sender.objects.get().pk]))
    assert answer["Location"] == edit
    run_worker()
    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.SENT
    entry = ModelLogEntry.objects.get(action="sending.go_on")
    assert (entry.user, entry.data) == (newsletter_manager_user, {"because": "429: too many requests"})
    assert "Go on now" not in words_of(manager.get(edit))


def test_going_on_without_a_wait_changes_nothing(manager: Client) -> None:
    sender = Sender.objects.create(domain="weft.coop")
    answer = manager.post(reverse("sending_domains:go_on", args=[sender.pk]), follow=True)
    assert "was not waiting" in answer.content.decode()
    assert not ModelLogEntry.objects.filter(action="sending.go_on").exists()


def test_a_wait_is_ended_by_a_button_and_never_by_a_link(manager: Client) -> None:
    sender = Sender.objects.create(domain="weft.coop", held_until=timezone.now() + timedelta(hours=1))
    assert manager.get(reverse("sending_domains:go_on", args=[sender.pk])).status_code == 405
    sender.refresh_from_db()
    assert sender.held_until is not None


def test_sending_domains_are_for_newsletter_managers(
    client: Client, author_user: Any, manager: Client
) -> None:
    sender = Sender.objects.create(domain="weft.coop", held_until=timezone.now() + timedelta(hours=1))
    assert reverse("sending_domains:index") in manager.get(reverse("wagtailadmin_home")).content.decode()
    client.force_login(author_user)
    for name, args in (("index", []), ("add", []), ("edit", [sender.pk])):
        assert client.get(reverse(f"sending_domains:{name}", args=args)).status_code == 302
    client.post(reverse("sending_domains:go_on", args=[sender.pk]))
    sender.refresh_from_db()
    assert sender.held_until is not None
