"""Requests in a second by wrk, of what is kept and of a constant that looks the same (floor.py), in turn: what else the machine does
meanwhile slows both.

A page and its constant have the same status, size and headers; those of the connection each server writes itself.
"""

import json
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.sending.processes import WEB, answers, free_port, started, wait_until

RUNS = 3
SECONDS = 5
WRK = ["wrk", "-t2", "-c16", f"-d{SECONDS}s"]
FLOOR = [sys.executable, "-m", "tests.benchmarks.web.floor"]
# A floor that repeated the "Connection: close" which urllib is answered would hang up after each request.
OF_THE_CONNECTION = {"connection", "date", "server"}

# Status, headers, bytes of the body.
Look = tuple[str, list[tuple[str, str]], int]


def measure_kept(environment: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, Any]:
    """{"home": {"rps": …, "floor_rps": …, "floor_ratio": …}, …}"""
    figures: dict[str, Any] = {}
    with served(WEB, environment) as root:
        looks = {name: _look(root + path) for name, path in addresses.items()}
        tag = next(value for name, value in looks["rss"][1] if name.lower() == "etag")
        looks["rss_304"] = _unchanged(looks["rss"])
        constants = {f"/{name}": look for name, look in looks.items()}
        constants["/readyz"] = ("200 OK", [], 0)
        with served(FLOOR, {**environment, "NEWSROOM_BENCH_CONSTANTS": json.dumps(constants)}) as floor:
            for name in looks:
                header = f"If-None-Match: {tag}" if name == "rss_304" else None
                page = root + addresses[name.removesuffix("_304")]
                turns = [
                    (requests_in_a_second(page, header), requests_in_a_second(f"{floor}/{name}", header))
                    for _run in range(RUNS)
                ]
                rate, most = (statistics.median(rates) for rates in zip(*turns, strict=True))
                figures[name] = {
                    "rps": round(rate, 1),
                    "floor_rps": round(most, 1),
                    "floor_ratio": round(statistics.median(ours / theirs for ours, theirs in turns), 2),
                }
    return figures


def _look(url: str) -> Look:
    for _time in range(8):  # both processes have it then, and the sizes of its pictures
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310
            body, headers = response.read(), response.getheaders()
    return "200 OK", [pair for pair in headers if pair[0].lower() not in OF_THE_CONNECTION], len(body)


def _unchanged(look: Look) -> Look:
    """As the same page is answered when it has not changed."""
    _status, headers, _length = look
    bare = [pair for pair in headers if pair[0].lower() not in {"content-length", "content-type"}]
    return "304 Not Modified", bare, 0


def requests_in_a_second(url: str, header: str | None = None) -> float:
    """Raises RuntimeError when anything but the page was answered."""
    command = [*WRK, *(["-H", header] if header else []), url]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{url}: {said}")
    return float(re.findall(r"Requests/sec: +([\d.]+)", said)[0])


@contextmanager
def served(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Yields the address without a slash at the end."""
    port = free_port()
    with started("web", [*command, "--host", "127.0.0.1", "--port", str(port)], dict(environment)):
        wait_until(lambda: answers(port))
        yield f"http://localhost:{port}"
