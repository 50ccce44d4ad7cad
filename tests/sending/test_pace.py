"""How fast mail may leave a domain, for all workers together."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sending import claiming, pace
from newsletter.sending.audit import broken_invariants
from newsletter.sending.claiming import claim
from newsletter.sending.launching import cancel, pause
from newsletter.sending.models import Batch, Mailing, Sender, SenderSlot
from newsletter.sending.pace import DAY, HOUR, MINUTE, SECOND, domain_of, handed_over, take, warm_up_limit
from newsletter.sending.preparing import prepare
from newsletter.sending.progress import progress_of
from newsletter.sending.submitting import work
from tests.sending.conftest import Desk, letters_to

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 0, 0, 500_000, tzinfo=UTC)


def sender(**limits: Any) -> Sender:
    return Sender.objects.create(domain=f"{len(Sender.objects.all())}.example", **limits)


def taken(sender: Sender, wanted: int, *, at: datetime) -> int:
    with transaction.atomic():
        return take(sender.pk, wanted, now=at).people


def test_a_limit_holds_for_any_hour_not_only_by_the_clock() -> None:
    weft = sender(per_hour=500)
    assert taken(weft, 400, at=NOW) == 400
    assert taken(weft, 400, at=NOW + timedelta(minutes=55)) == 100
    assert taken(weft, 400, at=NOW + timedelta(minutes=59)) == 0
    # The 400 of the beginning are an hour ago; the 100 of five minutes ago still count.
    assert taken(weft, 400, at=NOW + timedelta(minutes=61)) == 400
    assert taken(weft, 400, at=NOW + timedelta(minutes=116)) == 100


def test_the_narrowest_limit_counts() -> None:
    weft = sender(per_second=10, per_minute=100, per_day=120)
    assert taken(weft, 1000, at=NOW) == 10
    assert taken(weft, 1000, at=NOW + timedelta(milliseconds=400)) == 0
    assert [taken(weft, 1000, at=NOW + timedelta(seconds=n)) for n in range(1, 12)] == [10] * 9 + [0, 0]
    assert [taken(weft, 1000, at=NOW + timedelta(minutes=2, seconds=n)) for n in range(4)] == [10, 10, 0, 0]


def test_who_is_told_to_wait_is_told_until_when() -> None:
    weft = sender(per_minute=100)
    assert taken(weft, 100, at=NOW) == 100
    with transaction.atomic():
        refused = take(weft.pk, 50, now=NOW + timedelta(seconds=10))
    assert refused.people == 0
    assert refused.again_at is not None
    assert taken(weft, 50, at=refused.again_at - timedelta(seconds=2)) == 0
    assert taken(weft, 50, at=refused.again_at) == 50


@given(
    wishes=st.lists(
        st.tuples(st.integers(1, 300), st.floats(0, 4000, allow_nan=False)), min_size=1, max_size=25
    ),
    limit=st.integers(1, 200),
    span=st.sampled_from(["per_second", "per_minute", "per_hour", "per_day"]),
)
@settings(max_examples=30, deadline=None)
def test_no_stretch_of_time_sees_more_than_its_limit(
    wishes: list[tuple[int, float]], limit: int, span: str
) -> None:
    length = {"per_second": SECOND, "per_minute": MINUTE, "per_hour": HOUR, "per_day": DAY}[span]
    Sender.objects.all().delete()
    weft, moment = sender(**{span: limit}), NOW.replace(microsecond=0)
    for wanted, later in wishes:
        moment += timedelta(seconds=int(later))
        taken(weft, wanted, at=moment)
        assert handed_over(weft, now=moment, span=length) <= limit
    handed = list(weft.slots.values_list("second", "people"))
    for end, _people in handed:
        assert sum(people for second, people in handed if end - length < second <= end) <= limit


def test_a_new_domain_warms_up_day_by_day() -> None:
    weft = sender(warm_up_from=date(2026, 3, 1), warm_up_first_day=200, warm_up_growth=50)
    assert [warm_up_limit(weft, date(2026, 3, day)) for day in (1, 2, 3, 4)] == [200, 300, 450, 675]
    assert warm_up_limit(weft, date(2026, 2, 28)) is None
    assert warm_up_limit(weft, date(2026, 3, 1) + timedelta(days=pace.WARM_UP_DAYS)) is None
    weft.per_day = 250
    assert dict(pace.limits(weft, date(2026, 3, 1))) == {DAY: 200}
    assert dict(pace.limits(weft, date(2026, 3, 4))) == {DAY: 250}


def ready(desk: Desk) -> tuple[Mailing, Sender]:
    mailing = desk.launch()
    prepare(mailing.pk)
    mailing.refresh_from_db()
    return mailing, pace.sender_of(mailing.newsletter)


def counts(mailing: Mailing) -> dict[str, int]:
    progress = progress_of(mailing)
    assert progress.balances, progress
    return {name: count for name, count in progress.counts.items() if count}


def test_a_batch_is_cut_to_what_may_go_and_the_rest_waits_its_turn(desk: Desk) -> None:
    people = desk.readers(7)
    mailing, weft = ready(desk)
    Sender.objects.update(per_minute=3)
    batch = Batch.objects.get()
    work(batch.pk)
    assert counts(mailing) == {"accepted": 3, "waiting": 4}
    rest = Batch.objects.get(state=Batch.State.DEFERRED)
    work(rest.pk)
    assert counts(mailing) == {"accepted": 3, "waiting": 4}, "not before its time"
    # A minute later, as the books see it.
    SenderSlot.objects.update(second=timezone.now() - timedelta(minutes=2))
    Batch.objects.filter(pk=rest.pk).update(not_before=timezone.now())
    work(rest.pk)
    assert counts(mailing) == {"accepted": 6, "waiting": 1}
    Sender.objects.filter(pk=weft.pk).update(per_minute=None)
    Batch.objects.filter(state=Batch.State.DEFERRED).update(not_before=timezone.now())
    work(Batch.objects.get(state=Batch.State.DEFERRED).pk)
    assert counts(mailing) == {"accepted": 7}
    assert [len(letters_to(person.email)) for person in people] == [1] * 7


def test_those_who_find_no_room_line_up_one_behind_the_other(desk: Desk) -> None:
    for language in ("en", "es", "fr"):
        desk.readers(4, language=language)
    mailing, _weft = ready(desk)
    Sender.objects.update(per_minute=2)
    first, second, third = Batch.objects.order_by("pk").values_list("pk", flat=True)
    assert claim(first) is not None
    assert claim(second) is None
    assert claim(third) is None
    times = dict(Batch.objects.filter(pk__in=[second, third]).values_list("pk", "not_before"))
    assert times[third] - times[second] >= timedelta(minutes=2), "four people at two a minute"
    assert counts(mailing)["waiting"] == 12


def test_what_the_service_asked_for_holds_every_worker(desk: Desk) -> None:
    desk.readers(2, language="en")
    desk.readers(2, language="es")
    mailing, weft = ready(desk)
    until = timezone.now() + timedelta(minutes=7)
    pace.hold(mailing.newsletter, until=until, because="429")
    pace.hold(mailing.newsletter, until=until - timedelta(minutes=5), because="a shorter one")
    weft.refresh_from_db()
    assert (weft.held_until, weft.held_because) == (until, "429")
    for pk in Batch.objects.values_list("pk", flat=True):
        assert claim(pk) is None
    assert set(Batch.objects.values_list("not_before", flat=True)) == {until}


def test_a_paused_mailing_takes_nothing_of_the_pace(desk: Desk) -> None:
    desk.readers(2)
    mailing, _weft = ready(desk)
    Sender.objects.update(per_hour=10)
    pause(mailing)
    assert claim(Batch.objects.get().pk) is None
    assert not SenderSlot.objects.exists()


def test_without_limits_nothing_is_written_down(desk: Desk, worker: Callable[[], None]) -> None:
    desk.readers(2)
    mailing = desk.launch()
    worker()
    assert counts(mailing_again(mailing)) == {"accepted": 2}
    assert not SenderSlot.objects.exists()


def mailing_again(mailing: Mailing) -> Mailing:
    mailing.refresh_from_db()
    return mailing


@pytest.mark.django_db(transaction=True)
def test_what_is_cut_off_while_somebody_cancels_is_cancelled_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.readers(10)
    mailing = desk.launch()
    Sender.objects.update_or_create(domain=domain_of(mailing.newsletter), defaults={"per_minute": 3})
    prepare(mailing.pk)
    batch = Batch.objects.get()
    cutting, go_on = threading.Event(), threading.Event()
    cut = claiming._cut

    def slowly(*args: Any, **options: Any) -> None:
        cut(*args, **options)
        cutting.set()
        go_on.wait(10)

    monkeypatch.setattr(claiming, "_cut", slowly)
    claimer, canceller = (
        threading.Thread(target=own_connection, args=[work])
        for work in (partial(claim, batch.pk), partial(cancel, mailing))
    )
    claimer.start()
    assert cutting.wait(10)
    canceller.start()
    canceller.join(timeout=0.5)
    assert canceller.is_alive(), "it waits for the cut"
    go_on.set()
    claimer.join()
    canceller.join()
    assert {piece.state for piece in mailing.batches.all()} == {Batch.State.CANCELLED}
    assert broken_invariants(mailing) == []


def own_connection(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()
