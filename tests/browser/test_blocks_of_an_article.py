"""The blocks of an article: chosen and written by an editor, read on a small screen and by keyboard."""

import json

from playwright.sync_api import Page, expect

from newsroom.models import User
from stories.models import StoryPage
from tests.browser.conftest import Visit, log_in
from tests.browser.editor import add_block, save_draft
from tests.stories.every_block import every_block, table
from tests.stories.factories import StoryPageFactory

SMALL = {"width": 320, "height": 640}


def wide_table() -> dict[str, object]:
    stored = table()
    stored["value"]["table"]["columns"] += [
        {"type": "figure", "heading": f"Month number {month}"} for month in range(9)
    ]
    stored["value"]["table"]["rows"] = [{"values": ["<p>Spring</p>", *["12,345"] * 11]}]
    return stored


def test_on_a_small_screen_only_a_wide_table_moves_sideways_and_a_keyboard_moves_it(visit: Visit) -> None:
    story = StoryPageFactory(body=json.dumps([*every_block(), wide_table()]))
    page = visit(viewport=SMALL)
    page.goto(story.url)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    moving = page.locator(".scroll").last
    moving.focus()
    expect(moving).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("[...document.querySelectorAll('.scroll')].at(-1).scrollLeft > 0")


def test_a_question_opens_by_keyboard_and_a_notes_number_leads_there_and_back(visit: Visit) -> None:
    story = StoryPageFactory(body=json.dumps(every_block()))
    page = visit()
    page.goto(story.url)
    page.get_by_text("Who may vote?").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Whoever worked one shift.")).to_be_visible()
    page.get_by_role("link", name="Note 2").click()
    expect(page).to_have_url(f"{page.url.partition('#')[0]}#note-2")
    page.locator("#note-2").get_by_role("link", name="Back to the text").click()
    expect(page).to_have_url(f"{page.url.partition('#')[0]}#mark-2")


def test_notes_stand_in_the_margin_on_a_wide_screen_and_below_on_a_small_one(visit: Visit) -> None:
    story = StoryPageFactory(body=json.dumps(every_block()))
    for width, beside in ((1280, True), (390, False)):
        page = visit(viewport={"width": width, "height": 800})
        page.goto(story.url)
        text = page.locator(".noted > p").first.bounding_box()
        note = page.locator(".notes").first.bounding_box()
        assert text is not None
        assert note is not None
        assert (note["x"] >= text["x"] + text["width"]) is beside
        assert (note["y"] >= text["y"] + text["height"]) is not beside
        assert note["x"] + note["width"] <= width


def test_an_editor_marks_a_footnote_in_its_sentence_and_fills_in_a_table(
    colleague: Visit, editor_user: User
) -> None:
    story = StoryPageFactory(body=[], slug="mill")
    desk = colleague()
    log_in(desk, editor_user)
    desk.goto(f"/admin/pages/{story.pk}/edit/")
    text = add_block(desk, "Text")
    text.get_by_role("textbox").first.click()
    desk.keyboard.type("The mill opens at sixFive in summer.")
    for _letter in "Five in summer.":
        desk.keyboard.press("Shift+ArrowLeft")
    press_footnote(desk)
    fill_table(desk)
    save_draft(desk)
    body = StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object().body
    assert "six<footnote>Five in summer.</footnote></p>" in body[0].value.source
    shown = body[1].value["table"]
    assert shown.caption == "Loaves by season"
    assert [column["heading"] for column in shown.columns] == ["Loaves"]
    assert shown.row_data == [{"values": ["4,120"]}]


def press_footnote(desk: Page) -> None:
    desk.locator(".Draftail-ToolbarButton", has_text="¹").first.click()


def fill_table(desk: Page) -> None:
    form = add_block(desk, "Table")
    form.get_by_label("Caption").fill("Loaves by season")
    form.get_by_role("button", name="Add column").click()
    desk.get_by_role("button", name="Figures", exact=True).click()
    form.locator("[name$=column-0-heading]").fill("Loaves")
    form.locator("[name$=cell-0-0]").fill("4,120")
