"""How a message says which delivery it is, so that a report about it can say so too.

A mail service returns the message's metadata, or a tag of it where it has no metadata. A bounce returns the
Message-ID, such as <4711.Xb…k9@news.example.org>: the delivery's number and an HMAC, made with SUBSCRIBER_KEY for this
purpose alone, so that nobody can invent one.
"""

import re
from functools import lru_cache

from anymail.backends.base import AnymailBaseBackend
from anymail.message import AnymailMessage
from django.conf import settings
from django.core.signing import BadSignature, Signer

METADATA = "delivery"
TAG = "delivery-"
# By the names Anymail gives them; a message with metadata is refused there.
WITHOUT_METADATA = {"MailerSend", "Postal"}
# A Message-ID of ours within a header's value.
OURS = re.compile(r"<(\d{1,18}\.[A-Za-z0-9_-]{20,64})@[^\s<>@]{1,255}>", re.ASCII)


def mark(message: AnymailMessage, *, delivery_id: int) -> None:
    """Marks a message to one recipient for the backend it has as its connection.

    Without a mail service it also gets its envelope's sender, which is where bounces go (RFC 5321 §4.5.5).
    """
    backend = message.connection
    if not isinstance(backend, AnymailBaseBackend):
        domain = message.from_email.rpartition("@")[2].rstrip(">")
        message.extra_headers["Message-ID"] = message_id(delivery_id, domain=domain)
        if settings.BOUNCE_ADDRESS:
            message.extra_headers["From"] = message.from_email
            message.from_email = settings.BOUNCE_ADDRESS
    elif backend.esp_name in WITHOUT_METADATA:
        message.tags = [f"{TAG}{delivery_id}"]
    else:
        message.metadata = {METADATA: str(delivery_id)}


def message_id(delivery_id: int, *, domain: str) -> str:
    """With its angle brackets; `domain` is the sender's (RFC 5322 §3.6.4)."""
    return f"<{_signer(settings.SUBSCRIBER_KEY).sign(str(delivery_id))}@{domain}>"


def delivery_in(header: str) -> int | None:
    """The delivery's primary key; None where no Message-ID that we signed stands in the header."""
    for match in OURS.finditer(header):
        try:
            return int(_signer(settings.SUBSCRIBER_KEY).unsign(match[1]))
        except BadSignature:
            continue
    return None


@lru_cache(maxsize=8)
def _signer(key: str) -> Signer:
    # The key is an argument so that a changed setting is never served a stale signer.
    return Signer(key=key, sep=".", salt="newsletter.sending.message_id")
