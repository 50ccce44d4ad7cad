import re

from newsletter.editions.merge_fields import TOKEN_START
from newsletter.sending.dialects.base import Dialect
from newsletter.sending.mailbox.syntax import placeholder


class MailboxDialect(Dialect):
    """The mailbox on this machine behaves like a vendor: [[key]] in the text, values beside it."""

    max_recipients = 500
    opening = re.compile(rf"\[(?=[\[{TOKEN_START}])")

    def placeholder(self, key: str, *, html: bool) -> str:
        return placeholder(key)
