"""Requests in a second by wrk, of what is kept and of a constant that looks the same."""

import json
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.sending.processes import WEB, answers, free_port, started, wait_until

RUNS = 3
SECONDS = 5
WRK = ["wrk", "-t2", "-c16", f"-d{SECONDS}s"]
GRANIAN = str(Path(sys.executable).with_name("granian"))
FLOOR = "tests.benchmarks.web.floor:application"
# The same server, set up alike.
SERVED_FLOOR = [GRANIAN, "--interface", "wsgi", "--workers", "2", "--blocking-threads", "32", "--no-ws", "--log-level",
    "error", FLOOR]  # fmt: skip


def measure_kept(environment: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, Any]:
    """{"home": {"rps": …, "floor_ratio": …}, …}"""
    figures: dict[str, Any] = {}
    with served(WEB, environment) as root:
        looks: dict[str, tuple[str, list[tuple[str, str]], int]] = {}
        headers: dict[str, str] = {}
        for name, path in addresses.items():
            for _time in range(8):  # both processes have it then, and the sizes of its pictures
                with urllib.request.urlopen(root + path, timeout=60) as response:  # noqa: S310
                    body = response.read()
                    looks[name] = ("200 OK", response.getheaders(), len(body))
                    if name == "rss":
                        headers["rss_304"] = f"If-None-Match: {response.headers['ETag']}"
        bare = [pair for pair in looks["rss"][1] if pair[0].lower() not in {"content-length", "content-type"}]
        looks["rss_304"] = ("304 Not Modified", bare, 0)
        for name in looks:
            path = addresses[name.removesuffix("_304")]
            figures[name] = {"rps": requests_in_a_second(root + path, headers.get(name))}
    for name, look in looks.items():
        constant = {**environment, "NEWSROOM_BENCH_CONSTANT": json.dumps(look)}
        with served(SERVED_FLOOR, constant, anything=True) as root:
            floor = requests_in_a_second(root + "/")
        figures[name] |= {"floor_rps": floor, "floor_ratio": round(figures[name]["rps"] / floor, 2)}
    return figures


def requests_in_a_second(url: str, header: str | None = None) -> float:
    """The median of several runs. Raises RuntimeError when anything but the page was answered."""
    rates = []
    for _run in range(RUNS):
        command = [*WRK, *(["-H", header] if header else []), url]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"{url}: {said}")
        rates.append(float(re.findall(r"Requests/sec: +([\d.]+)", said)[0]))
    return round(statistics.median(rates), 1)


@contextmanager
def served(
    command: Sequence[str], environment: Mapping[str, str], *, anything: bool = False
) -> Iterator[str]:
    """Yields the address without a slash at the end."""
    port = free_port()
    with started("web", [*command, "--host", "127.0.0.1", "--port", str(port)], dict(environment)):
        wait_until(lambda: answers(port, anything=anything))
        yield f"http://localhost:{port}"
