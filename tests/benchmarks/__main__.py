"""`python -m tests.benchmarks [bench …]`: measures on a database of its own and writes var/bench/*.json.

A bench is a module of this package with a function `measurements()`; it is run in a transaction that is undone.
"""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

# Before the settings: nothing of this machine's newsroom is read or written.
from tests import environment  # isort: skip

import django
from django.db import transaction
from django.test.utils import setup_test_environment

from tests import benchmarks
from tests.benchmarks import measuring

RESULTS = Path(__file__).resolve().parent.parent.parent / "var" / "bench"
NO_BENCHES = {"__main__", "measuring"}


def bench_names() -> list[str]:
    return sorted({module.name for module in pkgutil.iter_modules(benchmarks.__path__)} - NO_BENCHES)


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - set(bench_names())
    if unknown:
        sys.stderr.write(
            f"No such bench: {', '.join(sorted(unknown))}. There are: {', '.join(bench_names())}.\n"
        )
        return 2
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    django.setup()
    setup_test_environment()
    from tests import databases

    databases.prepare(with_contents=False)
    holds = True
    try:
        for name in arguments or bench_names():
            sys.stdout.write(f"{name}\n")
            bench = importlib.import_module(f"tests.benchmarks.{name}")
            with transaction.atomic():
                holds &= measuring.write(name, bench.measurements(), folder=RESULTS)
                transaction.set_rollback(True)
    finally:
        environment.remove_files()
    sys.stdout.write(f"The figures are in {RESULTS.relative_to(Path.cwd())}/\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
