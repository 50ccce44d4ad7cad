"""Real processes: a worker that is killed in the middle of a call, and a database somebody else holds."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.utils import timezone

from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Batch
from newsletter.sending.preparing import prepare
from newsletter.sending.progress import progress_of
from newsletter.sending.submitting import work
from newsletter.sending.sweep import sweep
from tests.sending.conftest import Desk
from tests.workers import database_url

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60  # seconds until a test that waits for another process gives up


class SilentService(ThreadingHTTPServer):
    """Takes a call and never answers it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SilentHandler)
        self.called, self.closing, self.calls = threading.Event(), threading.Event(), 0


class SilentHandler(BaseHTTPRequestHandler):
    server: SilentService

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        self.server.called.set()
        self.server.closing.wait(PATIENCE)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[SilentService]:
    server = SilentService()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


def worker_process(service: SilentService) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "MAIL": "mailgun",
        "ANYMAIL_MAILGUN_API_KEY": "key",
        "ANYMAIL_MAILGUN_SENDER_DOMAIN": "weft.example",
        "ANYMAIL_MAILGUN_API_URL": f"http://127.0.0.1:{service.server_address[1]}/v3",
    }
    command = [
        sys.executable,
        "manage.py",
        "db_worker",
        "--queue-name=mailings",
        "--batch",
        "--no-startup-delay",
    ]
    return subprocess.Popen(command, cwd=django_settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL)


def test_a_worker_killed_in_the_middle_of_a_call_is_in_doubt_and_never_repeats_it(
    desk: Desk, service: SilentService
) -> None:
    desk.readers(3)
    mailing = desk.launch()
    prepare(mailing.pk)
    mailing.refresh_from_db()
    worker = worker_process(service)
    assert service.called.wait(PATIENCE), "the worker never called"
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(PATIENCE) == -signal.SIGKILL

    assert progress_of(mailing).counts["in_flight"] == 3
    assert Batch.objects.get().attempt_key is not None
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    assert worker_process(service).wait(PATIENCE) == 0
    progress = progress_of(mailing)
    assert progress.balances
    assert progress.counts["unknown"] == 3
    assert service.calls == 1


@contextlib.contextmanager
def held_by_somebody_else(batch: Batch) -> Iterator[None]:
    """SQLite: the database's one writer. PostgreSQL: the batch's row."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")
        try:
            yield
        finally:
            other.close()
        return
    with psycopg.connect(database_url()) as holder:
        holder.execute("SELECT 1 FROM sending_batch WHERE id = %s FOR UPDATE", [batch.pk])
        yield


def test_a_locked_database_loses_nothing(desk: Desk) -> None:
    desk.readers(2)
    mailing = desk.launch()
    prepare(mailing.pk)
    mailing.refresh_from_db()
    batch = Batch.objects.get()
    with held_by_somebody_else(batch), contextlib.suppress(OperationalError):
        work(batch.pk)
    assert letters() == []
    assert progress_of(mailing).counts["waiting"] == 2
    work(batch.pk)
    assert len(letters()) == 2
    assert progress_of(mailing).counts["accepted"] == 2
