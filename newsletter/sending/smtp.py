"""Django's SMTP backend, whose connection can be cut from outside while it is being opened or used."""

import smtplib
import socket
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend

from newsletter.sending.transport import NothingWritten, Watchdog


class EmailBackend(DjangoBackend):
    # Set by newsletter.sending.transport; mail outside of mailings goes without.
    watchdog: Watchdog | None = None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        base = super().connection_class
        return base if self.watchdog is None else watched(base, self.watchdog)


def watched(base: type[smtplib.SMTP], watchdog: Watchdog) -> type[smtplib.SMTP]:
    class Watched(base):  # type: ignore[misc,valid-type]
        def _get_socket(self, *args: Any) -> socket.socket:
            # smtplib reads the greeting before anybody else could get hold of the connection.
            self.sock = super()._get_socket(*args)
            watchdog.connections.add(self)
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

        def data(self, msg: Any) -> tuple[int, bytes]:
            self.has_begun = True
            return super().data(msg)

    return Watched
