"""The sending of mailings, with real processes: workers, web server, database, and a stand-in for the mail service.

Each scenario (tests/benchmarks/sending/scenarios.py) runs in a process of its own, since settings are read once. A mailing is
timed from the call of launch() to the last message the stand-in accepted, by the stand-in's own log; then its books
are compared with ours. Beside each figure stands its floor: the same bytes, sent by the plainest client
(tests/benchmarks/sending/floors.py). `floor_ratio` is 1 at the floor and 0.1 at ten times its cost.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.sending.scenarios import SCENARIOS


def measure_scenarios(names: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """({name: figures}, whether all books balanced). A scenario that breaks off has no figures."""
    figures: dict[str, Any] = {}
    well = True
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder:
        out = Path(folder) / "figures.json"
        for name in names:
            out.unlink(missing_ok=True)
            well &= _ended_well([sys.executable, "-m", __name__, name, "--out", str(out)])
            if out.exists():
                figures |= json.loads(out.read_text())
    return figures, well


def _ended_well(command: list[str]) -> bool:
    process = subprocess.Popen(command)
    try:
        return process.wait() == 0
    except BaseException:
        # Ctrl-C reached it as well; it needs a moment to stop what it started.
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise


def with_the_best(figures: dict[str, Any]) -> dict[str, Any]:
    """Of the two databases, the faster one stands for the service that is far away."""
    both = [figures[name] for name in SCENARIOS if name.startswith("mailgun_200ms") and name in figures]
    best = max(both, key=lambda one: one["recipients_per_second"], default=None)
    return figures if best is None else figures | {"mailgun_200ms": best}
