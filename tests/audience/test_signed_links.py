import re
from datetime import date

import pytest
from django.core import mail
from django.test import Client

from newsletter.audience import subscriptions, tokens
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent
from tests.audience.conftest import after_commit, waiting_answers, work_off
from tests.audience.factories import (
    NewsletterFactory,
    SubscriptionFactory,
    SuppressionFactory,
    TopicChoiceFactory,
)
from tests.stories.factories import PlaceFactory, TopicFactory, locale_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


@pytest.fixture
def pending(monthly, clock):
    return SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.example", pending=True)


@pytest.fixture
def confirmed(monthly):
    return SubscriptionFactory(newsletter=monthly, subscriber__email="aida@readers.example")


def path_of(url):
    return url.removeprefix("http://localhost")


def confirm_path(subscription):
    return path_of(tokens.confirmation_url(subscription, "en"))


def unsubscribe_path(subscription, language="en"):
    return path_of(tokens.unsubscribe_url(subscription.subscriber_id, subscription.newsletter_id, language))


def preferences_path(subscription, language="en"):
    return path_of(tokens.preferences_url(subscription.subscriber_id, language))


# --- Confirmation -----------------------------------------------------------------------------------
def test_following_the_link_confirms_nothing_because_scanners_follow_links(browser, pending):
    page = browser.get(confirm_path(pending))
    assert page.status_code == 200
    assert page.content.decode().partition("<main")[2].count("<button") == 1
    browser.head(confirm_path(pending))
    pending.refresh_from_db()
    assert pending.status == "pending"


def test_the_button_confirms(browser, pending):
    words = re.search(
        r"<button[^>]*>([^<]+)</button>",
        browser.get(confirm_path(pending)).content.decode().partition("<main")[2],
    ).group(1)
    page = browser.post(confirm_path(pending), REMOTE_ADDR="2001:db8:1:2:3::4")
    assert page.status_code == 200
    assert "You are on the list" in page.content.decode()
    pending.refresh_from_db()
    assert pending.status == "confirmed"
    event = SubscriptionEvent.objects.get()
    assert (event.kind, event.text, event.network) == ("confirmed", words, "2001:db8:1::/48")


def test_the_button_pressed_twice_says_the_same(browser, pending):
    first, second = browser.post(confirm_path(pending)), browser.post(confirm_path(pending))
    assert first.content == second.content
    assert "You are on the list" in browser.get(confirm_path(pending)).content.decode().partition("<main")[2]
    assert SubscriptionEvent.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_expired_link_says_so_and_offers_a_new_one(browser, pending, clock, method):
    path = confirm_path(pending)
    clock.advance(days=7, seconds=2)
    page = getattr(browser, method)(path)
    assert page.status_code == 410
    assert "This link has expired" in page.content.decode()
    assert 'href="/subscribe/"' in page.content.decode()
    pending.refresh_from_db()
    assert pending.status == "pending"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_from_before_an_unsubscribe_is_dead(browser, pending, clock, method):
    path = confirm_path(pending)
    subscriptions.unsubscribe(subscriber_id=pending.subscriber_id, newsletter_id=None, origin="", network="")
    assert getattr(browser, method)(path).status_code == 410
    clock.advance(hours=1)
    subscriptions.request_subscription(
        address="ana@readers.example",
        newsletter=pending.newsletter,
        language="en",
        origin="",
        network="",
        text="",
    )
    assert getattr(browser, method)(path).status_code == 410
    pending.refresh_from_db()
    assert pending.status == "pending"
    assert browser.post(confirm_path(pending)).status_code == 200


def test_an_address_on_the_do_not_mail_list_is_told_whom_to_write_to(browser, pending):
    SuppressionFactory(address="ana@readers.example")
    page = browser.post(confirm_path(pending))
    assert page.status_code == 403
    assert "desk@weft.example" in page.content.decode()
    pending.refresh_from_db()
    assert pending.status == "pending"


def forgeries(subscription):
    token = tokens.preferences_token(subscription.subscriber_id)
    other = tokens.unsubscribe_token(subscription.subscriber_id, subscription.newsletter_id)
    return [
        "x",
        "1",
        "1.",
        "1.x",
        "1-1.x",
        token[:-1],
        token + "x",
        f"9{token}",
        other[1:],
        "%F0%9F%8D%9E",
        "a" * 3000,
    ]


@pytest.mark.parametrize("page", ["confirm", "preferences", "unsubscribe"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_does_nothing_and_explains_itself(browser, confirmed, page, method):
    for token in forgeries(confirmed):
        answer = getattr(browser, method)(f"/{page}/{token}/", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 404, token
        assert "This link is not complete" in answer.content.decode()
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"


def test_a_link_of_one_kind_opens_no_other_page(browser, confirmed):
    token = tokens.unsubscribe_token(confirmed.subscriber_id, confirmed.newsletter_id)
    assert browser.get(f"/preferences/{token}/").status_code == 404
    assert browser.get(f"/confirm/{token}/").status_code == 404


def test_pages_behind_a_link_stay_out_of_caches_search_engines_and_referrers(browser, pending):
    forged = "/unsubscribe/forged/"
    for path in (confirm_path(pending), unsubscribe_path(pending), preferences_path(pending), forged):
        for answer in (browser.get(path), browser.post(path)):
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "no-store"
            assert answer["X-Robots-Tag"] == "noindex"
            assert not answer.cookies
    assert not browser.cookies


# --- Unsubscribe ------------------------------------------------------------------------------------
def test_a_get_asks_and_unsubscribes_nobody(browser, confirmed):
    page = browser.get(unsubscribe_path(confirmed))
    assert page.status_code == 200
    assert "Leave Weft Monthly?" in page.content.decode()
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"


def test_one_click_unsubscribes_without_cookie_login_token_or_redirect(browser, confirmed):
    answer = browser.post(
        unsubscribe_path(confirmed),
        data="List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Location" not in answer
    confirmed.refresh_from_db()
    assert confirmed.status == "unsubscribed"
    assert SubscriptionEvent.objects.get().origin == "one-click"


def test_one_click_may_come_as_multipart_and_again(browser, confirmed):
    for _time in range(2):
        answer = browser.post(unsubscribe_path(confirmed, "es"), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    confirmed.refresh_from_db()
    assert confirmed.status == "unsubscribed"
    assert SubscriptionEvent.objects.count() == 1


def test_the_button_leaves_this_newsletter_or_all_of_them(browser, confirmed):
    other = SubscriptionFactory(subscriber=confirmed.subscriber)
    assert "You are off the list" in browser.post(unsubscribe_path(confirmed)).content.decode()
    other.refresh_from_db()
    assert other.status == "confirmed"
    browser.post(unsubscribe_path(confirmed), {"all": "1"})
    assert not Subscription.objects.filter(status="confirmed").exists()


def test_unsubscribing_works_after_the_person_or_the_newsletter_is_gone(browser, confirmed):
    path = unsubscribe_path(confirmed)
    Subscriber.objects.all().delete()
    assert browser.get(path).status_code == 200
    assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    confirmed.newsletter.delete()
    assert browser.get(path).status_code == 200
    assert browser.post(path).status_code == 200


# --- Preferences ------------------------------------------------------------------------------------
def wishes(subscription, **changed):
    return {"name": "", "language": "en", f"newsletter_{subscription.newsletter_id}": "every", **changed}


def test_a_reader_sees_and_changes_what_they_get(browser, confirmed):
    housing, food = TopicFactory(name="Housing"), TopicFactory(name="Food")
    TopicChoiceFactory(subscriber=confirmed.subscriber, topic=housing)
    page = browser.get(preferences_path(confirmed)).content.decode()
    assert re.search(rf'value="{housing.translation_key}"[^>]*checked', page)
    assert not re.search(rf'value="{food.translation_key}"[^>]*checked', page)
    answer = browser.post(
        preferences_path(confirmed),
        wishes(
            confirmed,
            name="Ana",
            language="es",
            topics=[str(food.translation_key)],
            **{f"newsletter_{confirmed.newsletter_id}": "monthly"},
        ),
    )
    assert answer.status_code == 303
    assert answer["Location"] == preferences_path(confirmed, "es") + "?saved"
    assert 'role="status"' in browser.get(answer["Location"]).content.decode()
    reader = Subscriber.objects.get()
    assert (reader.name, reader.language) == ("Ana", "es")
    assert [choice.topic_key for choice in reader.topic_choices.all()] == [food.translation_key]
    confirmed.refresh_from_db()
    assert confirmed.rhythm == "monthly"


def test_topics_are_named_in_the_language_of_the_page(browser, confirmed):
    housing = TopicFactory(name="Housing")
    vivienda = housing.copy_for_translation(locale_of("es"))
    vivienda.name, vivienda.slug = "Vivienda", "vivienda"
    vivienda.save()
    TopicFactory(name="Food")
    page = browser.get(preferences_path(confirmed, "es")).content.decode()
    assert "Vivienda" in page
    assert "Housing" not in page
    assert "Food" in page


def test_a_deleted_topic_somebody_chose_is_kept_when_they_save(browser, confirmed):
    housing = TopicFactory(name="Housing")
    TopicChoiceFactory(subscriber=confirmed.subscriber, topic=housing)
    housing.delete()
    browser.post(preferences_path(confirmed), wishes(confirmed))
    assert confirmed.subscriber.topic_choices.count() == 1


def test_a_reader_leaves_one_newsletter_or_all(browser, confirmed):
    other = SubscriptionFactory(subscriber=confirmed.subscriber)
    typed = wishes(confirmed, **{f"newsletter_{other.newsletter_id}": "leave"})
    assert browser.post(preferences_path(confirmed), typed).status_code == 303
    other.refresh_from_db()
    confirmed.refresh_from_db()
    assert (other.status, confirmed.status) == ("unsubscribed", "confirmed")
    page = browser.post(preferences_path(confirmed), {"leave_all": "1"})
    assert "You are off the list" in page.content.decode()
    confirmed.refresh_from_db()
    assert confirmed.status == "unsubscribed"


def test_a_reader_says_where_they_are_and_takes_it_back(browser, confirmed):
    halse = PlaceFactory()
    browser.post(preferences_path(confirmed), wishes(confirmed, place=str(halse.translation_key)))
    assert Subscriber.objects.get().place_key == halse.translation_key
    page = browser.get(preferences_path(confirmed)).content.decode()
    assert f'<option value="{halse.translation_key}" selected>' in page
    browser.post(preferences_path(confirmed), wishes(confirmed, place=""))
    assert Subscriber.objects.get().place_key is None


def test_a_deleted_place_somebody_chose_is_kept_when_they_save(browser, confirmed):
    halse = PlaceFactory()
    Subscriber.objects.update(place_key=halse.translation_key)
    halse.delete()
    page = browser.get(preferences_path(confirmed)).content.decode()
    assert f'<option value="{halse.translation_key}" selected>' in page
    browser.post(preferences_path(confirmed), wishes(confirmed, place=str(halse.translation_key)))
    assert Subscriber.objects.get().place_key == halse.translation_key


def test_a_reader_makes_a_pause_and_ends_it(browser, confirmed, clock):
    browser.post(preferences_path(confirmed), wishes(confirmed, paused_until="2027-03-01"))
    assert Subscriber.objects.get().paused_until == date(2027, 3, 1)
    assert 'value="2027-03-01"' in browser.get(preferences_path(confirmed, "es")).content.decode()
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"
    browser.post(preferences_path(confirmed), wishes(confirmed, paused_until=""))
    assert Subscriber.objects.get().paused_until is None
    assert list(SubscriptionEvent.objects.values_list("kind", "text")) == [("changed", "pause")] * 2


def test_a_pause_that_is_over_does_not_stand_in_the_way(browser, confirmed, clock):
    Subscriber.objects.update(paused_until=date(2026, 11, 1))
    assert "2026-11-01" not in browser.get(preferences_path(confirmed)).content.decode()
    assert browser.post(preferences_path(confirmed), wishes(confirmed)).status_code == 303


@pytest.mark.parametrize("day", ["2026-11-22", "2020-01-01", "2027-11-23", "9999-12-31"])
def test_a_pause_ends_after_today_and_within_a_year(browser, confirmed, clock, day):
    answer = browser.post(preferences_path(confirmed), wishes(confirmed, paused_until=day))
    assert answer.status_code == 422
    assert "within a year" in answer.content.decode()
    assert Subscriber.objects.get().paused_until is None


def test_a_further_newsletter_comes_only_after_a_confirmation(browser, confirmed):
    """The link may have been passed on with a newsletter."""
    weekly = NewsletterFactory(name="Weekly")
    page = browser.get(preferences_path(confirmed)).content.decode()
    assert page.count('name="join"') == 1
    with after_commit():
        answer = browser.post(preferences_path(confirmed), wishes(confirmed, join=[str(weekly.pk)]))
    assert answer["Location"].endswith("?saved&asked")
    asked = Subscription.objects.get(newsletter=weekly)
    assert asked.status == "pending"
    event = SubscriptionEvent.objects.get(kind="requested")
    assert event.text in page
    work_off()
    [message] = mail.outbox
    assert message.subject == "Confirm: Weekly"
    assert message.to == ["aida@readers.example"]
    browser.post(confirm_path(asked))
    asked.refresh_from_db()
    assert asked.status == "confirmed"


def test_adding_newsletters_again_and_again_fills_no_mailbox(browser, confirmed, clock):
    for _time in range(7):
        newsletter = NewsletterFactory()
        with after_commit():
            answer = browser.post(preferences_path(confirmed), wishes(confirmed, join=[str(newsletter.pk)]))
        assert answer["Location"].endswith("?saved&asked")
    assert len(waiting_answers()) == 5


def test_a_newsletter_they_read_already_cannot_be_added(browser, confirmed):
    typed = wishes(confirmed, join=[str(confirmed.newsletter_id)])
    assert browser.post(preferences_path(confirmed), typed).status_code == 422
    assert waiting_answers() == []


def test_the_page_asks_the_database_the_same_whatever_the_size_of_the_list(
    browser, confirmed, django_assert_max_num_queries
):
    for _reader in range(10):
        SubscriptionFactory(newsletter=confirmed.newsletter)
    with django_assert_max_num_queries(25):
        browser.get(preferences_path(confirmed))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "Ana\nBcc: x"}, "U+000A line break"),
        ({"language": "tlh"}, "tlh"),
        ({"place": "7363985f-6821-4b2a-9ecc-79c17e6607a4"}, "no longer there"),
        ({"paused_until": "tomorrow"}, "year-month-day"),
        ({"join": ["987654"]}, "you get it already"),
        ({"topics": ["7363985f-6821-4b2a-9ecc-79c17e6607a4"]}, "no longer there"),
    ],
)
def test_bad_preferences_are_refused_in_words_and_nothing_changes(browser, confirmed, typed, words):
    answer = browser.post(preferences_path(confirmed), wishes(confirmed, **typed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SubscriptionEvent.objects.exists()


def test_no_link_ends_up_in_the_log(browser, pending, confirmed, clock, caplog):
    browser.post(preferences_path(confirmed), wishes(confirmed, language="tlh"))
    old = confirm_path(pending)
    clock.advance(days=8)
    browser.get(old)
    browser.get("/preferences/forged/")
    assert "/preferences/" not in caplog.text
    assert "/confirm/" not in caplog.text


def test_a_forwarded_newsletter_does_not_give_the_address_away(browser, confirmed):
    page = browser.get(preferences_path(confirmed)).content.decode()
    assert "aida@readers.example" not in page
    assert "a…@readers.example" in page


def test_an_erased_reader_learns_that_we_hold_nothing(browser, confirmed):
    path = preferences_path(confirmed)
    Subscriber.objects.all().delete()
    assert browser.get(path).status_code == 410
    assert browser.post(path, {"leave_all": "1"}).status_code == 410
