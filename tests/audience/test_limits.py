"""How often one address and one network may ask; the visitor never learns that a limit was reached."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from newsletter.audience import limits
from newsletter.audience.models import Newsletter, RequestCount, Subscription, SubscriptionEvent
from tests.audience.conftest import Clock, after_commit, waiting_answers, work_off
from tests.audience.factories import SubscriptionFactory
from tests.audience.test_at_once import at_once

VISITOR = "192.0.2.0/24"


@pytest.fixture
def browser() -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def ask(browser: Client, address: str, remote: str = "192.0.2.77", path: str = "/subscribe/monthly/") -> Any:
    with after_commit():
        return browser.post(path, {"address": address}, REMOTE_ADDR=remote)


def times(count: int, **asked: str) -> list[bool]:
    return [
        limits.admits(**{"address": "ana@readers.example", "network": VISITOR, **asked}) for _ in range(count)
    ]


@pytest.mark.django_db
def test_an_address_may_be_asked_for_five_times_an_hour_from_anywhere(clock: Clock) -> None:
    assert times(5) == [True] * 5
    assert times(1, network="198.51.100.0/24") == [False]
    assert times(1, address="bo@readers.example") == [True]
    clock.advance(hours=1)
    assert times(1) == [True]


@pytest.mark.django_db
@pytest.mark.parametrize("network", [VISITOR, "2001:db8:1::/48"])
def test_a_network_may_ask_for_thirty_addresses_an_hour(clock: Clock, network: str) -> None:
    assert all(limits.admits(address=f"{n}@readers.example", network=network) for n in range(30))
    assert not limits.admits(address="31@readers.example", network=network)
    assert limits.admits(address="31@readers.example", network="198.51.100.0/24")


@pytest.mark.parametrize(
    "network",
    ["", "127.0.0.0/24", "10.0.0.0/24", "172.17.0.0/24", "192.168.1.0/24", "::/48", "fd00:1:2::/48"],
)
def test_a_proxy_that_says_nothing_of_its_visitors_has_a_wider_limit(network: str) -> None:
    assert limits.network_limit(network) == limits.PER_PROXY


@pytest.mark.django_db
def test_nobody_can_read_from_the_counts_whom_they_count() -> None:
    times(1)
    for count in RequestCount.objects.all():
        assert len(count.key) == 64
        assert set(count.key) <= set("0123456789abcdef")


@pytest.mark.django_db
def test_counts_are_forgotten_when_their_hour_is_over(clock: Clock) -> None:
    times(1)
    assert limits.forget_request_counts() == 0
    clock.advance(hours=1)
    times(1)
    assert limits.forget_request_counts() == 2
    assert RequestCount.objects.count() == 2


@pytest.mark.django_db
def test_who_is_over_the_limit_gets_the_same_answer_and_nothing_is_kept_or_mailed(
    browser: Client, monthly: Newsletter, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [ask(browser, "ana@readers.example") for _time in range(7)]
    assert {(one.status_code, one.content, tuple(sorted(one.headers.items()))) for one in answers} == {
        (303, b"", tuple(sorted(answers[0].headers.items())))
    }
    assert SubscriptionEvent.objects.filter(kind="requested").count() == 5
    assert len(waiting_answers()) == 5
    assert "More requests for one address" in caplog.text
    assert "ana@readers" not in caplog.text


@pytest.mark.django_db
def test_a_network_that_works_through_a_list_of_addresses_gets_no_further(
    browser: Client, monthly: Newsletter, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(32):
        assert ask(browser, f"reader{number}@readers.example", f"192.0.2.{number}").status_code == 303
    assert Subscription.objects.count() == limits.PER_NETWORK
    assert "192.0.2.0/24" in caplog.text
    ask(browser, "elsewhere@readers.example", "198.51.100.1")
    assert Subscription.objects.filter(subscriber__email="elsewhere@readers.example").exists()


@pytest.mark.django_db
def test_asking_for_ones_link_counts_towards_the_same_limit(
    browser: Client, monthly: Newsletter, clock: Clock
) -> None:
    SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.example")
    for _time in range(5):
        ask(browser, "ana@readers.example")
    assert ask(browser, "ana@readers.example", path="/preferences/").status_code == 303
    work_off()
    assert ["already on the list" in message.subject for message in mail.outbox] == [True]


@pytest.mark.django_db(transaction=True)
def test_processes_that_count_at_once_let_through_no_more_than_the_limit() -> None:
    times(3)
    admitted = at_once(lambda: times(2))
    assert sum(sum(each) for each in admitted) == 2
