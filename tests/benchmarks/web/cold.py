"""`python -m tests.benchmarks.web.cold`: pages nobody has asked for yet, in a process that is warm. Prints JSON.

No page is kept. Parts many pages share, such as the menu (stories/remembering.py), are: they are made anew only when what they
were made from has changed.
"""

import json
import statistics
import sys
import time
from functools import cache
from typing import Any

import django

RUNS = 25


def measured() -> dict[str, Any]:
    from stories.models import SectionPage, StoryPage

    stories = StoryPage.objects.live().filter(locale__language_code="en").order_by("-first_published_at")
    # Of all ages, so that none has the next one's work done for it.
    count = stories.count()
    some = [stories[number * count // (RUNS + 1)] for number in range(RUNS + 1)]
    section = max(
        SectionPage.objects.live().filter(locale__language_code="en"),
        key=lambda page: page.articles().count(),
    )
    addresses = {
        "story_cold": [story.url for story in some],
        "home_cold": ["/"],
        "listing_cold": [f"{section.url}?page={number}" for number in range(1, 6)],
        "search_cold": [f"/search/?q={word}" for word in ("mill", "bread", "assembly", "network", "roof")],
        "feed_cold": ["/feeds/all.rss"],
    }
    figures: dict[str, Any] = {name: _median(urls) for name, urls in addresses.items()}
    figures["addresses"] = {"home": "/", "story": some[0].url, "rss": "/feeds/all.rss"}
    return figures


def _median(urls: list[str]) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asked: list[int] = []
    for url in urls:
        # Twice: sizes of pictures are made at the first request of all, and kept in the database.
        _seconds(url)
        with CaptureQueriesContext(connection) as queries:
            _seconds(url)
        asked.append(len(queries))
    times = [_seconds(urls[run % len(urls)]) for run in range(RUNS)]
    return {"median_ms": round(statistics.median(times) * 1000, 1), "queries": max(asked)}


@cache
def _client() -> Any:
    """One for all requests: each client loads the middleware anew, which looks at every static file."""
    from django.test import Client

    return Client(SERVER_NAME="localhost")


def _seconds(url: str) -> float:
    from newsroom.page_cache.middleware import store

    store().clear()
    began = time.perf_counter()
    response = _client().get(url)
    seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}.")
    return seconds


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(measured()))
