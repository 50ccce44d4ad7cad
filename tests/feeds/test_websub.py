"""The hub is a small server of ours, so that what is asserted is what arrives there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from wagtail.models import PageViewRestriction

from stories.feeds.tasks import WAITS, ping_hub
from stories.models import StoryPage


@dataclass
class Hub:
    url: str = ""
    status: int = 202
    received: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def hub(settings, newsroom) -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.received.append(parse_qs(body))
            self.send_response(state.status)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/"
    settings.WEBSUB_HUB_URL = state.url
    yield state
    server.shutdown()
    server.server_close()


def pings():
    return list(DBTaskResult.objects.filter(task_path="stories.feeds.tasks.ping_hub").order_by("enqueued_at"))


def topics_of(ping):
    return ping.args_kwargs["args"][0]


def test_publishing_enqueues_one_ping_for_all_feeds_the_story_is_in(
    hub, newsroom, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        newsroom.publish(StoryPage, "El molino", language="es")
    (ping,) = pings()
    assert topics_of(ping) == [
        f"https://weft.example/es/feeds/{slug}.{extension}"
        for slug in ("all", "stories")
        for extension in ("rss", "atom", "json")
    ]


def test_topic_feeds_are_told_too(hub, newsroom, django_capture_on_commit_callbacks):
    page = newsroom.publish(StoryPage, "The mill", topics=("food",))
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    assert "https://weft.example/feeds/topic-food.rss" in topics_of(pings()[-1])
    assert "https://weft.example/feeds/topic-housing.rss" not in topics_of(pings()[-1])


@pytest.mark.parametrize("withdraw", ["unpublish", "delete"])
def test_withdrawing_tells_the_hub(hub, newsroom, django_capture_on_commit_callbacks, withdraw):
    page = newsroom.publish(StoryPage, "The mill", topics=("food",))
    with django_capture_on_commit_callbacks(execute=True):
        getattr(StoryPage.objects.get(pk=page.pk), withdraw)()
    (ping,) = pings()
    assert "https://weft.example/feeds/topic-food.atom" in topics_of(ping)


def test_nothing_is_told_of_a_change_that_is_rolled_back(hub, newsroom, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        try:
            with transaction.atomic():
                newsroom.publish(StoryPage, "The mill")
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    assert pings() == []
    assert callbacks == []


def test_a_page_not_everybody_may_read_is_not_told(hub, newsroom, django_capture_on_commit_callbacks):
    page = newsroom.publish(StoryPage, "Members only")
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    assert pings() == []


def test_without_a_hub_nothing_is_enqueued(newsroom, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        newsroom.publish(StoryPage, "The mill")
    assert pings() == []


def test_the_hub_gets_mode_url_and_topic_for_each_feed(hub):
    urls = ["https://weft.example/feeds/all.rss", "https://weft.example/feeds/all.atom"]
    ping_hub.call(urls)
    assert hub.received == [{"hub.mode": ["publish"], "hub.url": [url], "hub.topic": [url]} for url in urls]
    assert pings() == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_hub_that_cannot_take_it_is_told_again_later(hub, status):
    hub.status = status
    ping_hub.call(["https://weft.example/feeds/all.rss"])
    (ping,) = pings()
    assert ping.args_kwargs["args"] == [["https://weft.example/feeds/all.rss"], 1]
    assert ping.run_after > ping.enqueued_at


def test_a_hub_that_is_away_is_told_again_later(hub, settings):
    settings.WEBSUB_HUB_URL = "http://127.0.0.1:9/"
    ping_hub.call(["https://weft.example/feeds/all.rss"])
    assert len(pings()) == 1


def test_after_the_last_wait_it_gives_up(hub):
    hub.status = 503
    ping_hub.call(["https://weft.example/feeds/all.rss"], attempt=len(WAITS))
    assert pings() == []


def test_a_hub_that_refuses_is_not_asked_again(hub):
    hub.status = 400
    ping_hub.call(["https://weft.example/feeds/all.rss"])
    assert pings() == []
