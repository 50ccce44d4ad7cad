"""Starts the stand-ins as processes of their own, from Python.

with esp(log=folder / "accepted.jsonl", plan=Plan(seed=7, deck={"lost_reply": 2})) as service:
    environment |= service.environment("mailgun")
    …
    service.accepted()
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.books import Accepted, Call, accepted, calls
from tests.chaos.plan import Plan

# Calls of 700 kB: memory that is given back and fetched anew for each costs a quarter of the stand-in's time.
KEEPS_ITS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "134217728"}
# What the newsroom is told about who may report to it.
SIGNING_KEY = "signing-key"
WEBHOOK_SECRET = "storm:secret"
PR_SET_PDEATHSIG = 1
HOUSE = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class StandInProcess:
    port: int
    log: Path
    process: subprocess.Popen[str]

    def accepted(self) -> list[Accepted]:
        return accepted(self.log)

    def calls(self) -> list[Call]:
        return list(calls(self.log))

    def environment(self, service: str) -> dict[str, str]:
        """The newsroom's settings that send its mail here. `service`: mailgun, postmark or smtp."""
        if service == "smtp":
            return {"MAIL": "smtp", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.port)}
        if service == "mailgun":
            return {
                "MAIL": "mailgun",
                "ANYMAIL_WEBHOOK_SECRET": WEBHOOK_SECRET,
                "ANYMAIL_MAILGUN_API_KEY": "key",
                "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY,
                "ANYMAIL_MAILGUN_SENDER_DOMAIN": "weft.example",
                "ANYMAIL_MAILGUN_API_URL": f"http://127.0.0.1:{self.port}/v3",
            }
        return {
            "MAIL": "postmark",
            "ANYMAIL_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "ANYMAIL_POSTMARK_SERVER_TOKEN": "token",
            "ANYMAIL_POSTMARK_API_URL": f"http://127.0.0.1:{self.port}/",
        }


@contextmanager
def esp(*, log: Path, plan: Plan | None = None) -> Iterator[StandInProcess]:
    with _running("tests.chaos.esp", log=log, plan=plan or Plan()) as process:
        yield process


@contextmanager
def smtp_sink(*, log: Path, plan: Plan | None = None) -> Iterator[StandInProcess]:
    with _running("tests.chaos.smtp_sink", log=log, plan=plan or Plan()) as process:
        yield process


@contextmanager
def _running(module: str, *, log: Path, plan: Plan) -> Iterator[StandInProcess]:
    command = [sys.executable, "-m", module, "--port", "0", "--log", str(log), "--plan", plan.to_json()]
    process = subprocess.Popen(
        command,
        cwd=HOUSE,
        env=os.environ | KEEPS_ITS_MEMORY,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_end_with_the_parent,
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline()
        if not port:
            raise RuntimeError(f"{module} did not start; it ended with exit code {process.wait()}.")
        yield StandInProcess(int(port), log, process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _end_with_the_parent() -> None:
    """prctl(2): whoever started it may be killed, and the stand-in would listen for ever."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
