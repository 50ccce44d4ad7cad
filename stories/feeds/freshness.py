"""When a feed last changed, for readers who know dates and no tags, and how many articles it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Max
from wagtail.documents import get_document_model
from wagtail.models import ModelLogEntry, PageLogEntry

from stories.models import Author, CreditedImage, Place, SiteIdentity, Topic

from .channels import Channel
from .entries import NEVER, whole_seconds

# Editors' actions after which a feed holds less, or other addresses, although no article in it is newer.
WITHDRAWALS = (
    "wagtail.delete",
    "wagtail.move",
    "wagtail.unpublish",
    "wagtail.unpublish.scheduled",
    "wagtail.view_restriction.create",
    "wagtail.view_restriction.delete",
    "wagtail.view_restriction.edit",
)


@dataclass(frozen=True)
class Freshness:
    """`changed` is what Last-Modified says, in whole seconds."""

    article_count: int
    changed: datetime


def freshness_of(channel: Channel) -> Freshness:
    """Three small queries. Wagtail's log names whatever an editor did to a page, a picture, a topic or the site's identity."""
    articles = (
        channel.articles()
        .order_by()
        .aggregate(count=Count("pk"), published=Max("first_published_at"), changed=Max("last_published_at"))
    )
    withdrawn = PageLogEntry.objects.filter(action__in=WITHDRAWALS).aggregate(moment=Max("timestamp"))
    content_types = ContentType.objects.get_for_models(
        Author, CreditedImage, Place, SiteIdentity, Topic, get_document_model()
    ).values()
    changed = ModelLogEntry.objects.filter(content_type__in=content_types).aggregate(moment=Max("timestamp"))
    moments = (articles["published"], articles["changed"], withdrawn["moment"], changed["moment"])
    return Freshness(
        article_count=articles["count"],
        changed=whole_seconds(max((moment for moment in moments if moment), default=NEVER)),
    )
