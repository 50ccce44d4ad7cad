"""Attributes of people as a file has them: JSON objects that a database takes."""

import json
import math
from typing import Any

from newsletter.audience.transfer.cells import UNREADABLE

MAX_DEPTH = 8


def attributes_in(text: str) -> Any:
    """What the JSON text holds, which need not be an object. Raises ValueError and RecursionError for what cannot be stored."""
    value = json.loads(text, parse_constant=_refuse_constant)
    _look_at(value)
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _look_at(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(value, str) and UNREADABLE.search(value):
        raise ValueError("an unreadable character")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("too large a number")
    for part in (
        [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        _look_at(part, depth + 1)
