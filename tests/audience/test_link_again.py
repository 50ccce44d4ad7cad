"""Mail me my link again: the page is the same for everybody, the mail goes to whom it is meant for."""

import re

import pytest
from django.core import mail
from django.test import Client

from newsletter.audience import tokens
from newsletter.audience.models import Newsletter, Subscriber, SubscriptionEvent
from tests.audience.conftest import Clock, after_commit, waiting_answers, work_off
from tests.audience.factories import NewsletterFactory, SubscriptionFactory, SuppressionFactory
from tests.audience.test_sign_up_pages import states_of_an_address

pytestmark = pytest.mark.django_db

ADDRESS = "ana@readers.example"


@pytest.fixture
def browser() -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def ask(browser: Client, address: str = ADDRESS, path: str = "/preferences/", **typed: str):
    with after_commit():
        return browser.post(path, {"address": address, **typed}, REMOTE_ADDR="192.0.2.77")


def work_off_all() -> None:
    while work_off():
        pass


def test_a_reader_gets_the_link_to_their_preferences(browser: Client, monthly: Newsletter) -> None:
    subscription = SubscriptionFactory(
        newsletter=monthly, subscriber__email=ADDRESS, subscriber__language="es"
    )
    answer = ask(browser, "Ana@Readers.Example")
    assert (answer.status_code, answer["Location"]) == (303, "/preferences/sent/")
    work_off()
    [message] = mail.outbox
    link = tokens.preferences_url(subscription.subscriber_id, "es")
    assert link in message.body
    assert f'href="{link}"' in message.alternatives[0].content
    assert message.to == [ADDRESS]
    assert message.from_email == "Weft <news@weft.example>"
    assert browser.get(link.removeprefix("http://localhost")).status_code == 200


def test_nobody_can_find_out_who_is_on_the_list(browser: Client, monthly: Newsletter) -> None:
    answers, pages = set(), set()
    for address in states_of_an_address(monthly):
        before = len(waiting_answers())
        answer = ask(browser, address)
        answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers.items()))))
        page = browser.get(answer["Location"])
        pages.add((page.status_code, page.content, tuple(sorted(page.headers.items()))))
        assert len(waiting_answers()) == before + 1, address
    assert len(answers) == len(pages) == 1
    work_off_all()
    # Nobody on the do-not-mail list, nobody unknown; the one who is pending gets a confirmation and no preferences.
    assert {message.to[0].partition("@")[0]: message.subject for message in mail.outbox} == {
        "confirmed": "Your link: what you get from us",
        "left": "Your link: what you get from us",
        "elsewhere": "Your link: what you get from us",
        "pending": "Confirm: Weft Monthly",
    }


def test_an_address_we_do_not_know_is_not_kept(browser: Client, monthly: Newsletter) -> None:
    ask(browser, "stranger@readers.example")
    [waiting] = waiting_answers()
    assert "stranger" not in str(waiting.args_kwargs)
    work_off()
    assert not Subscriber.objects.exists()
    assert not SubscriptionEvent.objects.exists()


def test_who_has_not_confirmed_gets_the_confirmation_again_and_it_is_good(
    browser: Client, monthly: Newsletter, clock: Clock
) -> None:
    ask(browser, path="/subscribe/monthly/")
    work_off_all()
    clock.advance(days=8)
    ask(browser)
    work_off_all()
    first, second = [re.search(r"http://localhost(/confirm/\S+)", message.body)[1] for message in mail.outbox]
    assert browser.post(first).status_code == 410
    assert browser.post(second).status_code == 200
    assert Subscriber.objects.get().subscriptions.get().status == "confirmed"


def test_a_reader_with_one_newsletter_unconfirmed_gets_both_mails(
    browser: Client, monthly: Newsletter, clock: Clock
) -> None:
    reads = SubscriptionFactory(newsletter=monthly, subscriber__email=ADDRESS)
    SubscriptionFactory(
        newsletter=NewsletterFactory(name="Weekly"), subscriber=reads.subscriber, pending=True
    )
    ask(browser)
    work_off_all()
    assert {message.subject for message in mail.outbox} == {
        "Your link: what you get from us",
        "Confirm: Weekly",
    }


def test_one_link_in_ten_minutes_whoever_asks_how_often(
    browser: Client, monthly: Newsletter, clock: Clock
) -> None:
    SubscriptionFactory(newsletter=monthly, subscriber__email=ADDRESS)
    for minutes in (0, 5, 6):
        clock.advance(minutes=minutes)
        ask(browser)
        work_off_all()
    assert len(mail.outbox) == 2


def test_a_link_that_the_mail_service_refused_is_tried_again(
    browser: Client, monthly: Newsletter, clock: Clock, settings, caplog
) -> None:
    settings.EMAIL_BACKEND = "tests.audience.refusing_backend.EmailBackend"
    SubscriptionFactory(newsletter=monthly, subscriber__email=ADDRESS)
    ask(browser)
    work_off()
    assert "was not sent" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    clock.advance(minutes=11)
    work_off_all()
    assert [message.to for message in mail.outbox] == [[ADDRESS]]


def test_a_program_that_fills_in_everything_gets_the_same_answer(
    browser: Client, monthly: Newsletter
) -> None:
    SubscriptionFactory(newsletter=monthly, subscriber__email=ADDRESS)
    answer = ask(browser, website="https://spam.example")
    assert (answer.status_code, answer["Location"]) == (303, "/preferences/sent/")
    assert waiting_answers() == []


def test_a_mistyped_address_is_named(browser: Client, identity) -> None:
    answer = ask(browser, "ana")
    assert answer.status_code == 422
    assert "exactly one @" in answer.content.decode()


def test_a_complaint_about_all_mail_silences_this_mail_too(browser: Client, monthly: Newsletter) -> None:
    SubscriptionFactory(newsletter=monthly, subscriber__email=ADDRESS)
    SuppressionFactory(address=ADDRESS)
    ask(browser)
    work_off_all()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "page", ["/subscribe/", "/subscribe/monthly/", "/subscribe/sent/", "/confirm/forged/"]
)
def test_the_page_is_found_from_the_sign_up_and_from_dead_links(
    browser: Client, monthly: Newsletter, page: str
) -> None:
    assert 'href="/preferences/"' in browser.get(page).content.decode()
