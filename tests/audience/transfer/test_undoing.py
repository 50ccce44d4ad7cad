"""An import undone: the list is as it was, but for what people, staff or other imports have said since."""

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.models import (
    Subscriber,
    SubscriberImport,
    Subscription,
    SubscriptionEvent,
    Suppression,
)
from newsletter.audience.subscriptions import change_preferences
from newsletter.audience.suppressions import suppress
from newsletter.audience.transfer import rows, running, steering
from newsletter.audience.transfer.limits import LEASE, UNDO_FOR
from newsletter.audience.transfer.running import run
from tests.audience.factories import SubscriberFactory, SubscriptionFactory, SuppressionFactory
from tests.audience.transfer.conftest import Killed, csv_of, imported, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(rows, "CHUNK", 10)


def state_of_the_list():
    return (
        list(
            Subscriber.objects.order_by("email").values(
                "email", "name", "tags", "attributes", "relation", "place_key"
            )
        ),
        list(Subscription.objects.order_by("pk").values()),
        list(Suppression.objects.order_by("pk").values()),
    )


def undone(record):
    steering.undo(record)
    run(record.pk)
    record.refresh_from_db()
    assert record.state == "undone", record.fault


def test_undone_the_list_is_as_it_was_and_the_evidence_stays(monthly):
    SubscriberFactory(email="known@readers.org", tags=["old"])
    SubscriptionFactory(newsletter=monthly, subscriber__email="reader1@readers.org")
    SubscriptionFactory(newsletter=monthly, subscriber__email="asked@readers.org", pending=True)
    SubscriptionFactory(newsletter=monthly, subscriber__email="leaves@readers.org")
    before = state_of_the_list()
    rows_ = ["known@readers.org,Known,new,", "reader1@readers.org,One,,", "asked@readers.org,,,"]
    more = ["leaves@readers.org,,,unsubscribed", "bad@readers.org,,,cleaned"]
    content = csv_of(
        *(row + "subscribed" for row in rows_), *more,
        *(f"new{n}@readers.org,New {n},x,subscribed" for n in range(20)),
        heading="email,name,tags,status",
    )  # fmt: skip
    record = imported(content, monthly)
    assert state_of_the_list() != before
    events = SubscriptionEvent.objects.count()
    undone(record)
    assert state_of_the_list() == before
    assert SubscriptionEvent.objects.filter(origin=f"{record.origin}, undone").exists()
    assert SubscriptionEvent.objects.count() > events


def test_who_has_done_something_since_stays(monthly):
    record = imported(people(3), monthly)
    reader = Subscriber.objects.get(email="reader1@readers.org")
    change_preferences(
        subscriber_id=reader.pk, name="Renamed", language="en", topics=[], rhythms={}, place=None, paused_until=None, origin="/preferences/", network=""
    )  # fmt: skip
    undone(record)
    assert list(Subscriber.objects.values_list("name", flat=True)) == ["Renamed"]
    assert record.report["stayed"] == 1


def test_undoing_killed_half_way_is_finished_later(monthly, monkeypatch):
    record = imported(people(35), monthly)
    steering.undo(record)
    undo_chunk, calls = running.undo_chunk, []

    def killed(*args):
        calls.append(1)
        done = undo_chunk(*args)
        if len(calls) == 2:
            raise Killed
        return done

    with monkeypatch.context() as patched:
        patched.setattr(running, "undo_chunk", killed)
        with pytest.raises(Killed):
            run(record.pk)
    assert 0 < Subscriber.objects.count() < 35
    SubscriberImport.objects.update(lease_until=timezone.now() - LEASE)
    run(record.pk)
    assert not Subscriber.objects.exists()


def test_an_undo_that_failed_half_way_can_only_be_finished(monthly, monkeypatch, client, admin_user):
    record = imported(people(30), monthly)
    undo_chunk, calls = running.undo_chunk, []

    def failing(*args):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("the database went away")
        return undo_chunk(*args)

    steering.undo(record)
    with monkeypatch.context() as patched:
        patched.setattr(running, "undo_chunk", failing)
        with pytest.raises(RuntimeError):
            run(record.pk)
    record.refresh_from_db()
    assert (record.state, record.position, Subscriber.objects.count()) == ("stopped", 10, 10)
    client.force_login(admin_user)
    page = client.get(reverse("import:detail", args=[record.pk])).content.decode()
    assert "10 of 30 rows are still on the list" in page
    assert 'value="undo"' in page
    assert 'value="resume"' not in page
    with pytest.raises(steering.ImportRefused, match="Undo the rest"):
        steering.resume(record)
    undone(record)
    assert not Subscriber.objects.exists()


def test_an_undo_that_was_refused_at_once_leaves_an_import_that_can_go_on(monthly, monkeypatch):
    record = imported(people(30), monthly)
    steering.undo(record)
    with monkeypatch.context() as patched:
        patched.setattr(running, "why_not", lambda *_args, **_since: "Something was sent.")
        run(record.pk)
    record.refresh_from_db()
    assert (record.state, record.position) == ("stopped", 30)
    steering.resume(record)
    run(record.pk)
    record.refresh_from_db()
    assert (record.state, Subscriber.objects.count()) == ("imported", 30)
    assert record.report["done"]["counts"] == {"new": 30}


def test_after_its_time_an_import_stays(monthly):
    record = imported(people(3), monthly)
    SubscriberImport.objects.update(started_at=timezone.now() - UNDO_FOR - LEASE)
    record.refresh_from_db()
    with pytest.raises(steering.ImportRefused, match="14 days"):
        steering.undo(record)


# --- After another import ---------------------------------------------------------------------------
STATUS = "email,status"


def said(monthly, status, *, address="ana@readers.org"):
    return imported(csv_of(f"{address},{status}", heading=STATUS), monthly)


def statuses():
    return dict(Subscription.objects.values_list("subscriber__email", "status"))


def test_undoing_keeps_the_opt_out_a_later_import_brought(monthly):
    first = said(monthly, "subscribed")
    said(monthly, "unsubscribed")
    undone(first)
    assert first.report["stayed"] == 1
    said(monthly, "subscribed")
    assert statuses() == {"ana@readers.org": "unsubscribed"}


def test_undoing_keeps_the_opt_out_a_later_import_brought_again(monthly):
    SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org")
    first = imported(
        csv_of("ana@readers.org,unsubscribed", "bert@readers.org,unsubscribed", heading=STATUS), monthly
    )
    said(monthly, "unsubscribed")
    said(monthly, "unsubscribed", address="bert@readers.org")
    undone(first)
    assert statuses() == {"ana@readers.org": "unsubscribed", "bert@readers.org": "unsubscribed"}


def test_undone_the_later_one_first_both_are_undone(monthly):
    first = said(monthly, "subscribed")
    second = said(monthly, "unsubscribed")
    undone(second)
    assert statuses() == {"ana@readers.org": "confirmed"}
    undone(first)
    assert statuses() == {}
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("later", ["complained", "unsubscribed"])
def test_undoing_keeps_the_do_not_mail_entry_a_later_import_asserted(monthly, later):
    first = said(monthly, "bounced")
    said(monthly, later)
    undone(first)
    assert Suppression.objects.count() == 1
    said(monthly, "subscribed")
    assert statuses() == {}


def test_a_raised_reason_stays_when_a_later_import_asserted_it(monthly):
    SuppressionFactory(address="ana@readers.org", reason="erased")
    first = said(monthly, "bounced")
    said(monthly, "complained")
    undone(first)
    assert Suppression.objects.get().reason == "hard_bounce"


def test_undone_the_later_one_first_the_do_not_mail_list_is_as_it_was(monthly):
    first = said(monthly, "bounced")
    second = said(monthly, "complained")
    undone(second)
    assert Suppression.objects.count() == 1
    undone(first)
    assert not Suppression.objects.exists()


def test_undoing_keeps_the_do_not_mail_entry_for_which_there_is_a_reason_of_our_own_by_now(monthly):
    record = said(monthly, "bounced")
    suppress(address_hash=Suppression.objects.get().address_hash, reason="complaint", note="by Mailgun")
    undone(record)
    assert Suppression.objects.get().note == "by Mailgun"
