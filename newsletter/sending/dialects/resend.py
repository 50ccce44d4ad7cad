"""Resend: whole messages, up to 100 a call: https://resend.com/docs/api-reference/emails/send-batch-emails"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from anymail.backends import resend as stock
from anymail.message import AnymailMessage

from newsletter.sending.dialects.answers import Answer
from newsletter.sending.dialects.filling import FilledPayload, FillingBackend, FillingDialect
from newsletter.sending.outcomes import Result, Verdict

IDEMPOTENCY_KEY = "Idempotency-Key"


class ResendDialect(FillingDialect):
    """Resend merges nothing into inline bodies. A batch takes no attachments, and a mailing has none."""

    max_recipients = 100
    # A repeated call gets the answer of the first: https://resend.com/docs/dashboard/emails/idempotency-keys
    knows_repeats_for = timedelta(hours=24)

    def stamp(self, message: AnymailMessage, attempt_key: UUID) -> AnymailMessage:
        message.esp_extra = {IDEMPOTENCY_KEY: str(attempt_key)}
        return message

    def result_of_error(self, error: Exception) -> Result | None:
        if getattr(error, "status_code", None) == 409:
            # The first call under this key is still at work, or was another one: it may have been carried out.
            return Result(Verdict.UNKNOWN, fault=str(error)[:2000])
        return super().result_of_error(error)

    def answers_in(self, body: Any) -> Sequence[Any] | None:
        """`data` holds those that were taken, `errors` the places of the others; an entry is None or the words."""
        if not isinstance(body, dict) or not body.get("errors") or "data" not in body:
            return None
        words = {fault["index"]: str(fault["message"]) for fault in body["errors"]}
        return [words.get(place) for place in range(len(body["data"]) + len(words))]

    def answer_to(self, address: str, entry: str | None) -> Answer:
        return Answer(address) if entry is None else Answer(address, Verdict.REJECTED, entry)


class ResendPayload(FilledPayload, stock.ResendPayload):
    text_fields = {"subject": False, "text": False, "html": True}

    def set_esp_extra(self, extra: dict[str, Any]) -> None:
        if key := extra.pop(IDEMPOTENCY_KEY, None):
            self.headers[IDEMPOTENCY_KEY] = key
        super().set_esp_extra(extra)

    def serialize_data(self) -> bytes:
        if self.is_batch():
            # One bad message must not stop the others: https://resend.com/changelog/batch-validation-modes
            self.headers["x-batch-validation"] = "permissive"
        return super().serialize_data()

    def serialize_json(self, data: Any) -> str:
        """Anymail's payload hands its list of messages over here, made from `self.data` for each recipient."""
        if isinstance(data, list):
            recipients = zip(data, self.to_recipients, strict=True)
            data = [{**message, **self.filled(self.data, to.addr_spec)} for message, to in recipients]
        return super().serialize_json(data)


class EmailBackend(FillingBackend, stock.EmailBackend):
    dialect = ResendDialect()
    payload_class = ResendPayload
