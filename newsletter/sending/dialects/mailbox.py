from newsletter.sending.dialects.base import Dialect
from newsletter.sending.mailbox.syntax import OPEN, placeholder

# Between the two characters of an opening mark: invisible, no line break, and the mark is one no more.
WORD_JOINER = "\u2060"


class MailboxDialect(Dialect):
    """The mailbox on this machine behaves like a vendor: [[key]] in the text, values beside it."""

    max_recipients = 500

    def placeholder(self, key: str) -> str:
        return placeholder(key)

    def neutralise(self, text: str, *, html: bool) -> str:
        return text.replace(OPEN, "&#91;&#91;" if html else f"[{WORD_JOINER}[")
