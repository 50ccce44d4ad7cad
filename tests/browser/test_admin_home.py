"""An editor's and a newsletter manager's morning, on a wide screen and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from newsletter.audience.models import Newsletter
from newsletter.sending.models import Mailing
from newsroom.models import User
from tests.browser.conftest import PHONE, Visit, log_in
from tests.editions.factories import EditionPageFactory
from tests.stories.factories import AuthorFactory, StoryPageFactory, TopicFactory


@pytest.fixture
def waiting(newsletter: Newsletter, author_user: User) -> None:
    """A story for review, with a version before it; a sending that stopped."""
    story = StoryPageFactory(
        owner=author_user, live=False, title="The mill", authors=[AuthorFactory()], topics=[TopicFactory()]
    )
    story.save_revision(user=author_user)
    story.title = "The mill turns"
    story.save_revision(user=author_user)
    story.get_workflow().start(story, author_user)
    Mailing.objects.create(
        edition=EditionPageFactory(parent=newsletter.pages.first(), title="November"),
        newsletter=newsletter,
        to_everyone=True,
        audience=0,
        state=Mailing.State.PAUSED,
        fault="The mail service refuses our key.",
        started_at=timezone.now(),
    )


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("screen", [{"width": 1280, "height": 900}, PHONE])
def test_an_editor_sees_what_waits_and_compares_it(
    colleague: Visit, waiting: None, editor_user: User, screen: dict[str, int]
) -> None:
    page = colleague(viewport=screen)
    log_in(page, editor_user) if screen is not PHONE else _log_in_on_a_phone(page, editor_user)
    expect(page.get_by_role("heading", name="Needs you today")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="Compare with the version before: The mill turns").click()
    expect(page.get_by_role("row", name="Title: The mill turns")).to_be_visible()


def test_a_newsletter_manager_sends_on_from_here(
    colleague: Visit, waiting: None, newsletter_manager_user: User
) -> None:
    page = colleague()
    log_in(page, newsletter_manager_user)
    expect(page.get_by_text("It stopped: The mail service refuses our key.")).to_be_visible()
    expect(page.get_by_role("link", name="Write a story")).to_have_count(0)
    page.get_by_role("button", name="Go on sending: November").click()
    page.wait_for_url("**/sending/*/")
    assert Mailing.objects.get().state != Mailing.State.PAUSED
    page.goto(reverse("wagtailadmin_home"))
    page.get_by_role("link", name="New edition").first.click()
    expect(page.get_by_role("textbox", name="Title")).to_be_visible()


def test_the_front_page_of_the_admin_has_no_barrier(
    colleague: Visit, waiting: None, administrator: User
) -> None:
    page = colleague()
    log_in(page, administrator)
    results = Axe().run(page, context=".today, .checklist")
    assert results.violations_count == 0, results.generate_report()


def _log_in_on_a_phone(page: Page, user: User) -> None:
    from tests.newsroom.factories import PASSWORD

    page.goto(reverse("wagtailadmin_home"))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
