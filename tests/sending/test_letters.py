"""A letter filled into a composed form is what Django would have composed for that reader, byte for byte on the wire."""

import email.policy
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from newsletter.sending.letters import EOL, Form, Letter
from newsletter.sending.messages import Envelope, single_message
from newsletter.sending.models import Batch, Variant
from newsletter.sending.preparing import prepare
from newsletter.sending.recipients import Recipient, recipients_of
from newsletter.sending.transport import Deadline, Line
from tests.sending.conftest import Desk

SMTP = "newsletter.sending.smtp.EmailBackend"
OTHER = "django.core.mail.backends.locmem.EmailBackend"


@dataclass
class Server:
    """Takes one message after the other and keeps their lines as they came."""

    taken: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        caller, _address = self.listener.accept()
        with caller, caller.makefile("rwb") as lines:

            def say(words: bytes) -> None:
                lines.write(words + b"\r\n")
                lines.flush()

            say(b"220 here")
            for line in lines:
                self.commands.append(line.rstrip())
                if line.upper().startswith(b"DATA"):
                    say(b"354 go on")
                    self.taken.append(b"".join(iter(lines.readline, b".\r\n")))
                say(b"250 ok")


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    server = Server()
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.listener.getsockname()
    yield server
    server.listener.close()


def parsed(raw: bytes) -> Parsed:
    message = message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, Parsed)
    return message


def both(recipient: Recipient) -> tuple[Parsed, Parsed]:
    """What our SMTP backend sends and what Django's own would."""
    batch = Batch.objects.select_related("mailing__newsletter", "variant").get()
    envelope = Envelope.of(batch.mailing, batch.variant)
    ours = single_message(envelope, recipient=recipient, connection=get_connection(SMTP))
    djangos = single_message(envelope, recipient=recipient, connection=get_connection(OTHER))
    assert isinstance(ours, Letter)
    return parsed(ours.as_bytes()), parsed(djangos.message().as_bytes(linesep=EOL))


def the_recipient() -> Recipient:
    ((recipient,), _departed) = recipients_of(Batch.objects.select_related("mailing").get())
    return recipient


def same_but_for(*names: str) -> Callable[[Parsed, Parsed], None]:
    def compare(one: Parsed, other: Parsed) -> None:
        for message in (one, other):
            for name in names:
                del message[name]
            message.set_boundary("=")
        # Python begins a long header on a line of its own.
        heads = [sorted((name, value.strip()) for name, value in message.items()) for message in (one, other)]
        assert heads[0] == heads[1]
        contents = [
            [part.get_content() for part in message.walk() if not part.is_multipart()]
            for message in (one, other)
        ]
        assert contents[0] == contents[1]

    return compare


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "Ana", "Añá <b>&amp;", "Ирина", "x" * 120])
@pytest.mark.parametrize("address", ["ana@readers.example", "ana@bücher.example"])
def test_a_letter_is_what_django_would_have_composed(desk: Desk, name: str, address: str) -> None:
    desk.edition.newsletter.from_name = "Trama · periódico"
    desk.edition.newsletter.reply_to = "respuestas@weft.example"
    desk.edition.newsletter.save()
    desk.reader(address, name=name)
    prepare(desk.launch().pk)
    Variant.objects.update(subject="Für \ue000name_1\ue001, aus der Mühle – und noch viel mehr Wörter" * 2)
    ours, djangos = both(the_recipient())
    same_but_for("Date")(ours, djangos)


@pytest.mark.django_db
def test_the_wire_carries_it_with_dots_doubled_and_lines_ended(desk: Desk, server: Server) -> None:
    desk.reader("ana@bücher.example", name="Ana")
    prepare(desk.launch().pk)
    Variant.objects.update(text=".\n..two\n.\ue000name_1\ue001\nlast.")
    line = Line(get_connection(SMTP))
    batch = Batch.objects.select_related("mailing__newsletter", "variant").get()
    letter = single_message(
        Envelope.of(batch.mailing, batch.variant), recipient=the_recipient(), connection=line.backend
    )
    line.send(letter, deadline=Deadline.from_now())
    line.close()
    (raw,) = server.taken
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert b"\r\n..\r\n...two\r\n..Ana\r\nlast.\r\n" in raw
    assert raw.endswith(b"--\r\n")
    assert b"rcpt TO:<ana@xn--bcher-kva.example>" in server.commands
    assert parsed(raw)["To"] == "ana@xn--bcher-kva.example"


def test_any_other_message_goes_the_same_way(server: Server) -> None:
    line = Line(get_connection(SMTP))
    message = EmailMultiAlternatives("Subject", ".dot\nno end", "a@weft.example", ["b@readers.example"])
    line.send(message, deadline=Deadline.from_now())
    line.close()
    assert server.taken[0].endswith(b"\r\n\r\n..dot\r\nno end\r\n")


def test_what_an_encoding_hides_is_not_filled_in() -> None:
    message = EmailMultiAlternatives("", "\ue000name\ue001 " * 400)
    assert Form.of(message) is None


def test_a_line_that_would_grow_too_long_is_left_to_django() -> None:
    message = EmailMultiAlternatives("", "x" * 900 + "\ue000name\ue001")
    form = Form.of(message)
    assert form is not None
    assert form.letter({"name": "é" * 49}) is not None
    assert form.letter({"name": "é" * 50}) is None


def test_a_header_cannot_be_smuggled_in() -> None:
    form = Form.of(EmailMultiAlternatives("", "text"))
    assert form is not None
    letter = form.letter({}, subject="Hello\r\nBcc: everybody@example.org", to=["a@readers.example"])
    assert letter is not None
    with pytest.raises(ValueError, match="newlines"):
        letter.as_bytes()
