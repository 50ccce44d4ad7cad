"""What the configured mail service cannot do, said at start-up."""

import re
from typing import Any

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from newsletter.sending.dialects import configured_dialect, configured_service
from newsletter.sending.dialects.probing import missing_for_batches, refuses_batch, refuses_message


@register(Tags.compatibility)
def check_batch_sending(**_kwargs: Any) -> list[CheckMessage]:
    backend = anymail_backend()
    if backend is None or configured_dialect() is not None:
        return []
    lacks = configured_service().lacks or ", ".join(missing_for_batches(backend)) or "merge fields known here"
    return [
        Info(
            f"{backend.esp_name} gets one finished message for each recipient. For a batch in one call it lacks: {lacks}.",
            hint="Mailings go out all the same, only slower. docs/mail-services.md lists the services that take batches.",
            id="sending.I001",
        )
    ]


@register(Tags.compatibility)
def check_batch_headers(**_kwargs: Any) -> list[CheckMessage]:
    """Gmail and Yahoo ask for List-Unsubscribe on every message, with a link of the recipient's own (RFC 8058)."""
    backend = anymail_backend()
    if backend is None:
        return []
    if words := refuses_message(backend):
        return [
            Warning(
                f"{backend.esp_name} cannot carry what a newsletter's messages carry: {words}.",
                hint="Mailings will stop at their first message. Choose another service; see docs/mail-services.md.",
                id="sending.W004",
            )
        ]
    if words := refuses_batch(backend, "merge_headers"):
        return [
            Warning(
                f"{backend.esp_name} cannot give each recipient of a batch a List-Unsubscribe header: {words}.",
                hint="Each recipient gets a message of their own instead, which has it. Nothing is lost but speed.",
                id="sending.W003",
            )
        ]
    return []


def anymail_backend() -> AnymailBaseBackend | None:
    """The configured backend; None if it is not one of Anymail's kind, or cannot be used (check_backend_loads)."""
    try:
        backend = get_connection()
    except Exception:
        return None
    return backend if isinstance(backend, AnymailBaseBackend) else None


@register(Tags.security, deploy=True)
def check_mail_leaves(**_kwargs: Any) -> list[CheckMessage]:
    if settings.MAIL != "mailbox":
        return []
    return [
        Warning(
            _("Mail goes to the mailbox on this machine; nobody outside gets any."),
            hint=_(
                "In the file .env, set MAIL to “smtp” or to your mail service; docs/settings.md lists them."
            ),
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
                why_unusable(error),
                hint=_("docs/settings.md says what goes into the file .env for your mail service."),
                id="sending.W002",
            )
        ]
    return []


def why_unusable(error: Exception) -> str:
    """What a backend that cannot be made wants, in words: Anymail names the setting, among others it would take."""
    service = {"service": settings.MAIL}
    if isinstance(error, ImportError):
        return _("There is no mail service called “%(service)s”, which MAIL names.") % service
    if names := re.findall(r"\bANYMAIL_[A-Z0-9_]+", str(error)):
        return _("The mail service “%(service)s” needs %(name)s.") % {**service, "name": names[0]}
    return _("The mail service “%(service)s” cannot be used: %(error)s.") % {
        **service,
        "error": str(error).rstrip("."),
    }
