"""The two vendors' requests and answers, as far as a stand-in needs them.

Mailgun: https://documentation.mailgun.com/docs/mailgun/api-reference/openapi-final/tag/Messages/
Postmark: https://postmarkapp.com/developer/api/email-api
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

DELIVERY = '"v:delivery":'
MAILGUN_MOST = 1000
POSTMARK_MOST = 500


class BadRequest(Exception):
    """What the vendor answers with: an HTTP status and a JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.status, self.body = status, body


@dataclass
class Submission:
    """A call to send. `refused` are places in `recipients` of those who are turned down one by one."""

    recipients: list[tuple[str, str]]
    """[(address, delivery id or "")]"""
    metadata: list[dict[str, str]] | None = None
    message_id: str = ""
    is_list: bool = False
    refused: frozenset[int] = field(default_factory=frozenset)

    @property
    def accepted(self) -> list[tuple[str, str]]:
        return [one for place, one in enumerate(self.recipients) if place not in self.refused]

    @property
    def refused_addresses(self) -> list[str]:
        return [self.recipients[place][0] for place in sorted(self.refused)]

    @property
    def accepted_metadata(self) -> list[dict[str, str]] | None:
        if self.metadata is None:
            return None
        return [one for place, one in enumerate(self.metadata) if place not in self.refused]


# --- Mailgun ------------------------------------------------------------------------------------------


def mailgun_submission(body: bytes, *, content_type: str, domain: str) -> Submission:
    """Raises BadRequest."""
    fields_of = _of_multipart if content_type.startswith("multipart/form-data") else _of_urlencoded
    addresses = [bare(one) for value in fields_of(body, "to") for one in value.split(", ") if one]
    if not addresses:
        raise BadRequest(400, {"message": "to parameter is missing"})
    if len(addresses) > MAILGUN_MOST:
        raise BadRequest(400, {"message": f"too many recipients, the maximum is {MAILGUN_MOST}"})
    if variables := fields_of(body, "recipient-variables"):
        recipients = _with_their_own(addresses, variables[0])
    else:
        delivery = "".join(fields_of(body, "v:delivery"))
        recipients = [(address, delivery) for address in addresses]
    return Submission(recipients, message_id=f"<{uuid.uuid4().hex}@{domain}>")


def mailgun_answer(submission: Submission) -> dict[str, Any]:
    return {"id": submission.message_id, "message": "Queued. Thank you."}


def _of_multipart(body: bytes, name: str) -> list[str]:
    """The values of a field, of parts that have no headers but Content-Disposition: as urllib3 and requests write."""
    pieces = body.split(b'name="%b"\r\n\r\n' % name.encode())[1:]
    return [piece[: piece.index(b"\r\n--")].decode() for piece in pieces]


def _of_urlencoded(body: bytes, name: str) -> list[str]:
    start = f"{quote_plus(name)}=".encode()
    values = (pair[len(start) :] for pair in body.split(b"&") if pair.startswith(start))
    return [unquote_plus(value.decode()) for value in values]


def _with_their_own(addresses: list[str], variables: str) -> list[tuple[str, str]]:
    """[(address, delivery)] from recipient-variables, which is {address: {key: value}}.

    Looked up from address to address, which takes a third of the time of parsing; in another order, it is parsed.
    """
    found, place = [], 0
    for address in addresses:
        entry = variables.find(f'"{address}":', place)
        place = variables.find(DELIVERY, entry)
        if entry < 0 or place < 0:
            parsed = json.loads(variables)
            return [(each, str(parsed.get(each, {}).get("v:delivery", ""))) for each in addresses]
        found.append((address, variables[place + len(DELIVERY) : place + 40].split('"')[1]))
    return found


# --- Postmark -----------------------------------------------------------------------------------------


def postmark_submission(body: bytes, *, is_list: bool) -> Submission:
    """Raises BadRequest."""
    try:
        messages = json.loads(body)
    except ValueError:
        raise BadRequest(422, {"ErrorCode": 402, "Message": "Invalid JSON"}) from None
    if isinstance(messages, list) is not is_list:
        raise BadRequest(422, {"ErrorCode": 403, "Message": "Incompatible JSON"})
    messages = messages if is_list else [messages]
    if len(messages) > POSTMARK_MOST:
        raise BadRequest(422, {"ErrorCode": 410, "Message": "Too many batch messages."})
    metadata = [message.get("Metadata") or {} for message in messages]
    recipients = [
        (bare(message["To"]), str(values.get("delivery", "")))
        for message, values in zip(messages, metadata, strict=True)
    ]
    return Submission(recipients, metadata=metadata, message_id=uuid.uuid4().hex, is_list=is_list)


def postmark_answer(submission: Submission) -> Any:
    now = datetime.now(UTC).isoformat()
    answers = [
        _inactive(address)
        if place in submission.refused
        else {
            "To": address,
            "SubmittedAt": now,
            "MessageID": postmark_message_id(submission.message_id, address),
            "ErrorCode": 0,
            "Message": "OK",
        }
        for place, (address, _delivery) in enumerate(submission.recipients)
    ]
    return answers if submission.is_list else answers[0]


def postmark_message_id(call_id: str, address: str) -> str:
    return str(uuid.uuid5(uuid.UUID(hex=call_id), address))


def _inactive(address: str) -> dict[str, Any]:
    return {
        "ErrorCode": 406,
        "Message": "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: "
        f"{address}. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a "
        "manual suppression.",
    }


# --- Both ---------------------------------------------------------------------------------------------


def bare(address: str) -> str:
    """`"Ana" <ana@weft.example>` → ana@weft.example"""
    return address.rpartition("<")[2].rstrip("> ") if address.endswith(">") else address.strip()


def every_tenth(recipients: Sequence[object]) -> frozenset[int]:
    """The places of those who are inactive; at least one."""
    return frozenset(range(len(recipients) - 1, -1, -10))
