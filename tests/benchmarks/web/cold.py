"""`python -m tests.benchmarks.web.cold`: pages nobody has asked for yet, in a process that is warm. Prints JSON.

`median_ms`, `cpu_ms` and `queries`: of a page that is not kept. What many pages share (stories/remembering.py) is remembered; so
that a feed's articles are not all remembered as well, a story is published before each request for it.

`after_publishing_ms` and `after_publishing_queries`: of the first reader after a new story was published, at which its editor has looked.

`first_ms` and `first_queries`: of the first reader of all, when nothing is kept or remembered.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import count
from typing import Any

import django

RUNS = 15
FIRST_RUNS = 5

_numbers = count(1)


def measured() -> dict[str, Any]:
    from stories.models import SectionPage, StoryPage

    stories = StoryPage.objects.live().filter(locale__language_code="en").order_by("-first_published_at")
    # Of all ages, so that none has the next one's work done for it.
    total = stories.count()
    some = [stories[number * total // (RUNS + 1)] for number in range(RUNS + 1)]
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
    publish = partial(_publish, some)
    figures: dict[str, Any] = {
        name: _figures(urls, publish, usual=publish if name == "feed_cold" else _nothing)
        for name, urls in addresses.items()
    }
    figures["addresses"] = {"home": "/", "story": some[0].url, "rss": "/feeds/all.rss"}
    return figures


def _figures(urls: list[str], publish: Callable[[], None], *, usual: Callable[[], None]) -> dict[str, float]:
    from newsroom.page_cache.changes import everything_changed

    for url in urls:
        # Twice: sizes of pictures are made at the first request of all, and kept in the database.
        _ask(url)
        _ask(url)
    times = [_timed(urls[run % len(urls)], usual) for run in range(RUNS)]
    # Before anything that is remembered is thrown away.
    queries = max(_queries(url, usual) for url in urls)
    published = times if usual is publish else [_timed(urls[run % len(urls)], publish) for run in range(RUNS)]
    first = [_timed(urls[run % len(urls)], everything_changed) for run in range(FIRST_RUNS)]
    return {
        "median_ms": _median(wall for wall, _cpu in times),
        "cpu_ms": _median(cpu for _wall, cpu in times),
        "queries": queries,
        "after_publishing_ms": _median(wall for wall, _cpu in published),
        "after_publishing_queries": max(_queries(url, publish) for url in urls),
        "first_ms": _median(wall for wall, _cpu in first),
        "first_queries": max(_queries(url, everything_changed) for url in urls[:5]),
    }


def _nothing() -> None:
    """Nothing changes between two requests."""


def _publish(samples: list[Any]) -> None:
    """A new story like one of those: their topics differ, as those of a newsroom's newest do."""
    from stories.models import StoryPage

    number = next(_numbers)
    sample = samples[number % len(samples)]
    names = ("title", "standfirst", "lead_image", "body", "dateline")
    story = StoryPage(
        **{name: getattr(sample, name) for name in names}, slug=f"news-{os.getpid()}-{number}", live=False
    )
    story.topics, story.authors = sample.topics.all(), sample.authors.all()
    sample.get_parent().add_child(instance=story)
    story.save_revision().publish()
    _ask(story.url)


def _timed(url: str, after: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and those of them the process was at work."""
    after()
    began, worked = time.perf_counter(), time.process_time()
    _ask(url)
    return time.perf_counter() - began, time.process_time() - worked


def _queries(url: str, after: Callable[[], None]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    after()
    with CaptureQueriesContext(connection) as queries:
        _ask(url)
    return len(queries)


def _median(seconds: Iterable[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


@cache
def _client() -> Any:
    """One for all requests: each client loads the middleware anew, which looks at every static file."""
    from django.test import Client

    return Client(SERVER_NAME="localhost")


def _ask(url: str) -> None:
    from newsroom.page_cache.middleware import store

    store().clear()
    response = _client().get(url)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}.")


if __name__ == "__main__":
    django.setup()
    from newsroom.preloading import load_before_forking

    # As newsroom.web does.
    load_before_forking()
    sys.stdout.write(json.dumps(measured()))
