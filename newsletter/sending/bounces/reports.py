"""Bounces and complaints as mail: delivery status notifications (RFC 3464), feedback reports (RFC 5965).

Whatever is neither, such as a reply or a vacation notice, is none of ours. Nothing here trusts what it reads: a report
counts only when it returns a message whose Message-ID we signed, and it counts for that message's recipient, whoever
it says it is about.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from newsletter.sending.bounces.judging import REASONS
from newsletter.sending.bounces.marking import METADATA, delivery_in
from newsletter.sending.bounces.severity import Severity, of_words

# Far more than a report has that returns a whole newsletter. What is nested a thousand times takes minutes to parse.
MOST_PARTS = 50
PARTS = re.compile(rb"boundary|message/", re.IGNORECASE)
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
# From the best to the worst, and of failures the mildest first.
FARED = [
    (EventType.DELIVERED, ""),
    (EventType.SENT, ""),
    (EventType.DEFERRED, ""),
    *((EventType.BOUNCED, reason) for reason in REASONS.values()),
]


class NotAReport(Exception):
    """The message is neither a bounce nor a complaint."""


class NotOurs(Exception):
    """A report, but about no message that we signed."""


@dataclass(frozen=True)
class Verdict:
    event_type: str
    reject_reason: str = ""
    words: str = ""


def event_of(raw: bytes) -> AnymailTrackingEvent:
    """What a message in the bounce mailbox reports, as Anymail would say it. Raises NotAReport, NotOurs."""
    if len(PARTS.findall(raw)) > MOST_PARTS:
        raise NotAReport("too many parts")
    message = message_from_bytes(raw)
    if message.get_content_type() != "multipart/report":
        raise NotAReport(message.get_content_type())
    # Those of the message itself: a report within a forwarded message is somebody's attachment.
    parts = {part.get_content_type(): part for part in reversed(parts_of(message))}
    if "message/delivery-status" in parts:
        verdict = of_delivery_status(parts["message/delivery-status"])
    elif "message/feedback-report" in parts:
        verdict = of_feedback(parts["message/feedback-report"])
    else:
        raise NotAReport("a report of another kind")
    returned = " ".join(message_id_in(parts[kind]) for kind in RETURNED if kind in parts)
    delivery_id = delivery_in(returned)
    if delivery_id is None:
        raise NotOurs("it returns no message of ours")
    identity = f"{delivery_id} {verdict.event_type} {verdict.reject_reason}"
    return AnymailTrackingEvent(
        event_type=verdict.event_type,
        # Whatever says the same about the same delivery is one report, however often it comes.
        event_id=hashlib.sha256(identity.encode()).hexdigest(),
        timestamp=date_of(message),
        metadata={METADATA: str(delivery_id)},
        reject_reason=verdict.reject_reason or None,
        mta_response=verdict.words,
    )


def of_delivery_status(part: Message) -> Verdict:
    """RFC 3464 §2.3. An address that leads to several recipients counts by the one that fared best."""
    verdicts = [of_recipient(fields) for fields in parts_of(part) if text_of(fields, "Action")]
    if not verdicts:
        raise NotAReport("no recipient")
    return min(verdicts, key=lambda verdict: FARED.index((verdict.event_type, verdict.reject_reason)))


def of_recipient(fields: Message) -> Verdict:
    words = f"{text_of(fields, 'Status')} {text_of(fields, 'Diagnostic-Code')}".strip()
    match text_of(fields, "Action").lower().split()[0]:
        case "failed":
            severity = of_words(words)
            reason = REASONS[Severity.SOFT if severity is None else severity]
            return Verdict(EventType.BOUNCED, reason, words)
        case "delayed":
            return Verdict(EventType.DEFERRED, words=words)
        case "delivered":
            return Verdict(EventType.DELIVERED, words=words)
        case "relayed" | "expanded":
            return Verdict(EventType.SENT, words=words)
    raise NotAReport("an action that RFC 3464 does not know")


def of_feedback(part: Message) -> Verdict:
    """RFC 5965 §7.3. The other types are about forgery or viruses, or say that it was no spam."""
    fields = next(iter(parts_of(part)), part)
    if text_of(fields, "Feedback-Type").lower() != "abuse":
        raise NotAReport("feedback, and no complaint")
    return Verdict(EventType.COMPLAINED, RejectReason.SPAM)


def message_id_in(part: Message) -> str:
    """Of the message that is returned, whole or its headers only."""
    inner = next(iter(parts_of(part)), None)
    if inner is None:
        raw = part.get_payload(decode=True)
        inner = message_from_bytes(raw if isinstance(raw, bytes) else b"")
    return text_of(inner, "Message-ID")


def date_of(message: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(text_of(message, "Date"))
    except (IndexError, OverflowError, TypeError, ValueError):
        return None


def text_of(message: Message, name: str) -> str:
    """A header's value on one line, the first 2,000 characters; empty when it is not there."""
    return " ".join(str(message.get(name, ""))[:2000].split())


def parts_of(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
