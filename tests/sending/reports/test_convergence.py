"""Reports in any order, any number of times, at the same moment, and too early: all end the same."""

import contextlib
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.audience.models import Subscription, Suppression
from newsletter.sending.bounces import policy
from newsletter.sending.models import Batch, Delivery, DeliveryEvent
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.settling import settle
from tests.sending.conftest import Desk
from tests.sending.reports.conftest import arrive, report
from tests.sending.reports.past import SAID, mailing_to, mailings_to, said

MAILINGS = 5

# (kind of report, number of the mailing, day). Few days, so that moments coincide.
# One after the other, as of an address that bounces softly most of the time.
some_reports = st.tuples(
    *[
        st.lists(
            st.tuples(
                st.sampled_from(["soft", "soft", "delivered", "delayed"]),
                st.just(number),
                st.sampled_from([4 * number, 4 * number + 1, 4 * number + 5]),
            ),
            max_size=2,
        )
        for number in range(MAILINGS)
    ]
).map(lambda lists: [report for reports in lists for report in reports])


def end_of(events: list[AnymailTrackingEvent]) -> tuple[object, ...]:
    """What the reports come to; nothing of it stays."""
    with transaction.atomic():
        arrive(*events)
        end = (
            list(Delivery.objects.order_by("pk").values_list("pk", "outcome")),
            sorted(Suppression.objects.values_list("address_hash", "newsletter", "reason")),
            sorted(Subscription.objects.values_list("pk", "status")),
            DeliveryEvent.objects.count(),
        )
        transaction.set_rollback(True)
    return end


@pytest.mark.django_db
def test_two_reports_about_one_delivery_end_the_same_either_way_round(desk: Desk) -> None:
    (delivery,) = mailing_to(desk, desk.reader("reader@readers.example"))
    for kind, other in itertools.combinations(SAID, 2):
        for day in (0, 1):
            events = [said(kind, delivery, 0), said(other, delivery, day)]
            assert end_of(events) == end_of(events[::-1]) == end_of([*events, *events]), (kind, other)


@pytest.mark.django_db
def test_order_and_repetition_make_no_difference(desk: Desk) -> None:
    deliveries = mailings_to(desk, desk.reader("reader@readers.example"), MAILINGS)

    @settings(max_examples=60, deadline=None)
    @given(reports=some_reports, data=st.data())
    def converge(reports: list[tuple[str, int, int]], data: st.DataObject) -> None:
        events = [
            said(kind, deliveries[which], day, event_id=f"event-{number}")
            for number, (kind, which, day) in enumerate(reports)
        ]
        again = data.draw(st.lists(st.sampled_from(events), max_size=2) if events else st.just([]))
        shuffled = data.draw(st.permutations([*events, *again]))
        assert end_of(shuffled) == end_of(events)

    converge()


def submitting(desk: Desk) -> tuple[Batch, Delivery]:
    """A batch whose call is on its way, and one of its deliveries."""
    deliveries = mailing_to(desk, *desk.readers(2), state=Batch.State.PENDING)
    Batch.objects.update(
        state=Batch.State.SUBMITTING,
        owner="worker",
        lease_until="2099-01-01T00:00Z",
        attempt_key="6f1c7c1e-8d53-4f0a-9d5a-1b1c6e0d2a3b",
        attempts=1,
    )
    return Batch.objects.select_related("mailing__newsletter").get(), deliveries[0]


@pytest.mark.django_db
@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.UNKNOWN])
def test_a_report_that_is_earlier_than_our_own_commit_leaves_the_books_right(
    desk: Desk, verdict: Verdict
) -> None:
    batch, delivery = submitting(desk)
    arrive(report("delivered", delivery))
    batch.refresh_from_db()
    assert batch.state == Batch.State.SUBMITTING
    assert settle(batch, Result(verdict, fault="no answer"))
    batch.refresh_from_db()
    delivery.refresh_from_db()
    assert (batch.state, delivery.outcome) == (Batch.State.ACCEPTED, "delivered")


def at_once(*tasks: Callable[[], None]) -> None:
    """Runs them in threads of their own, each with its own connection; raises what one of them raised."""
    faults: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if faults:
        raise faults[0]


@pytest.mark.django_db(transaction=True)
def test_the_same_report_twice_at_the_same_moment_is_one(desk: Desk) -> None:
    (delivery,) = mailing_to(desk, desk.reader("reader@readers.example"))
    event = said("hard", delivery, 1)
    together = threading.Barrier(4)

    def post() -> None:
        together.wait(30)
        arrive(event)

    at_once(*[post] * 4)
    assert DeliveryEvent.objects.count() == Suppression.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_of_three_soft_bounces_at_the_same_moment_are_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither transaction sees what the other has not committed yet: they must take turns."""
    reader = desk.reader("reader@readers.example")
    deliveries = [delivery for _number in range(3) for delivery in mailing_to(desk, reader)]
    arrive(said("soft", deliveries[0], 0))
    both_have_written = threading.Barrier(2)
    act_on = policy.act_on

    def act_after_a_while(event: Any) -> None:
        # Both have written their report before either counts, unless the second has to wait for the first.
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_written.wait(1)
        act_on(event)

    monkeypatch.setattr("newsletter.sending.events.act_on", act_after_a_while)
    at_once(*[lambda which=which: arrive(said("soft", deliveries[which], 4 * which)) for which in (1, 2)])
    assert [entry.note for entry in Suppression.objects.all()] == [policy.SOFT_NOTE]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "held", ["newsletter.sending.settling.tell_the_others", "newsletter.sending.events.act_on"]
)
def test_a_report_at_the_very_moment_its_batch_comes_into_doubt_proves_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    """Whichever of the two has written and not yet committed when the other begins."""
    batch, delivery = submitting(desk)
    first_has_written = threading.Event()

    def hold(*args: Any, **kwargs: Any) -> None:
        first_has_written.set()
        # As long as the other would need, if nothing made it wait.
        threading.Event().wait(1)

    monkeypatch.setattr(held, hold)

    def settle_in_doubt() -> None:
        settle(batch, Result(Verdict.UNKNOWN, fault="no answer"))

    def take_report() -> None:
        arrive(report("delivered", delivery))

    first, second = (settle_in_doubt, take_report) if "settling" in held else (take_report, settle_in_doubt)

    def afterwards() -> None:
        assert first_has_written.wait(30)
        second()

    at_once(first, afterwards)
    assert Batch.objects.get().state == Batch.State.ACCEPTED
