"""Chunk by chunk, stopped and gone on with, killed and taken over."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from newsletter.audience.models import (
    ImportedChunk,
    Subscriber,
    SubscriberImport,
    Subscription,
    SubscriptionEvent,
)
from newsletter.audience.transfer import files, housekeeping, rows, running, steering
from newsletter.audience.transfer.limits import ASKED_PER_MINUTE, LEASE, UNDO_FOR
from newsletter.audience.transfer.running import run
from tests.audience.conftest import waiting_answers
from tests.audience.transfer.conftest import Killed, checked, counts, imported, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(rows, "CHUNK", 10)


def killed_in_chunk(monkeypatch, number):
    write, calls = running.write, []

    def failing(*args, **kwargs):
        calls.append(1)
        done = write(*args, **kwargs)
        if len(calls) == number:
            raise Killed
        return done

    monkeypatch.setattr(running, "write", failing)


def test_killed_half_way_it_goes_on_after_the_last_whole_chunk(monthly, monkeypatch):
    record = checked(people(35), monthly)
    steering.begin(record, in_background=False)
    with monkeypatch.context() as patched:
        killed_in_chunk(patched, 3)
        with pytest.raises(Killed):
            run(record.pk)
    record.refresh_from_db()
    assert (record.state, record.position, Subscriber.objects.count()) == ("importing", 20, 20)
    # Its lease still holds, so nobody takes over yet.
    run(record.pk)
    assert Subscriber.objects.count() == 20
    SubscriberImport.objects.update(lease_until=timezone.now() - LEASE)
    assert housekeeping.wake_abandoned_imports() == 1
    run(record.pk)
    record.refresh_from_db()
    assert record.state == "imported"
    assert counts(record, "done") == {"new": 35}
    assert (
        Subscriber.objects.count() == Subscription.objects.count() == SubscriptionEvent.objects.count() == 35
    )


def test_a_worker_that_lost_its_import_writes_nothing_more(monthly, monkeypatch):
    record = checked(people(35), monthly)
    steering.begin(record, in_background=False)
    write, calls = running.write, []

    def taken_over(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            SubscriberImport.objects.filter(pk=record.pk).update(owner="0" * 32)
        return write(*args, **kwargs)

    monkeypatch.setattr(running, "write", taken_over)
    run(record.pk)
    assert Subscriber.objects.count() == 10
    assert ImportedChunk.objects.count() == 1


def test_stopped_it_writes_nothing_more_and_goes_on_when_told(monthly, monkeypatch):
    record = checked(people(35), monthly)
    steering.begin(record, in_background=False)
    decide = running.decide
    calls = []

    def stopping(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            SubscriberImport.objects.filter(pk=record.pk).update(
                state="stopped", owner=None, lease_until=None
            )
        return decide(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(running, "decide", stopping)
        run(record.pk)
    assert Subscriber.objects.count() == 10
    SubscriberImport.objects.filter(pk=record.pk).update(state="stopped", owner=None, lease_until=None)
    steering.resume(record)
    run(record.pk)
    assert Subscriber.objects.count() == 35


def test_somebody_who_signs_up_at_the_same_moment_is_decided_anew(monthly, monkeypatch):
    record = checked(people(5), monthly)
    steering.begin(record, in_background=False)
    write, calls = running.write, []

    def beaten(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            raise IntegrityError("reader0 was faster")
        return write(*args, **kwargs)

    monkeypatch.setattr(running, "write", beaten)
    run(record.pk)
    assert Subscriber.objects.count() == 5


def test_an_unforeseen_fault_stops_it_with_words_and_a_person_goes_on(monthly, monkeypatch):
    record = checked(people(15), monthly)
    steering.begin(record, in_background=False)
    with monkeypatch.context() as patched:
        patched.setattr(running, "write", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(record.pk)
    record.refresh_from_db()
    assert record.state == "stopped"
    assert "ZeroDivisionError" in record.fault
    steering.resume(record)
    run(record.pk)
    assert Subscriber.objects.count() == 15


def test_a_second_press_of_import_changes_nothing(monthly):
    record = checked(people(5), monthly)
    steering.begin(record, in_background=False)
    with pytest.raises(steering.ImportRefused):
        steering.begin(record, in_background=False)


def test_a_chunk_asks_as_much_however_many_are_in_it(monthly, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(rows, "CHUNK", 500)
    record = checked(people(400), monthly)
    steering.begin(record, in_background=False)
    with django_assert_max_num_queries(30):
        run(record.pk)


# --- By the clock -----------------------------------------------------------------------------------
def test_people_are_asked_a_few_each_minute(monthly, monkeypatch):
    monkeypatch.setattr(rows, "CHUNK", 200)
    imported(people(ASKED_PER_MINUTE + 5), monthly, joins_as="pending")
    assert waiting_answers() == []
    assert housekeeping.ask_to_confirm() == ASKED_PER_MINUTE
    assert len(waiting_answers()) == ASKED_PER_MINUTE
    assert housekeeping.ask_to_confirm() == 5
    assert housekeeping.ask_to_confirm() == 0


def test_the_file_and_whom_it_was_about_are_forgotten_when_the_time_is_over(monthly):
    record = imported(people(3), monthly)
    assert files.is_kept(record)
    assert housekeeping.forget_imports() == 0
    SubscriberImport.objects.update(started_at=timezone.now() - UNDO_FOR - LEASE)
    assert housekeeping.forget_imports() == 1
    assert housekeeping.forget_imports() == 0
    record.refresh_from_db()
    assert not files.is_kept(record)
    assert not record.chunks.exists()
    assert record.report["done"] == {"counts": {"new": 3}}


def test_an_upload_nobody_imported_is_deleted(monthly):
    record = checked(people(3), monthly)
    SubscriberImport.objects.update(created_at=timezone.now() - UNDO_FOR)
    housekeeping.forget_imports()
    assert not SubscriberImport.objects.exists()
    assert not files.is_kept(record)


def test_the_file_is_nobody_elses_to_read(monthly):
    record = checked(people(3), monthly)
    path = files.path_of(record)
    assert path.stat().st_mode & 0o077 == 0
    assert path.name == f"{record.key}.upload"
