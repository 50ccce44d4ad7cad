from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished

from .tasks import ping_hub
from .websub import affected_feeds


def connect() -> None:
    page_published.connect(ping_hub_on_commit, dispatch_uid="feeds_published")
    page_unpublished.connect(ping_hub_on_commit, dispatch_uid="feeds_unpublished")


def ping_hub_on_commit(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """The feeds are named now: once the page is deleted its topics are gone."""
    if not settings.WEBSUB_HUB_URL:
        return
    urls = affected_feeds(instance)
    if urls:
        transaction.on_commit(partial(ping_hub.enqueue, urls))
