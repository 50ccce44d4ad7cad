"""SendGrid: substitutions for each recipient, up to 1000 a call.

https://www.twilio.com/docs/sendgrid/for-developers/sending-email/personalizations
"""

import re
from typing import Any

from anymail.backends import sendgrid as stock

from newsletter.editions.merge_fields import TOKEN_START
from newsletter.sending.dialects.base import Dialect
from newsletter.sending.dialects.batches import BatchBackend, is_batch

TAG = "[%{}%]"


class SendGridDialect(Dialect):
    """Whatever string is named as a substitution is replaced, as it is, in subject and bodies; ours is [%key%]."""

    max_recipients = 1000
    # And SendGrid's own marks: <%…%>, [unsubscribe], [weblink].
    opening = re.compile(rf"[\[<](?=%)|\[(?={TOKEN_START}|(?:unsubscribe|weblink)\])", re.IGNORECASE)

    def placeholder(self, key: str, *, html: bool) -> str:
        return TAG.format(key)


DIALECT = SendGridDialect()


class EmailBackend(BatchBackend, stock.EmailBackend):
    # "Fields in personalizations override the fields of the same name from the message level."
    headers_are_replaced = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.merge_field_format = TAG

    def posted(self, message: Any) -> Any:
        """One string is replaced after the other: what a reader calls themselves must not look like the next."""
        posted = super().posted(message)
        if is_batch(message):
            posted.merge_data = {
                address: {
                    key: DIALECT.neutralise(value, html=key.endswith("_html"))
                    for key, value in values.items()
                }
                for address, values in posted.merge_data.items()
            }
        return posted
