"""The merge syntax of the mailbox on this machine: [[key]]."""

import re
from collections.abc import Mapping

OPEN, CLOSE = "[[", "]]"
PLACEHOLDER = re.compile(r"\[\[([a-z0-9_]+)\]\]")


def placeholder(key: str) -> str:
    return f"{OPEN}{key}{CLOSE}"


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder replaced. A key without a value raises KeyError, as a vendor would refuse it."""
    return PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), text)
