"""What an editor does within an edition's text: the reader's name by a button, and each kind of block."""

from playwright.sync_api import expect

from newsletter.audience.models import Newsletter
from newsletter.editions.models import EditionPage, NewsletterPage
from newsroom.models import User
from tests.browser.conftest import Visit, log_in
from tests.browser.editor import add_block, save_draft, write
from tests.editions.factories import EditionPageFactory


def test_the_readers_name_is_one_press_away(
    colleague: Visit, newsletter: Newsletter, newsletter_manager_user: User
) -> None:
    home = NewsletterPage.objects.get(newsletter=newsletter, locale__language_code="en")
    edition = EditionPageFactory(parent=home, body=[])

    desk = colleague()
    log_in(desk, newsletter_manager_user)
    desk.goto(f"/admin/pages/{edition.pk}/edit/")
    block = add_block(desk, "Text")
    write(block, "Dear ")
    block.get_by_role("button", name="Reader's name").click()
    words = block.get_by_role("textbox").first
    expect(words).to_have_text("Dear {{name|friend}}")
    # The fallback is selected, to be written over.
    desk.keyboard.type("neighbour")
    expect(words).to_have_text("Dear {{name|neighbour}}")
    desk.keyboard.press("End")
    desk.keyboard.type(", the mill runs.")
    for kind in ("Story card", "New stories", "Picture", "Quote", "Divider", "HTML"):
        add_block(desk, kind)
    desk.get_by_role("textbox", name="Subject").fill("Dear , hello")
    desk.get_by_role("textbox", name="Subject").press("Home")
    for _character in "Dear ":
        desk.keyboard.press("ArrowRight")
    desk.locator("[data-names-reader=id_subject]").click()
    desk.keyboard.type("neighbour")
    expect(desk.get_by_role("textbox", name="Subject")).to_have_value("Dear {{name|neighbour}}, hello")
    save_draft(desk)

    assert (
        EditionPage.objects.get(pk=edition.pk).get_latest_revision_as_object().subject
        == "Dear {{name|neighbour}}, hello"
    )
    body = EditionPage.objects.get(pk=edition.pk).get_latest_revision_as_object().body
    assert "Dear {{name|neighbour}}, the mill runs." in body[0].value["text"].source
    assert [block.block_type for block in body][1:] == [
        "story",
        "new_stories",
        "image",
        "quote",
        "divider",
        "html",
    ]
