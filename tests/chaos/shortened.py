"""The newsroom with shorter spans of time and smaller batches, so that a run of the suite takes seconds."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from newsletter.sending import timing

# Seconds, in the proportions of newsletter.sending.timing.
SPANS = {
    "LEASE": 2.0,
    "CALL": 1.0,
    "CONNECT": 0.5,
    "KEPT_OPEN": 4.0,
    "FORGOTTEN": 3.0,
    "STUCK": 4.0,
    "PARK_AFTER": 2.0,
    "ASK_AFTER": 0.5,
    "FIRST_PAUSE": 0.1,
    "LONGEST_PAUSE": 1.0,
}
# How long SQLite waits for another writer; the settings say a minute, half a lease.
LOCK_TIMEOUT = 1.0


def shorten(*, batch: int, clock_ahead: float = 0.0, spans: Mapping[str, float] = SPANS) -> None:
    """`batch`: people in a batch at most. `clock_ahead`: seconds this process's clock is ahead of the others'."""
    from newsletter.sending import snapshot

    for name, seconds in spans.items():
        if not isinstance(getattr(timing, name), timedelta):
            raise TypeError(f"newsletter.sending.timing.{name} is no span of time.")
        setattr(timing, name, timedelta(seconds=seconds))
    snapshot.MAX_BATCH = batch
    if connection.vendor == "sqlite":
        options: dict[str, Any] = connection.settings_dict["OPTIONS"]
        options["timeout"] = LOCK_TIMEOUT
    if clock_ahead:
        _put_the_clock(clock_ahead)


def _put_the_clock(seconds: float) -> None:
    """Both clocks that can be wrong; the monotonic one cannot."""
    real_time, real_now = time.time, timezone.now

    def shifted_now() -> datetime:
        return real_now() + timedelta(seconds=seconds)

    time.time = lambda: real_time() + seconds
    timezone.now = shifted_now
