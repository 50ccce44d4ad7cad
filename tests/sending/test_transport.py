"""A call ends in time, whatever the other end does, and begins in time or not at all."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from anymail.message import AnymailMessage
from django.core.mail import EmailMessage, get_connection

from newsletter.sending import timing
from newsletter.sending.outcomes import Verdict, result_of_error
from newsletter.sending.smtp import EmailBackend as SMTPBackend
from newsletter.sending.transport import Deadline, Line, TooLate

CALL = 0.6  # seconds
# Far more than CALL, far less than the limit of a single read: who ends in between was cut off.
PATIENCE = 8.0

Conversation = Callable[[socket.socket], None]
DRIP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000


@pytest.fixture(autouse=True)
def short_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "CALL", timedelta(seconds=CALL))


class Service:
    """Listens on this machine and has one conversation with each caller."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation, self.callers = conversation, 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _address = self.listener.accept()
                self.callers += 1
                threading.Thread(target=self._talk, args=[caller], daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller:
            self.conversation(caller)

    def close(self) -> None:
        self.closing.set()
        self.listener.close()


@pytest.fixture
def service() -> Iterator[Callable[[Conversation], Service]]:
    services: list[Service] = []

    def start(conversation: Conversation) -> Service:
        services.append(Service(conversation))
        return services[-1]

    yield start
    for each in services:
        each.close()


def drip(payload: bytes) -> Conversation:
    """One byte at a time, each well within the limit of a read."""

    def conversation(caller: socket.socket) -> None:
        caller.recv(65536)
        for byte in payload:
            caller.sendall(bytes([byte]))
            threading.Event().wait(0.05)

    return conversation


def silent(caller: socket.socket) -> None:
    while caller.recv(65536):
        pass


def answer(caller: socket.socket) -> None:
    body = b'{"id": "<1@mailgun>", "message": "Queued"}'
    while request := caller.recv(65536):
        if request.endswith(b"\r\n") or b"\r\n\r\n" in request:
            caller.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )


@pytest.fixture
def mailgun(settings: Any) -> Callable[[Service], Line]:
    def line_to(service: Service) -> Line:
        settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
        settings.ANYMAIL = {
            "MAILGUN_API_KEY": "key",
            "MAILGUN_SENDER_DOMAIN": "weft.example",
            "MAILGUN_API_URL": f"http://127.0.0.1:{service.port}/v3",
        }
        return Line(get_connection())

    return line_to


def letter(line: Line) -> AnymailMessage:
    return AnymailMessage("Subject", "Text", "a@weft.example", ["b@readers.example"], connection=line.backend)


def seconds_until_it_fails(line: Line) -> tuple[float, Exception]:
    began = time.monotonic()
    with pytest.raises(Exception) as caught:
        line.send(letter(line), deadline=Deadline.from_now())
    return time.monotonic() - began, caught.value


@pytest.mark.parametrize(
    "conversation",
    [drip(DRIP), drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100_000), silent],
    ids=["drips the answer", "drips the head", "says nothing"],
)
def test_a_service_that_takes_its_time_is_cut_off_and_in_doubt(
    service: Callable[[Conversation], Service], mailgun: Callable[[Service], Line], conversation: Conversation
) -> None:
    line = mailgun(service(conversation))
    seconds, error = seconds_until_it_fails(line)
    assert seconds < PATIENCE
    assert result_of_error(error).verdict is Verdict.UNKNOWN
    assert getattr(line.backend, "session", None) is None, "what is left of the connection is not used again"


@pytest.mark.parametrize("kind", ["http", "smtp"])
def test_a_name_that_takes_too_long_to_look_up_writes_nothing(
    service: Callable[[Conversation], Service],
    mailgun: Callable[[Service], Line],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """No time limit reaches into the look-up."""
    read: list[bytes] = []

    def listen(caller: socket.socket) -> None:
        while heard := caller.recv(65536):
            read.append(heard)

    listener = service(listen)
    line = mailgun(listener) if kind == "http" else Line(SMTPBackend(host="127.0.0.1", port=listener.port))
    look_up = socket.getaddrinfo

    def slowly(*args: Any, **options: Any) -> Any:
        threading.Event().wait(CALL * 1.5)
        return look_up(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    seconds, error = seconds_until_it_fails(line)
    assert seconds < PATIENCE
    assert result_of_error(error).verdict is Verdict.DEFERRED
    assert read == []


def test_a_connection_that_cannot_be_made_safe_is_no_doubt(
    service: Callable[[Conversation], Service], mailgun: Callable[[Service], Line], settings: Any
) -> None:
    """What answers does not speak TLS."""
    listener = service(answer)
    mailgun(listener)
    settings.ANYMAIL = {**settings.ANYMAIL, "MAILGUN_API_URL": f"https://127.0.0.1:{listener.port}/v3"}
    line = Line(get_connection())
    _seconds, error = seconds_until_it_fails(line)
    assert result_of_error(error).verdict is Verdict.DEFERRED


def test_a_kept_connection_is_used_for_the_next_call_and_not_after_a_pause(
    service: Callable[[Conversation], Service],
    mailgun: Callable[[Service], Line],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor = service(answer)
    line = mailgun(vendor)
    for _call in range(3):
        line.send(letter(line), deadline=Deadline.from_now())
    assert vendor.callers == 1
    monkeypatch.setattr(timing, "KEPT_OPEN", timedelta(0))
    line.send(letter(line), deadline=Deadline.from_now())
    assert vendor.callers == 2


def test_after_a_cut_the_next_call_goes_through(
    service: Callable[[Conversation], Service], mailgun: Callable[[Service], Line]
) -> None:
    moods = iter([silent, answer])
    line = mailgun(service(lambda caller: next(moods)(caller)))
    seconds_until_it_fails(line)
    message = letter(line)
    line.send(message, deadline=Deadline.from_now())
    assert message.anymail_status.message_id == "<1@mailgun>"


@pytest.mark.parametrize("late", ["monotonic", "time"])
def test_who_was_asleep_writes_nothing(
    service: Callable[[Conversation], Service],
    mailgun: Callable[[Service], Line],
    monkeypatch: pytest.MonkeyPatch,
    late: str,
) -> None:
    vendor = service(answer)
    line = mailgun(vendor)
    deadline = Deadline.from_now()
    real = getattr(time, late)
    monkeypatch.setattr(f"newsletter.sending.transport.time.{late}", lambda: real() + CALL)
    with pytest.raises(TooLate) as caught:
        line.send(letter(line), deadline=deadline)
    assert result_of_error(caught.value).verdict is Verdict.DEFERRED
    assert vendor.callers == 0


def test_who_falls_asleep_while_the_message_is_built_writes_nothing(
    service: Callable[[Conversation], Service],
    mailgun: Callable[[Service], Line],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor = service(answer)
    line = mailgun(vendor)
    real, slept = time.monotonic, [0.0]
    monkeypatch.setattr("newsletter.sending.transport.time.monotonic", lambda: real() + slept[0])
    build = line.backend.build_message_payload  # type: ignore[attr-defined]

    def build_slowly(*args: Any) -> Any:
        slept[0] = CALL
        return build(*args)

    monkeypatch.setattr(line.backend, "build_message_payload", build_slowly)
    with pytest.raises(TooLate):
        line.send(letter(line), deadline=Deadline.from_now())
    assert vendor.callers == 0


EXTENSIONS = pytest.mark.parametrize("extension", [b"8BITMIME", b"PIPELINING"])


def smtp(
    steps: dict[bytes, Conversation], *, extension: bytes = b"8BITMIME", taken: list[bytes] | None = None
) -> Conversation:
    """A mail server that behaves until a command that has a step of its own. `taken`: whole messages."""

    def conversation(caller: socket.socket) -> None:
        if b"greeting" in steps:
            steps[b"greeting"](caller)
            return
        caller.sendall(b"220 relay.example ESMTP\r\n")
        reader = caller.makefile("rb")
        while command := reader.readline():
            verb = command[:4].strip().upper()
            if verb in steps:
                steps[verb](caller)
            elif verb == b"EHLO":
                caller.sendall(b"250-relay.example\r\n250 %s\r\n" % extension)
            elif verb == b"DATA":
                caller.sendall(b"354 go on\r\n")
                message = b""
                for text in reader:
                    if text == b".\r\n":
                        break
                    message += text
                else:
                    return  # hung up in the middle of it
                if taken is not None:
                    taken.append(message)
                steps.get(b".", lambda peer: peer.sendall(b"250 taken\r\n"))(caller)
            else:
                caller.sendall(b"250 relay.example\r\n")

    return conversation


def drip_reply(caller: socket.socket) -> None:
    for _byte in range(1000):
        caller.sendall(b"2")
        threading.Event().wait(0.05)


@EXTENSIONS
@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (b"greeting", Verdict.DEFERRED),
        (b"EHLO", Verdict.DEFERRED),
        (b"MAIL", Verdict.DEFERRED),
        (b"RCPT", Verdict.DEFERRED),
        (b"DATA", Verdict.DEFERRED),
        (b".", Verdict.UNKNOWN),
    ],
)
def test_a_mail_server_that_drips_is_cut_off_wherever_it_does(
    service: Callable[[Conversation], Service], step: bytes, verdict: Verdict, extension: bytes
) -> None:
    relay = service(smtp({step: drip_reply}, extension=extension))
    line = Line(SMTPBackend(host="127.0.0.1", port=relay.port, timeout=30))
    seconds, error = seconds_until_it_fails(line)
    assert seconds < PATIENCE
    assert result_of_error(error).verdict is verdict
    assert line.backend.connection is None  # type: ignore[attr-defined]


def hang_up(caller: socket.socket) -> None:
    caller.shutdown(socket.SHUT_RDWR)


@EXTENSIONS
@pytest.mark.parametrize("step", [b"MAIL", b"RCPT", b"DATA"])
def test_a_mail_server_that_hangs_up_before_the_message_gets_it_later(
    service: Callable[[Conversation], Service], step: bytes, extension: bytes
) -> None:
    relay = service(smtp({step: hang_up}, extension=extension))
    line = Line(SMTPBackend(host="127.0.0.1", port=relay.port))
    _seconds, error = seconds_until_it_fails(line)
    assert result_of_error(error).verdict is Verdict.DEFERRED


@EXTENSIONS
def test_a_mail_server_that_hangs_up_after_the_message_leaves_it_in_doubt(
    service: Callable[[Conversation], Service], extension: bytes
) -> None:
    relay = service(smtp({b".": hang_up}, extension=extension))
    line = Line(SMTPBackend(host="127.0.0.1", port=relay.port))
    _seconds, error = seconds_until_it_fails(line)
    assert result_of_error(error).verdict is Verdict.UNKNOWN


@EXTENSIONS
@pytest.mark.parametrize(
    ("step", "reply", "verdict"),
    [
        (b"MAIL", b"550 not you", Verdict.HALT),
        (b"MAIL", b"451 later", Verdict.DEFERRED),
        (b"MAIL", b"421 closing", Verdict.DEFERRED),
        (b"RCPT", b"550 no such user", Verdict.REJECTED),
        (b"RCPT", b"452 mailbox full", Verdict.DEFERRED),
        (b"RCPT", b"421 closing", Verdict.DEFERRED),
        (b"DATA", b"451 later", Verdict.DEFERRED),
        (b"DATA", b"554 never", Verdict.REJECTED),
        (b".", b"552 too large", Verdict.REJECTED),
        (b".", b"451 later", Verdict.DEFERRED),
    ],
)
def test_a_refusal_means_the_same_however_the_commands_were_written(
    service: Callable[[Conversation], Service], step: bytes, reply: bytes, verdict: Verdict, extension: bytes
) -> None:
    """And where the server would take a message that is for nobody, it gets none."""

    def refuse(caller: socket.socket) -> None:
        caller.sendall(reply + b"\r\n")
        if reply.startswith(b"421"):
            hang_up(caller)

    taken: list[bytes] = []
    relay = service(smtp({step: refuse}, extension=extension, taken=taken))
    line = Line(SMTPBackend(host="127.0.0.1", port=relay.port))
    seconds, error = seconds_until_it_fails(line)
    result = result_of_error(error)
    assert result.verdict is verdict
    assert result.holds_all is reply.startswith(b"421")
    assert reply.decode()[4:] in result.fault
    assert len(taken) == (step == b".")
    assert seconds < CALL, "nobody waited for an answer that cannot come"


def test_a_server_that_allows_it_gets_the_three_commands_at_once(
    service: Callable[[Conversation], Service],
) -> None:
    written: list[bytes] = []

    def patient(caller: socket.socket) -> None:
        caller.sendall(b"220 relay.example ESMTP\r\n")
        assert caller.recv(65536)
        caller.sendall(b"250-relay.example\r\n250-SIZE 1000000\r\n250 PIPELINING\r\n")
        written.append(caller.recv(65536))
        caller.sendall(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        while not written[-1].endswith(b"\r\n.\r\n"):
            written.append(caller.recv(65536))
        caller.sendall(b"250 taken\r\n")

    line = Line(SMTPBackend(host="127.0.0.1", port=service(patient).port))
    line.send(letter(line), deadline=Deadline.from_now())
    sender, recipient, data, rest = written[0].split(b"\r\n")
    assert sender.startswith(b"MAIL FROM:<a@weft.example> size=")
    assert int(sender.rpartition(b"=")[2]) == len(b"".join(written[1:])) - len(b"\r\n.\r\n")
    assert (recipient, data, rest) == (b"RCPT TO:<b@readers.example>", b"DATA", b"")


def test_no_command_is_smuggled_in_through_an_address(service: Callable[[Conversation], Service]) -> None:
    taken: list[bytes] = []
    relay = service(smtp({}, extension=b"PIPELINING", taken=taken))
    backend = SMTPBackend(host="127.0.0.1", port=relay.port)
    line = Line(backend)
    line.send(letter(line), deadline=Deadline.from_now())
    assert backend.connection is not None
    with pytest.raises(ValueError, match="line break"):
        backend.connection.sendmail("a@weft.example", ['b@"x\r\nRCPT TO:<c@x.example>"'], b"Text")
    line.close()
    assert len(taken) == 1


def test_messages_share_one_connection_to_the_mail_server(
    service: Callable[[Conversation], Service],
) -> None:
    relay = service(smtp({}))
    line = Line(SMTPBackend(host="127.0.0.1", port=relay.port))
    for _message in range(4):
        line.send(
            EmailMessage("Subject", "Text", "a@weft.example", ["b@readers.example"], connection=line.backend),
            deadline=Deadline.from_now(),
        )
    assert relay.callers == 1


def test_an_error_closes_the_connection_to_the_mail_server(
    service: Callable[[Conversation], Service],
) -> None:
    relay = service(smtp({b"RCPT": lambda caller: caller.sendall(b"450 later\r\n")}))
    line = Line(SMTPBackend(host="127.0.0.1", port=relay.port))
    for _try in range(2):
        _seconds, error = seconds_until_it_fails(line)
        assert result_of_error(error).verdict is Verdict.DEFERRED
    assert relay.callers == 2


def test_amazon_ses_is_cut_off_too(
    service: Callable[[Conversation], Service], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its client reads its descriptions from disk first.
    monkeypatch.setattr(timing, "CALL", timedelta(seconds=4))
    vendor = service(drip(DRIP))
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.amazon_ses.EmailBackend"
    settings.ANYMAIL = {
        "AMAZON_SES_CLIENT_PARAMS": {
            "aws_access_key_id": "id",
            "aws_secret_access_key": "secret",
            "region_name": "eu-west-1",
            "endpoint_url": f"http://127.0.0.1:{vendor.port}",
        }
    }
    line = Line(get_connection())
    seconds, error = seconds_until_it_fails(line)
    assert seconds < PATIENCE
    assert result_of_error(error).verdict is Verdict.UNKNOWN
    assert vendor.callers == 1, "its own retries are off"
