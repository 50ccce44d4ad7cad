"""Wagtail's page editor as a person uses it."""

import re

from playwright.sync_api import Locator, Page, expect


def add_block(page: Page, kind: str) -> Locator:
    """Adds a block at the end of the page's text and gives back its form."""
    stream = page.locator("#panel-child-content-body-section")
    blocks = stream.locator("[data-streamfield-stream-container] > [data-streamfield-child]")
    before = blocks.count()
    stream.get_by_role("button", name="Insert a block", exact=True).last.click()
    page.get_by_role("option", name=kind, exact=True).click()
    expect(blocks).to_have_count(before + 1)
    return blocks.last


def write(block: Locator, words: str) -> None:
    """Types into the block's rich text, key by key as the editor expects it, and waits until the form has it."""
    block.get_by_role("textbox").first.click()
    block.page.keyboard.type(words)
    in_form = block.locator("input[type=hidden][name*='-value']").first
    expect(in_form).to_have_value(re.compile(re.escape(words.split()[-1])))


def choose_action(page: Page, name: str) -> None:
    """Presses one of the buttons folded away beside "Save draft"."""
    actions = page.get_by_role("navigation", name="Actions (footer)")
    actions.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name=name, exact=True).or_(
        page.get_by_role("link", name=name, exact=True)
    ).click()


def save_draft(page: Page) -> None:
    """The page may exist by then: the editor saves by itself while one writes, and says so in the same words."""
    with page.expect_navigation():
        page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("status").first).to_contain_text(re.compile("created|has been updated"))
