import re
from datetime import date
from uuid import uuid4

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from newsletter.audience import subscriptions, tokens
from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent, Suppression, TopicChoice
from newsletter.audience.subscriptions import AddressSuppressed, ConfirmationOutdated
from tests.audience.conftest import after_commit, waiting_answers, work_off
from tests.audience.factories import (
    NewsletterFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    TopicChoiceFactory,
)
from tests.stories.factories import PlaceFactory, TopicFactory

pytestmark = pytest.mark.django_db

FROM_HERE = {"origin": "/subscribe/", "network": "192.0.2.0/24"}


def ask(newsletter, address="ana@readers.example", **about):
    with after_commit():
        subscriptions.request_subscription(
            **{
                "address": address,
                "newsletter": newsletter,
                "language": "en",
                "text": "Send me",
                **FROM_HERE,
                **about,
            }
        )
    work_off()


def confirmation_in(message):
    token = re.search(r"/confirm/([^/\s]+)/", message.body).group(1)
    claim = tokens.read_confirmation_token(token)
    return {"subscription_id": claim.subscription_id, "requested_at": claim.requested_at}


def confirm(message):
    return subscriptions.confirm(**confirmation_in(message), text="Yes", origin="/confirm/", network="")


def kinds():
    return list(SubscriptionEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_from_sign_up_to_confirmed(monthly, clock):
    ask(monthly, "Ana@Readers.Example", name=" Ana ", topics=[TopicFactory().translation_key])
    subscription = Subscription.objects.get()
    assert subscription.status == "pending"
    assert subscription.subscriber.email == "ana@readers.example"
    assert subscription.subscriber.name == "Ana"
    assert TopicChoice.objects.count() == 1
    [message] = mail.outbox
    assert message.to == ["ana@readers.example"]
    confirm(message)
    subscription.refresh_from_db()
    assert subscription.status == "confirmed"
    assert subscription.confirmed_at == clock.now
    assert kinds() == ["requested", "mailed", "confirmed"]


def test_the_evidence_says_what_when_from_where_and_which_words(monthly, clock):
    ask(monthly, text="Send me Weft Monthly by e-mail.", language="es")
    event = SubscriptionEvent.objects.get(kind="requested")
    assert event.at == clock.now
    assert (event.origin, event.network, event.language) == ("/subscribe/", "192.0.2.0/24", "es")
    assert event.text == "Send me Weft Monthly by e-mail."
    assert event.address_hash == address_hash("ana@readers.example")
    assert (event.newsletter, event.subscriber) == (monthly, Subscriber.objects.get())


def test_a_stranger_cannot_change_what_we_know_of_a_reader(monthly):
    reader = SubscriberFactory(email="ana@readers.example", name="Ana", language="es")
    topic = TopicChoiceFactory(subscriber=reader).topic_key
    ask(monthly, name="Mallory", language="fr", topics=[uuid4()])
    reader.refresh_from_db()
    assert (reader.name, reader.language) == ("Ana", "es")
    assert list(reader.topic_choices.values_list("topic_key", flat=True)) == [topic]


def test_somebody_already_on_the_list_is_told_so_and_stays(monthly):
    subscription = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.example")
    ask(monthly)
    subscription.refresh_from_db()
    assert subscription.status == "confirmed"
    [message] = mail.outbox
    assert "already on the list" in message.subject
    assert tokens.preferences_token(subscription.subscriber_id) in message.body
    assert "/confirm/" not in message.body


@pytest.mark.parametrize("reason", ["complaint", "hard_bounce", "staff"])
@pytest.mark.parametrize("known", ["unknown", "confirmed", "unsubscribed"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_nothing_is_mailed_to_an_address_on_the_do_not_mail_list(monthly, reason, known, everywhere):
    if known != "unknown":
        SubscriptionFactory(
            newsletter=monthly, subscriber__email="ana@readers.example", unsubscribed=known == "unsubscribed"
        )
    SuppressionFactory(
        address="ana@readers.example", reason=reason, newsletter=None if everywhere else monthly
    )
    ask(monthly)
    assert mail.outbox == []
    assert Subscription.objects.get().status == {"unknown": "pending"}.get(known, known)


def test_a_do_not_mail_entry_for_one_newsletter_leaves_the_others_alone(monthly):
    SuppressionFactory(address="ana@readers.example", newsletter=NewsletterFactory())
    ask(monthly)
    assert len(mail.outbox) == 1


def test_an_erased_person_comes_back_by_a_new_double_opt_in(monthly):
    SuppressionFactory(address="ana@readers.example", reason="erased")
    SuppressionFactory(address="bo@readers.example", reason="erased")
    ask(monthly)
    assert Suppression.objects.count() == 2
    confirm(mail.outbox[0])
    assert Suppression.objects.get().address_hash == address_hash("bo@readers.example")


def test_an_unsubscribed_person_comes_back_by_a_new_double_opt_in_only(monthly, clock):
    ask(monthly)
    confirm(mail.outbox[0])
    clock.advance(days=1)
    reader = Subscriber.objects.get()
    subscriptions.unsubscribe(subscriber_id=reader.pk, newsletter_id=monthly.pk, **FROM_HERE)
    with pytest.raises(ConfirmationOutdated):
        confirm(mail.outbox[0])
    clock.advance(days=1)
    ask(monthly)
    with pytest.raises(ConfirmationOutdated):
        confirm(mail.outbox[0])
    assert Subscription.objects.get().status == "pending"
    confirm(mail.outbox[1])
    assert Subscription.objects.get().status == "confirmed"


def test_confirming_twice_is_confirming_once(monthly, clock):
    ask(monthly)
    first = confirm(mail.outbox[0])
    clock.advance(hours=1)
    assert confirm(mail.outbox[0]).confirmed_at == first.confirmed_at
    assert kinds().count("confirmed") == 1


def test_a_link_from_before_a_complaint_confirms_nothing(monthly):
    ask(monthly)
    subscriptions.suppress(address_hash=address_hash("ana@readers.example"), reason="complaint")
    with pytest.raises(AddressSuppressed):
        confirm(mail.outbox[0])
    assert Subscription.objects.get().status == "pending"


def test_a_link_to_an_erased_person_confirms_nothing(monthly):
    ask(monthly)
    claim = confirmation_in(mail.outbox[0])
    Subscriber.objects.all().delete()
    with pytest.raises(ConfirmationOutdated):
        subscriptions.confirm(**claim, text="Yes", origin="/confirm/", network="")


def test_one_mail_in_ten_minutes_whoever_asks_how_often(monthly, clock):
    for _time in range(4):
        ask(monthly)
        clock.advance(minutes=3)
    assert len(mail.outbox) == 1
    ask(monthly)
    assert len(mail.outbox) == 2
    assert kinds().count("requested") == 5
    confirm(mail.outbox[0])  # the first mail's link is as good as the second's


def test_another_newsletter_is_answered_at_once(monthly):
    ask(monthly)
    ask(NewsletterFactory())
    assert len(mail.outbox) == 2


def test_whoever_leaves_before_the_answer_gets_none(monthly):
    with after_commit():
        subscriptions.request_subscription(
            address="ana@readers.example", newsletter=monthly, language="en", text="", **FROM_HERE
        )
    subscriptions.unsubscribe(subscriber_id=Subscriber.objects.get().pk, newsletter_id=None, **FROM_HERE)
    assert work_off() == 1
    assert mail.outbox == []


def test_an_answer_that_the_mail_service_refused_is_tried_again(monthly, clock, settings, caplog):
    settings.EMAIL_BACKEND = "tests.audience.refusing_backend.EmailBackend"
    ask(monthly)
    [again] = waiting_answers()
    assert again.run_after >= clock.now + subscriptions.ONE_MAIL_EVERY
    assert "was not sent" in caplog.text
    assert "ana@readers.example" not in caplog.text.split("Traceback")[0]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    clock.advance(minutes=11)
    work_off()
    [message] = mail.outbox
    assert confirm(message).status == "confirmed"


def test_after_three_more_failures_the_task_says_so(monthly, clock, settings):
    settings.EMAIL_BACKEND = "tests.audience.refusing_backend.EmailBackend"
    ask(monthly)
    for _attempt in range(2):
        clock.advance(hours=7)
        work_off()
    clock.advance(hours=7)
    with pytest.raises(ConnectionRefusedError):
        work_off()
    assert waiting_answers() == []


@pytest.mark.parametrize(
    "address", ["ana", "ana@readers.example\nBcc: all@readers.example", "a" * 255 + "@b.example"]
)
def test_a_malformed_address_leaves_no_trace(monthly, address):
    with pytest.raises(ValidationError):
        ask(monthly, address)
    assert not Subscriber.objects.exists()
    assert not SubscriptionEvent.objects.exists()


def test_a_name_with_a_line_break_leaves_no_trace(monthly):
    with pytest.raises(ValidationError):
        ask(monthly, name="Ana\nBcc: all@readers.example")
    assert not Subscriber.objects.exists()


# --- Leaving ----------------------------------------------------------------------------------------
def test_leaving_twice_is_leaving_once(clock):
    subscription = SubscriptionFactory()
    who = {"subscriber_id": subscription.subscriber_id, "newsletter_id": subscription.newsletter_id}
    assert subscriptions.unsubscribe(**who, **FROM_HERE) == 1
    left = clock.now
    clock.advance(days=1)
    assert subscriptions.unsubscribe(**who, **FROM_HERE) == 0
    subscription.refresh_from_db()
    assert (subscription.status, subscription.unsubscribed_at) == ("unsubscribed", left)
    assert kinds() == ["unsubscribed"]


def test_leaving_one_newsletter_keeps_the_others():
    reader = SubscriberFactory()
    one, other = SubscriptionFactory(subscriber=reader), SubscriptionFactory(subscriber=reader)
    subscriptions.unsubscribe(subscriber_id=reader.pk, newsletter_id=one.newsletter_id, **FROM_HERE)
    other.refresh_from_db()
    assert other.status == "confirmed"
    assert subscriptions.unsubscribe(subscriber_id=reader.pk, newsletter_id=None, **FROM_HERE) == 1
    assert set(SubscriptionEvent.objects.values_list("newsletter", flat=True)) == {
        one.newsletter_id,
        other.newsletter_id,
    }


def test_leaving_is_harmless_for_somebody_who_was_erased():
    assert subscriptions.unsubscribe(subscriber_id=987, newsletter_id=654, **FROM_HERE) == 0


# --- Preferences ------------------------------------------------------------------------------------
def test_preferences_are_kept_and_their_change_is_evidence_without_values():
    subscription = SubscriptionFactory(subscriber__name="Ana")
    old, new = (
        TopicChoiceFactory(subscriber=subscription.subscriber).topic_key,
        TopicFactory().translation_key,
    )
    changed = subscriptions.change_preferences(
        subscriber_id=subscription.subscriber_id,
        name="Ana María",
        language="es",
        place=(place := PlaceFactory().translation_key),
        paused_until=date(2027, 3, 1),
        topics=[new],
        rhythms={subscription.newsletter_id: "monthly"},
        **FROM_HERE,
    )
    assert changed == ["name", "language", "place", "pause", "topics", "rhythm"]
    reader = Subscriber.objects.get()
    assert (reader.name, reader.language) == ("Ana María", "es")
    assert (reader.place_key, reader.paused_until) == (place, date(2027, 3, 1))
    assert list(reader.topic_choices.values_list("topic_key", flat=True)) == [new]
    assert old != new
    assert Subscription.objects.get().rhythm == "monthly"
    event = SubscriptionEvent.objects.get()
    assert (event.kind, event.text) == ("changed", "name, language, place, pause, topics, rhythm")


def test_saving_the_same_preferences_writes_nothing():
    subscription = SubscriptionFactory()
    assert (
        subscriptions.change_preferences(
            subscriber_id=subscription.subscriber_id,
            name="",
            language="en",
            place=None,
            paused_until=None,
            topics=[],
            rhythms={subscription.newsletter_id: "every"},
            **FROM_HERE,
        )
        == []
    )
    assert not SubscriptionEvent.objects.exists()


def test_a_rhythm_cannot_be_set_on_somebody_elses_subscription():
    mine, other = SubscriptionFactory(), SubscriptionFactory()
    subscriptions.change_preferences(
        subscriber_id=mine.subscriber_id,
        name="",
        language="en",
        place=None,
        paused_until=None,
        topics=[],
        rhythms={other.newsletter_id: "monthly"},
        leave=[other.newsletter_id],
        **FROM_HERE,
    )
    other.refresh_from_db()
    assert (other.rhythm, other.status) == ("every", "confirmed")


# --- Do-not-mail list -------------------------------------------------------------------------------
def test_the_do_not_mail_list_holds_an_address_once():
    reader = SubscriberFactory()
    for _report in range(3):
        subscriptions.suppress(address_hash=reader.address_hash, reason="complaint", note="reported")
    assert Suppression.objects.count() == 1
    assert kinds() == ["suppressed"]
    assert SubscriptionEvent.objects.get().subscriber == reader


def test_a_complaint_is_stronger_than_an_erasure_and_not_the_other_way_round():
    for reason in ("erased", "complaint", "erased"):
        subscriptions.suppress(address_hash="a" * 64, reason=reason)
    assert Suppression.objects.get().reason == "complaint"
    assert kinds() == ["suppressed", "suppressed"]


def test_an_entry_for_one_newsletter_and_one_for_all_stand_side_by_side():
    newsletter = NewsletterFactory()
    subscriptions.suppress(address_hash="a" * 64, reason="staff")
    subscriptions.suppress(address_hash="a" * 64, reason="staff", newsletter=newsletter)
    assert Suppression.objects.count() == 2


# --- Evidence ---------------------------------------------------------------------------------------
def test_evidence_cannot_be_changed_or_deleted(monthly):
    ask(monthly)
    event = SubscriptionEvent.objects.get(kind="requested")
    event.text = "something else"
    for attempt in (
        event.save,
        event.delete,
        SubscriptionEvent.objects.all().delete,
        lambda: SubscriptionEvent.objects.filter(pk=event.pk).update(text="something else"),
    ):
        with pytest.raises(TypeError, match="append-only"):
            attempt()
    event.refresh_from_db()
    assert event.text == "Send me"


def test_evidence_survives_the_person(monthly):
    ask(monthly)
    Subscriber.objects.all().delete()
    assert kinds() == ["requested", "mailed"]
    assert SubscriptionEvent.objects.first().address_hash == address_hash("ana@readers.example")
