"""A migrated database for every test process, migrated once.

Migrating takes about 17 seconds, a copy takes none. The migrated database is kept under var/test/ (SQLite: a
file; PostgreSQL: a dump) and named by a hash of all it is made from.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

KEPT = settings.BASE_DIR / "var" / "test"
MADE_FROM = [
    "requirements.lock",
    "newsroom/signal_handlers.py",
    "newsroom/roles.py",
    "*/migrations/*.py",
    "*/*/migrations/*.py",
]


# What is in a database before the tests begin, by the fixture that asks for it; what comes later has the earlier in it.
FILLED: dict[str, Callable[[], object]] = {}
# Where each of this process's databases is, by the name it was prepared under.
_own: dict[str, str] = {}


def prepare(name: str = "migrated") -> None:
    """Points Django's connection at a migrated database that this process alone uses."""
    KEPT.mkdir(parents=True, exist_ok=True)
    if connection.vendor == "sqlite":
        _own[name] = str(_own_sqlite_copy(_fingerprint(), name))
    else:
        _own[name] = _own_postgres_copy(_fingerprint(), name)
    use(name)


def prepare_with(name: str, put_in: Callable[[], object]) -> None:
    """One in which something is there already. As in a test, nothing that waits for the commit is run."""
    prepare(name)
    with transaction.atomic():
        put_in()
        connection.run_on_commit = []
    connection.close()


def use(name: str) -> None:
    """Points Django's connection at one of those that were prepared."""
    if connection.settings_dict["NAME"] != _own[name]:
        _use(_own[name])


def use_copy(of: str) -> None:
    """For a test that ends its transactions, and its processes: always at one address, with nothing of the last test."""
    connection.close()
    if connection.vendor == "sqlite":
        copy = str(settings.VAR_DIR / "copy.sqlite3")
        # In place: another process may have it open.
        with (
            closing(sqlite3.connect(_own[of])) as source,
            closing(sqlite3.connect(copy, timeout=60)) as target,
        ):
            source.backup(target)
    else:
        copy = _name_in_postgres("copy")
        again = [
            f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)",
            f"CREATE DATABASE {copy} TEMPLATE {_own[of]}",
        ]
        commands = [word for command in again for word in ("--command", command)]
        _postgres("psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", *commands, "postgres")
    _use(copy)


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


def _own_sqlite_copy(fingerprint: str, name: str) -> Path:
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
        own = settings.VAR_DIR / f"{name}.sqlite3"
        shutil.copyfile(kept, own)
    return own


def _own_postgres_copy(fingerprint: str, name: str) -> str:
    dump = KEPT / f"{fingerprint}.sql"
    own = _name_in_postgres(name)
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


def _name_in_postgres(name: str) -> str:
    return f"newsroom_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{name}"


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
