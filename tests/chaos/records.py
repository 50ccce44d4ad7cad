"""The vendors' own records of what they accepted, as their APIs show them. Read from the books when asked.

Mailgun: https://documentation.mailgun.com/docs/mailgun/api-reference/openapi-final/tag/Events/
Postmark: https://postmarkapp.com/developer/api/messages-api#outbound-message-search
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.chaos.books import Accepted, accepted
from tests.chaos.shapes import BadRequest, postmark_message_id

MAILGUN_PAGE = 300
POSTMARK_PAGE = 500


def mailgun_events(books: Path, query: str, *, until: float, here: str) -> dict[str, Any]:
    """Events `accepted`, filtered by event, recipient, begin and end, oldest first or newest first."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    begin = _moment(asked.get("begin", "0"))
    end = _moment(asked["end"]) if "end" in asked else until
    # "ascending" is what Mailgun assumes when there is a begin and no end before it.
    oldest_first = asked.get("ascending", "yes" if "begin" in asked else "no") in {"yes", "true"}
    size = min(int(asked.get("limit", 100)), MAILGUN_PAGE)
    start = int(asked.get("page", 0))
    wanted = [
        one
        for one in accepted(books)
        if begin <= one.at <= min(end, until)
        and "accepted" in asked.get("event", "accepted")
        and asked.get("recipient", one.address) == one.address
    ]
    wanted.sort(key=lambda one: one.at, reverse=not oldest_first)
    following = {**asked, "page": str(start + size)}
    return {
        "items": [_event(one) for one in wanted[start : start + size]],
        "paging": {"next": f"{here}?{urlencode(following)}"},
    }


def _event(one: Accepted) -> dict[str, Any]:
    return {
        "event": "accepted",
        "id": f"{one.call}-{one.delivery}",
        "timestamp": one.at,
        "recipient": one.address,
        "recipient-domain": one.address.rpartition("@")[2],
        "user-variables": {"delivery": one.delivery} if one.delivery else {},
        "message": {"headers": {"message-id": one.message_id.strip("<>"), "to": one.address}},
    }


def _moment(text: str) -> float:
    """Seconds since 1970, or a date as in RFC 2822."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        raise BadRequest(400, {"message": f"'{text}' is no date"}) from None


def postmark_messages(books: Path, query: str, *, until: float) -> dict[str, Any]:
    """Messages, newest first, filtered by recipient and by metadata_<key>. `count` and `offset` are required."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    try:
        count, offset = int(asked["count"]), int(asked["offset"])
    except (KeyError, ValueError):
        raise BadRequest(422, {"ErrorCode": 600, "Message": "count and offset are required"}) from None
    if count > POSTMARK_PAGE:
        raise BadRequest(422, {"ErrorCode": 601, "Message": f"count is {POSTMARK_PAGE} at most"})
    wanted = [one for one in _matching(books, asked) if one.at <= until]
    wanted.sort(key=lambda one: one.at, reverse=True)
    return {
        "TotalCount": len(wanted),
        "Messages": [_message(one) for one in wanted[offset : offset + count]],
    }


def _matching(books: Path, asked: dict[str, str]) -> Iterator[Accepted]:
    metadata = {
        name.removeprefix("metadata_"): value for name, value in asked.items() if name.startswith("metadata_")
    }
    for one in accepted(books):
        if asked.get("recipient", one.address) != one.address:
            continue
        if all(one.metadata.get(name) == value for name, value in metadata.items()):
            yield one


def _message(one: Accepted) -> dict[str, Any]:
    return {
        "MessageID": postmark_message_id(one.message_id, one.address),
        "To": [{"Email": one.address, "Name": None}],
        "Recipients": [one.address],
        "ReceivedAt": datetime.fromtimestamp(one.at, UTC).isoformat(),
        "Status": "Sent",
        "Metadata": one.metadata,
    }
