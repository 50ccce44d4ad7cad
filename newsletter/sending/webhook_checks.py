"""A mail service's reports put addresses on the do-not-mail list, so nobody else may be able to send them."""

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailInsecureWebhookWarning
from anymail.utils import get_anymail_setting
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from newsletter.sending.webhook_views import tracking_view

if TYPE_CHECKING:
    from anymail.webhooks.base import AnymailBaseWebhookView

SECRET = "ANYMAIL_WEBHOOK_SECRET"  # noqa: S105 the name of a setting
# What each service signs its reports with; the others have the secret and nothing else.
KEYS = {
    "mailersend": "ANYMAIL_MAILERSEND_SIGNING_SECRET",
    "mailgun": "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY",
    "mailtrap": "ANYMAIL_MAILTRAP_TRACKING_SECRET",
    "mandrill": "ANYMAIL_MANDRILL_WEBHOOK_KEY",
    "postal": "ANYMAIL_POSTAL_WEBHOOK_KEY",
    "resend": "ANYMAIL_RESEND_SIGNING_SECRET",
    "sendgrid": "ANYMAIL_SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
    "unisender_go": "ANYMAIL_UNISENDER_GO_API_KEY",
}


# No deploy check: `manage.py migrate`, and with it `make run`, refuses to start.
@register(Tags.security)
def check_reports_are_signed(**_kwargs: Any) -> list[CheckMessage]:
    if is_nobody_elses():
        return []
    view_class = tracking_view(settings.MAIL)
    if view_class is None:
        return []
    secret = get_anymail_setting("webhook_secret", default="")
    if isinstance(secret, str) and secret and not all(secret.partition(":")):
        return [
            Error(
                f"{SECRET} is no name and password, so no report of the mail service would be let in.",
                hint="It looks like name:password, with the colon, and stands in the address you give the service: "
                f"https://name:password@{urlsplit(settings.BASE_URL).netloc}/anymail/{settings.MAIL}/tracking/",
                id="sending.E011",
            )
        ]
    fault = why_open(view_class)
    if fault is None:
        return []
    key = KEYS.get(settings.MAIL)
    hint = f"Set {key}, or {SECRET} to name:password." if key else f"Set {SECRET} to name:password."
    hint += " See docs/settings.md and Anymail's documentation on securing webhooks."
    if not secret:
        return [
            Error(
                f"Reports of MAIL={settings.MAIL} cannot be told from forged ones: {fault}",
                hint=hint,
                id="sending.E010",
            )
        ]
    return [
        Warning(
            f"No report of MAIL={settings.MAIL} can be read: {fault}",
            hint=f"Set {key}." if key else hint,
            id="sending.W010",
        )
    ]


def is_nobody_elses() -> bool:
    """A newsroom that only this machine can reach, or one that is being developed."""
    return settings.DEBUG or urlsplit(settings.BASE_URL).hostname in {"localhost", "127.0.0.1", "::1"}


def takes_anybodys_reports() -> bool:
    """Whether the configured service's view must not answer: whoever finds its address could put people on the do-not-mail list."""
    if is_nobody_elses() or get_anymail_setting("webhook_secret", default=""):
        return False
    return _is_open(settings.MAIL, repr(settings.ANYMAIL))


@lru_cache(maxsize=8)
def _is_open(service: str, _settings: str) -> bool:
    # Asked once for all reports: catching warnings is not safe while other threads do.
    view_class = tracking_view(service)
    return view_class is None or why_open(view_class) is not None


def why_open(view_class: "type[AnymailBaseWebhookView]") -> str | None:
    """Why the view would take anybody's report, or could take none; None when all is well. Anymail itself is asked."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            view = view_class()
        except Exception as error:
            return str(error)
    if any(issubclass(warning.category, AnymailInsecureWebhookWarning) for warning in caught):
        return "nothing is set that they would have to be signed with."
    if getattr(view, "webhook_key", "") is None:
        # Mandrill tells its key only after it has called the address once, so its view waits for it.
        return "its webhook key is missing."
    return None
