"""A hundred thousand people out of a Mailchimp export onto the list, in a process of its own on a database of its own;
and the same people out of a workbook.

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
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Measurement, Timing, merge

PEOPLE = 100_000
RUNS = 3
RESULTS = Path(__file__).resolve().parent.parent.parent / "var" / "bench"
HEADING = "Email Address,First Name,Last Name,CONFIRM_TIME,LEID,EUID,TAGS"
MAX_SECONDS, MAX_MB = 8, 250
WRITE_WORKBOOK = """
import csv, sys, openpyxl
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet()
for row in csv.reader(open(sys.argv[1], newline="")):
    sheet.append(row)
book.save(sys.argv[2])
"""


@dataclass(frozen=True)
class ImportOfPeople(Measurement):
    peak_mb: float = 0.0

    @property
    def holds(self) -> bool:
        return self.timing.seconds <= MAX_SECONDS and self.peak_mb <= MAX_MB

    def __str__(self) -> str:
        return (
            f"{super().__str__()}, {self.peak_mb:g} MB at the peak; at most {MAX_SECONDS} s and {MAX_MB} MB"
        )


def measurements() -> list[Measurement]:
    """Raises RuntimeError when people are missing on the list."""
    # Migrating a database takes more memory than importing into it.
    _run("nothing")
    runs = sorted((_measured("csv") for _run_of_it in range(RUNS)), key=itemgetter("seconds"))
    # The run in the middle, whole: its floor was measured in the same minute.
    figures, workbook = runs[RUNS // 2], _measured("xlsx")
    seconds = figures["seconds"]
    figures |= {
        "rows_per_second": round(PEOPLE / seconds),
        "ratio_to_floor": round(seconds / figures["floor_seconds"], 1),
        "goal": f"{PEOPLE:,} rows in {MAX_SECONDS} s, {MAX_MB} MB at most",
        "xlsx_rows_per_second": round(PEOPLE / workbook["seconds"]),
        "xlsx_peak_mb": workbook["peak_mb"],
    }
    sys.stdout.write(
        f"  {figures['rows_per_second']:,} rows/s, {figures['peak_mb']} MB at the peak; the check before it "
        f"{figures['check_seconds']} s; "
        f"XLSX: {figures['xlsx_rows_per_second']:,} rows/s, {figures['xlsx_peak_mb']} MB\n"
    )
    merge("import", {name: figures[name] for name in figures if name != "people"}, folder=RESULTS)
    return [
        ImportOfPeople(
            f"{PEOPLE:,} people imported",
            Timing(seconds, runs[0]["seconds"], RUNS),
            "csv and bare executemany",
            Timing(figures["floor_seconds"], figures["floor_seconds"], 1),
            unit="rows",
            amount=PEOPLE,
            peak_mb=figures["peak_mb"],
        )
    ]


def _run(kind: str) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.imports", kind],
        env=os.environ,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def _measured(kind: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(_run(kind).splitlines()[-1])
    if figures["people"] != PEOPLE:
        raise RuntimeError(f"{figures['people']} people came onto the list, not {PEOPLE}.")
    return figures


def write_list(path: Path) -> None:
    with path.open("w") as file:
        file.write(f"{HEADING}\n")
        for number in range(PEOPLE):
            file.write(
                f"reader{number}@mail{number % 5000}.example.org,Ana,Molino {number},2021-05-01 10:00:00,{number},"
                f'e{number},"""VIP"",""Blog"""\n'
            )


def write_workbook(listed: Path, path: Path) -> None:
    """The same rows, in a process of its own: writing takes memory, too."""
    subprocess.run([sys.executable, "-c", WRITE_WORKBOOK, listed, path], check=True)


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


def main(kind: str) -> None:
    from tests import environment  # isort: skip

    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    import django

    django.setup()
    from tests import databases

    databases.prepare()
    if kind == "nothing":
        environment.remove_files()
        return
    from newsletter.audience.models import Newsletter, Subscription
    from newsletter.audience.transfer import steering
    from newsletter.audience.transfer.running import run

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subscribed_members_export_1.csv"
        write_list(path)
        listed = path
        if kind == "xlsx":
            path = path.with_suffix(".xlsx")
            write_workbook(listed, path)
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
            record,
            newsletter=newsletter,
            mapping=record.mapping,
            consent="On paper.",
            assumed="subscribed",
            in_background=False,
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
        figures["floor_seconds"] = round(floor(listed, Path(folder) / "floor.sqlite3"), 3)
    sys.stdout.write(json.dumps(figures) + "\n")
    environment.remove_files()


if __name__ == "__main__":
    main(sys.argv[1])
