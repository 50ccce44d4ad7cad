from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured, ValidationError

from newsletter.audience.addresses import normalise_address
from newsletter.sending.bounces.mailboxes import check_address


@register(Tags.compatibility)
def check_bounce_settings(**_kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.BOUNCE_MAILBOX:
        try:
            check_address(settings.BOUNCE_MAILBOX)
        except ImproperlyConfigured as error:
            found.append(Error(str(error), id="sending.E012"))
    if settings.BOUNCE_ADDRESS:
        try:
            normalise_address(settings.BOUNCE_ADDRESS)
        except ValidationError:
            found.append(
                Error(
                    "BOUNCE_ADDRESS is not an e-mail address.",
                    hint="It is the bare address, such as bounces@news.example.org, without a name.",
                    id="sending.E013",
                )
            )
    return found


@register(Tags.compatibility, deploy=True)
def check_bounces_are_read(**_kwargs: Any) -> list[CheckMessage]:
    if settings.MAIL != "smtp" or settings.BOUNCE_MAILBOX:
        return []
    return [
        Warning(
            "Nobody reads what comes back: addresses that do not exist are written to for ever.",
            hint="Set BOUNCE_ADDRESS and BOUNCE_MAILBOX; see docs/settings.md.",
            id="sending.W011",
        )
    ]
