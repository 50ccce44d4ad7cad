"""Postmark: whole messages, up to 500 and 50 MB a call.

https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from anymail.backends import postmark as stock
from anymail.message import AnymailMessage
from anymail.utils import parse_address_list

from newsletter.sending.dialects.answers import Answer, json_of
from newsletter.sending.dialects.filling import FilledPayload, FillingBackend, FillingDialect
from newsletter.sending.outcomes import Result, Verdict

# https://postmarkapp.com/developer/api/overview#error-codes
VERDICTS = {
    0: Verdict.ACCEPTED,
    10: Verdict.HALT,  # bad or missing server token
    100: Verdict.DEFERRED,  # maintenance
    400: Verdict.HALT,  # sender signature not found
    401: Verdict.HALT,  # sender signature not confirmed
    405: Verdict.HALT,  # not allowed to send: no credits left
    412: Verdict.HALT,  # account is pending
    413: Verdict.HALT,  # account may not send
    429: Verdict.DEFERRED,  # rate limit exceeded
}


class PostmarkDialect(FillingDialect):
    """In an inline body nothing but the marks of Postmark's own unsubscribe links means anything."""

    # HTML of at most 102 kB (an edition's limit) and half as much text, with a tenth for JSON's escapes and the
    # headers: 170 kB a message, 34 MB a call. With 500 it would be 85 MB, where Postmark takes 50.
    max_recipients = 200
    opening = re.compile(r"\{(?=\{\{?\s*pm:)")

    def stamp(self, message: AnymailMessage, attempt_key: UUID) -> AnymailMessage:
        """Postmark does not know repeats; its record of messages can be searched for the key, though."""
        message.metadata = {"batch": attempt_key.hex}
        return message

    def result_of_error(self, error: Exception) -> Result | None:
        """A call comes back with 200 although messages were turned down; with 422 when all were, for one reason."""
        body = json_of(error)
        if getattr(error, "status_code", None) == 422 and isinstance(body, dict):
            whole = self.answer_to("", body)
            return Result(whole.verdict, fault=whole.words, holds_all=whole.verdict is Verdict.DEFERRED)
        return super().result_of_error(error)

    def answers_in(self, body: Any) -> Sequence[Any] | None:
        return body if isinstance(body, list) else None

    def answer_to(self, address: str, entry: dict[str, Any]) -> Answer:
        """Only the entry of an accepted message names its recipient; a domain in Unicode comes back in ASCII."""
        if address.isascii() and address and entry.get("To"):
            (named,) = parse_address_list([entry["To"]])
            if named.addr_spec.lower() != address.lower():
                raise ValueError("The answers are not in the messages' order.")
        code = entry.get("ErrorCode", 0)
        return Answer(address, VERDICTS.get(code, Verdict.REJECTED), f"{entry['Message']} ({code})")


class PostmarkPayload(FilledPayload, stock.PostmarkPayload):
    text_fields = {"Subject": False, "TextBody": False, "HtmlBody": True}

    def data_for_recipient(self, to: Any) -> dict[str, Any]:
        data: dict[str, Any] = super().data_for_recipient(to)
        return {**data, **self.filled(self.data, to.addr_spec)}


class EmailBackend(FillingBackend, stock.EmailBackend):
    dialect = PostmarkDialect()
    payload_class = PostmarkPayload
