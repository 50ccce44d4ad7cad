"""Anymail's words for a bounce, put right: it gives a soft one and a hard one the same name for most services.

Two witnesses are heard, the mail service and the receiving server. The milder of the two counts.
"""

from typing import Any

from anymail.signals import EventType, RejectReason

from newsletter.sending.bounces import vendors
from newsletter.sending.bounces.severity import Severity, of_words

# What is written down, and what Anymail's own word means where the service says no more.
REASONS = {
    Severity.NOT_THE_ADDRESS: RejectReason.BLOCKED,
    Severity.SOFT: RejectReason.TIMED_OUT,
    Severity.HARD: RejectReason.BOUNCED,
}
SEVERITIES = {
    RejectReason.BOUNCED: Severity.HARD,
    RejectReason.INVALID: Severity.HARD,
    RejectReason.BLOCKED: Severity.NOT_THE_ADDRESS,
    RejectReason.SPAM: Severity.NOT_THE_ADDRESS,
}


def judged(event: Any, esp_name: str) -> tuple[str, str]:
    """The event type and reject reason that are true of the event (Anymail's AnymailTrackingEvent).

    The reason of a bounce is afterwards `bounced` or `invalid` when it is hard, `timed_out` when it is soft, and
    `blocked`, `spam` or `unsubscribed` when it is not about the address.
    """
    event_type, reason = str(event.event_type), str(event.reject_reason or "")
    if event_type == EventType.REJECTED:
        # Refused for an earlier bounce. Of which kind that was, the service does not say.
        return event_type, RejectReason.TIMED_OUT if reason == RejectReason.BOUNCED else reason
    word = vendors.word(esp_name, event.esp_event)
    is_bounce = event_type == EventType.BOUNCED or (
        word is not None and event_type in {EventType.FAILED, EventType.COMPLAINED}
    )
    if not is_bounce or reason == RejectReason.UNSUBSCRIBED:
        return event_type, reason
    of_service = SEVERITIES.get(reason, Severity.SOFT) if word is None else word
    of_server = of_words(f"{event.mta_response or ''} {event.description or ''}")
    severity = of_service if of_server is None else min(of_service, of_server)
    if severity is Severity.NO_BOUNCE:
        return EventType.AUTORESPONDED, ""
    if event_type == EventType.COMPLAINED:
        event_type = EventType.BOUNCED
    return event_type, reason if SEVERITIES.get(reason) is severity else REASONS[severity]
