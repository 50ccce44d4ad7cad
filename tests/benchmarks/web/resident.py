"""The memory of everything `make run` starts, when nothing is asked of it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.sending.processes import HOUSE, answers, descendants, free_port, started, wait_until

HONCHO = str(Path(sys.executable).with_name("honcho"))
AT_REST = 20  # seconds after it answers


def resident(environment: Mapping[str, str]) -> dict[str, float]:
    """`resident_mb`: each page of memory counted once, shared ones too (PSS); `resident_each_mb`: by process."""
    port = free_port()
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=HOUSE,
        env=os.environ | dict(environment), check=True)  # fmt: skip
    command = [HONCHO, "--env", "/dev/null", "start"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    house = {**environment, "PORT": str(port), "PATH": path}
    with started("all", command, house) as everything:
        wait_until(lambda: answers(port))
        time.sleep(AT_REST)
        pids = [everything.pid, *descendants(everything.pid)]
        each = {f"{_name(pid)} {pid}": _proportional_mb(pid) for pid in pids}
    return {
        "resident_mb": round(sum(each.values()), 1),
        "resident_each_mb": {name: round(size, 1) for name, size in each.items()},  # type: ignore[dict-item]
    }


def _proportional_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return " ".join(Path(word).name for word in words if word)[:60]
