"""What `manage.py check --deploy` says about the newsroom as a whole, each with the next step."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import Error as DatabaseError

from newsroom import catalogues

LOCAL = {"localhost", "127.0.0.1", "::1"}


@register(Tags.security, deploy=True)
def check_address(**_kwargs: Any) -> list[CheckMessage]:
    base = urlsplit(settings.BASE_URL)
    if base.hostname in LOCAL:
        return [
            Warning(
                f"BASE_URL is {settings.BASE_URL}: links in newsletters and feeds lead to the reader's own machine.",
                hint="Set BASE_URL to the address people type, such as https://news.example.org.",
                id="newsroom.W001",
            )
        ]
    if base.scheme != "https":
        return [
            Warning(
                f"BASE_URL is {settings.BASE_URL}: passwords and subscribers' links travel readable for others.",
                hint="Serve the newsroom through HTTPS and set BASE_URL to the https address.",
                id="newsroom.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_keys_differ(**_kwargs: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY != settings.SUBSCRIBER_KEY:
        return []
    return [
        Warning(
            "SECRET_KEY and SUBSCRIBER_KEY are the same.",
            hint=(
                "SUBSCRIBER_KEY must stay for ever: leave it as it is, and give SECRET_KEY a new value, "
                "which only logs everybody out."
            ),
            id="newsroom.W003",
        )
    ]


@register(Tags.security, deploy=True)
def check_sender(**_kwargs: Any) -> list[CheckMessage]:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    if "." in domain:
        return []
    return [
        Warning(
            f"MAIL_FROM is {settings.DEFAULT_FROM_EMAIL}: mail from {domain} is refused everywhere.",
            hint="Set MAIL_FROM to an address of your own domain.",
            id="newsroom.W004",
        )
    ]


@register(Tags.compatibility, deploy=True)
def check_identity(**_kwargs: Any) -> list[CheckMessage]:
    from stories.models import SiteIdentity

    try:
        identity = SiteIdentity.objects.filter(site__is_default_site=True).first()
    except DatabaseError as error:
        return [
            Warning(
                f"The database cannot be read: {error}",
                hint="Check DATABASE_URL, then run manage.py migrate.",
                id="newsroom.W005",
            )
        ]
    if identity is None or not identity.organisation:
        return [
            Warning(
                "The site has no name: nothing says who publishes here.",
                hint="Run make new, or fill in Settings → Site identity in the admin.",
                id="newsroom.W006",
            )
        ]
    if not identity.postal_address.strip():
        return [
            Warning(
                "The site identity has no postal address, which many countries require in every newsletter.",
                hint="Fill in Settings → Site identity → Postal address in the admin.",
                id="newsroom.W007",
            )
        ]
    return []


@register(Tags.translation, deploy=True)
def check_catalogues(**_kwargs: Any) -> list[CheckMessage]:
    return [
        Warning(
            f"The translations in {path.parent.parent.name} are not compiled, so people see English.",
            hint="Run python -m newsroom.catalogues; make run does it too.",
            id="newsroom.W008",
        )
        for path in catalogues.stale()
    ]
