"""`python -m tests.chaos [--seeds 1-20] [--database sqlite] [--service smtp] [--minutes 15]`: the long set.

Runs one after the other until all have been played or the time is over, prints a line for each, and writes the table
to var/chaos/table.md and table.json. Ends with 1 when anything was wrong; the command that plays the run again stands below.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.chaos.recipe import DATABASES, SERVICES, Recipe

HOUSE = Path(__file__).resolve().parent.parent.parent
RESULTS = HOUSE / "var" / "chaos"
COLUMNS = "seed | database | service | faults injected | accepted | duplicates | missing | in doubt → settled | seconds | result"
ROUNDS = 2
PEOPLE = 800
# A run that hangs is ended.
LONGEST_RUN = 300
MOST_LINES = 10


def recipes(seeds: list[int], databases: list[str], services: list[str]) -> Iterator[Recipe]:
    """Every database and service with the first seed, then with the second, and so on."""
    for seed in seeds:
        for database in databases:
            for service in services:
                yield Recipe(database, service, seed, people=PEOPLE, rounds=ROUNDS)


def outcome_of(recipe: Recipe) -> dict[str, Any]:
    """Plays it in a process of its own."""
    command = [sys.executable, *recipe.command.split()[1:]]
    try:
        process = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=LONGEST_RUN)
    except subprocess.TimeoutExpired:
        return {"wrong": [f"It did not end within {LONGEST_RUN} s."], "command": recipe.command}
    try:
        outcome: dict[str, Any] = json.loads(process.stdout)
    except ValueError:
        last_words = process.stderr.strip().splitlines()[-1:] or ["It said nothing."]
        return {"wrong": [f"It broke off: {last_words[0]}"], "command": recipe.command}
    return outcome


def row(recipe: Recipe, outcome: dict[str, Any]) -> str:
    faults = ", ".join(f"{name} {count}" for name, count in outcome.get("faults", {}).items())
    cells = [
        recipe.seed,
        recipe.database,
        recipe.service,
        faults,
        outcome.get("accepted", "?"),
        duplicates_in(outcome),
        outcome.get("missing", "?"),
        f"{outcome.get('in_doubt', '?')} → {outcome.get('settled', '?')}",
        outcome.get("seconds", "?"),
        "WRONG" if outcome["wrong"] else "well",
    ]
    return " | ".join(str(cell) for cell in cells)


def duplicates_in(outcome: dict[str, Any]) -> str:
    asked_for = outcome.get("asked_for", 0)
    return f"{outcome.get('duplicates', '?')}" + (
        f" (and {asked_for} sent again by hand)" if asked_for else ""
    )


def shown(lines: list[str]) -> list[str]:
    """The first few; a whole mailing gone wrong is a thousand."""
    rest = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"… and {rest} more"] if rest > 0 else lines


def parse_seeds(text: str) -> list[int]:
    """ "1-3,7" → [1, 2, 3, 7]"""
    seeds: list[int] = []
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--seeds", type=parse_seeds, default=parse_seeds("1-20"))
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--service", choices=SERVICES, action="append")
    parser.add_argument("--minutes", type=float, default=15.0)
    options = parser.parse_args(arguments)
    deadline = time.monotonic() + options.minutes * 60
    wrong, rows, outcomes = [], [], []
    sys.stdout.write(f"{COLUMNS}\n")
    for recipe in recipes(
        options.seeds, options.database or list(DATABASES), options.service or list(SERVICES)
    ):
        if time.monotonic() > deadline:
            sys.stdout.write(f"{options.minutes:g} minutes are over; the rest is not played.\n")
            break
        outcome = outcome_of(recipe)
        outcomes.append(outcome)
        rows.append(row(recipe, outcome))
        sys.stdout.write(f"{rows[-1]}\n")
        sys.stdout.flush()
        if outcome["wrong"]:
            wrong.append(outcome)
    write_table(rows, outcomes)
    for outcome in wrong:
        sys.stdout.write(
            f"\n{outcome['command']}\n" + "".join(f"  {line}\n" for line in shown(outcome["wrong"]))
        )
    sys.stdout.write(f"{len(rows)} runs, {len(wrong)} wrong.\n")
    return 1 if wrong else 0


def write_table(rows: list[str], outcomes: list[dict[str, Any]]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    ruler = " | ".join("---" for _column in COLUMNS.split(" | "))
    lines = [f"| {line} |" for line in (COLUMNS, ruler, *rows)]
    (RESULTS / "table.md").write_text("\n".join(lines) + "\n")
    (RESULTS / "table.json").write_text(json.dumps(outcomes, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
