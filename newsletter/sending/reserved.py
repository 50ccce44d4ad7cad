"""No mail to the world from a demo: addresses under reserved domains (RFC 2606) stay on this machine."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from newsletter.audience.addresses import RESERVED_DOMAINS

STAYS_HERE = {
    "newsletter.sending.mailbox.backend.EmailBackend",
    *(
        f"django.core.mail.backends.{name}.EmailBackend"
        for name in ("console", "dummy", "filebased", "locmem")
    ),
}


class ReservedAddresses(Exception):
    """The message says which, and what to do."""


def mail_stays_here() -> bool:
    """Whether the configured backend delivers on this machine: the mailbox, or a stand-in for an ESP on loopback.

    A mail server on this machine does not count: it relays to the world.
    """
    if settings.EMAIL_BACKEND in STAYS_HERE:
        return True
    api_url = getattr(get_connection(), "api_url", "")
    return urlsplit(api_url).hostname in {"localhost", "127.0.0.1", "::1"}


def refuse_reserved(people: QuerySet[Any], *, field: str) -> None:
    """Raises ReservedAddresses when mail leaves this machine and one of the addresses belongs to a demo or a test."""
    if mail_stays_here():
        return
    reserved = Q()
    for domain in RESERVED_DOMAINS:
        reserved |= Q(**{f"{field}__endswith": f"@{domain}"}) | Q(**{f"{field}__endswith": f".{domain}"})
    found = people.filter(reserved).values_list(field, flat=True).first()
    if found:
        raise ReservedAddresses(
            _(
                "The audience holds addresses such as %(address)s, which belong to demos and tests; "
                "mail from here goes to the real world. Take them off the list first."
            )
            % {"address": found}
        )
