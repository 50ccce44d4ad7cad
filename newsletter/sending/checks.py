"""What the configured mail service cannot do, said at start-up."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.core.mail import get_connection

from newsletter.sending.dialects import configured_dialect


@register(Tags.compatibility)
def check_batch_sending(**_kwargs: Any) -> list[CheckMessage]:
    if configured_dialect() is not None or settings.EMAIL_BACKEND.startswith("django.core.mail.backends."):
        return []
    return [
        Info(
            f"{settings.EMAIL_BACKEND} gets one finished message for each recipient.",
            hint="Batch sending, which is faster, is there for: mailgun, and the mailbox on this machine.",
            id="sending.I001",
        )
    ]


@register(Tags.security, deploy=True)
def check_mail_leaves(**_kwargs: Any) -> list[CheckMessage]:
    if settings.MAIL != "mailbox":
        return []
    return [
        Warning(
            "Mail goes to the mailbox on this machine; nobody outside gets any.",
            hint="Set MAIL to smtp or to your mail service; see docs/settings.md.",
            id="sending.W001",
        )
    ]


@register(Tags.compatibility)
def check_backend_loads(**_kwargs: Any) -> list[CheckMessage]:
    try:
        get_connection()
    except Exception as error:
        return [
            Warning(
                f"The mail service in MAIL={settings.MAIL} cannot be used: {error}",
                hint="Set the ANYMAIL_… settings your service needs; see docs/settings.md.",
                id="sending.W002",
            )
        ]
    return []
