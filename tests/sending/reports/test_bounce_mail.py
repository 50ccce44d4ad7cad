"""The bounce mailbox: what comes back as mail, in the words of the mail servers that send it."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from django.core.management import CommandError, call_command
from django.db import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscriber, Subscription, Suppression
from newsletter.audience.tokens import preferences_token
from newsletter.sending.bounces import reading
from newsletter.sending.bounces.mailboxes import MOST_BYTES, Maildir
from newsletter.sending.bounces.marking import message_id
from newsletter.sending.bounces.reading import Letter, read_bounces
from newsletter.sending.bounces.reports import NotAReport, NotOurs, event_of
from newsletter.sending.models import Batch, Delivery, DeliveryEvent
from tests.sending.conftest import Desk
from tests.sending.reports.past import mailing_to, mailings_to, on_day

LETTERS = Path(__file__).parent.parent.parent / "payloads" / "bounces"

# File: what is written down, and what it does to the address; nothing where it is no report.
COMES_TO = {
    "postfix-unknown": ("bounced", "bounced", "hard_bounce"),
    "postfix-full": ("bounced", "timed_out", ""),
    "postfix-delayed": ("deferred", "", ""),
    "exim-unknown": ("bounced", "bounced", "hard_bounce"),
    "exim-unroutable": ("bounced", "timed_out", ""),
    "exchange-unknown": ("bounced", "bounced", "hard_bounce"),
    "outlook-blocked": ("bounced", "blocked", ""),
    "gmail-unknown": ("bounced", "bounced", "hard_bounce"),
    "complaint": ("complained", "spam", "complaint"),
    "qmail-unknown": None,  # no RFC 3464; what it means would be guesswork
    "not-spam": None,
    "read-receipt": None,
    "vacation": None,
    "reply": None,
    "forwarded-bounce": None,
}


def letter(name: str, about: str) -> bytes:
    """The letter of that name; `about` is the Message-ID of the newsletter that came back."""
    return (LETTERS / f"{name}.eml").read_bytes().replace(b"MESSAGE-ID", about.encode())


def returned(delivery: Delivery) -> str:
    return message_id(delivery.pk, domain="news.weft.example")


@pytest.fixture
def maildir(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "bounces"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    settings.BOUNCE_MAILBOX = f"maildir://{folder}"
    return folder


@pytest.fixture
def drop(maildir: Path) -> Callable[..., None]:
    """Puts letters into the mailbox, one after the other."""

    def drop(*letters: bytes) -> None:
        here = len(list(maildir.rglob("*.*")))
        for number, raw in enumerate(letters, start=here):
            (maildir / "new" / f"{1772442000 + number}.M1P1.mail").write_bytes(raw)

    return drop


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def delivery(desk: Desk) -> Delivery:
    (delivery,) = mailing_to(desk, desk.reader("reader@readers.example"))
    return delivery


def test_every_letter_is_tried() -> None:
    assert {path.stem for path in LETTERS.glob("*.eml")} == set(COMES_TO)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, comes_to in COMES_TO.items() if comes_to])
def test_a_report_is_written_down_acted_on_and_marked_as_read(
    delivery: Delivery, maildir: Path, drop: Callable[..., None], name: str
) -> None:
    drop(letter(name, returned(delivery)))
    assert read_bounces() == {Letter.REPORT: 1}
    event = DeliveryEvent.objects.get()
    entry = Suppression.objects.first()
    assert (event.event_type, event.reject_reason, entry.reason if entry else "") == COMES_TO[name]
    assert (event.esp, event.delivery_id) == ("Bounce mailbox", delivery.pk)
    assert event.address_hash == address_hash("reader@readers.example")
    assert event.occurred_at is not None
    assert event.occurred_at.date().isoformat() == "2026-03-02"
    delivery.refresh_from_db()
    assert delivery.outcome == event.event_type
    assert "reader@" not in event.description + delivery.reason + (entry.note if entry else "")
    assert names(maildir / "new") == []
    assert names(maildir / "cur") == ["1772442000.M1P1.mail:2,S"]
    assert read_bounces() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, comes_to in COMES_TO.items() if not comes_to])
def test_everything_else_is_left_unread(
    delivery: Delivery, maildir: Path, drop: Callable[..., None], name: str
) -> None:
    drop(letter(name, returned(delivery)))
    assert read_bounces() == {Letter.OTHER: 1}
    assert not DeliveryEvent.objects.exists()
    assert not Suppression.objects.exists()
    assert Subscription.objects.get().status == Subscription.Status.CONFIRMED
    assert names(maildir / "cur") == ["1772442000.M1P1.mail:2,"]
    assert read_bounces() == {}


@pytest.mark.django_db
def test_a_forged_report_changes_nothing_and_is_said_in_the_log(
    delivery: Delivery, drop: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    ours = returned(delivery)
    number, _dot, signature = ours[1:].partition(".")
    drop(
        letter("postfix-unknown", "<somebody.else@elsewhere.example>"),
        letter("postfix-unknown", f"<{number}@news.weft.example>"),
        letter("postfix-unknown", f"<{int(number) + 1}.{signature}"),
        letter("complaint", f"<{number}.{'A' * 43}@news.weft.example>"),
        letter("gmail-unknown", ""),
    )
    with caplog.at_level(logging.INFO):
        assert read_bounces() == {Letter.NOT_OURS: 5}
    assert caplog.text.count("about no message of ours") == 5
    assert not DeliveryEvent.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.django_db
def test_a_link_of_the_same_key_signs_no_bounce(delivery: Delivery, drop: Callable[..., None]) -> None:
    """Every reader has signed links; none of them may be turned into a Message-ID."""
    token = preferences_token(delivery.pk)
    drop(letter("postfix-unknown", f"<{token}@news.weft.example>"))
    assert read_bounces() == {Letter.NOT_OURS: 1}


@pytest.mark.django_db
def test_a_report_counts_for_the_recipient_of_the_message_whoever_it_names(
    desk: Desk, delivery: Delivery, drop: Callable[..., None]
) -> None:
    """Who has a newsletter of their own could otherwise have others put on the do-not-mail list."""
    victim = desk.reader("victim@readers.example")
    genuine = letter("postfix-unknown", returned(delivery))
    drop(genuine.replace(b"reader@readers.example", b"victim@readers.example"))
    assert read_bounces() == {Letter.REPORT: 1}
    assert Suppression.objects.get().address_hash == address_hash("reader@readers.example")
    Suppression.objects.all().delete()
    DeliveryEvent.objects.all().delete()
    Subscriber.objects.get(email="reader@readers.example").delete()
    drop(genuine.replace(b"reader@readers.example", b"victim@readers.example"))
    read_bounces()
    assert not Suppression.objects.exists()
    assert victim.subscriptions.filter(status=Subscription.Status.CONFIRMED).exists()


@pytest.mark.django_db
def test_an_address_that_forwards_has_bounced_only_when_nobody_got_it(
    delivery: Delivery, drop: Callable[..., None]
) -> None:
    failed = b"Final-Recipient: rfc822; reader@readers.example\nAction: failed\nStatus: 5.2.2\n"
    genuine = letter("postfix-full", returned(delivery))
    assert failed in genuine
    other = b"\n\nFinal-Recipient: rfc822; second@readers.example\nAction: %s\nStatus: %s\n"
    for action, status, written in [
        (b"delivered", b"2.0.0", ("delivered", "")),
        (b"relayed", b"2.0.0", ("sent", "")),
        (b"delayed", b"4.4.1", ("deferred", "")),
        (b"failed", b"5.7.1", ("bounced", "blocked")),
        (b"failed", b"5.1.1", ("bounced", "timed_out")),
    ]:
        for blocks in (failed + other % (action, status), other % (action, status) + b"\n" + failed):
            DeliveryEvent.objects.all().delete()
            drop(genuine.replace(failed, blocks))
            read_bounces()
            event = DeliveryEvent.objects.get()
            assert (event.event_type, event.reject_reason) == written


@pytest.mark.django_db
def test_the_same_report_many_times_is_one(delivery: Delivery, drop: Callable[..., None]) -> None:
    genuine = letter("postfix-delayed", returned(delivery))
    drop(*[genuine.replace(b"13:00:06", f"{hour}:00:06".encode()) for hour in range(14, 20)])
    assert read_bounces() == {Letter.REPORT: 6}
    assert DeliveryEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_crash_between_acting_and_marking_repeats_harmlessly(
    delivery: Delivery, maildir: Path, drop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(letter("postfix-unknown", returned(delivery)), letter("reply", returned(delivery)))
    done = Maildir.done

    def crash(*args: Any, **kwargs: Any) -> None:
        raise OSError("the machine stopped")

    monkeypatch.setattr(Maildir, "done", crash)
    with pytest.raises(OSError, match="the machine stopped"):
        read_bounces()
    assert Suppression.objects.count() == 1
    assert len(names(maildir / "new")) == 2
    monkeypatch.setattr(Maildir, "done", done)
    assert read_bounces() == {Letter.REPORT: 1, Letter.OTHER: 1}
    assert DeliveryEvent.objects.count() == Suppression.objects.count() == 1


@pytest.mark.django_db
def test_while_the_database_is_away_nothing_is_marked(
    delivery: Delivery, maildir: Path, drop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(reading, "record_event", away)
    drop(letter("postfix-unknown", returned(delivery)))
    with pytest.raises(OperationalError):
        read_bounces()
    assert len(names(maildir / "new")) == 1


def nested(depth: int) -> bytes:
    parts = [f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(depth)]
    return "".join(parts).encode()


HOSTILE = [
    b"",
    b"\x00" * 1000,
    bytes(range(256)) * 100,
    b"Content-Type: multipart/report; report-type=delivery-status\n\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n",
    b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\n\n--x--",
    b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nA: b\n\nAction: \n",
    b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/feedback-report\n\n--x--",
    b"Content-Type: multipart/report; charset=\xff\xfe; boundary*=utf-7''%00\n\n",
    b"Content-Type: =?utf-8?b?bXVsdGlwYXJ0L3JlcG9ydA==?=\nDate: 99 Foo 99999 99:99:99 +9999\n\nx",
    nested(30),
    nested(5000),
    b"Content-Type: message/rfc822\n\n" * 20000,
    b"A: b\n" * 200_000,
    b"Subject: " + b"x" * MOST_BYTES * 2,
]


@pytest.mark.django_db
def test_a_hostile_letter_never_keeps_the_others_waiting(
    delivery: Delivery, maildir: Path, drop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_FOR", 60.0)
    genuine = letter("exim-unknown", returned(delivery))
    drop(
        *HOSTILE,
        # Reports that would be ours, with something odd in each place we read.
        genuine.replace(b"550 5.1.1 no such user here", b"550 5.7.1 \x00\xff\xed\xa0\x80 =?x?q?=00?="),
        genuine.replace(b"Date: Mon, 02 Mar", b"Date: Mon, 99 Mar"),
        genuine.replace(b"charset=us-ascii", b"charset=no-such-charset"),
        genuine.replace(b"Action: failed", b"Action: " + b"failed " * 100_000),
        genuine,
    )
    found = read_bounces()
    assert sum(found.values()) == len(HOSTILE) + 5
    assert found[Letter.REPORT] == 5
    assert found[Letter.UNREADABLE] == 0
    assert names(maildir / "new") == []
    assert Suppression.objects.count() == 1


@pytest.mark.django_db
def test_a_letter_that_fails_in_a_way_nobody_foresaw_is_said_and_passed_over(
    delivery: Delivery,
    drop: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real = reading.event_of

    def stumble(raw: bytes) -> AnymailTrackingEvent:
        if b"stumble" in raw:
            raise RuntimeError("unforeseen")
        return real(raw)

    monkeypatch.setattr(reading, "event_of", stumble)
    drop(b"stumble", letter("exim-unknown", returned(delivery)))
    assert read_bounces() == {Letter.UNREADABLE: 1, Letter.REPORT: 1}
    assert "cannot be read" in caplog.text


def sound_or_refused(raw: bytes) -> None:
    try:
        event = event_of(raw)
    except (NotAReport, NotOurs):
        return
    assert event.metadata == {"delivery": "4711"}
    assert event.recipient is None


@given(st.binary(max_size=500))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    sound_or_refused(raw)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from([name for name, comes_to in COMES_TO.items() if comes_to]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=20)), max_size=4),
)
def test_a_damaged_report_is_read_or_refused_but_never_about_somebody_else(
    name: str, changes: list[tuple[float, int, bytes]]
) -> None:
    raw = letter(name, message_id(4711, domain="news.weft.example"))
    for place, length, instead in changes:
        start = int(place * len(raw))
        raw = raw[:start] + instead + raw[start + length :]
    sound_or_refused(raw)


@pytest.mark.django_db
def test_three_full_mailboxes_over_a_week_end_all_mail(desk: Desk, drop: Callable[..., None]) -> None:
    reader = desk.reader("reader@readers.example")
    deliveries = mailings_to(desk, reader, 3)
    for delivery, day in zip(deliveries, [0, 4, 8], strict=True):
        assert not Suppression.objects.exists()
        date = on_day(day).strftime("Date: %d %b %Y %H:%M:%S +0000").encode()
        full = letter("postfix-full", returned(delivery))
        drop(full.replace(b"Date: Mon,  2 Mar 2026 09:00:06 +0000 (UTC)", date))
        read_bounces()
    assert Suppression.objects.get().address_hash == reader.address_hash


@pytest.mark.django_db
def test_what_comes_back_proves_that_it_was_sent(desk: Desk, drop: Callable[..., None]) -> None:
    (delivery,) = mailing_to(desk, desk.reader("reader@readers.example"), state=Batch.State.PARKED)
    drop(letter("postfix-full", returned(delivery)))
    read_bounces()
    assert Batch.objects.get().state == Batch.State.ACCEPTED


@pytest.mark.django_db
def test_a_full_mailbox_is_read_in_several_rounds(
    delivery: Delivery, maildir: Path, drop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_FOR", 0.0)
    drop(*[letter("reply", "")] * 3)
    for left in (2, 1, 0):
        assert read_bounces() == {Letter.OTHER: 1}
        assert len(names(maildir / "new")) == left


@pytest.mark.django_db
def test_an_operator_can_read_it_by_hand(
    delivery: Delivery, drop: Callable[..., None], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(letter("postfix-unknown", returned(delivery)), letter("reply", ""), letter("vacation", ""))
    call_command("read_bounces")
    assert sorted(capsys.readouterr().out.splitlines()) == ["1 × report", "2 × other mail"]
    call_command("read_bounces")
    assert capsys.readouterr().out == "Nothing new.\n"
    settings.BOUNCE_MAILBOX = ""
    assert read_bounces() == {}
    with pytest.raises(CommandError, match="BOUNCE_MAILBOX"):
        call_command("read_bounces")


@pytest.mark.django_db
def test_a_maildir_that_is_not_there_is_said(settings: Any, tmp_path: Path) -> None:
    settings.BOUNCE_MAILBOX = f"maildir://{tmp_path / 'nowhere'}"
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_bounces()
