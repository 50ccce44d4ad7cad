"""WebSub (https://www.w3.org/TR/websub/): telling the hub which feeds changed."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

import requests
from wagtail.models import Page

from stories.models import ArticlePage

from .channels import Scope, all_channels
from .documents import feed_url
from .formats import FORMATS

TIMEOUT = 10  # seconds


class HubRefused(Exception):
    """The hub answered that it will not take this: asking again would not help."""


class HubUnavailable(Exception):
    """The hub could not be reached, or asked to be left alone for a while."""


def affected_feeds(page: Page) -> list[str]:
    """The addresses of the feeds that hold the page, or held it until now. None for what not everybody may read."""
    if not isinstance(page, ArticlePage) or page.get_view_restrictions().exists():
        return []
    site = page.get_site()
    if site is None:
        return []
    scope = Scope(site, page.locale)
    return [
        feed_url(channel, feed_format)
        for channel in all_channels(scope)
        if channel.covers(page)
        for feed_format in FORMATS.values()
    ]


def tell_hub(hub_url: str, topic_url: str) -> None:
    """POST one feed's address, as url and as topic: hubs differ in which of the two they read.

    Raises HubUnavailable when it is worth asking again, HubRefused when it is not.
    """
    try:
        response = requests.post(
            hub_url,
            data={"hub.mode": "publish", "hub.url": topic_url, "hub.topic": topic_url},
            headers={"User-Agent": "Newsroom (WebSub publisher)"},
            timeout=TIMEOUT,
        )
    except requests.RequestException as error:
        raise HubUnavailable(f"{hub_url} could not be reached for {topic_url}: {error}") from error
    if response.ok:
        return
    later = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
    problem = f"{hub_url} answered {response.status_code} to {topic_url}"
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in later:
        raise HubUnavailable(problem)
    raise HubRefused(problem)


def tell_hub_of_all(hub_url: str, topic_urls: Iterable[str]) -> tuple[list[str], list[Exception]]:
    """The feeds worth another try, and everything that went wrong."""
    again: list[str] = []
    problems: list[Exception] = []
    for topic_url in topic_urls:
        try:
            tell_hub(hub_url, topic_url)
        except HubUnavailable as problem:
            again.append(topic_url)
            problems.append(problem)
        except HubRefused as problem:
            problems.append(problem)
    return again, problems
