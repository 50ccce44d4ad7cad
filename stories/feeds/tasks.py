from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from .websub import tell_hub_of_all

logger = logging.getLogger(__name__)

# Waits before the second to the sixth attempt: about eleven hours in all.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)


@task()
def ping_hub(topic_urls: list[str], attempt: int = 0) -> None:
    """Tell the hub of changed feeds; those it could not take are told again later, at most len(WAITS) times."""
    hub_url = settings.WEBSUB_HUB_URL
    if not hub_url:
        return
    again, problems = tell_hub_of_all(hub_url, topic_urls)
    for problem in problems:
        logger.warning("WebSub: %s", problem)
    if not again:
        return
    if attempt >= len(WAITS) or not ping_hub.get_backend().supports_defer:
        logger.error(
            "WebSub: gave up telling %s of %s; readers who poll are not affected.", hub_url, ", ".join(again)
        )
        return
    ping_hub.using(run_after=timezone.now() + WAITS[attempt]).enqueue(again, attempt + 1)
