import re

from newsletter.sending.dialects.base import Dialect

RECIPIENT_VARIABLE = re.compile(r"%(?=recipient)", re.IGNORECASE)
WORD_JOINER = "\u2060"


class MailgunDialect(Dialect):
    """%recipient.key% in subject and bodies: https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending"""

    max_recipients = 1000

    def placeholder(self, key: str) -> str:
        return f"%recipient.{key}%"

    def neutralise(self, text: str, *, html: bool) -> str:
        return RECIPIENT_VARIABLE.sub("&#37;" if html else f"%{WORD_JOINER}", text)
