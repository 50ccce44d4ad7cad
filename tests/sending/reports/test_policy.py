"""The bounce policy, as docs/decisions/bounce-policy.md says it."""

import pytest
from wagtail.log_actions import log

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscriber, Suppression
from newsletter.audience.suppressions import suppress
from newsletter.sending.events import record_event
from newsletter.sending.models import Batch, Delivery, DeliveryEvent
from tests.sending.conftest import Desk
from tests.sending.reports.conftest import arrive, report
from tests.sending.reports.past import mailing_to, mailings_to, on_day, row_of, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(desk: Desk) -> Subscriber:
    return desk.reader("reader@readers.example")


def reasons() -> list[str]:
    return [entry.reason for entry in Suppression.objects.all()]


def test_three_soft_bounces_in_a_row_over_a_week_end_all_mail(desk: Desk, reader: Subscriber) -> None:
    deliveries = mailings_to(desk, reader, 3)
    row = row_of(["soft"] * 3, deliveries, [0, 3, 7])
    arrive(*row[:2])
    assert reasons() == []
    arrive(row[2])
    entry = Suppression.objects.get()
    assert (entry.address_hash, entry.newsletter) == (reader.address_hash, None)
    assert (entry.reason, entry.note) == ("hard_bounce", "soft bounces in a row")


@pytest.mark.parametrize(
    ("days", "entered"), [([0, 3, 6.9], False), ([0, 7], False), ([0, 2, 4, 6], False), ([0, 2, 4, 7], True)]
)
def test_two_are_too_few_and_six_days_too_short(
    desk: Desk, reader: Subscriber, days: list[float], entered: bool
) -> None:
    arrive(*row_of(["soft"] * len(days), mailings_to(desk, reader, len(days)), days))
    assert bool(reasons()) is entered


def test_several_reports_about_one_mailing_are_one_bounce(desk: Desk, reader: Subscriber) -> None:
    (delivery,) = mailing_to(desk, reader)
    arrive(*[said("soft", delivery, day) for day in (0, 4, 8, 12)])
    assert reasons() == []


@pytest.mark.parametrize("between", ["delivered", "autoreply", "unsubscribe"])
def test_a_message_that_arrives_in_between_begins_the_count_anew(
    desk: Desk, reader: Subscriber, between: str
) -> None:
    deliveries = mailings_to(desk, reader, 6)
    days = [0, 5, 8, 10, 14, 17]
    arrive(*row_of(["soft", "soft", between, "soft", "soft", "soft"], deliveries, days))
    assert reasons() == ["hard_bounce"]
    Suppression.objects.all().delete()
    DeliveryEvent.objects.all().delete()
    arrive(*row_of(["soft", "soft", between, "soft"], deliveries[:4], days[:4]))
    assert reasons() == []


def test_a_confirmation_that_arrives_counts_too(desk: Desk, reader: Subscriber) -> None:
    arrive(*row_of(["soft"] * 2, mailings_to(desk, reader, 2), [0, 5]))
    arrive(report("delivered", recipient=reader.email, timestamp=on_day(6)))
    arrive(*row_of(["soft"], mailings_to(desk, reader, 1), [10]))
    assert reasons() == []


@pytest.mark.parametrize("between", ["delayed", "blocked", "failed"])
def test_a_delay_and_a_block_neither_count_nor_begin_anew(
    desk: Desk, reader: Subscriber, between: str
) -> None:
    deliveries = mailings_to(desk, reader, 5)
    arrive(*row_of(["soft", between, "soft", between], deliveries[:4], [0, 3, 6, 9]))
    assert reasons() == []
    arrive(said("soft", deliveries[4], 12))
    assert reasons() == ["hard_bounce"]


def test_a_delay_that_is_reported_late_is_no_silence(desk: Desk, reader: Subscriber) -> None:
    first, between, second, third = mailings_to(desk, reader, 4)
    arrive(*row_of(["soft"] * 3, [first, second, third], [0, 8, 12]))
    assert reasons() == []
    arrive(said("delayed", between, 4))
    assert reasons() == ["hard_bounce"]


def test_mailings_of_which_nothing_was_heard_are_taken_for_arrived(desk: Desk, reader: Subscriber) -> None:
    """By SMTP only what comes back is ever heard of."""
    first, second, _silent, third, fourth = mailings_to(desk, reader, 5)
    arrive(*row_of(["soft"] * 4, [first, second, third, fourth], [0, 4, 12, 16]))
    assert reasons() == []
    (fifth,) = mailing_to(desk, reader)
    arrive(said("soft", fifth, 20))
    assert reasons() == ["hard_bounce"]


@pytest.mark.parametrize("state", [Batch.State.REJECTED, Batch.State.PARKED, Batch.State.CANCELLED])
def test_mailings_that_were_never_handed_over_say_nothing(desk: Desk, reader: Subscriber, state: str) -> None:
    first, second = mailings_to(desk, reader, 2)
    mailing_to(desk, reader, state=state)
    arrive(*row_of(["soft"] * 3, [first, second, *mailing_to(desk, reader)], [0, 4, 12]))
    assert reasons() == ["hard_bounce"]


def test_what_arrived_but_bounced_later_has_bounced(desk: Desk, reader: Subscriber) -> None:
    """Many servers take a message first and return it afterwards."""
    for delivery, day in zip(mailings_to(desk, reader, 3), [0, 4, 8], strict=True):
        arrive(said("delivered", delivery, day), said("soft", delivery, day + 0.1))
    assert reasons() == ["hard_bounce"]


def test_a_delivery_reported_late_takes_the_entry_back(desk: Desk, reader: Subscriber) -> None:
    first, second, between, third = mailings_to(desk, reader, 4)
    Delivery.objects.filter(pk=between.pk).update(outcome="deferred")
    arrive(*row_of(["soft"] * 3, [first, second, third], [0, 4, 8]))
    assert reasons() == ["hard_bounce"]
    arrive(said("delivered", between, 6))
    assert reasons() == []


def test_a_later_delivery_takes_the_entry_back(desk: Desk, reader: Subscriber) -> None:
    deliveries = mailings_to(desk, reader, 4)
    arrive(*row_of(["soft"] * 3, deliveries[:3], [0, 4, 8]))
    assert reasons() == ["hard_bounce"]
    arrive(said("delivered", deliveries[3], 9))
    assert reasons() == []


def test_what_staff_have_touched_stays(desk: Desk, reader: Subscriber, administrator: object) -> None:
    deliveries = mailings_to(desk, reader, 4)
    arrive(*row_of(["soft"] * 3, deliveries[:3], [0, 4, 8]))
    log(instance=Suppression.objects.get(), action="wagtail.create", user=administrator)
    arrive(said("delivered", deliveries[3], 9))
    assert reasons() == ["hard_bounce"]


@pytest.mark.parametrize(
    ("next_report", "after_that", "listed"),
    [("delayed", "delivered", False), ("delayed", "soft", True), ("delivered", "soft", False)],
)
def test_who_was_taken_off_by_staff_comes_back_on_only_by_another_bounce_of_the_same_row(
    desk: Desk, reader: Subscriber, next_report: str, after_that: str, listed: bool
) -> None:
    deliveries = mailings_to(desk, reader, 5)
    arrive(*row_of(["soft"] * 3, deliveries[:3], [0, 4, 8]))
    Suppression.objects.all().delete()
    arrive(said(next_report, deliveries[3], 12))
    assert reasons() == []
    arrive(said(after_that, deliveries[4], 16))
    assert bool(reasons()) is listed


def test_who_was_erased_meanwhile_stays_on_the_list(desk: Desk, reader: Subscriber) -> None:
    deliveries = mailings_to(desk, reader, 4)
    arrive(*row_of(["soft"] * 3, deliveries[:3], [0, 4, 8]))
    late = said("delivered", deliveries[3], 9)
    reader.delete()
    arrive(late)
    assert reasons() == ["hard_bounce"]


def test_soft_bounces_leave_an_entry_that_is_there_alone(desk: Desk, reader: Subscriber) -> None:
    suppress(address_hash=reader.address_hash, reason="erased")
    arrive(*row_of(["soft"] * 3, mailings_to(desk, reader, 3), [0, 4, 8]))
    assert reasons() == ["erased"]


def test_a_hard_bounce_makes_an_entry_for_soft_ones_final(desk: Desk, reader: Subscriber) -> None:
    deliveries = mailings_to(desk, reader, 5)
    arrive(*row_of(["soft"] * 3, deliveries[:3], [0, 4, 8]), said("hard", deliveries[3], 9))
    arrive(said("delivered", deliveries[4], 12))
    entry = Suppression.objects.get()
    assert (entry.reason, entry.note) == ("hard_bounce", "Mailgun: bounced bounced")


def test_a_complaint_outweighs_a_bounce_whichever_comes_first(desk: Desk) -> None:
    one, two = desk.reader("one@readers.example"), desk.reader("two@readers.example")
    first, second = mailing_to(desk, one, two)
    arrive(said("hard", first, 1), said("complaint", first, 2))
    arrive(said("complaint", second, 2), said("hard", second, 1))
    assert reasons() == ["complaint", "complaint"]


def test_who_unsubscribed_at_the_service_is_unsubscribed_when_the_service_refuses(
    desk: Desk, reader: Subscriber
) -> None:
    (delivery,) = mailing_to(desk, reader)
    arrive(report("rejected", delivery, reject_reason="unsubscribed"))
    assert not reader.subscriptions.filter(status="confirmed").exists()
    assert reasons() == []


def test_an_address_the_service_will_not_try_again_counts_as_a_soft_bounce(
    desk: Desk, reader: Subscriber
) -> None:
    arrive(*row_of(["own list"] * 3, mailings_to(desk, reader, 3), [0, 4, 8]))
    assert reasons() == ["hard_bounce"]


@pytest.mark.parametrize("kind", ["blocked", "failed", "delayed", "sent", "autoreply"])
def test_what_is_not_about_the_address_never_ends_it(desk: Desk, reader: Subscriber, kind: str) -> None:
    arrive(*row_of([kind] * 5, mailings_to(desk, reader, 5), [0, 4, 8, 12, 16]))
    assert reasons() == []


HOSTILE = ["\x00", "a\x00b", "\ud800", "x" * 5000, "\u202e", "'; DROP TABLE", "e\u0301"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_report_full_of_odd_characters_is_written_down(desk: Desk, reader: Subscriber, text: str) -> None:
    (delivery,) = mailing_to(desk, reader)
    for _time in range(2):
        arrive(
            report(
                "bounced",
                delivery,
                event_id=text,
                reject_reason="bounced",
                description=text,
                message_id=text,
                tags=[text],
            )
        )
    event = DeliveryEvent.objects.get()
    assert event.address_hash == address_hash(reader.email)
    assert len(event.event_id) <= 128


@pytest.mark.parametrize("metadata", [None, [], "delivery", 7, {"delivery": None}, {"delivery": ["1"]}])
def test_metadata_of_another_shape_is_no_delivery(metadata: object) -> None:
    record_event(report("delivered", metadata=metadata, recipient="reader@readers.example"), "Mailjet")
    assert DeliveryEvent.objects.get().delivery_id is None


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_moment_that_cannot_be_is_not_believed(desk: Desk, reader: Subscriber, year: int) -> None:
    (delivery,) = mailing_to(desk, reader)
    arrive(report("delivered", delivery, timestamp=on_day(0).replace(year=year)))
    arrive(report("delivered", delivery, timestamp=on_day(0).replace(tzinfo=None)))
    assert [event.occurred_at for event in DeliveryEvent.objects.all()] == [None, on_day(0)]
