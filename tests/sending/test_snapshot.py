"""The audience frozen: each person once, versions standing together, batches that are ranges of them."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone, translation
from django.utils.translation import gettext

from newsletter.audience.models import Subscription
from newsletter.sending.audit import broken_invariants
from newsletter.sending.deciding import decide
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.preparing import aimed_segments, pinned_editions, prepare, render_missing
from newsletter.sending.recipes import ToldApart, recipes_needed
from newsletter.sending.settling import finish_if_done
from newsletter.sending.snapshot import Addressees, VersionMissing, recipients_with_reasons, take_snapshot
from newsletter.sending.sweep import sweep
from tests.audience.factories import SuppressionFactory
from tests.editions.factories import EditionPageFactory, translation_of
from tests.sending.conftest import Desk, counts, small_batches

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]

at_once = pytest.mark.django_db(transaction=True)


def ranges_hold_together(mailing: Mailing) -> None:
    """Deliveries of a version stand in one row, those left out behind, and batches touch without overlapping."""
    rows = list(mailing.deliveries.order_by("pk").values_list("pk", "variant", "outcome"))
    standing = [version for version, _group in groupby(version for _pk, version, _outcome in rows)]
    assert len(standing) == len(set(standing)), "a version stands in two places"
    assert [pk for pk, *_rest in rows] == list(range(rows[0][0], rows[0][0] + len(rows))) if rows else True
    in_batches: list[int] = []
    for batch in mailing.batches.order_by("first_delivery"):
        theirs = range(batch.first_delivery, batch.last_delivery + 1)
        assert len(theirs) == batch.size
        assert {version for pk, version, _outcome in rows if pk in theirs} == {batch.variant_id}
        in_batches += theirs
    assert in_batches == [pk for pk, version, _outcome in rows if version is not None]
    assert all((outcome == "skipped") == (version is None) for _pk, version, outcome in rows)
    assert broken_invariants(mailing) == []


def frozen(mailing: Mailing) -> Mailing:
    prepare(mailing.pk)
    mailing.refresh_from_db()
    return mailing


def test_versions_stand_together_and_are_cut_to_the_size_of_a_call(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 3)
    # Mixed up on purpose: people of one version do not come one after the other.
    for number in range(7):
        desk.reader(f"es-{number}@readers.example", language="es")
        desk.reader(f"en-{number}@readers.example", kind="organisation" if number % 2 else "person")
    out = desk.reader("out@readers.example", language="fr")
    SuppressionFactory(address=out.email)
    mailing = frozen(desk.launch())
    assert (mailing.audience, mailing.left_out) == (15, 1)
    ranges_hold_together(mailing)
    sizes = {
        variant: sorted(mailing.batches.filter(variant=variant).values_list("size", flat=True))
        for variant in mailing.variants.values_list("pk", flat=True)
    }
    assert sorted(sizes.values()) == [[1, 3], [1, 3, 3], [3]]
    left_out = mailing.deliveries.get(subscriber=out)
    assert (left_out.outcome, left_out.reason, left_out.variant) == ("skipped", "suppressed", None)


@pytest.mark.parametrize("people", [1, 2, 3, 4, 6, 7])
def test_one_version_fills_its_batches_to_the_last_person(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    small_batches(monkeypatch, 3)
    desk.readers(people)
    mailing = frozen(desk.launch())
    ranges_hold_together(mailing)
    assert sum(batch.size for batch in mailing.batches.all()) == people
    assert mailing.batches.count() == -(-people // 3)


def test_a_list_that_emptied_since_the_launch_ends_in_a_sending_to_nobody(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    mailing = desk.launch()
    Subscription.objects.update(status=Subscription.Status.UNSUBSCRIBED)
    worker()
    sweep()
    assert counts(mailing) == {}
    assert (mailing.state, mailing.audience) == (Mailing.State.SENT, 0)
    assert broken_invariants(mailing) == []


def test_everybody_left_out_is_counted_and_the_sending_ends(desk: Desk, worker: Worker) -> None:
    readers = desk.readers(3)
    mailing = desk.launch()
    for reader in readers:
        SuppressionFactory(address=reader.email)
    worker()
    sweep()
    assert counts(mailing) == {"skipped": 3}
    assert mailing.state == Mailing.State.SENT
    assert not mailing.batches.exists()
    ranges_hold_together(mailing)


def test_somebody_who_needs_a_version_that_is_not_there_stops_the_snapshot(desk: Desk) -> None:
    desk.readers(3)
    mailing = desk.launch()
    editions = pinned_editions(mailing)
    aimed = aimed_segments(editions)
    told_apart = ToldApart(languages=list(editions), segments=aimed)
    people = told_apart.numbered(
        recipients_with_reasons(Addressees.of(mailing), languages=list(editions), aimed=aimed)
    )
    recipes = recipes_needed(people, told_apart)
    render_missing(mailing, editions=editions, recipes=recipes)
    desk.reader("new@readers.example", kind="organisation")
    with pytest.raises(VersionMissing), transaction.atomic():
        take_snapshot(mailing, people=people, recipes=recipes, batch_size=10)
    assert not Delivery.objects.exists()
    assert not Batch.objects.exists()
    frozen(mailing)
    assert mailing.audience == 4
    assert mailing.variants.count() == 2
    ranges_hold_together(mailing)


def test_a_person_left_out_needs_no_version(desk: Desk) -> None:
    desk.readers(2)
    gone = desk.reader("gone@readers.example", language="fr")
    SuppressionFactory(address=gone.email)
    mailing = frozen(desk.launch())
    assert [variant.language for variant in mailing.variants.all()] == ["en"]
    ranges_hold_together(mailing)


def test_two_snapshots_one_after_the_other_keep_apart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch, 2)
    desk.readers(3, language="es")
    desk.readers(4)
    first = frozen(desk.launch())
    desk.edition = EditionPageFactory(parent=desk.pages["en"])
    second = frozen(desk.launch())
    for mailing in (first, second):
        assert mailing.audience == 7
        ranges_hold_together(mailing)
    last = first.deliveries.order_by("pk").last()
    following = second.deliveries.order_by("pk").first()
    assert last is not None
    assert following is not None
    assert last.pk < following.pk


def side_by_side(*jobs: Callable[[], object]) -> list[BaseException]:
    """Runs each on a connection of its own, all from the same moment. Returns what they raised."""
    start, raised = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait(30)
            job()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@at_once
def test_two_snapshots_at_the_same_time_keep_apart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch, 5)
    desk.readers(20, language="es")
    desk.readers(23)
    first = desk.launch()
    desk.edition = EditionPageFactory(parent=desk.pages["en"])
    second = desk.launch()
    assert side_by_side(lambda: prepare(first.pk), lambda: prepare(second.pk)) == []
    for mailing in (first, second):
        mailing.refresh_from_db()
        assert (mailing.state, mailing.audience) == (Mailing.State.SENDING, 43)
        ranges_hold_together(mailing)


@at_once
def test_sending_again_while_the_mailing_finishes_never_leaves_a_batch_behind(desk: Desk) -> None:
    """Whoever is second sees what the first wrote: the mailing is open again, or was never finished."""
    desk.readers(2)
    mailing = frozen(desk.launch())
    batch = mailing.batches.get()
    for _round in range(12):
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.PARKED)
        Mailing.objects.filter(pk=mailing.pk).update(state=Mailing.State.SENDING, finished_at=None)
        raised = side_by_side(lambda: decide(batch, count_as_sent=False), lambda: finish_if_done(mailing.pk))
        assert raised == []
        mailing.refresh_from_db()
        batch.refresh_from_db()
        assert batch.state == Batch.State.PENDING
        assert mailing.state == Mailing.State.SENDING


def languages_got(mailing: Mailing) -> dict[tuple[str, bool], int]:
    """{(language of the version, whether it is one for readers of other languages): people}"""
    rows = mailing.deliveries.values_list("variant__language", "variant__for_others").annotate(Count("pk"))
    return {(language, for_others): people for language, for_others, people in rows.order_by()}


def test_readers_of_other_languages_get_the_editions_own(desk: Desk) -> None:
    """In PostgreSQL a JSON object is kept in an order of its own, so "en" would come before "es"."""
    for language, count in {"es": 2, "en": 1, "fr": 1, "de": 3}.items():
        desk.readers(count, language=language)
    desk.newsletter.texts.all().delete()
    desk.edition = EditionPageFactory(parent=desk.pages["es"])
    translation_of(desk.edition, parent=desk.pages["en"], subject="What was decided")
    mailing = frozen(desk.launch())
    assert languages_got(mailing) == {("en", False): 1, ("es", False): 2, ("es", True): 4}
    ranges_hold_together(mailing)


def test_readers_of_other_languages_get_the_newsletters_first(desk: Desk) -> None:
    desk.readers(2, language="de")
    desk.newsletter.texts.exclude(locale=desk.pages["fr"].locale).delete()
    mailing = frozen(desk.launch())
    assert languages_got(mailing) == {("fr", True): 2}
    (version,) = mailing.variants.all()
    with translation.override("fr"):
        words = gettext("This edition is not available in every language; you get it in %(language)s.")
        assert " ".join(words.partition("%")[0].split()) in " ".join(version.text.split())


def test_who_asked_for_a_pause_is_left_out_until_that_day(desk: Desk) -> None:
    today = timezone.now().astimezone(desk.newsletter.zone).date()
    for days, name in ((0, "back"), (1, "away")):
        reader = desk.reader(f"{name}@readers.example")
        reader.paused_until = today + timedelta(days=days)
        reader.save()
    mailing = frozen(desk.launch())
    left_out = mailing.deliveries.get(outcome=Delivery.Outcome.SKIPPED)
    assert (left_out.address, left_out.reason) == ("away@readers.example", Delivery.Reason.PAUSED)
    assert mailing.audience == 2
