"""The newsroom's own processes, as `make run` starts them, and how much memory each took at its peak."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent.parent.parent
PATIENCE = 180  # seconds until a process that does not start is given up
WEB = [sys.executable, "-m", "newsroom.web"]
WORKER = [sys.executable, "manage.py", "worker", "--queues", "default,mailings"]


@dataclass(frozen=True)
class Process:
    name: str
    pid: int

    def peak_mb(self) -> float:
        """The largest resident memory (VmHWM) it, or any process it started and that still runs, ever had."""
        return max(_peak_mb(pid) for pid in (self.pid, *descendants(self.pid)))


@contextmanager
def started(
    name: str, command: list[str], environment: dict[str, str], *, end: signal.Signals = signal.SIGTERM
) -> Iterator[Process]:
    """Runs until the context ends, however it ends."""
    process = subprocess.Popen(command, cwd=HOUSE, env=os.environ | environment)
    try:
        yield Process(name, process.pid)
    finally:
        process.send_signal(end)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def a_worker(number: int, *, environment: dict[str, str]) -> AbstractContextManager[Process]:
    # Killed: at the end it has nothing in hand, and would only say that it was told to end.
    return started(f"worker {number}", WORKER, environment, end=signal.SIGKILL)


def answer_of(module: str, *arguments: object, environment: dict[str, str]) -> Any:
    """What `python -m module …` prints, read as JSON. Raises CalledProcessError."""
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
    output = subprocess.run(
        command, cwd=HOUSE, env=os.environ | environment, stdout=subprocess.PIPE, check=True
    ).stdout
    return json.loads(output)


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE, pause: float = 0.05) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nothing came of it within {seconds:.0f} s.")
        time.sleep(pause)


def looks_into_the_queue(pid: int) -> bool:
    """Whether a worker that was started has come so far: it has opened the database, a file or a socket.

    Raises RuntimeError when it has ended.
    """
    if _state_and_parent(pid)[0] == "Z":
        raise RuntimeError("A worker ended by itself; what it said stands above.")
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if int(link.name) > 2:
            try:
                links.append(str(link.readlink()))
            except FileNotFoundError:
                continue
    return any(link.startswith("socket:") or link.endswith(".sqlite3") for link in links)


def descendants(pid: int) -> Iterator[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                parents[int(folder.name)] = int(_state_and_parent(int(folder.name))[1])
    found = [pid]
    for parent in found:
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        yield from children


def _state_and_parent(pid: int) -> list[str]:
    # "pid (name) state parent …", and the name may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]


def _peak_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Whether the newsroom can serve there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
