"""What a failed delivery says about the address: nothing, perhaps something, or that it does not exist."""

import re
from enum import IntEnum

# An enhanced status code (RFC 3463) within a server's words; not a part of an IP address or of a version.
STATUS_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII)

# RFC 3463 §3.2, §3.3 and RFC 7505 §4.2: no such mailbox, no such domain, no such syntax, moved without a new address,
# a domain that takes no mail, switched off.
HARD_CODES = {(5, 1, 1), (5, 1, 2), (5, 1, 3), (5, 1, 6), (5, 1, 10), (5, 2, 1)}
# The sender's address; a message that is too big for the mailbox, or for the server.
OUR_DETAILS = {(1, 7), (1, 8), (2, 3), (3, 4)}
# X.6.Z is the content; X.7.Z is security and policy, and nearly always a bad reputation.
OUR_SUBJECTS = {6, 7}


class Severity(IntEnum):
    """The mildest first."""

    NO_BOUNCE = 0  # a machine answered, so the message arrived
    NOT_THE_ADDRESS = 1  # our reputation, our content, our set-up
    SOFT = 2  # full, away, unreachable, or nobody says
    HARD = 3  # there is no such address, or nobody reads it any more


def of_words(words: str) -> Severity | None:
    """What a server's words say by the status codes in them; the first that says anything counts."""
    for match in STATUS_CODE.finditer(words):
        severity = _of_code(int(match[1]), int(match[2]), int(match[3]))
        if severity is not None:
            return severity
    return None


def _of_code(kind: int, subject: int, detail: int) -> Severity | None:
    if kind == 2:
        return None
    if (kind, subject, detail) in HARD_CODES:
        return Severity.HARD
    if subject in OUR_SUBJECTS or (subject, detail) in OUR_DETAILS:
        return Severity.NOT_THE_ADDRESS
    # X.Y.0 means "other or undefined", X.5.Z the protocol; servers use both for anything.
    if subject in {0, 5} or (detail == 0 and subject in {1, 2}):
        return None
    return Severity.SOFT
