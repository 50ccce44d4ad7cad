"""Django's SMTP backend, whose connection can be cut from outside while it is being opened or used.

Letters (newsletter.sending.letters) it hands over as they are.
"""

import smtplib
import socket
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


def watched(base: type[smtplib.SMTP], watchdog: Watchdog) -> type[smtplib.SMTP]:
    class Watched(base):  # type: ignore[misc,valid-type]
        def _get_socket(self, *args: Any) -> socket.socket:
            # smtplib reads the greeting before anybody else could get hold of the connection.
            self.sock = super()._get_socket(*args)
            watchdog.connections.add(self)
            # Looking up the name and trying each of its addresses in turn has no limit of its own.
            watchdog.deadline.check()
            return self.sock

        def sendmail(self, *args: Any, **kwargs: Any) -> Any:
            watchdog.deadline.check()
            self.has_begun = False
            try:
                return super().sendmail(*args, **kwargs)
            except smtplib.SMTPServerDisconnected as error:
                if self.has_begun:
                    raise
                raise NothingWritten(str(error)) from error

        def data(self, msg: bytes) -> tuple[int, bytes]:
            """As smtplib's, which needs ten times as long to find the dots that lines begin with (RFC 5321 §4.5.2)."""
            self.has_begun = True
            code, answer = self.docmd("data")
            if code != 354:
                raise smtplib.SMTPDataError(code, answer)
            lines = EOL + msg.removesuffix(EOL)
            self.send(lines.replace(EOL + b".", EOL + b"..").removeprefix(EOL) + EOL + b"." + EOL)
            return self.getreply()

    return Watched
