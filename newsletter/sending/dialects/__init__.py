"""How each mail service writes merge fields. Anymail carries merge data to the service; it does not translate text."""

from django.conf import settings

from newsletter.sending.dialects.base import Dialect
from newsletter.sending.dialects.mailbox import MailboxDialect
from newsletter.sending.dialects.mailgun import MailgunDialect

DIALECTS: dict[str, Dialect] = {
    "newsletter.sending.mailbox.backend.EmailBackend": MailboxDialect(),
    "anymail.backends.mailgun.EmailBackend": MailgunDialect(),
}


def configured_dialect() -> Dialect | None:
    """The dialect of the configured backend; None: it gets one finished message for each recipient."""
    return DIALECTS.get(settings.EMAIL_BACKEND)


__all__ = ["DIALECTS", "Dialect", "configured_dialect"]
