"""The bounce mailbox on an IMAP server."""

import datetime
import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from newsletter.audience.models import Suppression
from newsletter.sending.bounces.mailboxes import LOOKED_AT, MOST_BYTES
from newsletter.sending.bounces.reading import Letter, read_bounces
from newsletter.sending.models import Delivery, DeliveryEvent
from tests.sending.conftest import Desk
from tests.sending.reports.imap_server import PASSWORD, USER, ImapServer, certificate, running
from tests.sending.reports.past import mailing_to
from tests.sending.reports.test_bounce_mail import letter, returned

pytestmark = pytest.mark.django_db

Start = Callable[..., ImapServer]


@pytest.fixture
def delivery(desk: Desk) -> Delivery:
    (delivery,) = mailing_to(desk, desk.reader("reader@readers.example"))
    return delivery


@pytest.fixture
def start(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a server and names its folder as the bounce mailbox."""
    file, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with ExitStack() as stack:

        def start(scheme: str = "imaps", password: str = PASSWORD, **choices: bool) -> ImapServer:
            server = ImapServer(context, tls_at_once=scheme == "imaps", **choices)
            stack.enter_context(running(server))
            who = f"{quote(USER, safe='')}:{quote(password, safe='')}"
            settings.BOUNCE_MAILBOX = f"{scheme}://{who}@localhost:{server.port}/Bounces/Weft%20news"
            return server

        yield start


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_reports_are_acted_on_and_replies_stay_unread(delivery: Delivery, start: Start, scheme: str) -> None:
    server = start(scheme)
    server.keep(letter("postfix-unknown", returned(delivery)), letter("reply", returned(delivery)))
    assert read_bounces() == {Letter.REPORT: 1, Letter.OTHER: 1}
    assert Suppression.objects.get().reason == "hard_bounce"
    assert server.flags() == [{LOOKED_AT, "\\Seen"}, {LOOKED_AT}]
    fetched = [line for line in server.said if "FETCH" in line]
    assert read_bounces() == {}
    assert [line for line in server.said if "FETCH" in line] == fetched
    assert server.said[-1].endswith("LOGOUT")


def test_the_password_never_travels_in_the_clear(delivery: Delivery, start: Start) -> None:
    server = start("imap+starttls")
    read_bounces()
    assert any("LOGIN" in line for line in server.said)
    assert [line.split()[-1] for line in server.said if line.startswith("(clear)")] == [
        "CAPABILITY",
        "STARTTLS",
    ]
    server = start("imap+starttls", starttls=False)
    with pytest.raises(imaplib.IMAP4.error):
        read_bounces()
    assert not any("LOGIN" in line for line in server.said)


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_a_server_with_a_certificate_nobody_vouches_for_gets_no_password(
    start: Start, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(scheme)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ssl.SSLCertVerificationError):
        read_bounces()
    assert not any("LOGIN" in line for line in server.said)


def test_a_wrong_password_is_said_without_repeating_it(start: Start) -> None:
    start(password="s3cret")
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED") as caught:
        read_bounces()
    assert "s3cret" not in str(caught.value)


def test_a_server_without_keywords_has_everything_marked_as_read(delivery: Delivery, start: Start) -> None:
    server = start(keywords=False)
    server.keep(letter("reply", ""), letter("postfix-unknown", returned(delivery)))
    assert read_bounces() == {Letter.REPORT: 1, Letter.OTHER: 1}
    assert server.flags() == [{"\\Seen"}, {"\\Seen"}]
    assert read_bounces() == {}


def test_a_huge_letter_is_fetched_only_in_part(delivery: Delivery, start: Start) -> None:
    server = start()
    server.keep(letter("gmail-unknown", returned(delivery)) + b"x" * MOST_BYTES * 3)
    assert read_bounces() == {Letter.REPORT: 1}
    assert any(f"<0.{MOST_BYTES}>" in line for line in server.said)


def test_old_letters_are_left_where_they_are(delivery: Delivery, start: Start) -> None:
    server = start()
    server.keep(letter("postfix-unknown", returned(delivery)), letter("reply", ""))
    server.letters[1].arrived -= datetime.timedelta(days=60)
    assert read_bounces() == {Letter.OTHER: 1}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("command", ["FETCH 2", "STORE 1", "STORE 2", "SEARCH", "SELECT"])
def test_a_connection_that_breaks_is_taken_up_again_in_the_next_round(
    delivery: Delivery, start: Start, command: str
) -> None:
    server = start()
    server.keep(letter("postfix-unknown", returned(delivery)), letter("postfix-delayed", returned(delivery)))
    server.hang_up_on = command
    with pytest.raises((imaplib.IMAP4.error, OSError)):
        read_bounces()
    server.hang_up_on = None
    read_bounces()
    assert DeliveryEvent.objects.count() == 2
    assert Suppression.objects.count() == 1
    assert all(LOOKED_AT in flags for flags in server.flags())
    assert read_bounces() == {}


def test_a_server_that_is_away_is_said(start: Start, settings: Any) -> None:
    settings.BOUNCE_MAILBOX = "imaps://user:password@127.0.0.1:1/INBOX"
    with pytest.raises(ConnectionRefusedError):
        read_bounces()
