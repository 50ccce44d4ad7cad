"""Links that show a draft to somebody without an account: signed, good for seven days, for one page.

A link shows the page's latest draft, whichever that is when it is opened: a reviewer looks at the same address again
after the change they asked for. Nothing is stored for a link; that all links of a page were called back is an entry of
the page's log (docs/decisions/review-links.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, PageLogEntry

GOOD_FOR = timedelta(days=7)
MADE = "stories.review_link"
REVOKED = "stories.review_links_revoked"

# The salt is the purpose: no other token of this site opens a draft, and this one opens nothing else.
_SIGNER = Signer(salt="stories.reviewing.links", sep=".")


class LinkUnknown(Exception):
    """We never signed this."""


class LinkDead(Exception):
    """Expired, called back, or its page was deleted."""


@dataclass(frozen=True)
class ReviewLink:
    address: str
    until: datetime


@dataclass(frozen=True)
class Reviewed:
    """`page` is the latest draft, an instance of its own type."""

    page: Any
    until: datetime


def may_be_reviewed(page: Page) -> bool:
    """Whether the page's only preview is the page as readers get it."""
    return page.specific_class is not None and [mode for mode, _name in page.specific.preview_modes] == [""]


def make_link(page: Page, *, user: Any) -> ReviewLink:
    now = timezone.now()
    token = _SIGNER.sign_object({"page": page.pk, "made": now.timestamp()})
    until = now + GOOD_FOR
    log(instance=page, action=MADE, user=user, data={"until": until.isoformat()})
    return ReviewLink(f"{settings.BASE_URL}{reverse('review', args=[token])}", until)


def revoke_links(page: Page, *, user: Any) -> None:
    """Every link of this page made up to now is dead."""
    log(instance=page, action=REVOKED, user=user)


def reviewed(token: str) -> Reviewed:
    """Raises LinkUnknown and LinkDead."""
    try:
        signed = _SIGNER.unsign_object(token)
        page_id, made = (
            int(signed["page"]),
            datetime.fromtimestamp(signed["made"], tz=timezone.get_default_timezone()),
        )
    except (BadSignature, KeyError, TypeError, ValueError) as error:
        raise LinkUnknown from error
    until = made + GOOD_FOR
    page = Page.objects.filter(pk=page_id).select_related("locale").first()
    if page is None or until <= timezone.now() or _is_revoked(page_id, made):
        raise LinkDead
    return Reviewed(page.get_latest_revision_as_object(), until)


def _is_revoked(page_id: int, made: datetime) -> bool:
    return PageLogEntry.objects.filter(page_id=page_id, action=REVOKED, timestamp__gte=made).exists()
