import json
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, streamfield

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Newsletter, Segment, Subscriber, SubscriptionEvent, Suppression
from newsletter.audience.segmentation import people_in
from newsletter.audience.subscriptions import suppress, unsubscribe
from tests.audience.factories import (
    NewsletterFactory,
    SegmentFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    TopicChoiceFactory,
    language_rule,
    store_rules,
    topic_rule,
)
from tests.stories.factories import TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, admin_user):
    client.force_login(admin_user)
    return client


def somebody_who_may(client, django_user_model, *codenames):
    """A person of the admin with these rights of the audience and no others."""
    user = django_user_model.objects.create_user("limited", password="x")
    group = Group.objects.create(name="limited")
    group.permissions.set(
        [
            Permission.objects.get(codename="access_admin"),
            *Permission.objects.filter(content_type__app_label="audience", codename__in=codenames),
        ]
    )
    user.groups.add(group)
    client.force_login(user)
    return client


def segment_url(name, *args):
    return reverse(Segment.snippet_viewset.get_url_name(name), args=args)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


# --- Segments ---------------------------------------------------------------------------------------
def test_the_list_of_segments_says_whom_each_means_and_how_many(staff):
    SubscriptionFactory(subscriber__language="es")
    SegmentFactory(name="Hispanophones", rules=[language_rule("es")])
    broken = TopicFactory()
    SegmentFactory(name="Roofs", rules=[topic_rule(broken)])
    broken.delete()
    page = text_of(staff.get(segment_url("list")))
    assert "people who read Spanish" in page
    assert "The segment “Roofs” cannot be used: a topic it asks for was deleted." in page


def test_the_form_of_a_segment_shows_the_count_and_ten_people(staff):
    for _reader in range(12):
        SubscriptionFactory(subscriber__language="es")
    segment = SegmentFactory(rules=[language_rule("es")])
    page = text_of(staff.get(segment_url("edit", segment.pk)))
    assert "12 readers" in page
    assert "people who read Spanish" in page
    assert len(set(re.findall(r"reader\d+@readers\.example", page))) == 10


def test_who_may_not_see_subscribers_sees_the_count_only(client, django_user_model):
    SubscriptionFactory()
    segment = SegmentFactory()
    browser = somebody_who_may(client, django_user_model, "change_segment", "view_segment")
    page = text_of(browser.get(segment_url("edit", segment.pk)))
    assert "1 reader<" in page
    assert "@readers.example" not in page


def test_an_unusable_segment_says_why_on_its_form(staff):
    topic = TopicFactory()
    segment = SegmentFactory(name="Roofs", rules=[topic_rule(topic)])
    topic.delete()
    page = text_of(staff.get(segment_url("edit", segment.pk)))
    assert "The segment “Roofs” cannot be used: a topic it asks for was deleted." in page


def segment_form(**fields):
    rules = streamfield([("language", {})])
    empty = streamfield([])
    form = nested_form_data(
        {"name": "Readers", "slug": "readers", "match": "all", "rules": rules, "exceptions": empty, **fields}
    )
    return {**form, "rules-0-value-languages": ["es"]}


def test_a_segment_is_made_in_the_admin(staff):
    answer = staff.post(segment_url("add"), segment_form())
    assert answer.status_code == 302
    segment = Segment.objects.get()
    assert [(rule["type"], rule["value"]) for rule in segment.stored_rules()] == [
        ("language", {"languages": ["es"]})
    ]


def test_a_segment_of_a_chosen_topic_is_made_in_the_admin(staff):
    topic = TopicFactory()
    topics = {"count": 1, "0-deleted": "", "0-order": 0, "0-type": "item", "0-id": "", "0-value": topic.pk}
    rules = streamfield([("topic", {f"topics-{key}": value for key, value in topics.items()})])
    answer = staff.post(segment_url("add"), segment_form(rules=rules))
    assert answer.status_code == 302
    chosen = SubscriptionFactory().subscriber
    TopicChoiceFactory(subscriber=chosen, topic=topic)
    assert list(people_in(Segment.objects.get())) == [chosen]


def test_a_segment_without_a_condition_is_refused(staff):
    answer = staff.post(segment_url("add"), segment_form(rules=streamfield([])))
    assert answer.status_code == 200
    assert not Segment.objects.exists()


def test_saving_cannot_erase_a_condition_this_version_does_not_know(staff):
    rules = [language_rule("es"), {"type": "postcode", "value": {"starts": "75"}}]
    segment = store_rules(SegmentFactory(name="Readers", slug="readers"), rules)
    answer = staff.post(segment_url("edit", segment.pk), segment_form(name="Renamed"))
    assert answer.status_code == 200
    assert "conditions that this version does not know (postcode)" in text_of(answer)
    segment.refresh_from_db()
    assert segment.name == "Readers"
    assert json.loads(json.dumps(segment.stored_rules())) == rules


def test_a_segment_is_not_copied_because_the_copy_could_be_wider(staff):
    segment = SegmentFactory()
    assert "/copy/" not in text_of(staff.get(segment_url("edit", segment.pk)))


# --- Subscribers ------------------------------------------------------------------------------------
def test_subscribers_are_found_by_address_and_filtered(staff):
    newsletter = NewsletterFactory()
    SubscriptionFactory(
        newsletter=newsletter, subscriber__email="ana@readers.example", subscriber__language="es"
    )
    SubscriptionFactory(newsletter=newsletter, subscriber__email="bo@readers.example", pending=True)
    SubscriptionFactory(subscriber__email="coop@readers.example", subscriber__kind="organisation")
    index = reverse("subscriber:index")
    for query, found in [
        ({"q": "ANA@"}, {"ana"}),
        ({"language": "es"}, {"ana"}),
        ({"kind": "organisation"}, {"coop"}),
        ({"status": "pending"}, {"bo"}),
        ({"status": "confirmed"}, {"ana", "coop"}),
        ({"status": "confirmed", "newsletter": newsletter.pk}, {"ana"}),
        ({}, {"ana", "bo", "coop"}),
    ]:
        page = text_of(staff.get(index, query))
        assert {name for name in ("ana", "bo", "coop") if f"{name}@readers.example" in page} == found, query


def test_the_list_of_subscribers_costs_the_same_whatever_its_size(staff, django_assert_max_num_queries):
    newsletter = NewsletterFactory()
    for _reader in range(30):
        SubscriptionFactory(newsletter=newsletter)
    staff.get(reverse("subscriber:index"))
    with django_assert_max_num_queries(25):
        staff.get(reverse("subscriber:index"))


def test_the_page_of_a_subscriber_shows_subscriptions_topics_and_evidence(staff):
    subscription = SubscriptionFactory(newsletter__name="Weft Monthly")
    TopicChoiceFactory(subscriber=subscription.subscriber, topic=TopicFactory(name="Housing"))
    unsubscribe(
        subscriber_id=subscription.subscriber_id,
        newsletter_id=None,
        origin="one-click",
        network="192.0.2.0/24",
    )
    suppress(address_hash=subscription.subscriber.address_hash, reason="complaint")
    page = text_of(staff.get(reverse("subscriber:inspect", args=[subscription.subscriber_id])))
    for words in ("Weft Monthly", "Housing", "one-click", "192.0.2.0/24", "marked our mail as spam"):
        assert words in page


def test_staff_change_what_they_know_of_a_subscriber_but_not_the_address(staff):
    subscriber = SubscriberFactory(email="ana@readers.example")
    typed = {
        "email": "mallory@readers.example",
        "name": "Ana",
        "language": "es",
        "kind": "organisation",
        "relation": "press",
        "tags": "radio, Halse ,radio,",
    }
    assert staff.post(reverse("subscriber:edit", args=[subscriber.pk]), typed).status_code == 302
    subscriber = Subscriber.objects.get()
    assert (subscriber.email, subscriber.name, subscriber.language) == ("ana@readers.example", "Ana", "es")
    assert (subscriber.kind, subscriber.relation, subscriber.tags) == (
        "organisation",
        "press",
        ["radio", "Halse"],
    )
    assert 'value="radio, Halse"' in text_of(staff.get(reverse("subscriber:edit", args=[subscriber.pk])))


@pytest.mark.parametrize(
    "typed", [{"name": "Ana\nBcc: x"}, {"tags": "x" * 61}, {"tags": "a\u202eb"}, {"relation": "king"}]
)
def test_bad_words_about_a_subscriber_are_refused(staff, typed):
    subscriber = SubscriberFactory(name="Ana")
    form = {"name": "Ana", "language": "en", "kind": "person", "relation": "ally", "tags": "", **typed}
    assert staff.post(reverse("subscriber:edit", args=[subscriber.pk]), form).status_code == 200
    subscriber.refresh_from_db()
    assert (subscriber.name, subscriber.relation, subscriber.tags) == ("Ana", "supporter", [])


def test_nobody_adds_or_deletes_subscribers_by_hand(staff):
    subscriber = SubscriberFactory()
    typed = {
        "email": "bo@readers.example",
        "name": "",
        "language": "en",
        "kind": "person",
        "relation": "ally",
    }
    staff.post(reverse("subscriber:add"), typed)
    staff.post(reverse("subscriber:delete", args=[subscriber.pk]))
    assert list(Subscriber.objects.all()) == [subscriber]


def test_without_the_right_nobody_sees_subscribers(client, django_user_model):
    subscriber = SubscriberFactory()
    browser = somebody_who_may(client, django_user_model, "change_segment")
    for url in (
        reverse("subscriber:index"),
        reverse("subscriber:inspect", args=[subscriber.pk]),
        reverse("suppression:index"),
    ):
        answer = browser.get(url)
        assert answer.status_code == 302
        assert subscriber.email not in answer.content.decode()


def test_there_is_no_right_to_change_evidence(staff):
    rights = Permission.objects.filter(content_type__model="subscriptionevent").values_list(
        "codename", flat=True
    )
    assert list(rights) == ["view_subscriptionevent"]


# --- Do-not-mail list -------------------------------------------------------------------------------
def test_an_address_is_put_on_the_do_not_mail_list_and_kept_as_a_hash_only(staff):
    answer = staff.post(
        reverse("suppression:add"), {"address": "Ana@Readers.Example", "note": "asked by phone"}
    )
    assert answer.status_code == 302
    entry = Suppression.objects.get()
    assert entry.address_hash == address_hash("ana@readers.example")
    assert (entry.reason, entry.note, entry.newsletter) == ("staff", "asked by phone", None)
    event = SubscriptionEvent.objects.get()
    assert (event.kind, event.origin) == ("suppressed", "/admin/")
    assert "ana@readers.example" not in text_of(staff.get(reverse("suppression:index"))).lower()


def test_an_address_on_the_list_already_is_not_added_twice(staff):
    for _time in range(2):
        staff.post(reverse("suppression:add"), {"address": "ana@readers.example", "note": ""})
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"address": "ana"},
        {"address": ""},
        {"address": "ana@readers.example", "note": "ana@readers.example"},
        {"address": "ana@readers.example", "note": "a\nb"},
    ],
)
def test_a_bad_entry_is_refused(staff, typed):
    assert staff.post(reverse("suppression:add"), typed).status_code == 200
    assert not Suppression.objects.exists()


def test_the_do_not_mail_list_is_searched_by_the_whole_address(staff):
    SuppressionFactory(address="ana@readers.example", note="by phone")
    SuppressionFactory(address="bo@readers.example", note="by letter")
    page = text_of(staff.get(reverse("suppression:index"), {"q": "Ana@readers.example "}))
    assert "by phone" in page
    assert "by letter" not in page


def test_an_entry_is_taken_off_but_never_rewritten(staff):
    entry = SuppressionFactory(note="by phone")
    staff.post(reverse("suppression:edit", args=[entry.pk]), {"address": "bo@readers.example", "note": "x"})
    entry.refresh_from_db()
    assert entry.note == "by phone"
    staff.post(reverse("suppression:delete", args=[entry.pk]))
    assert not Suppression.objects.exists()


# --- Newsletters ------------------------------------------------------------------------------------
def newsletter_form(**fields):
    return {
        "name": "Weft Monthly",
        "slug": "monthly",
        "from_name": "Weft",
        "from_email": "news@weft.example",
        "reply_to": "",
        "list_id": "monthly.weft.example",
        "time_zone": "Europe/Madrid",
        **nested_form_data({"texts-TOTAL_FORMS": 0, "texts-INITIAL_FORMS": 0, "texts-MIN_NUM_FORMS": 0}),
        **fields,
    }


def test_a_newsletter_is_made_in_the_admin(staff):
    assert staff.post(reverse("newsletter:add"), newsletter_form()).status_code == 302
    assert Newsletter.objects.get().list_id == "monthly.weft.example"


@pytest.mark.parametrize(
    "typed",
    [
        {"slug": "sent"},
        {"from_name": "Weft\nBcc: x"},
        {"name": "\u202eWeft"},
        {"list_id": "no dot"},
        {"from_email": "news"},
    ],
)
def test_a_newsletter_with_bad_words_is_refused(staff, typed):
    assert staff.post(reverse("newsletter:add"), newsletter_form(**typed)).status_code == 200
    assert not Newsletter.objects.exists()


def test_a_newsletter_with_subscriptions_stays(staff):
    subscription = SubscriptionFactory()
    staff.post(reverse("newsletter:delete", args=[subscription.newsletter_id]))
    assert Newsletter.objects.count() == 1
    empty = NewsletterFactory()
    staff.post(reverse("newsletter:delete", args=[empty.pk]))
    assert Newsletter.objects.get() == subscription.newsletter
