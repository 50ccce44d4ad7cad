"""The way to the mail service: a connection that is kept open, and a call that ends in time.

A time limit of requests or smtplib is one for each read: a service that drips bytes outlives it. Here a watchdog
cuts the connection when the time for the whole call is over, and nothing is written once it is too late to begin.
"""

import contextlib
import smtplib
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from anymail.backends.base_requests import AnymailRequestsBackend
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager

from newsletter.sending import timing

GOODBYE = 5.0  # seconds
# A call that is over is cut off until it ends: a connection it was opening at that moment may still come.
CUT_AGAIN = 1.0  # seconds


class TooLate(Exception):
    """The time to begin the call was over. Nothing was written to any connection."""


class NothingWritten(Exception):
    """The connection failed before the message, or the first byte of it, was written. The cause says how."""


@dataclass(frozen=True)
class Deadline:
    """When a call must have begun, and when it must be over; taken before its attempt is committed.

    The monotonic clock stands still while a machine sleeps, the wall clock may be set back: either may say it is late.
    """

    begin_by: float
    end_by: float
    begin_by_wall: float

    @classmethod
    def from_now(cls) -> Self:
        return cls.within(timing.CALL.total_seconds())

    @classmethod
    def within(cls, seconds: float) -> Self:
        return cls(
            begin_by=time.monotonic() + seconds / 2,
            end_by=time.monotonic() + seconds,
            begin_by_wall=time.time() + seconds / 2,
        )

    def check(self) -> None:
        """Raises TooLate."""
        if time.monotonic() > self.begin_by or time.time() > self.begin_by_wall:
            raise TooLate("The worker was suspended before it could send.")

    @property
    def seconds_left(self) -> float:
        return max(self.end_by - time.monotonic(), 0.001)


class Watchdog:
    """Cuts the connections of a line when a call takes too long. One thread, asleep nearly always."""

    def __init__(self) -> None:
        self.connections: weakref.WeakSet[Any] = weakref.WeakSet()
        self.deadline = Deadline.from_now()
        self._changed = threading.Condition()
        self._until: float | None = None
        self._sleeps_until = float("inf")
        self._stopped = False
        threading.Thread(target=self._watch, name="watchdog of mail calls", daemon=True).start()

    @contextlib.contextmanager
    def watching(self, deadline: Deadline) -> Iterator[None]:
        self.deadline = deadline
        self._set(deadline.end_by)
        try:
            yield
        finally:
            self._set(None)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _set(self, until: float | None) -> None:
        with self._changed:
            self._until = until
            if until is not None and until < self._sleeps_until:
                self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                if self._until is not None and self._until <= time.monotonic():
                    self._cut()
                    self._until = time.monotonic() + CUT_AGAIN
                self._sleeps_until = self._until if self._until is not None else float("inf")
                pause = None if self._until is None else self._until - time.monotonic()
                self._changed.wait(pause)

    def _cut(self) -> None:
        for connection in list(self.connections):
            sock = getattr(connection, "sock", None)
            if sock is not None:
                # The base class's: a TLS socket's own would take its state away under the thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Adapter(HTTPAdapter):
    """For requests: looks at the deadline right before writing, and lets the watchdog know each connection."""

    def __init__(self, watchdog: Watchdog) -> None:
        self.watchdog = watchdog
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        watch_pools(self.poolmanager, self.watchdog)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        watch_pools(manager, self.watchdog)
        return manager

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        self.watchdog.deadline.check()
        left = self.watchdog.deadline.seconds_left
        kwargs["timeout"] = (min(timing.CONNECT.total_seconds(), left), left)
        return super().send(request, *args, **kwargs)


def watch_pools(manager: PoolManager, watchdog: Watchdog) -> None:
    """Every connection the manager opens from now on becomes known to the watchdog."""

    def watched(pool_class: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        class Connection(pool_class.ConnectionCls):  # type: ignore[name-defined]
            def connect(self) -> None:
                watchdog.connections.add(self)
                try:
                    super().connect()
                except Exception as error:
                    # No name, no answer, no proxy, no certificate: the request itself is written after this.
                    raise NothingWritten(f"{type(error).__name__}: {error}") from error
                # Looking up the name and trying each of its addresses in turn has no limit of its own.
                watchdog.deadline.check()

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    manager.pool_classes_by_scheme = {
        scheme: watched(pool_class) for scheme, pool_class in manager.pool_classes_by_scheme.items()
    }


class Line:
    """One mail backend, open for several calls. After any error it is closed: what is left of it may be dead."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.watchdog = Watchdog()
        self.used_at = time.monotonic()

    def send(self, message: EmailMessage, *, deadline: Deadline) -> None:
        """Raises TooLate, NothingWritten, or whatever the backend raises."""
        if time.monotonic() - self.used_at > timing.KEPT_OPEN.total_seconds():
            self.close()
        try:
            with self.watchdog.watching(deadline):
                self._open()
                # Opening may have taken long: a connection, a handshake, a greeting.
                deadline.check()
                self.backend.send_messages([message])
        except BaseException:
            self.close()
            raise
        self.used_at = time.monotonic()

    def _open(self) -> None:
        backend: Any = self.backend
        if hasattr(backend, "watchdog"):
            backend.watchdog = self.watchdog
        try:
            is_new = backend.open()
        except smtplib.SMTPServerDisconnected as error:
            raise NothingWritten(str(error)) from error
        except smtplib.SMTPException:
            raise  # the server's own words
        except OSError as error:
            raise NothingWritten(str(error)) from error
        if not is_new:
            return
        if isinstance(backend, AnymailRequestsBackend):
            for scheme in ("https://", "http://"):
                backend.session.mount(scheme, Adapter(self.watchdog))
        elif (client := getattr(backend, "client", None)) is not None:
            # Amazon SES: botocore keeps a urllib3 pool of its own.
            watch_pools(client._endpoint.http_session._manager, self.watchdog)

    def close(self) -> None:
        # SMTP says goodbye, and a server may take its time to answer.
        with contextlib.suppress(Exception), self.watchdog.watching(Deadline.within(GOODBYE)):
            self.backend.close()


_lines = threading.local()


def line() -> Line:
    """This thread's line to the configured mail service."""
    settled = (settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT, repr(settings.ANYMAIL))
    if getattr(_lines, "settled", None) != settled:
        if (old := getattr(_lines, "line", None)) is not None:
            old.close()
            old.watchdog.stop()
        _lines.line, _lines.settled = Line(get_connection()), settled
    return _lines.line
