"""Mailtrap: whole messages, up to 500 and 50 MB a call: https://docs.mailtrap.io/developers/email-sending/batch"""

import re
from collections.abc import Sequence
from typing import Any

from anymail.backends import mailtrap as stock

from newsletter.sending.dialects.answers import Answer
from newsletter.sending.dialects.filling import FilledPayload, FillingBackend, FillingDialect
from newsletter.sending.outcomes import Verdict


class MailtrapDialect(FillingDialect):
    """Template variables are for templates stored there; what {{…}} does in an inline body is not documented."""

    # As for Postmark: 170 kB a message, 34 MB a call, where Mailtrap takes 50.
    max_recipients = 200
    # And the mark of Mailtrap's own unsubscribe link.
    opening = re.compile(r"\{(?=\{)|_(?=_unsubscribe_url__)")

    def answers_in(self, body: Any) -> Sequence[Any] | None:
        """Mailtrap says 200 although some messages, or all, were turned down."""
        messages = body.get("responses") if isinstance(body, dict) else None
        return messages if isinstance(messages, list) else None

    def answer_to(self, address: str, entry: dict[str, Any]) -> Answer:
        if entry["success"]:
            return Answer(address)
        return Answer(address, Verdict.REJECTED, "; ".join(str(fault) for fault in entry.get("errors") or []))


class MailtrapPayload(FilledPayload, stock.MailtrapPayload):
    text_fields = {"subject": False, "text": False, "html": True}

    def burst_for_batch(self) -> dict[str, Any]:
        """`base` holds what all have in common, `requests` what is each one's own: the texts, too."""
        data: dict[str, Any] = super().burst_for_batch()
        for request in data["requests"]:
            request.update(self.filled(data["base"], request["to"][0]["email"]))
        for field in self.text_fields:
            data["base"].pop(field, None)
        return data


class EmailBackend(FillingBackend, stock.EmailBackend):
    dialect = MailtrapDialect()
    payload_class = MailtrapPayload
