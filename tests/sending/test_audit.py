"""What must be true of a mailing at every moment: clean whatever happens, and broken in words when it is broken."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.models import Subscription
from newsletter.sending.audit import QUERY, broken_invariants, wording
from newsletter.sending.deciding import decide
from newsletter.sending.launching import cancel, pause, resume
from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing, Variant
from newsletter.sending.preparing import prepare
from newsletter.sending.retrying import retry
from newsletter.sending.submitting import work
from newsletter.sending.sweep import sweep
from newsletter.sending.timing import PARK_AFTER
from tests.audience.factories import SuppressionFactory
from tests.sending.backends import Mailgun, Relay
from tests.sending.conftest import Desk, counts, report, small_batches

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


def assert_clean(mailing: Mailing) -> None:
    mailing.refresh_from_db()
    assert broken_invariants(mailing) == []


def test_a_mailing_is_clean_at_every_stage_of_an_ordinary_life(
    desk: Desk, mailgun: Mailgun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 2)
    readers = desk.readers(5) + desk.readers(3, language="es")
    SuppressionFactory(address=readers[0].email)
    mailing = desk.launch(at=timezone.now() + timedelta(hours=1))
    assert_clean(mailing)
    Mailing.objects.update(state=Mailing.State.PREPARING, started_at=timezone.now())
    assert_clean(mailing)
    prepare(mailing.pk)
    assert_clean(mailing)
    first, second, *_rest = mailing.batches.order_by("pk")
    work(first.pk)
    assert_clean(mailing)
    assert pause(mailing)
    assert_clean(mailing)
    Subscription.objects.filter(subscriber=readers[3]).update(status=Subscription.Status.UNSUBSCRIBED)
    readers[6].delete()
    assert_clean(mailing)
    assert resume(mailing)
    work(second.pk)
    assert_clean(mailing)
    worker()
    assert_clean(mailing)
    assert mailing.state == Mailing.State.SENT
    assert counts(mailing) == {"accepted": 5, "skipped": 3}


def test_a_mailing_cancelled_half_way_is_clean_and_so_is_the_next_of_the_same_edition(
    desk: Desk, mailgun: Mailgun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 2)
    readers = desk.readers(6)
    mailing = desk.launch()
    prepare(mailing.pk)
    reached, doubtful, waiting = mailing.batches.order_by("pk")
    work(reached.pk)
    mailgun.answers = [500]
    work(doubtful.pk)
    assert cancel(mailing)
    assert_clean(mailing)
    assert counts(mailing) == {"accepted": 2, "unknown": 2, "skipped": 2}
    second = desk.launch()
    worker()
    assert_clean(mailing)
    assert_clean(second)
    assert counts(second) == {"accepted": 2, "skipped": 4}
    never_reached = mailing.deliveries.filter(pk__range=(waiting.first_delivery, waiting.last_delivery))
    assert set(mailgun.accepted[-2:]) == set(never_reached.values_list("address", flat=True))
    assert len(set(mailgun.accepted)) == len(mailgun.accepted) == 4
    # A person finds out later that nothing of the call in doubt had arrived.
    assert decide(doubtful, count_as_sent=False)
    assert counts(mailing) == {"accepted": 2, "skipped": 4}
    third = desk.launch()
    worker()
    assert counts(third) == {"accepted": 2, "skipped": 4}
    assert sorted(mailgun.accepted) == sorted(reader.email for reader in readers)
    assert_clean(third)


def test_doubt_repair_and_reports_leave_a_mailing_clean(
    desk: Desk, mailgun: Mailgun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 4)
    desk.readers(12)
    mailgun.unwanted = {"en-person-5@readers.example"}
    mailing = desk.launch()
    prepare(mailing.pk)
    lost, halved, died = mailing.batches.order_by("pk")
    mailgun.answers = [500]
    work(lost.pk)
    assert_clean(mailing)
    Batch.objects.filter(pk=lost.pk).update(updated_at=timezone.now() - PARK_AFTER - timedelta(seconds=1))
    sweep()
    assert_clean(mailing)
    work(halved.pk)
    assert_clean(mailing)
    Batch.objects.filter(pk=died.pk).update(
        state=Batch.State.CLAIMED, owner="gone", lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert_clean(mailing)
    sweep()
    worker()
    assert_clean(mailing)
    assert counts(mailing) == {"accepted": 7, "rejected": 1, "parked": 4}
    one, *others = mailing.deliveries.filter(pk__range=(lost.first_delivery, lost.last_delivery))
    report(one, "delivered")
    assert counts(mailing) == {"accepted": 11, "rejected": 1}
    for delivery in others:
        report(delivery, "complained")
        report(delivery, "delivered")
    assert_clean(mailing)


def test_single_messages_that_were_refused_or_cut_off_leave_a_mailing_clean(
    desk: Desk, settings: Any, worker: Worker
) -> None:
    desk.readers(6)
    settings.EMAIL_BACKEND = "tests.sending.backends.Relay"
    Relay.reset()
    troubles: dict[str, Exception] = {
        "en-person-1@readers.example": smtplib.SMTPDataError(550, b"no such user"),
        "en-person-3@readers.example": smtplib.SMTPServerDisconnected("gone"),
    }
    Relay.trouble = staticmethod(troubles.get)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 4, "rejected": 1, "unknown": 1}
    assert mailing.batches.count() == 3
    assert_clean(mailing)


def test_a_retry_leaves_both_mailings_clean(desk: Desk, mailgun: Mailgun, worker: Worker) -> None:
    desk.readers(3)
    mailing = desk.launch()
    worker()
    for delivery in mailing.deliveries.all()[:2]:
        report(delivery, "bounced", reject_reason="other")
    assert_clean(mailing)
    with desk.committed():
        second = retry(mailing)
    worker()
    assert counts(second) == {"accepted": 2}
    assert_clean(mailing)
    assert_clean(second)


# What each broken promise is called, and a way to break it behind the code's back.
Breaking = Callable[[Mailing], object]


def _add_delivery(mailing: Mailing) -> object:
    return Delivery.objects.create(mailing=mailing, address="late@readers.example")


def _drop_batch(mailing: Mailing) -> object:
    return mailing.batches.last().delete()


def _overlap(mailing: Mailing) -> object:
    first = mailing.batches.order_by("first_delivery").first()
    return Batch.objects.filter(pk=first.pk).update(last_delivery=F("last_delivery") + 1)


def _miscount_left_out(mailing: Mailing) -> object:
    return Batch.objects.filter(pk=mailing.batches.first().pk).update(left_out=1)


def _miscount_refused(mailing: Mailing) -> object:
    return Batch.objects.filter(pk=mailing.batches.first().pk).update(refused=1)


def _second_mailing_to_the_same(mailing: Mailing) -> object:
    second = Mailing.objects.create(
        edition_id=mailing.edition_id,
        newsletter_id=mailing.newsletter_id,
        state=Mailing.State.SENT,
        audience=1,
    )
    version = mailing.variants.first()
    again = Variant.objects.create(mailing=second, language="en", revision_id=version.revision_id)
    delivery = Delivery.objects.create(
        mailing=second, subscriber_id=mailing.deliveries.first().subscriber_id, variant=again
    )
    return Batch.objects.create(
        mailing=second,
        variant=again,
        first_delivery=delivery.pk,
        last_delivery=delivery.pk,
        size=1,
        state=Batch.State.ACCEPTED,
    )


def _dead_worker(mailing: Mailing) -> object:
    return Batch.objects.filter(pk=mailing.batches.first().pk).update(
        state=Batch.State.CLAIMED, owner="gone", lease_until=timezone.now() - timedelta(minutes=6)
    )


def _report_nobody_heeded(mailing: Mailing, state: str = Batch.State.ACCEPTED) -> object:
    Batch.objects.filter(pk=mailing.batches.first().pk).update(state=state)
    return DeliveryEvent.objects.create(
        delivery=mailing.deliveries.first(), esp="Mailgun", event_id="lost", event_type="bounced"
    )


def _doubt_although_reported(mailing: Mailing) -> object:
    mailing.deliveries.update(outcome="complained")
    return _report_nobody_heeded(mailing, Batch.State.PARKED)


def _work_left(mailing: Mailing) -> object:
    return Batch.objects.filter(pk=mailing.batches.first().pk).update(state=Batch.State.PENDING)


BREAKINGS: dict[str, Breaking] = {
    "not_in_the_list": _add_delivery,
    "not_in_the_sum": _drop_batch,
    "in_no_batch": _drop_batch,
    "in_two_batches": _overlap,
    "left_out_uncounted": _miscount_left_out,
    "refused_uncounted": _miscount_refused,
    "sent_twice": _second_mailing_to_the_same,
    "overlooked": _dead_worker,
    "unheeded": _report_nobody_heeded,
    "proved_but_in_doubt": _doubt_although_reported,
    "unfinished": _work_left,
}


def test_every_promise_the_audit_asks_about_can_be_seen_broken() -> None:
    assert BREAKINGS.keys() == wording().keys()
    assert all(f"AS {name}" in QUERY for name in BREAKINGS)


@pytest.fixture
def sent(desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Mailing:
    """Four people in two batches."""
    small_batches(monkeypatch, 2)
    desk.readers(4)
    mailing = desk.launch()
    worker()
    mailing.refresh_from_db()
    return mailing


@pytest.mark.parametrize("promise", BREAKINGS)
def test_what_is_broken_is_said_in_words(sent: Mailing, promise: str) -> None:
    assert broken_invariants(sent) == []
    BREAKINGS[promise](sent)
    how_many = {"not_in_the_sum": 2, "in_no_batch": 2}.get(promise, 1)
    assert wording()[promise] % how_many in broken_invariants(sent)


def test_a_sum_that_is_too_large_is_seen_as_well(sent: Mailing) -> None:
    Mailing.objects.update(audience=3)
    sent.refresh_from_db()
    assert wording()["not_in_the_list"] % 1 in broken_invariants(sent)
    assert wording()["not_in_the_sum"] % 1 in broken_invariants(sent)


def test_the_audit_is_one_statement(sent: Mailing, django_assert_num_queries: Any) -> None:
    _second_mailing_to_the_same(sent)
    with django_assert_num_queries(1):
        broken_invariants(sent)


def test_the_command_ends_with_one_and_says_what_is_broken(sent: Mailing, capsys: Any) -> None:
    call_command("audit_mailing", str(sent.pk))
    assert "all is as it must be" in capsys.readouterr().out
    _drop_batch(sent)
    with pytest.raises(SystemExit) as ended:
        call_command("audit_mailing", str(sent.pk))
    assert ended.value.code == 1
    captured = capsys.readouterr()
    assert "Recipients in no batch: 2" in captured.err
    assert captured.out == ""


def test_the_page_of_a_sending_says_what_is_broken(
    sent: Mailing, client: Client, newsletter_manager_user: Any
) -> None:
    client.force_login(newsletter_manager_user)
    address = reverse("sending:mailing", args=[sent.pk])
    assert "not as it must be" not in client.get(address).content.decode()
    _drop_batch(sent)
    assert "Recipients in no batch: 2" in client.get(address).content.decode()
