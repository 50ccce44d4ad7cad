"""What the configured mail service can carry, asked of its Anymail payload. Nothing leaves the machine."""

from collections.abc import Mapping
from typing import Any

from anymail.backends.base import AnymailBaseBackend
from anymail.exceptions import AnymailUnsupportedFeature
from anymail.message import AnymailMessage

RECIPIENTS = ("ana@example.org", "ben@example.org")
UNSUBSCRIBE = {"List-Unsubscribe": "<https://example.org/unsubscribe/>"}
# What each recipient of a batch has of their own: {attribute of Anymail's message: (in words, an example)}.
FOR_EACH: dict[str, tuple[str, Mapping[str, str]]] = {
    "merge_data": ("words of each recipient's own in the text", {"name": "Ana"}),
    "merge_headers": ("headers of each recipient's own", UNSUBSCRIBE),
    "merge_metadata": ("metadata of each recipient's own", {"delivery": "1"}),
}


def missing_for_batches(backend: AnymailBaseBackend) -> list[str]:
    """What the service cannot give each recipient of a batch, in words."""
    return [words for attribute, (words, _example) in FOR_EACH.items() if refuses_batch(backend, attribute)]


def refuses_batch(backend: AnymailBaseBackend, attribute: str) -> str:
    """Why the service cannot take this attribute of a batch, in Anymail's words; empty: it can."""
    message = sample(RECIPIENTS)
    setattr(message, attribute, {address: dict(FOR_EACH[attribute][1]) for address in RECIPIENTS})
    return refusal(backend, message)


def refuses_message(backend: AnymailBaseBackend) -> str:
    """Why the service cannot take a finished message to one recipient of a mailing; empty: it can."""
    message = sample(RECIPIENTS[:1], UNSUBSCRIBE)
    message.metadata = {"delivery": "1"}
    return refusal(backend, message)


def sample(to: tuple[str, ...], headers: Mapping[str, str] | None = None) -> AnymailMessage:
    message = AnymailMessage(
        subject="-",
        body="-",
        from_email="newsroom@example.org",
        to=list(to),
        headers={
            "List-Id": "<news.example.org>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            **(headers or {}),
        },
    )
    message.attach_alternative("<p>-</p>", "text/html")
    return message


def refusal(backend: Any, message: AnymailMessage) -> str:
    # Anymail can be told to leave out silently what a service lacks; here it has to say so.
    backend.ignore_unsupported_features = False
    try:
        payload = backend.build_message_payload(message, backend.send_defaults)
        if hasattr(payload, "get_request_params"):
            payload.get_request_params(backend.api_url)
    except AnymailUnsupportedFeature as error:
        return str(error.args[0])
    return ""
