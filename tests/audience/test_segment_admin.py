"""Segments in the admin: the preview of what is being typed, what the form refuses, who may send, deleting."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry
from wagtail.test.utils.form_data import nested_form_data, streamfield

from newsletter.audience.conditions import CONDITIONS
from newsletter.audience.models import Segment
from tests.audience.factories import (
    NewsletterFactory,
    SegmentFactory,
    SubscriptionFactory,
    language_rule,
    store_rules,
)

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(Segment.snippet_viewset.get_url_name(name), args=args)


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def staff(client, admin_user):
    client.force_login(admin_user)
    return client


def somebody_who_may(django_user_model, *permissions):
    """`permissions` as app_label.codename."""
    user = django_user_model.objects.create_user(f"user{django_user_model.objects.count()}", password="x")
    for permission in ("wagtailadmin.access_admin", *permissions):
        app_label, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app_label, codename=codename)
        )
    return user


def form(rules=(), exceptions=(), languages="es", **fields):
    data = nested_form_data(
        {
            "name": "Readers",
            "slug": "readers",
            "match": "all",
            "rules": streamfield(list(rules)),
            "exceptions": streamfield(list(exceptions)),
            **fields,
        }
    )
    if rules and rules[0][0] == "language":
        data["rules-0-value-languages"] = [languages]
    return data


SPANISH = [("language", {})]


# --- Preview ----------------------------------------------------------------------------------------
def preview(client, data, *, pk=None):
    address = url("preview_on_edit", pk) if pk else url("preview_on_add")
    assert client.post(address, data).json() == {"is_valid": True, "is_available": True}
    return text_of(client.get(address))


def looks():
    return ModelLogEntry.objects.filter(action="audience.view_sample")


def test_who_saw_people_of_a_segment_is_written_down_once_an_hour(staff, admin_user):
    SubscriptionFactory(subscriber__language="es")
    segment = SegmentFactory(rules=[language_rule("es")])
    for _keystroke in range(3):
        assert "@readers.example" in preview(staff, form(SPANISH), pk=segment.pk)
    staff.get(url("edit", segment.pk))
    entry = looks().get()
    assert (entry.object_id, entry.user, entry.data) == (str(segment.pk), admin_user, {})
    looks().update(timestamp=timezone.now() - timedelta(minutes=61))
    staff.get(url("edit", segment.pk))
    assert looks().count() == 2


def test_who_saw_people_before_the_segment_was_saved_is_written_down_too(staff, admin_user):
    SubscriptionFactory(subscriber__language="es")
    preview(staff, form(SPANISH))
    preview(staff, form(SPANISH))
    assert looks().get().object_id == str(admin_user.pk)


def test_a_count_without_people_is_not_written_down(client, django_user_model):
    SubscriptionFactory(subscriber__language="es")
    client.force_login(somebody_who_may(django_user_model, "audience.add_segment"))
    assert "1 reader<" in preview(client, form(SPANISH))
    assert not looks().exists()


def test_the_preview_of_a_new_segment_counts_what_is_not_saved(staff):
    monthly = NewsletterFactory(name="Weft Monthly")
    NewsletterFactory(name="Weft Weekly")
    for _reader in range(12):
        SubscriptionFactory(newsletter=monthly, subscriber__language="es")
    SubscriptionFactory(newsletter=monthly, subscriber__language="en")
    page = preview(staff, form(SPANISH, name="", slug=""))
    assert "12 readers" in page
    assert "people who read Spanish" in page
    assert "<td>Weft Monthly</td><td>12</td>" in page
    assert "<td>Weft Weekly</td><td>0</td>" in page
    assert len(set(re.findall(r"reader\d+@readers\.example", page))) == 10
    assert not Segment.objects.exists()


def test_the_preview_of_a_saved_segment_follows_the_form(staff):
    SubscriptionFactory(subscriber__language="es", subscriber__kind="organisation")
    segment = SegmentFactory(name="Readers", slug="readers", rules=[language_rule("en")])
    excepted = [("kind", {"kind": "organisation"})]
    assert "1 reader<" in preview(staff, form(SPANISH), pk=segment.pk)
    page = preview(staff, form(SPANISH, excepted), pk=segment.pk)
    assert "0 readers" in page
    assert "people who read Spanish, but not people who are an organisation" in page
    segment.refresh_from_db()
    assert [rule["value"] for rule in segment.stored_rules()] == [{"languages": ["en"]}]


def test_the_preview_says_what_is_missing(staff):
    assert "it has no conditions" in preview(staff, form())


def test_the_preview_shows_people_to_those_alone_who_may_see_subscribers(client, django_user_model):
    SubscriptionFactory(subscriber__language="es")
    client.force_login(somebody_who_may(django_user_model, "audience.add_segment"))
    page = preview(client, form(SPANISH))
    assert "1 reader<" in page
    assert "@readers.example" not in page
    client.force_login(
        somebody_who_may(django_user_model, "audience.add_segment", "audience.view_subscriber")
    )
    assert "@readers.example" in preview(client, form(SPANISH))


def test_without_the_right_to_segments_there_is_no_preview(client, django_user_model):
    segment = SegmentFactory()
    client.force_login(somebody_who_may(django_user_model, "audience.view_subscriber"))
    for address in (url("preview_on_add"), url("preview_on_edit", segment.pk)):
        assert client.post(address, form(SPANISH)).status_code in (302, 403)
        assert client.get(address).status_code in (302, 403)


# --- The form ---------------------------------------------------------------------------------------
def test_a_segment_with_a_group_and_an_exception_is_made_in_the_admin(staff):
    inside = streamfield([("kind", {"kind": "organisation"}), ("tag", {"tags": tags_form("radio")})])
    rules = [("group", {"match": "any", "conditions": inside})]
    answer = staff.post(
        url("add"), form(rules, [("attribute", {"key": "tier", "test": "exists", "value": ""})])
    )
    assert answer.status_code == 302
    stored = Segment.objects.get().as_stored()
    assert [rule["type"] for rule, _in_group in stored.everything()] == ["group", "kind", "tag", "attribute"]
    assert stored.words() == (
        "people who (are an organisation, or have the tag “radio”), "
        "but not people who have the attribute “tier”"
    )


def tags_form(*tags):
    fields: dict[str, Any] = {"count": len(tags)}
    for place, tag in enumerate(tags):
        fields |= {
            f"{place}-deleted": "",
            f"{place}-order": place,
            f"{place}-type": "item",
            f"{place}-id": "",
            f"{place}-value": tag,
        }
    return fields


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [("attribute", {"key": "tier", "test": "equals", "value": " "})],
        [("attribute", {"key": "", "test": "exists", "value": ""})],
        [("place", {"places": {"count": 0}, "regions": {"count": 0}, "countries": {"count": 0}})],
        [("group", {"match": "any", "conditions": streamfield([])})],
        [("tag", {"tags": {"count": 0}})],
        [("joined", {"when": "before", "day": "soon"})],
        [("newsletter", {})],
    ],
)
def test_a_condition_that_asks_nothing_is_refused(staff, rules):
    answer = staff.post(url("add"), form(rules))
    assert answer.status_code == 200
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    "stored",
    [
        [{"type": "group", "value": {"match": "any", "conditions": [{"type": "postcode", "value": "75"}]}}],
        [
            {
                "type": "group",
                "value": {"match": "any", "conditions": [{"type": "group", "value": {"match": "all"}}]},
            }
        ],
        [{"type": "group", "value": None}, {"type": "postcode", "value": "75"}],
    ],
)
def test_what_the_form_cannot_show_in_a_group_is_not_erased(staff, stored):
    segment = store_rules(SegmentFactory(name="Readers", slug="readers"), stored)
    answer = staff.post(url("edit", segment.pk), form(SPANISH))
    assert "conditions that this version does not know" in text_of(answer)
    assert [rule["type"] for rule in segment.stored_rules()] == [rule["type"] for rule in stored]


def test_a_choice_that_is_offered_no_longer_is_not_erased_by_saving(staff):
    stored = [{**language_rule("es", "pt"), "id": "a"}]
    segment = store_rules(SegmentFactory(name="Readers", slug="readers"), stored)
    kept = form(SPANISH)
    kept["rules-0-id"] = "a"
    answer = staff.post(url("edit", segment.pk), kept)
    assert "asks for “pt”, which is not there to choose any more" in text_of(answer)
    assert segment.stored_rules() == stored
    added_anew = form(SPANISH)
    added_anew["rules-0-id"] = "b"
    assert staff.post(url("edit", segment.pk), added_anew).status_code == 302
    assert segment.stored_rules()[0]["value"] == {"languages": ["es"]}


# --- Who may send to it -----------------------------------------------------------------------------
def test_a_segment_may_be_kept_for_some_groups(django_user_model, admin_user):
    north, south = Group.objects.create(name="north"), Group.objects.create(name="south")
    for_all, for_north = SegmentFactory(name="All"), SegmentFactory(name="North")
    for_north.senders.add(north)
    northerner = somebody_who_may(django_user_model, "sending.add_mailing")
    northerner.groups.add(north)
    southerner = somebody_who_may(django_user_model, "sending.add_mailing")
    southerner.groups.add(south)
    nobody = somebody_who_may(django_user_model)
    nobody.groups.add(north)
    for user, allowed in (
        (northerner, [for_all, for_north]),
        (southerner, [for_all]),
        (admin_user, [for_all, for_north]),
        (nobody, []),
    ):
        assert list(Segment.objects.for_sender(user)) == allowed
        assert [one for one in (for_all, for_north) if one.may_be_sent_to_by(user)] == allowed


def test_the_groups_are_chosen_on_the_form(staff):
    group = Group.objects.create(name="north")
    data = {**form([("kind", {"kind": "person"})]), "senders": [group.pk]}
    assert staff.post(url("add"), data).status_code == 302
    assert list(Segment.objects.get().senders.all()) == [group]


def test_every_condition_is_named_in_the_form() -> None:
    blocks = Segment._meta.get_field("rules").stream_block.child_blocks
    assert [name for name, block in blocks.items() if not str(block.label)] == []
    assert str(blocks["topic"].label) == str(CONDITIONS["topic"].label)


# --- The list ---------------------------------------------------------------------------------------
def test_the_list_of_segments_counts_nobody_and_asks_as_much_for_many_as_for_few(staff):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert "people who read Spanish" in text_of(staff.get(url("list")))
        return len(queries)

    SegmentFactory(name="First", slug="first", rules=[language_rule("es")])
    asked()
    few = asked()
    for number in range(10):
        SegmentFactory(name=f"More {number}", slug=f"more-{number}", rules=[language_rule("es")])
    assert asked() == few
