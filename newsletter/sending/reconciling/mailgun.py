from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from anymail.backends.mailgun import EmailBackend
from django.core.mail import get_connection

from newsletter.sending.models import Batch
from newsletter.sending.pace import domain_of
from newsletter.sending.reconciling.base import Record, RecordUnavailable, get_json

# Clocks differ, and the service writes down an event a little before or after the call as we saw it.
MARGIN = timedelta(minutes=5)


class MailgunEvents(Record):
    """Mailgun's events: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events

    A call is taken as a whole or not at all, so the event of one recipient, carrying our delivery id, proves it.
    """

    def accepted_of(self, batch: Batch, *, addresses: Mapping[int, str]) -> set[int]:
        backend: Any = get_connection()
        first = next((pk for pk, address in addresses.items() if address), None)
        if not isinstance(backend, EmailBackend) or batch.begun_at is None or first is None:
            return set()
        domain = backend.sender_domain or domain_of(batch.mailing.newsletter)
        answer = get_json(
            f"{backend.api_url.rstrip('/')}/{quote(domain, safe='')}/events",
            auth=("api", backend.api_key),
            params={
                "event": "accepted",
                "recipient": addresses[first],
                "begin": (batch.begun_at - MARGIN).timestamp(),
                "ascending": "yes",
                "limit": 300,
            },
        )
        try:
            found = {str(item["user-variables"].get("delivery")) for item in answer["items"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise RecordUnavailable(f"unexpected answer: {error!r}") from error
        return set(addresses) if str(first) in found else set()
