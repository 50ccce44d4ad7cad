"""How each mail service writes merge fields. Anymail carries merge data to the service; it does not translate text.

A service without a dialect gets one finished message for each recipient; newsletter.sending.checks says so.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from newsletter.sending import outcomes
from newsletter.sending.dialects.base import Dialect, MailService
from newsletter.sending.dialects.brevo import BrevoDialect
from newsletter.sending.dialects.mailbox import MailboxDialect
from newsletter.sending.dialects.mailgun import MailgunDialect
from newsletter.sending.dialects.mailjet import MailjetDialect
from newsletter.sending.dialects.mailtrap import MailtrapDialect
from newsletter.sending.dialects.postmark import PostmarkDialect
from newsletter.sending.dialects.resend import ResendDialect
from newsletter.sending.dialects.sendgrid import SendGridDialect
from newsletter.sending.dialects.sparkpost import SparkPostDialect

# By EMAIL_BACKEND. Which backend a service's name in MAIL selects stands in newsroom/settings.
DIALECTS: dict[str, Dialect] = {
    "newsletter.sending.mailbox.backend.EmailBackend": MailboxDialect(),
    "newsletter.sending.dialects.brevo.EmailBackend": BrevoDialect(),
    "newsletter.sending.dialects.mailgun.EmailBackend": MailgunDialect(),
    "newsletter.sending.dialects.mailjet.EmailBackend": MailjetDialect(),
    "newsletter.sending.dialects.mailtrap.EmailBackend": MailtrapDialect(),
    "newsletter.sending.dialects.postmark.EmailBackend": PostmarkDialect(),
    "newsletter.sending.dialects.resend.EmailBackend": ResendDialect(),
    "newsletter.sending.dialects.sendgrid.EmailBackend": SendGridDialect(),
    "newsletter.sending.dialects.sparkpost.EmailBackend": SparkPostDialect(),
    # Anymail's own merges as well; ours is faster.
    "anymail.backends.mailgun.EmailBackend": MailgunDialect(),
}
# Services known to get one message for each recipient, by name: boto3 is slow to import and large.
ONE_EACH = {
    "newsletter.sending.dialects.amazon_ses.EmailBackend": "newsletter.sending.dialects.amazon_ses.AmazonSES",
    "anymail.backends.mandrill.EmailBackend": "newsletter.sending.dialects.mandrill.Mandrill",
}


def configured_dialect() -> Dialect | None:
    """The dialect of the configured backend; None: it gets one finished message for each recipient."""
    return DIALECTS.get(settings.EMAIL_BACKEND)


def configured_service() -> MailService:
    """What is known of the configured backend's errors: its dialect, a service that has none, or nothing."""
    if settings.EMAIL_BACKEND in ONE_EACH:
        service: MailService = import_string(ONE_EACH[settings.EMAIL_BACKEND])()
        return service
    return configured_dialect() or MailService()


def result_of_error(error: Exception) -> outcomes.Result:
    """What an error of the configured service means: by the service's own word, or by the general rules."""
    return configured_service().result_of_error(error) or outcomes.result_of_error(error)


__all__ = [
    "DIALECTS",
    "ONE_EACH",
    "Dialect",
    "MailService",
    "configured_dialect",
    "configured_service",
    "result_of_error",
]
