"""A hundred thousand people out of a Mailchimp export onto the list, in a process of its own on a database of its own.

The floor reads the same file with csv and puts addresses, subscriptions and evidence into bare tables by executemany.
"""

import csv
import gc
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measuring import Measurement, Timing, merge

PEOPLE = 100_000
RESULTS = Path(__file__).resolve().parent.parent.parent / "var" / "bench"
HEADING = "Email Address,First Name,Last Name,CONFIRM_TIME,LEID,EUID,TAGS"
MAX_SECONDS, MAX_MB = 8, 250


def measurements() -> list[Measurement]:
    """Raises RuntimeError when people are missing on the list."""
    output = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.imports"], env=os.environ, stdout=subprocess.PIPE, check=True
    ).stdout
    figures = json.loads(output.splitlines()[-1])
    if figures["people"] != PEOPLE:
        raise RuntimeError(f"{figures['people']} people came onto the list, not {PEOPLE}.")
    seconds = figures["seconds"]
    figures |= {
        "rows_per_second": round(PEOPLE / seconds),
        "ratio_to_floor": round(seconds / figures["floor_seconds"], 1),
        "goal": f"{PEOPLE:,} rows in {MAX_SECONDS} s, {MAX_MB} MB at most",
    }
    sys.stdout.write(
        f"  {figures['rows_per_second']:,} rows/s, {figures['peak_mb']} MB at the peak; the check before it "
        f"{figures['check_seconds']} s\n"
    )
    merge("import", {name: figures[name] for name in figures if name != "people"}, folder=RESULTS)
    return [
        Measurement(
            f"{PEOPLE:,} people imported",
            Timing(seconds, seconds, 1),
            "csv and bare executemany",
            Timing(figures["floor_seconds"], figures["floor_seconds"], 1),
            unit="rows",
            amount=PEOPLE,
        )
    ]


def write_list(path: Path) -> None:
    with path.open("w") as file:
        file.write(f"{HEADING}\n")
        for number in range(PEOPLE):
            file.write(
                f"reader{number}@mail{number % 5000}.example.org,Ana,Molino {number},2021-05-01 10:00:00,{number},"
                f'e{number},"""VIP"",""Blog"""\n'
            )


def floor(path: Path, database: Path) -> float:
    began = time.perf_counter()
    there = sqlite3.connect(database)
    there.execute("PRAGMA journal_mode=WAL")
    there.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT)")
    there.execute("CREATE TABLE subscription (id INTEGER PRIMARY KEY, email TEXT, at TEXT)")
    there.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, email TEXT, text TEXT)")
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    there.executemany("INSERT INTO person (email, name) VALUES (?, ?)", ((row[0], row[2]) for row in rows))
    there.executemany(
        "INSERT INTO subscription (email, at) VALUES (?, ?)", ((row[0], row[3]) for row in rows)
    )
    there.executemany(
        "INSERT INTO event (email, text) VALUES (?, ?)", ((row[0], "On paper.") for row in rows)
    )
    there.commit()
    there.close()
    return time.perf_counter() - began


def main() -> None:
    from tests import environment  # isort: skip

    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    import django

    django.setup()
    from tests import databases

    databases.prepare(with_contents=False)
    from newsletter.audience.models import Newsletter, Subscription
    from newsletter.audience.transfer import steering
    from newsletter.audience.transfer.running import run

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subscribed_members_export_1.csv"
        write_list(path)
        newsletter = Newsletter.objects.create(
            name="Monthly",
            slug="monthly",
            from_name="Weft",
            from_email="news@weft.example",
            list_id="m.weft.example",
        )
        with path.open("rb") as file:
            record = steering.upload(portions=iter(lambda: file.read(1 << 20), b""), file_name=path.name)
        steering.check(
            record, newsletter=newsletter, mapping=record.mapping, consent="On paper.", in_background=False
        )
        gc.freeze()  # as the worker does
        began = time.perf_counter()
        run(record.pk)
        checked = time.perf_counter()
        steering.begin(record, in_background=False)
        run(record.pk)
        figures = {
            "people": Subscription.objects.filter(status="confirmed").count(),
            "check_seconds": round(checked - began, 2),
            "seconds": round(time.perf_counter() - checked, 2),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "database": "PostgreSQL"
            if os.environ.get("DATABASE_URL", "").startswith("postgres")
            else "SQLite",
        }
        figures["floor_seconds"] = round(floor(path, Path(folder) / "floor.sqlite3"), 3)
    sys.stdout.write(json.dumps(figures) + "\n")
    environment.remove_files()


if __name__ == "__main__":
    main()
