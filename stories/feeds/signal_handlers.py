from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_unpublished

from stories.models import ArticlePage, Author, CreditedImage, SiteIdentity, SiteIdentityText, Topic

from .stored_bytes import stored_feeds
from .tasks import ping_hub
from .websub import affected_feeds


def connect() -> None:
    page_published.connect(ping_hub_on_commit, dispatch_uid="feeds_published")
    page_unpublished.connect(ping_hub_on_commit, dispatch_uid="feeds_unpublished")
    articles = [model for model in apps.get_models() if issubclass(model, ArticlePage)]
    for model in (
        Author,
        CreditedImage,
        PageViewRestriction,
        SiteIdentity,
        SiteIdentityText,
        Topic,
        *articles,
    ):
        for signal in (post_save, post_delete):
            signal.connect(
                forget_stored_feeds, sender=model, dispatch_uid=f"feeds_forget_{model._meta.label}"
            )


def ping_hub_on_commit(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """The feeds are named now: once the page is deleted its topics are gone."""
    if not settings.WEBSUB_HUB_URL:
        return
    urls = affected_feeds(instance)
    if urls:
        transaction.on_commit(partial(ping_hub.enqueue, urls))


def forget_stored_feeds(sender: type[Any], **kwargs: Any) -> None:
    """Commands and shells write no log entry for a feed's freshness to notice."""
    stored_feeds.forget()
