"""Export, erasure and change of address: only by the link that is mailed to the address and lasts 30 minutes."""

import json
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from newsletter.audience import subscriptions, tokens
from newsletter.audience.addresses import address_hash
from newsletter.audience.erasure import erase
from newsletter.audience.evidence import record
from newsletter.audience.models import Newsletter, Subscriber, Subscription, SubscriptionEvent, Suppression
from newsletter.audience.personal_data import PARTS, personal_data, register_personal_data
from tests.audience.conftest import Clock, after_commit, waiting_answers, work_off
from tests.audience.factories import (
    NewsletterFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    TopicChoiceFactory,
)
from tests.stories.factories import PlaceFactory, TopicFactory

pytestmark = pytest.mark.django_db

OLD, NEW = "ana@readers.example", "ana@elsewhere.example"


@pytest.fixture
def browser() -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


@pytest.fixture
def confirmed(monthly: Newsletter, clock: Clock) -> Subscription:
    return SubscriptionFactory(newsletter=monthly, subscriber__email=OLD, subscriber__name="Ana")


def post(browser: Client, path: str, **typed: str) -> Any:
    with after_commit():
        return browser.post(path, typed, REMOTE_ADDR="192.0.2.77")


def mailed_path(page: str, to: str = OLD) -> str:
    [body] = [message.body for message in mail.outbox if message.to == [to] and f"/{page}/" in message.body]
    return re.search(rf"http://localhost(\S*/{page}/\S+)", body)[1]


def preferences_path(subscription: Subscription) -> str:
    return tokens.preferences_url(subscription.subscriber_id, "en").removeprefix("http://localhost")


def fresh_path(subscriber: Subscriber) -> str:
    return tokens.fresh_url(subscriber).removeprefix("http://localhost")


# --- The link ---------------------------------------------------------------------------------------
def test_the_preferences_page_has_the_link_mailed_to_the_address_itself(
    browser: Client, confirmed: Subscription
) -> None:
    answer = post(browser, preferences_path(confirmed), fresh_link="1")
    assert (answer.status_code, answer["Location"]) == (303, preferences_path(confirmed) + "?mailed")
    assert 'role="status"' in browser.get(answer["Location"]).content.decode()
    work_off()
    page = browser.get(mailed_path("your-data"))
    assert page.status_code == 200
    assert OLD in page.content.decode()


def test_a_forwarded_newsletter_opens_none_of_it(browser: Client, confirmed: Subscription) -> None:
    token = tokens.preferences_token(confirmed.subscriber_id)
    unsubscribe = tokens.unsubscribe_token(confirmed.subscriber_id, confirmed.newsletter_id)
    confirmation = tokens.confirmation_token(confirmed)
    for held in (token, unsubscribe, confirmation):
        for path in (f"/your-data/{held}/", f"/your-data/{held}/download/", f"/your-data/{held}/erase/"):
            assert browser.get(path).status_code == 404
            assert post(browser, path, address=NEW).status_code == 404
        assert post(browser, f"/new-address/{held}/").status_code == 404
    assert Subscriber.objects.get().email == OLD


@pytest.mark.parametrize("page", ["", "download/", "erase/"])
def test_the_link_lasts_thirty_minutes(
    browser: Client, confirmed: Subscription, clock: Clock, page: str
) -> None:
    path = fresh_path(confirmed.subscriber) + page
    clock.advance(minutes=29, seconds=58)
    assert browser.get(path).status_code == 200
    clock.advance(seconds=4)
    answer = browser.get(path)
    assert answer.status_code == 410
    assert "30 minutes" in answer.content.decode()
    assert post(browser, path, address=NEW).status_code == 410
    assert Subscriber.objects.exists()


def test_the_link_is_not_mailed_to_an_address_on_the_do_not_mail_list(
    browser: Client, confirmed: Subscription
) -> None:
    SuppressionFactory(address=OLD)
    assert post(browser, preferences_path(confirmed), fresh_link="1").status_code == 303
    work_off()
    assert mail.outbox == []


def test_pages_behind_the_link_stay_out_of_caches_search_engines_and_referrers(
    browser: Client, confirmed: Subscription
) -> None:
    path = fresh_path(confirmed.subscriber)
    new = tokens.new_address_url(confirmed.subscriber, NEW).removeprefix("http://localhost")
    for address in (
        path,
        path + "download/",
        path + "erase/",
        new,
        "/your-data/forged/",
        "/new-address/forged/",
    ):
        answer = browser.get(address)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies


# --- Export -----------------------------------------------------------------------------------------
def test_the_file_holds_everything(browser: Client, confirmed: Subscription, clock: Clock) -> None:
    reader = confirmed.subscriber
    topic, place = TopicFactory(name="Housing"), PlaceFactory(name="Halse")
    TopicChoiceFactory(subscriber=reader, topic=topic)
    Subscriber.objects.filter(pk=reader.pk).update(
        place_key=place.translation_key, tags=["choir"], attributes={"shirt": "M"}
    )
    record(
        SubscriptionEvent.Kind.REQUESTED,
        address_hash=reader.address_hash,
        newsletter=confirmed.newsletter,
        origin="/subscribe/monthly/",
        network="192.0.2.0/24",
        text="Send me",
    )
    SuppressionFactory(address=OLD, newsletter=NewsletterFactory(name="Weekly"), reason="staff", note="asked")
    answer = browser.get(fresh_path(reader) + "download/")
    assert answer["Content-Type"] == "application/json"
    assert re.fullmatch(r'attachment; filename="[\w.-]+\.json"', answer["Content-Disposition"])
    held = json.loads(answer.content)
    assert held["subscriber"] == {
        **held["subscriber"],
        "address": OLD,
        "name": "Ana",
        "place": {"key": str(place.translation_key), "name": "Halse"},
        "tags": ["choir"],
        "attributes": {"shirt": "M"},
    }
    assert held["topics"] == [{"key": str(topic.translation_key), "name": "Housing"}]
    assert held["subscriptions"][0]["newsletter"] == "Weft Monthly"
    assert held["evidence"][0]["network"] == "192.0.2.0/24"
    assert held["do_not_mail_list"][0]["note"] == "asked"


def test_nobody_elses_data_are_in_it(confirmed: Subscription) -> None:
    other = SubscriptionFactory(subscriber__email="bo@readers.example").subscriber
    record(SubscriptionEvent.Kind.CHANGED, address_hash=other.address_hash, subscriber=other, origin="secret")
    held = str(personal_data(confirmed.subscriber))
    assert "bo@readers" not in held
    assert "secret" not in held


def test_another_room_adds_its_part(confirmed: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.audience.personal_data.PARTS", dict(PARTS))
    register_personal_data("letters", lambda subscriber: [f"to {subscriber.email}"])
    assert personal_data(confirmed.subscriber)["letters"] == [f"to {OLD}"]
    with pytest.raises(ValueError, match="already"):
        register_personal_data("letters", lambda subscriber: [])


# --- Erasure ----------------------------------------------------------------------------------------
def test_a_get_asks_and_the_button_erases(browser: Client, confirmed: Subscription) -> None:
    path = fresh_path(confirmed.subscriber) + "erase/"
    assert browser.get(path).content.decode().partition("<main")[2].count("<button") == 1
    assert Subscriber.objects.exists()
    page = post(browser, path)
    assert page.status_code == 200
    assert "You are erased" in page.content.decode()
    assert not Subscriber.objects.exists()
    assert not Subscription.objects.exists()
    assert post(browser, path).status_code == 410
    assert browser.get(preferences_path(confirmed)).status_code == 410


def test_of_the_evidence_stay_kind_moment_and_keyed_hash(confirmed: Subscription, clock: Clock) -> None:
    reader = confirmed.subscriber
    then = clock.now
    for known_as in (reader.address_hash, address_hash("before@readers.example")):
        record(
            SubscriptionEvent.Kind.CONFIRMED,
            address_hash=known_as,
            subscriber=reader,
            newsletter=confirmed.newsletter,
            origin="/confirm/",
            network="192.0.2.0/24",
            language="es",
            text="Yes, send me",
        )
    bystander = record(
        SubscriptionEvent.Kind.CONFIRMED, address_hash="b" * 64, origin="/confirm/", network="198.51.100.0/24"
    )
    clock.advance(days=1)
    assert erase(subscriber_id=reader.pk)
    *kept, erased = SubscriptionEvent.objects.exclude(pk=bystander.pk).order_by("pk")
    assert [(event.kind, event.at) for event in kept] == [("confirmed", then)] * 2
    assert {event.address_hash for event in kept} == {
        reader.address_hash,
        address_hash("before@readers.example"),
    }
    assert (erased.kind, erased.text, erased.address_hash) == ("suppressed", "erased", reader.address_hash)
    for event in (*kept, erased):
        assert (event.subscriber_id, event.newsletter_id, event.origin) == (None, None, "")
        assert (event.network, event.language) == ("", "")
    assert {event.text for event in kept} == {""}
    bystander.refresh_from_db()
    assert bystander.network == "198.51.100.0/24"


def test_the_log_of_what_staff_did_forgets_the_address(
    confirmed: Subscription, newsletter_manager_user: Any
) -> None:
    log(confirmed.subscriber, "wagtail.edit", user=newsletter_manager_user)
    other = SubscriberFactory(email="bo@readers.example")
    log(other, "wagtail.edit", user=newsletter_manager_user)
    erase(subscriber_id=confirmed.subscriber_id)
    assert set(ModelLogEntry.objects.values_list("label", flat=True)) == {"", "bo@readers.example"}


def test_an_erased_person_comes_back_by_a_new_double_opt_in_only(confirmed: Subscription) -> None:
    erase(subscriber_id=confirmed.subscriber_id)
    assert Suppression.objects.get().reason == "erased"
    assert not erase(subscriber_id=confirmed.subscriber_id)
    assert Suppression.objects.count() == 1
    with after_commit():
        subscriptions.request_subscription(
            address=OLD, newsletter=confirmed.newsletter, language="en", origin="", network="", text=""
        )
    work_off()
    claim = tokens.read_confirmation_token(re.search(r"/confirm/([^/]+)/", mail.outbox[0].body)[1])
    subscriptions.confirm(
        subscription_id=claim.subscription_id, requested_at=claim.requested_at, origin="", network="", text=""
    )
    assert not Suppression.objects.exists()


def test_erasing_does_not_soften_a_complaint(confirmed: Subscription) -> None:
    SuppressionFactory(address=OLD)
    erase(subscriber_id=confirmed.subscriber_id)
    assert Suppression.objects.get().reason == "complaint"


# --- Another address --------------------------------------------------------------------------------
def move(browser: Client, subscription: Subscription, address: str = NEW) -> Any:
    answer = post(browser, fresh_path(subscription.subscriber), address=address)
    work_off()
    return answer


def test_the_new_address_confirms_and_the_old_one_is_told(
    browser: Client, confirmed: Subscription, clock: Clock
) -> None:
    fresh = fresh_path(confirmed.subscriber)
    assert move(browser, confirmed, "Ana@Elsewhere.Example")["Location"] == fresh + "?mailed"
    path = mailed_path("new-address", to=NEW)
    page = browser.get(path).content.decode()
    assert "a…@readers.example" in page
    assert OLD not in page
    assert Subscriber.objects.get().email == OLD
    assert "We have your new address" in post(browser, path).content.decode()
    reader = Subscriber.objects.get()
    assert (reader.email, reader.address_hash, reader.name) == (NEW, address_hash(NEW), "Ana")
    assert Subscription.objects.get().status == "confirmed"
    work_off()
    told = mail.outbox[-1]
    assert (told.to, told.subject) == ([OLD], "Your newsletters go to another address now")
    assert NEW not in told.body + told.alternatives[0].content
    changes = SubscriptionEvent.objects.filter(kind="changed")
    assert {event.address_hash for event in changes} == {address_hash(OLD), address_hash(NEW)}
    assert {event.text for event in changes} == {"address"}
    # Once more says the same and changes nothing; what was mailed to the old address is dead.
    assert "We have your new address" in post(browser, path).content.decode()
    assert changes.count() == 2
    assert waiting_answers() == []
    assert browser.get(fresh).status_code == 410


def test_the_new_addresss_link_lasts_thirty_minutes(
    browser: Client, confirmed: Subscription, clock: Clock
) -> None:
    move(browser, confirmed)
    clock.advance(minutes=31)
    assert post(browser, mailed_path("new-address", to=NEW)).status_code == 410
    assert Subscriber.objects.get().email == OLD


def test_nobody_learns_whether_another_address_is_on_the_list(
    browser: Client, confirmed: Subscription, clock: Clock
) -> None:
    SubscriptionFactory(subscriber__email="known@readers.example")
    SuppressionFactory(address="complaint@readers.example")
    answers = set()
    for address in ("known@readers.example", "complaint@readers.example", "unknown@readers.example"):
        path = fresh_path(confirmed.subscriber)
        answer = post(browser, path, address=address)
        answers.add((answer.status_code, answer.content, answer["Location"]))
        assert len(waiting_answers()) == 1
        work_off()
    assert len(answers) == 1
    assert [message.to for message in mail.outbox] == [["unknown@readers.example"]]


@pytest.mark.parametrize(
    ("address", "words"),
    [(OLD, "already"), ("ana", "exactly one @"), ("", "Write your e-mail address here.")],
)
def test_what_is_no_new_address_is_refused_in_words(
    browser: Client, confirmed: Subscription, address: str, words: str
) -> None:
    answer = move(browser, confirmed, address)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert mail.outbox == []


def test_an_address_that_came_onto_the_list_meanwhile_is_not_taken(
    browser: Client, confirmed: Subscription
) -> None:
    move(browser, confirmed)
    SubscriberFactory(email=NEW)
    assert post(browser, mailed_path("new-address", to=NEW)).status_code == 409
    confirmed.subscriber.refresh_from_db()
    assert confirmed.subscriber.email == OLD


@pytest.mark.parametrize("suppressed", [OLD, NEW])
def test_the_do_not_mail_list_is_not_escaped_by_moving(
    browser: Client, confirmed: Subscription, suppressed: str
) -> None:
    move(browser, confirmed)
    SuppressionFactory(address=suppressed)
    assert post(browser, mailed_path("new-address", to=NEW)).status_code == 403
    assert Subscriber.objects.get().email == OLD


def test_an_entry_for_one_newsletter_moves_along(browser: Client, confirmed: Subscription) -> None:
    SuppressionFactory(address=OLD, newsletter=confirmed.newsletter, reason="staff")
    move(browser, confirmed)
    post(browser, mailed_path("new-address", to=NEW))
    assert Suppression.objects.filter(
        address_hash=address_hash(NEW), newsletter=confirmed.newsletter, reason="staff"
    ).exists()


def test_an_erased_persons_address_may_be_moved_to(browser: Client, confirmed: Subscription) -> None:
    SuppressionFactory(address=NEW, reason="erased")
    move(browser, confirmed)
    assert post(browser, mailed_path("new-address", to=NEW)).status_code == 200
    assert not Suppression.objects.exists()


# --- The mails --------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_each_mail_is_whole_in_both_forms_and_carries_no_name(confirmed: Subscription, language: str) -> None:
    from newsletter.audience import mails

    reader = confirmed.subscriber
    reader.language, reader.name = language, "Click http://spam.example"
    for message in (
        mails.preferences_link_message(reader),
        mails.fresh_link_message(reader),
        mails.new_address_message(reader, NEW),
        mails.address_changed_message(reader, OLD),
    ):
        html, text = message.alternatives[0].content, message.body
        assert f'<html lang="{language}"' in html
        assert "4 Mill Lane, Halse" in html
        assert "4 Mill Lane, Halse" in text
        assert "spam.example" not in html + text + message.subject
        assert "<img" not in html
        assert "<" not in text
        assert re.findall(r"http://\S+", text) == list(dict.fromkeys(re.findall(r'href="(http[^"]+)"', html)))
