"""A migrated database for every test process, migrated once.

Migrating takes about 17 seconds, a copy takes none. The migrated database is kept under var/test/ (SQLite: a
file; PostgreSQL: a dump) and named by a hash of all it is made from.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

KEPT = settings.BASE_DIR / "var" / "test"
MADE_FROM = [
    "requirements.lock",
    "newsroom/signal_handlers.py",
    "newsroom/roles.py",
    "*/migrations/*.py",
    "*/*/migrations/*.py",
]


def prepare(*, with_contents: bool) -> None:
    """Points Django's connection at a migrated database that this process alone uses.

    `with_contents`: remembers what the migrations put in, for tests with serialized_rollback.
    """
    KEPT.mkdir(parents=True, exist_ok=True)
    if connection.vendor == "sqlite":
        _use(str(_own_sqlite_copy(_fingerprint())))
    else:
        _use(_own_postgres_copy(_fingerprint()))
    if with_contents:
        connection._test_serialized_contents = connection.creation.serialize_db_to_string()  # type: ignore[attr-defined]


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in MADE_FROM:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            digest.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def _own_sqlite_copy(fingerprint: str) -> Path:
    kept = KEPT / f"{fingerprint}.sqlite3"
    with _one_at_a_time():
        if not kept.exists():
            building = KEPT / f"{fingerprint}.building"
            building.unlink(missing_ok=True)
            _use(str(building))
            _migrate()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.execute("PRAGMA journal_mode=DELETE")
            connection.close()
            building.rename(kept)
            _forget_others("*.sqlite3", kept)
        own = settings.VAR_DIR / "test.sqlite3"
        shutil.copyfile(kept, own)
    return own


def _own_postgres_copy(fingerprint: str) -> str:
    dump = KEPT / f"{fingerprint}.sql"
    own = f"newsroom_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    _use("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {own}")
        cursor.execute(f"CREATE DATABASE {own}")
    _use(own)
    with _one_at_a_time():
        if not dump.exists():
            _migrate()
            connection.close()
            building = dump.with_suffix(".building")
            building.write_bytes(_postgres("pg_dump", "--no-owner", own))
            building.rename(dump)
            _forget_others("*.sql", dump)
        else:
            _postgres("psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", str(dump), own)
    return own


def _postgres(program: str, *arguments: str) -> bytes:
    address = connection.settings_dict
    return subprocess.run(
        [
            Path(os.environ["NEWSROOM_TEST_POSTGRES_PROGRAMS"]) / program,
            *("--host", str(address["HOST"] or address["OPTIONS"].get("host", ""))),
            *("--username", str(address["USER"] or "postgres")),
            *arguments,
        ],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout


def _forget_others(pattern: str, kept: Path) -> None:
    for path in KEPT.glob(pattern):
        if path != kept:
            path.unlink(missing_ok=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
