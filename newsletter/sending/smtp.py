"""Django's SMTP backend, whose connection can be cut from outside while it is being opened or used.

Where the server allows it, a message takes two round trips instead of four. Letters (newsletter.sending.letters) it
hands over as they are.
"""

import smtplib
import socket
from collections.abc import Callable
from smtplib import quoteaddr
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as DjangoBackend
from django.core.mail.message import sanitize_address

from newsletter.sending.letters import Letter
from newsletter.sending.transport import NothingWritten, Watchdog

EOL = b"\r\n"


class EmailBackend(DjangoBackend):
    # Set by newsletter.sending.transport; mail outside of mailings goes without.
    watchdog: Watchdog | None = None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        base = super().connection_class
        return base if self.watchdog is None else watched(base, self.watchdog)

    def _send(self, email_message: EmailMessage) -> bool:
        if not isinstance(email_message, Letter):
            return bool(super()._send(email_message))  # type: ignore[misc]
        addresses = [
            # Its domain in Punycode. Looking into every address costs as much as all of a letter's headers.
            address if address.isascii() else sanitize_address(address, "utf-8")
            for address in (email_message.from_email, *email_message.to)
        ]
        self.connection.sendmail(  # type: ignore[union-attr]
            addresses[0], addresses[1:], email_message.as_bytes()
        )
        return True


class Watched(smtplib.SMTP):
    """For a subclass that says by whom."""

    watchdog: Watchdog
    # Whether the message itself was being written: before that, a connection that fails leaves no doubt.
    has_begun = False

    def _get_socket(self, *args: Any) -> socket.socket:
        # smtplib reads the greeting before anybody else could get hold of the connection.
        self.sock = super()._get_socket(*args)  # type: ignore[misc]
        self.watchdog.connections.add(self)
        # Looking up the name and trying each of its addresses in turn has no limit of its own.
        self.watchdog.deadline.check()
        return self.sock

    def sendmail(
        self, from_addr: str, to_addrs: Any, msg: Any, *options: Any, **more: Any
    ) -> dict[str, tuple[int, bytes]]:
        self.watchdog.deadline.check()
        self.has_begun = False
        try:
            self.ehlo_or_helo_if_needed()
            if len(to_addrs) == 1 and self.has_extn("pipelining"):
                self.hand_over(from_addr, to_addrs[0], msg)
                return {}
            return super().sendmail(from_addr, to_addrs, msg, *options, **more)
        except smtplib.SMTPServerDisconnected as error:
            if self.has_begun:
                raise
            raise NothingWritten(str(error)) from error
        except smtplib.SMTPDataError as error:
            if self.has_begun or 400 <= error.smtp_code < 600:
                raise
            # Neither yes nor no, such as half a reply that was cut off, to the command before the message.
            raise NothingWritten(str(error)) from error

    def hand_over(self, sender: str, address: str, message: bytes) -> None:
        """As sendmail(), with its exceptions, in two round trips instead of four (RFC 2920)."""
        size = f" size={len(message)}" if self.has_extn("size") else ""
        commands = [f"MAIL FROM:{quoteaddr(sender)}{size}", f"RCPT TO:{quoteaddr(address)}", "DATA"]
        if any("\r" in command or "\n" in command for command in commands):
            raise ValueError(f"A line break in {address!r} or {sender!r}")
        self.send("".join(f"{command}\r\n" for command in commands))
        self.read_replies(sender, address)
        code, words = self.content(message)
        if code != 250:
            raise smtplib.SMTPDataError(code, words)

    def read_replies(self, sender: str, address: str) -> None:
        """To the three commands before the message. Raises what the first refusal among them means."""
        meanings: list[tuple[set[int], Callable[[int, bytes], smtplib.SMTPException]]] = [
            ({250}, lambda code, words: smtplib.SMTPSenderRefused(code, words, sender)),
            ({250, 251}, lambda code, words: smtplib.SMTPRecipientsRefused({address: (code, words)})),
            ({354}, smtplib.SMTPDataError),
        ]
        code, refusal = 0, None
        for accepted, refused in meanings:
            code, words = self.getreply()
            if code not in accepted:
                refusal = refusal or refused(code, words)
            if code == 421:
                break
        if refusal is None:
            return
        if code == 354:
            # Nobody would get it, and yet the server waits for the message (RFC 2920 §3.1).
            self.close()
        raise refusal

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, words = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, words)
        return self.content(msg)

    def content(self, message: bytes) -> tuple[int, bytes]:
        """smtplib needs ten times as long to find the dots that lines begin with (RFC 5321 §4.5.2)."""
        self.has_begun = True
        lines = EOL + message.removesuffix(EOL)
        self.send(lines.replace(EOL + b".", EOL + b"..").removeprefix(EOL) + EOL + b"." + EOL)
        return self.getreply()


def watched(base: type[smtplib.SMTP], watchdog: Watchdog) -> type[smtplib.SMTP]:
    """The base is smtplib's for plain connections or for TLS from the start."""
    return type(Watched.__name__, (Watched, base), {"watchdog": watchdog})
