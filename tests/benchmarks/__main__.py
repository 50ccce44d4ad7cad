"""`python -m tests.benchmarks [bench | scenario …]`: measures on databases of its own and writes var/bench/*.json.

A bench is a module of this package with a function `measurements()`; it is run in a transaction that is undone.
The benches `sending` and `web` start real processes instead. The scenarios of `sending` can be chosen one by one, and what was not chosen stays
in the file as it was: `python -m tests.benchmarks mailgun_sqlite snapshot_1m_sqlite`.
"""

import importlib
import os
import pkgutil
import signal
import sys
from pathlib import Path

# Before the settings: nothing of this machine's newsroom is read or written.
from tests import environment  # isort: skip

import django
from django.db import transaction
from django.test.utils import setup_test_environment

from tests import benchmarks
from tests.benchmarks import measuring, sending, web
from tests.benchmarks.sending.scenarios import SCENARIOS

RESULTS = Path(__file__).resolve().parent.parent.parent / "var" / "bench"
# They start processes of their own.
BY_THEMSELVES = ["sending", "web"]
NO_BENCHES = {"__main__", "measuring", "web_data", *BY_THEMSELVES}


def bench_names() -> list[str]:
    return sorted({module.name for module in pkgutil.iter_modules(benchmarks.__path__)} - NO_BENCHES)


def main(arguments: list[str]) -> int:
    """0; 1 when a promised ratio, or the books of a mailing, do not hold; 2 for an unknown name."""
    names = [name.removeprefix("sending.") for name in arguments] or [*bench_names(), *BY_THEMSELVES]
    if unknown := set(names) - {*bench_names(), *BY_THEMSELVES, *SCENARIOS}:
        sys.stderr.write(
            f"No such bench: {', '.join(sorted(unknown))}. "
            f"There are: {', '.join([*bench_names(), *BY_THEMSELVES])}; and of sending: {', '.join(SCENARIOS)}.\n"
        )
        return 2
    # Told to end, it ends as after Ctrl-C, and so do the processes it started.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(128 + signal.SIGTERM))
    scenarios = [name for name in SCENARIOS if name in names] or (
        list(SCENARIOS) if "sending" in names else []
    )
    try:
        holds = run_here([name for name in bench_names() if name in names])
        if scenarios:
            holds &= run_scenarios(scenarios)
        if "web" in names:
            holds &= run_web()
    finally:
        environment.remove_files()
    sys.stdout.write(f"The figures are in {RESULTS}/\n")
    return 0 if holds else 1


def run_here(names: list[str]) -> bool:
    if not names:
        return True
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    django.setup()
    setup_test_environment()
    from tests import databases

    databases.prepare()
    holds = True
    for name in names:
        sys.stdout.write(f"{name}\n")
        bench = importlib.import_module(f"tests.benchmarks.{name}")
        with transaction.atomic():
            holds &= measuring.write(name, bench.measurements(), folder=RESULTS)
            transaction.set_rollback(True)
    return holds


def run_scenarios(names: list[str]) -> bool:
    sys.stdout.write("sending\n")
    sys.stdout.flush()
    figures, well = sending.measure_scenarios(names)
    measuring.merge("sending", sending.with_the_best(figures), folder=RESULTS)
    return well


def run_web() -> bool:
    sys.stdout.write("web\n")
    sys.stdout.flush()
    figures = web.measured()
    measuring.merge("web", figures, folder=RESULTS)
    return web.told(figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
