from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate

from stories.finding.newest_index import make_newest_index


def connect() -> None:
    # After every migration: what changes Wagtail's table on SQLite makes it anew, with Wagtail's own indexes alone.
    post_migrate.connect(keep_newest_index, dispatch_uid="stories.finding.keep_newest_index")


def keep_newest_index(using: str, **_arguments: Any) -> None:
    make_newest_index(connections[using])
