from playwright.sync_api import Page, expect

from stories.models import SiteIdentity
from tests.stories.factories import StoryPageFactory


def test_a_reader_opens_the_newest_story_from_the_front_page(page: Page, identity: SiteIdentity) -> None:
    StoryPageFactory(title="The mill opens again")
    page.goto("/")
    page.get_by_role("link", name="The mill opens again").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The mill opens again")
