"""Real workers, and what they meet: a Redis of the test's own, and a service on this machine that can be held up."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote_plus, urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from newsroom import redis_queue

PATIENCE = 120  # seconds until a test that waits for another process gives up


def database_url() -> str:
    """The test database's own address, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def talking(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process in a group of its own whose lines are read (line_from). It is told to end at the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def line_from(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def worker(
    queues: str, *, burst: bool = False, **environment: str
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """`manage.py worker` on the test database. It is killed at the end if it still runs."""
    return _managed("worker", "--queues", queues, *(["--burst"] if burst else []), environment=environment)


def background(**environment: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """`manage.py background` on the test database; it ends its workers and its clock."""
    return _managed("background", environment=environment)


@contextmanager
def _managed(*command: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url(), **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def tasks_on_redis(settings: Any) -> Iterator[str]:
    """Starts a Redis and has this process put its tasks there. Yields its address, the workers' TASKS_URL."""
    with redis_server() as address:
        settings.TASKS_URL = address
        settings.RQ_QUEUES = {
            name: {
                "URL": address,
                "QUEUE_CLASS": "newsroom.redis_queue.CommittedQueue",
                "SERIALIZER": "json",
            }
            for name in settings.TASKS["default"]["QUEUES"]
        }
        default = {**settings.TASKS["default"], "BACKEND": "django_tasks_rq.RQBackend"}
        settings.TASKS = {"default": default}
        redis_queue.redis.cache_clear()
        yield address
        redis_queue.redis().close()
        redis_queue.redis.cache_clear()


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis that keeps nothing, behind a socket in a folder of its own. Skips the test where it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is missing: apt-get install redis-server")
    # pytest's own folders have longer names than a socket may have.
    folder = Path(tempfile.mkdtemp(prefix="newsroom-redis-"))
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", folder / "socket", "--save", "", "--dir", folder],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "Ready to accept connections" in line or "ready to accept connections at" in line:
                break
        yield f"unix://{folder / 'socket'}"
    finally:
        server.kill()
        server.communicate()
        shutil.rmtree(folder)


class HeldService(ThreadingHTTPServer):
    """Takes calls in the shape of Mailgun's, or a hub's. A call counts as accepted once it was read whole; from the
    given call on, answers wait until `let_go()`."""

    daemon_threads = True

    def __init__(self, *, held_from: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), HeldCall)
        self.held_from = held_from
        self.changed = threading.Condition()
        # When each call came in, and its body, decoded.
        self.calls: list[tuple[datetime, str]] = []
        self.held = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.let_go()
        self.shutdown()
        self.server_close()

    def let_go(self) -> None:
        with self.changed:
            self.held_from = None
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), (
                f"after {len(self.calls)} calls, {self.held} held"
            )

    def accept(self, body: bytes) -> None:
        with self.changed:
            self.calls.append((timezone.now(), unquote_plus(body.decode())))
            if self.held_from is not None and len(self.calls) >= self.held_from:
                self.held += 1
                self.changed.notify_all()
                self.changed.wait_for(lambda: self.held_from is None, PATIENCE)
                self.held -= 1
            self.changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who called was killed meanwhile."""


class HeldCall(BaseHTTPRequestHandler):
    server: HeldService
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.accept(self.rfile.read(int(self.headers["Content-Length"])))
        answer = b'{"id": "<1@weft.example>", "message": "Queued. Thank you."}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: Any) -> None:
        pass
