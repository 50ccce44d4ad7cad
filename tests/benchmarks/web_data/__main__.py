"""`python -m tests.benchmarks.web_data <path> [stories]`"""

import os
import sys
import time
from pathlib import Path

# Before the settings: nothing of this machine's newsroom is read or written.
from tests import environment  # isort: skip

import django

from tests.benchmarks.web_data import make_newsroom


def main(arguments: list[str]) -> int:
    """0; 2 when the arguments are no new path and no number."""
    path = Path(arguments[0]).resolve() if arguments else None
    stories = arguments[1] if len(arguments) > 1 else "30000"
    if path is None or path.exists() or not stories.isdecimal():
        sys.stderr.write(f"{__doc__}: the path of a file that is not there yet, and how many stories.\n")
        return 2
    path.parent.mkdir(parents=True, exist_ok=True)
    os.environ["VAR_DIR"] = str(path.parent)
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    try:
        django.setup()
        leave_file(path, int(stories))
    finally:
        environment.remove_files()
    return 0


def leave_file(path: Path, stories: int) -> None:
    from django.db import connection

    from tests import databases

    databases.prepare()
    began = time.perf_counter()
    make_newsroom(stories=stories)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA journal_mode=DELETE")
    made_in = Path(connection.settings_dict["NAME"])
    connection.close()
    made_in.rename(path)
    sys.stdout.write(f"{stories:,} stories in {time.perf_counter() - began:,.0f} s: {path}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
