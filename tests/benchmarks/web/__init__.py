"""The site under load: what is kept, beside the least this server could do; what has to be made; and all its memory.

Needs wrk (Debian: `apt-get install wrk`) for the first; without it the others are measured, and the bench fails.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.sending.processes import HOUSE, answer_of
from tests.benchmarks.web.loading import measure_kept
from tests.benchmarks.web.resident import resident

STORIES = 30_000
FEW = 300
ROUNDS = 3
COLD = ("story_cold", "home_cold", "listing_cold", "search_cold", "feed_cold")

# What was promised: least or most.
AT_LEAST = {
    ("home", "rps"): 8_000.0,
    ("story", "rps"): 8_000.0,
    ("rss", "rps"): 4_000.0,
    ("rss_304", "rps"): 8_000.0,
    ("home", "floor_ratio"): 0.6,
    ("story", "floor_ratio"): 0.6,
}
AT_MOST = {
    ("story_cold", "median_ms"): 25.0,
    ("story_cold", "queries"): 15.0,
    **{(name, "median_ms"): 60.0 for name in COLD[1:]},
    **{(name, "queries"): 25.0 for name in COLD[1:]},
}
SCALE_AT_MOST = 1.3
RESIDENT_AT_MOST = 450.0


def measured() -> dict[str, Any]:
    """The figures by their names in var/bench/web.json."""
    figures: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="newsroom-web-bench-"))
    try:
        many = _newsroom(folder / "many", STORIES)
        few = _newsroom(folder / "few", FEW)
        _say("the pages that have to be made")
        # By turns: what else the machine does meanwhile slows both down alike.
        rounds = [
            tuple(answer_of("tests.benchmarks.web.cold", environment=house) for house in (many, few))
            for _round in range(ROUNDS)
        ]
        figures |= {name: _together([made[name] for made, _of_few in rounds]) for name in COLD}
        figures["scale_ratios"] = {
            name: round(
                median(made[name]["median_ms"] / of_few[name]["median_ms"] for made, of_few in rounds), 2
            )
            for name in COLD
        }
        figures["scale_ratio"] = max(figures["scale_ratios"].values())
        if shutil.which("wrk"):
            _say("the pages that are kept")
            figures |= measure_kept(many, rounds[0][0]["addresses"])
        else:
            _say("wrk is missing (apt-get install wrk): requests in a second are not measured")
        _say("the memory of all processes")
        figures |= resident(many)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def _together(figures: list[dict[str, float]]) -> dict[str, float]:
    """The median of each round's; of queries the most."""
    return {
        kind: max(values) if "queries" in kind else round(median(values), 1)
        for kind in figures[0]
        for values in [[one[kind] for one in figures]]
    }


def told(figures: dict[str, Any]) -> bool:
    """Says the figures beside what was promised; whether all of it holds. What was not measured does not."""
    holds = True
    for (name, kind), promised in AT_LEAST.items():
        figure = figures.get(name, {}).get(kind)
        holds &= _tell(f"{name} {kind}", figure, promised, figure is not None and figure >= promised)
    for (name, kind), promised in AT_MOST.items():
        figure = figures.get(name, {}).get(kind)
        holds &= _tell(f"{name} {kind}", figure, promised, figure is not None and figure <= promised)
    for name, promised in (("scale_ratio", SCALE_AT_MOST), ("resident_mb", RESIDENT_AT_MOST)):
        figure = figures.get(name)
        holds &= _tell(name, figure, promised, figure is not None and figure <= promised)
    return holds


def _tell(name: str, figure: float | None, promised: float, well: bool) -> bool:
    said = "not measured" if figure is None else f"{figure:,}"
    sys.stdout.write(f"  {name}: {said} (promised {promised:,g}){'' if well else '   NOT REACHED'}\n")
    sys.stdout.flush()
    return well


def _newsroom(folder: Path, stories: int) -> dict[str, str]:
    """A newsroom of that many stories; the environment of its processes."""
    _say(f"{stories:,} stories")
    folder.mkdir()
    path = folder / "newsroom.sqlite3"
    environment = {
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{path}",
        "PAGE_CACHE_MB": "64",
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
    }
    commands = (
        ["-m", "tests.benchmarks.web_data", str(path), str(stories)],
        ["manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
    )
    for command in commands:
        _run([sys.executable, *command], environment)
    return environment


def _run(command: list[str], environment: dict[str, str]) -> None:
    import subprocess

    subprocess.run(command, cwd=HOUSE, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)


def _say(line: str) -> None:
    sys.stdout.write(f"  … {line}\n")
    sys.stdout.flush()
