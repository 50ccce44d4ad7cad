"""How the benches measure: the median of several runs, beside a floor measured in the same process.

Seconds tell about one machine. The ratio to the floor, the least that work could cost here, travels.
"""

import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Timing:
    seconds: float
    """The median of one run."""
    fastest: float
    runs: int


@dataclass(frozen=True)
class Measurement:
    """`amount` of `unit` done in one run. `limit`: the ratio that must not be passed, where one was promised."""

    name: str
    timing: Timing
    floor_name: str
    floor: Timing
    unit: str
    amount: int = 1
    limit: float | None = None
    rate: float = field(init=False)
    ratio: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", round(self.amount / self.timing.seconds, 1))
        object.__setattr__(self, "ratio", round(self.timing.seconds / self.floor.seconds, 2))

    @property
    def holds(self) -> bool:
        return self.limit is None or self.ratio <= self.limit

    def __str__(self) -> str:
        promise = f", at most {self.limit:g}" if self.limit is not None else ""
        return (
            f"{self.name}: {self.timing.seconds * 1000:,.2f} ms ({self.rate:,.0f} {self.unit}/s), "
            f"{self.ratio:,.1f} × {self.floor_name}{promise}"
        )


def measure(
    function: Callable[[], object],
    *,
    before: Callable[[], object] | None = None,
    runs: int = 5,
    seconds: float = 1.0,
) -> Timing:
    """Runs it once to warm up, then at least `runs` times and for `seconds`; `before` is not counted."""
    if before:
        before()
    function()
    times: list[float] = []
    gc.collect()
    gc.disable()
    try:
        while len(times) < runs or sum(times) < seconds:
            if before:
                before()
            began = time.perf_counter()
            function()
            times.append(time.perf_counter() - began)
    finally:
        gc.enable()
    return Timing(seconds=statistics.median(times), fastest=min(times), runs=len(times))


def machine() -> dict[str, object]:
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "system": platform.system()}


def merge(bench: str, figures: Mapping[str, Any], *, folder: Path) -> None:
    """Keeps the figures by their names in <folder>/<bench>.json; those of other names stay there as they were."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{bench}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept.pop("measurements", None)
    measured_at = datetime.now(UTC).isoformat(timespec="seconds")
    times = kept.get("measured_at")
    times = {**(times if isinstance(times, dict) else {}), **dict.fromkeys(figures, measured_at)}
    kept |= {"bench": bench, "machine": machine(), "measured_at": times, **figures}
    path.write_text(json.dumps(kept, indent=2) + "\n")


def write(bench: str, measurements: Sequence[Measurement], *, folder: Path) -> bool:
    """Says the figures and keeps them in <folder>/<bench>.json. False when a promised ratio does not hold."""
    folder.mkdir(parents=True, exist_ok=True)
    report = {
        "bench": bench,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "measurements": [asdict(measurement) for measurement in measurements],
    }
    (folder / f"{bench}.json").write_text(json.dumps(report, indent=2) + "\n")
    for measurement in measurements:
        sys.stdout.write(f"  {measurement}{'' if measurement.holds else '   TOO SLOW'}\n")
    sys.stdout.flush()
    return all(measurement.holds for measurement in measurements)
