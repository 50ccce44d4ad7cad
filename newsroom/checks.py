"""What `manage.py check --deploy` says about the newsroom as a whole, each with the next step.

The checklist on the admin's front page says the same in the same words.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from newsroom import catalogues

LOCAL = {"localhost", "127.0.0.1", "::1"}


@register(Tags.security, deploy=True)
def check_address(**_kwargs: Any) -> list[CheckMessage]:
    base = urlsplit(settings.BASE_URL)
    if base.hostname in LOCAL:
        return [
            Warning(
                _("BASE_URL is %(address)s: links in newsletters and feeds lead to the reader's own machine.")
                % {"address": settings.BASE_URL},
                hint=_(
                    "In the file .env, set BASE_URL to the address people type, such as https://news.example.org."
                ),
                id="newsroom.W001",
            )
        ]
    if base.scheme != "https":
        return [
            Warning(
                _("BASE_URL is %(address)s: passwords and subscribers' links travel readable for others.")
                % {"address": settings.BASE_URL},
                hint=_(
                    "Serve the newsroom through HTTPS and set BASE_URL, in the file .env, to the https address."
                ),
                id="newsroom.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_debug(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        Warning(
            _("DEBUG is on: whoever meets an error reads our code and parts of our settings."),
            hint=_("Take the line DEBUG out of the file .env."),
            id="newsroom.W009",
        )
    ]


@register(Tags.security, deploy=True)
def check_keys_differ(**_kwargs: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY != settings.SUBSCRIBER_KEY:
        return []
    return [
        Warning(
            _("SECRET_KEY and SUBSCRIBER_KEY are the same."),
            hint=_(
                "SUBSCRIBER_KEY must stay for ever: leave it as it is, and give SECRET_KEY a new value in the file "
                ".env, which only logs everybody out."
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
            _("MAIL_FROM is %(address)s: mail from %(domain)s is refused everywhere.")
            % {"address": settings.DEFAULT_FROM_EMAIL, "domain": domain or "–"},
            hint=_(
                "In the file .env, set MAIL_FROM to an address of your own domain. Password links come from it."
            ),
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
                _("The database cannot be read: %(error)s") % {"error": error},
                hint=_(
                    "Run “python manage.py migrate”. If that fails, look at DATABASE_URL in the file .env."
                ),
                id="newsroom.W005",
            )
        ]
    if identity is None or not identity.organisation:
        return [
            Warning(
                _("The site has no name: nothing says who publishes here."),
                hint=_("Run “make new”, or fill in Settings, Site identity in the admin."),
                id="newsroom.W006",
            )
        ]
    if not identity.postal_address.strip():
        return [
            Warning(
                _("There is no postal address, which many countries require in every newsletter."),
                hint=_("Fill in “Postal address” under Settings, Site identity in the admin."),
                id="newsroom.W007",
            )
        ]
    return []


@register(Tags.translation, deploy=True)
def check_catalogues(**_kwargs: Any) -> list[CheckMessage]:
    return [
        Warning(
            _("The translations into “%(language)s” are not compiled, so people see English.")
            % {"language": path.parent.parent.name},
            hint=_("Run “make run”, which does it, or “python -m newsroom.catalogues”."),
            id="newsroom.W008",
        )
        for path in catalogues.stale()
    ]
