"""What an operator or a scheduler types: launch, look, audit, pause, resume, cancel."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.models import PageLogEntry

from newsletter.editions.models import EditionPage
from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.preparing import prepare
from tests.sending.conftest import Desk, counts

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def launched(desk: Desk, *words: str) -> Mailing:
    """The mailing whose number the command printed, and nothing else."""
    with desk.committed():
        printed = run("launch_mailing", *words)
    assert printed == f"{int(printed)}\n"
    return Mailing.objects.get(pk=int(printed))


def test_an_edition_is_sent_to_everybody_by_its_number(desk: Desk, worker: Worker) -> None:
    desk.readers(3)
    mailing = launched(desk, str(desk.edition.pk), "--everyone")
    worker()
    assert counts(mailing) == {"accepted": 3}
    assert mailing.to_everyone
    assert mailing.launched_by is None
    entry = PageLogEntry.objects.get(action="sending.launch")
    assert entry.data == {"mailing": mailing.pk}


def test_an_edition_is_sent_to_segments_but_not_to_others(desk: Desk, worker: Worker) -> None:
    desk.readers(2, language="es")
    desk.readers(1, language="es", kind="organisation")
    desk.readers(2, language="fr")
    desk.readers(4)
    choice = ("--segment", "spanish", "french", "--segment", "spanish")
    mailing = launched(desk, str(desk.edition.pk), *choice, "--exclude", "organisations")
    worker()
    assert counts(mailing) == {"accepted": 4}
    assert {letter.language for letter in letters()} == {"es", "fr"}


@pytest.mark.parametrize("language", ["en", "es", "fr"])
@pytest.mark.parametrize("form", ["path", "bare path", "address", "number"])
def test_an_edition_is_named_by_its_address_in_any_language(desk: Desk, language: str, form: str) -> None:
    desk.readers(1)
    edition = EditionPage.objects.get(
        translation_key=desk.edition.translation_key, locale__language_code=language
    )
    address = edition.full_url
    path = address.partition("://")[2].partition("/")[2]
    named = {
        "path": f"/{path}",
        "bare path": path.strip("/"),
        "address": address,
        "number": str(edition.pk),
    }[form]
    assert launched(desk, named, "--everyone").edition_id == desk.edition.pk


@pytest.mark.parametrize(
    "named", ["999999", "/no/such/edition/", "/", "", "9" * 40, "https://elsewhere.example/x/", "²"]
)
def test_an_edition_nobody_knows_is_said_so(desk: Desk, named: str) -> None:
    with pytest.raises(CommandError, match="There is no edition"):
        run("launch_mailing", named, "--everyone")
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("option", ["--segment", "--exclude"])
def test_an_unknown_segment_is_named_with_those_there_are(desk: Desk, option: str) -> None:
    desk.readers(1)
    others = () if option == "--segment" else ("--segment", "french")
    with pytest.raises(CommandError) as said:
        run("launch_mailing", str(desk.edition.pk), *others, option, "nosuch")
    assert "There is no segment nosuch." in str(said.value)
    for known in ("organisations", "spanish", "french"):
        assert known in str(said.value)
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("to", [(), ("--everyone", "--segment", "french")])
def test_it_has_to_be_said_to_whom(desk: Desk, to: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="Say to whom"):
        run("launch_mailing", str(desk.edition.pk), *to)


def test_what_may_not_be_sent_is_refused_in_words(desk: Desk) -> None:
    with pytest.raises(CommandError, match="Nobody would get this"):
        run("launch_mailing", str(desk.edition.pk), "--everyone")
    desk.readers(1)
    launched(desk, str(desk.edition.pk), "--everyone")
    with pytest.raises(CommandError, match="being sent already"):
        run("launch_mailing", str(desk.edition.pk), "--everyone")


def test_a_time_without_a_zone_is_the_newsrooms(desk: Desk, settings: Any) -> None:
    desk.readers(1)
    settings.TIME_ZONE = "Europe/Madrid"
    with timezone.override(ZoneInfo("Europe/Madrid")):
        mailing = launched(desk, str(desk.edition.pk), "--everyone", "--at", "2099-07-01T09:00")
    assert mailing.state == Mailing.State.SCHEDULED
    assert mailing.scheduled_for == datetime(2099, 7, 1, 7, 0, tzinfo=UTC)


def test_a_time_with_a_zone_is_that_moment(desk: Desk) -> None:
    desk.readers(1)
    mailing = launched(desk, str(desk.edition.pk), "--everyone", "--at", "2099-07-01T09:00+05:00")
    assert mailing.scheduled_for == datetime(2099, 7, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["tomorrow", "2099-13-45T09:00", "2099-07-01T25:00", "", "09:00", "1/7/2099"]
)
def test_what_is_no_time_is_said_so(desk: Desk, written: str) -> None:
    with pytest.raises(CommandError, match=r"argument --at: .* is no time; write it such as"):
        run("launch_mailing", str(desk.edition.pk), "--everyone", "--at", written)


def test_a_time_that_has_passed_is_refused(desk: Desk) -> None:
    desk.readers(1)
    an_hour_ago = (timezone.now() - timedelta(hours=1)).isoformat()
    with pytest.raises(CommandError, match="has passed already"):
        run("launch_mailing", str(desk.edition.pk), "--everyone", "--at", an_hour_ago)


def test_the_status_counts_everybody_for_programs_and_for_people(desk: Desk, worker: Worker) -> None:
    desk.readers(3)
    mailing = desk.launch()
    worker()
    Mailing.objects.update(started_at=timezone.now() - timedelta(seconds=10), finished_at=timezone.now())
    status = json.loads(run("mailing_status", str(mailing.pk), "--json"))
    assert status.keys() == {
        "id",
        "edition",
        "newsletter",
        "state",
        "fault",
        "scheduled_for",
        "started_at",
        "finished_at",
        "audience",
        "counts",
        "sum",
        "balances",
        "people_per_second",
    }
    assert status["id"] == mailing.pk
    assert status["state"] == "sent"
    assert status["counts"] == {
        "accepted": 3,
        "waiting": 0,
        "in_flight": 0,
        "skipped": 0,
        "rejected": 0,
        "unknown": 0,
        "parked": 0,
    }
    assert status["sum"] == status["audience"] == 3
    assert status["balances"] is True
    assert status["people_per_second"] == pytest.approx(0.3)
    assert datetime.fromisoformat(status["started_at"]).tzinfo is not None
    words = run("mailing_status", str(mailing.pk))
    assert "accepted            3" in words
    assert "3 of 3" in words
    assert "DOES NOT ADD UP" not in words
    Batch.objects.all().delete()
    assert "DOES NOT ADD UP" in run("mailing_status", str(mailing.pk))
    assert json.loads(run("mailing_status", str(mailing.pk), "--json"))["balances"] is False


def test_the_status_of_a_mailing_that_has_not_begun(desk: Desk) -> None:
    desk.readers(1)
    mailing = desk.launch(at=timezone.now() + timedelta(hours=1))
    status = json.loads(run("mailing_status", str(mailing.pk), "--json"))
    assert (status["state"], status["audience"], status["started_at"]) == ("scheduled", None, None)
    assert status["balances"] is True
    assert "scheduled" in run("mailing_status", str(mailing.pk))


def test_pause_resume_and_cancel_say_where_the_mailing_is(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    mailing = desk.launch()
    prepare(mailing.pk)
    number = str(mailing.pk)
    assert run("pause_mailing", number) == f"Mailing {number} is paused.\n"
    with pytest.raises(CommandError, match="is paused; there is nothing to pause"):
        run("pause_mailing", number)
    assert run("resume_mailing", number) == f"Mailing {number} is sending.\n"
    with pytest.raises(CommandError, match="is sending; there is nothing to resume"):
        run("resume_mailing", number)
    assert run("cancel_mailing", number) == f"Mailing {number} is cancelled.\n"
    with pytest.raises(CommandError, match="is cancelled; there is nothing to cancel"):
        run("cancel_mailing", number)
    worker()
    assert counts(mailing) == {"skipped": 2}
    assert list(PageLogEntry.objects.order_by("pk").values_list("action", flat=True))[-3:] == [
        "sending.pause",
        "sending.resume",
        "sending.cancel",
    ]


COMMANDS = ["mailing_status", "audit_mailing", "pause_mailing", "resume_mailing", "cancel_mailing"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_number_nobody_knows_is_said_so(desk: Desk, command: str) -> None:
    with pytest.raises(CommandError, match="There is no mailing 4711"):
        run(command, "4711")
    with pytest.raises(CommandError, match="There is no mailing"):
        run(command, "9" * 30)
    with pytest.raises(CommandError, match="invalid int value: 'the-mill'"):
        run(command, "the-mill")
