"""Chromium against the newsroom as it is served. Debian's own browser: Playwright's download is not needed."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer
from wagtail.models import Site

from newsletter.audience.models import Newsletter
from newsroom.models import User
from stories.models import SiteIdentity
from tests.editions.factories import newsletter_pages
from tests.newsroom.factories import PASSWORD

CHROMIUM = shutil.which("chromium")
HERE = Path(__file__).parent
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOT_RUN = pytest.StashKey[int]()
PHONE = {"width": 390, "height": 844}

# What a page shows it shows soon, but two runs share two cores; Playwright would give up after five seconds.
expect.set_options(timeout=20_000)

# Playwright's synchronous interface runs an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.django_db(transaction=True))
    if CHROMIUM is None and ours:
        config.stash[NOT_RUN] = len(ours)
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    not_run = config.stash.get(NOT_RUN, 0)
    if CHROMIUM is None:
        terminalreporter.section("NOT RUN", red=True, bold=True)
        terminalreporter.line(
            f"{not_run or 'All'} browser tests: there is no Chromium here. Install it with apt-get install chromium."
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def newsroom(live_server: LiveServer, identity: SiteIdentity, mailbox: Path, settings: Any) -> str:
    """The address of a newsroom in three languages; its mails lead there too."""
    settings.BASE_URL = settings.WAGTAILADMIN_BASE_URL = live_server.url
    hostname, _colon, port = live_server.url.removeprefix("http://").partition(":")
    Site.objects.update(hostname=hostname, port=int(port))
    Site.clear_site_root_paths_cache()
    return live_server.url


class Watch:
    """What pages did that they must not, in words."""

    def __init__(self, newsroom: str) -> None:
        self.newsroom = newsroom
        self.seen: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.route(lambda address: not address.startswith(self.newsroom), lambda route: route.abort())
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda fault: self.seen.append(f"script: {fault.error}"))

    def _request(self, request: Request) -> None:
        if re.match(r"(https?|wss?):", request.url) and not request.url.startswith(f"{self.newsroom}/"):
            self.seen.append(f"request to somebody else: {request.url}")

    def _console(self, said: ConsoleMessage) -> None:
        # Chromium calls a refused form an error (400: the editor saving by itself); people are told what to mend.
        # /nowhere/ is where tests look at the page that says so.
        expected = re.search(r"status of (400|422)", said.text) or said.location["url"].endswith("/nowhere/")
        if said.type == "error" and not expected:
            self.seen.append(f"console: {said.text} ({said.location['url']})")

    def cookies(self, context: BrowserContext) -> None:
        self.seen += [f"cookie: {cookie['name']}" for cookie in context.cookies()]


# Opens a browser of its own for one person; keyword arguments are Playwright's, such as viewport.
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, newsroom: str) -> Iterator[Visit]:
    """A reader at the newsroom. No page may ask another host, set a cookie or complain on the console."""
    yield from _people(browser, newsroom, may_have_cookies=False)


@pytest.fixture
def colleague(browser: Browser, newsroom: str) -> Iterator[Visit]:
    """Somebody who will log in: colleague(), then log_in(page, user)."""
    yield from _people(browser, newsroom, may_have_cookies=True)


def _people(browser: Browser, newsroom: str, *, may_have_cookies: bool) -> Iterator[Visit]:
    watch, contexts = Watch(newsroom), []

    def visit(**options: Any) -> Page:
        context = browser.new_context(base_url=newsroom, locale="en-GB", reduced_motion="reduce", **options)
        context.set_default_timeout(20_000)
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        if not may_have_cookies:
            watch.cookies(context)
        context.close()
    assert watch.seen == []


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit()


@pytest.fixture
def newsletter(newsroom: str) -> Newsletter:
    """The Monthly Thread, with a page in every language and its sign-up on the home pages."""
    pages = newsletter_pages()
    chosen = pages["en"].newsletter
    for page in pages.values():
        home = page.get_parent().specific
        home.newsletter = chosen
        home.save(update_fields=["newsletter"])
    return chosen


def log_in(page: Page, user: User) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()
