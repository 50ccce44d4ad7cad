"""Brevo: a version of the message for each recipient, up to 1000 a call.

https://developers.brevo.com/docs/batch-send-transactional-emails
"""

import re
from datetime import timedelta
from uuid import UUID

from anymail.backends import brevo as stock
from anymail.message import AnymailMessage

from newsletter.editions.merge_fields import TOKEN_START
from newsletter.sending.dialects.answers import json_of
from newsletter.sending.dialects.base import Dialect
from newsletter.sending.dialects.batches import BatchBackend
from newsletter.sending.outcomes import Result, Verdict


class BrevoDialect(Dialect):
    """{{ params.key }} in subject and bodies, which Brevo escapes for HTML everywhere unless told not to.

    Ours are escaped where they have to be, and a subject is no HTML:
    https://help.brevo.com/hc/en-us/articles/360018252080
    """

    # The values of all recipients of a call may take 1000 KB: 2 KB each, where three fields with names of 30
    # letters in another alphabet take 1.3. With 1000 recipients it would be 1 KB.
    max_recipients = 500
    # https://developers.brevo.com/docs/heterogenous-versions-batch-emails
    knows_repeats_for = timedelta(minutes=30)
    opening = re.compile(rf"\{{(?=[{{%#{TOKEN_START}])")

    def placeholder(self, key: str, *, html: bool) -> str:
        return f"{{% autoescape off %}}{{{{ params.{key} }}}}{{% endautoescape %}}"

    def stamp(self, message: AnymailMessage, attempt_key: UUID) -> AnymailMessage:
        """Beside the message's own headers, which stand with each recipient."""
        message.esp_extra = {"headers": {"idempotencyKey": str(attempt_key)}}
        return message

    def result_of_error(self, error: Exception) -> Result | None:
        status, body = getattr(error, "status_code", None), json_of(error)
        if status == 400 and isinstance(body, dict) and body.get("code") == "duplicate_parameter":
            # Brevo's word for a key it knows: the call that brought it first was carried out, and this one is not.
            return Result(Verdict.ACCEPTED, fault=str(error)[:2000], knows_the_key=True)
        if status == 402:  # no credits left
            return Result(Verdict.HALT, fault=str(error)[:2000])
        return None


class EmailBackend(BatchBackend, stock.EmailBackend):
    # What Brevo does with common headers beside a version's own is not documented.
    headers_are_replaced = True
