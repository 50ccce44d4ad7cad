"""Mailjet: whole messages, up to 50 a call: https://dev.mailjet.com/email/guides/send-api-v31/"""

import re
from collections.abc import Sequence
from typing import Any

from anymail.backends import mailjet as stock

from newsletter.sending.dialects.answers import Answer
from newsletter.sending.dialects.filling import FilledPayload, FillingBackend, FillingDialect
from newsletter.sending.outcomes import Verdict

VERDICTS = {401: Verdict.HALT, 403: Verdict.HALT, 429: Verdict.DEFERRED}


class MailjetDialect(FillingDialect):
    """Mailjet merges [[var:key]] and [[data:key]] into bodies, but not into subjects: so we fill all."""

    max_recipients = 50
    opening = re.compile(r"\[(?=\[)")

    def answers_in(self, body: Any) -> Sequence[Any] | None:
        """With 200 or 400, Mailjet takes some messages of a call and not others."""
        messages = body.get("Messages") if isinstance(body, dict) else None
        return messages if isinstance(messages, list) else None

    def answer_to(self, address: str, entry: dict[str, Any]) -> Answer:
        if entry["Status"] == "success":
            return Answer(address)
        faults = entry.get("Errors") or [{}]
        words = "; ".join(
            f"{fault.get('ErrorMessage', '')} ({fault.get('ErrorCode', '')})" for fault in faults
        )
        return Answer(address, VERDICTS.get(faults[0].get("StatusCode", 0), Verdict.REJECTED), words)


class MailjetPayload(FilledPayload, stock.MailjetPayload):
    text_fields = {"Subject": False, "TextPart": False, "HTMLPart": True}

    def serialize_data(self) -> bytes:
        if self.values:
            self._burst_for_batch_send()
            for message in self.data["Messages"]:
                message.update(self.filled(self.data["Globals"], message["To"][0]["Email"]))
            for field in self.text_fields:
                self.data["Globals"].pop(field, None)
        return super().serialize_data()


class EmailBackend(FillingBackend, stock.EmailBackend):
    dialect = MailjetDialect()
    payload_class = MailjetPayload
    # A message's Headers stand in place of those in Globals.
    headers_are_replaced = True
