"""Public pages on the smallest screen and from the keyboard alone."""

import re

from playwright.sync_api import Locator, Page, expect

from newsletter.audience.models import Newsletter
from tests.browser.conftest import Visit
from tests.browser.every_page import every_page

SMALLEST = {"width": 320, "height": 568}
BARE = {"sign-up elsewhere"}  # a form for other people's pages, without our frame


def test_every_page_is_used_without_a_mouse_on_the_smallest_screen(
    visit: Visit, newsletter: Newsletter
) -> None:
    page = visit(viewport=SMALLEST)
    for name, address in every_page(newsletter).items():
        if name in BARE:
            continue
        page.goto(address)
        expect(page.get_by_role("heading", level=1), name).to_have_count(1)
        for landmark in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(landmark), f"{name}: {landmark}").to_have_count(1)
        expect(page.get_by_role("navigation", name="Main"), name).to_be_visible()
        skips_to_the_content(page, name)
        every_stop_of_the_keyboard_is_seen(page, name)


def skips_to_the_content(page: Page, name: str) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip, name).to_be_focused()
    expect(skip, name).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main"), name).to_be_focused()
    page.evaluate("document.activeElement.blur(); history.replaceState(null, '', location.pathname)")


def every_stop_of_the_keyboard_is_seen(page: Page, name: str) -> None:
    """The first stops in the content: on the screen, with an outline, and named for who cannot see them."""
    page.get_by_role("main").focus()
    for _stop in range(6):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() == 0:
            return
        expect(focused, name).to_be_in_viewport()
        expect(focused, name).to_have_accessible_name(re.compile(r"\S"))
        assert outline(focused) not in {"", "none"}, f"{name}: the focus cannot be seen"


def outline(focused: Locator) -> str:
    return str(focused.evaluate("element => getComputedStyle(element).outlineStyle"))
