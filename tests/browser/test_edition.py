"""An edition from the first line to the mailbox, the archive and the way out of the list."""

import re

from playwright.sync_api import Page, expect

from newsletter.audience.models import Newsletter, Subscription
from newsletter.editions.models import NewsletterPage
from newsletter.sending.models import Mailing
from newsroom.models import User
from tests.audience.factories import SegmentFactory, SubscriberFactory, SubscriptionFactory, kind_rule
from tests.browser.conftest import Visit, log_in
from tests.browser.editor import add_block, choose_action, save_draft, write
from tests.browser.test_reader import in_spanish
from tests.sending.conftest import letters_to, run_worker
from tests.stories.factories import StoryPageFactory


def test_an_edition_is_written_checked_sent_read_and_archived(
    visit: Visit, colleague: Visit, newsletter: Newsletter, newsletter_manager_user: User
) -> None:
    SegmentFactory(name="Organisations", slug="organisations", rules=[kind_rule("organisation")])
    StoryPageFactory(title="The mill opens again")
    for address, name, language, kind in (
        ("ana@readers.example", "Ana", "en", "person"),
        ("berta@readers.example", "Berta", "es", "person"),
        ("mill@readers.example", "The Mill", "en", "organisation"),
    ):
        reader = SubscriberFactory(email=address, name=name, language=language, kind=kind)
        SubscriptionFactory(subscriber=reader, newsletter=newsletter)
    home = NewsletterPage.objects.get(newsletter=newsletter, locale__language_code="en")

    desk = colleague()
    log_in(desk, newsletter_manager_user)
    desk.goto(f"/admin/pages/{home.pk}/")
    desk.get_by_role("link", name="Add child page").click()
    write_edition(desk)
    look_at_preview(desk)
    check_and_mend(desk)
    translate_into_spanish(desk)
    count_test_and_send(desk)

    run_worker()
    expect(desk.get_by_text("3 people = 3 accepted by the mail service")).to_be_visible(timeout=15_000)
    assert Mailing.objects.get().state == Mailing.State.SENT

    read_letters(desk)
    assert Subscription.objects.get(subscriber__email="berta@readers.example").status == "unsubscribed"

    reader = visit()
    reader.goto(home.url)
    reader.get_by_role("link", name="What the assemblies decided").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("What the assemblies decided")
    expect(reader.get_by_text("Dear friend, the mill runs.")).to_be_visible()
    expect(reader.get_by_role("link", name="The mill opens again").first).to_be_visible()
    expect(reader.get_by_text("the ledger is due")).to_have_count(0)


def write_edition(desk: Page) -> None:
    desk.get_by_role("textbox", name="Title*").fill("December")
    desk.get_by_role("textbox", name="Preview text").fill("Three towns, one ledger.")
    add_block(desk, "Heading").get_by_role("textbox", name="heading").fill("From the assemblies")
    write(add_block(desk, "Text"), "Dear {{name|friend}}, the mill runs.")
    stories = add_block(desk, "Stories")
    stories.get_by_role("button", name="Choose a page").click()
    chooser = desk.get_by_role("dialog")
    chooser.get_by_role("textbox", name="Search term").fill("mill opens")
    chooser.get_by_role("link", name="The mill opens again").click()
    expect(stories.get_by_text("The mill opens again").first).to_be_visible()
    aimed = add_block(desk, "Text")
    write(aimed, "For organisations: the ledger is due.")
    aimed.get_by_role("button", name="Choose segment").click()
    desk.get_by_role("dialog").get_by_role("link", name="Organisations").click()
    expect(aimed.get_by_text("Organisations", exact=True).first).to_be_visible()
    save_draft(desk)


def look_at_preview(desk: Page) -> None:
    desk.get_by_role("button", name="Toggle preview").click()
    shown = desk.frame_locator("#w-preview-iframe")
    expect(shown.get_by_text("Dear Alex, the mill runs.")).to_be_visible()
    expect(shown.get_by_text("Show only to: Organisations")).to_be_visible()
    desk.get_by_label("Preview mode").select_option("As plain text")
    expect(shown.locator("pre")).to_contain_text("From the assemblies\n=")


def translate_into_spanish(desk: Page) -> None:
    desk.get_by_role("navigation", name="Actions", exact=True).get_by_role("button", name="Actions").click()
    desk.get_by_role("link", name="Translate").click()
    desk.get_by_role("checkbox", name="Spanish").check()
    desk.get_by_role("button", name="Submit").click()
    expect(desk).to_have_title(re.compile("Editing"))
    desk.get_by_role("textbox", name="Subject").fill("Lo que decidieron las asambleas")
    save_draft(desk)
    choose_action(desk, "Check and send")


def check_and_mend(desk: Page) -> None:
    """The subject was left out: the edition cannot be sent before it has one."""
    choose_action(desk, "Check and send")
    fault = desk.get_by_role("listitem").filter(has_text="Must be mended").first
    expect(fault).to_contain_text("subject")
    expect(desk.get_by_role("button", name="Send this edition")).to_have_count(0)
    fault.get_by_role("link", name="Go there").click()
    desk.get_by_role("textbox", name="Subject").fill("What the assemblies decided")
    save_draft(desk)
    choose_action(desk, "Check and send")
    expect(desk.get_by_role("button", name="Send this edition")).to_be_visible()
    expect(desk.get_by_text("Must be mended")).to_have_count(0)
    desk.get_by_role("link", name="Write", exact=True).click()


def count_test_and_send(desk: Page) -> None:
    desk.get_by_role("checkbox", name="Everybody on this newsletter").check()
    desk.get_by_role("button", name="Count the people").click()
    expect(desk.get_by_text("3 people would get this, each once.")).to_be_visible()
    desk.get_by_label("Send a test to").fill("me@weft.example")
    desk.get_by_role("button", name="Send a test").click()
    expect(desk.get_by_text("test messages are on their way to me@weft.example")).to_be_visible()
    assert len(letters_to("me@weft.example")) == 2
    desk.get_by_role("checkbox", name="Everybody on this newsletter").check()
    desk.get_by_role("button", name="Send this edition").click()
    expect(desk.get_by_text("The versions are being made")).to_be_visible()


def read_letters(desk: Page) -> None:
    """In two languages, as HTML and as text; the way out of the list is a link in the letter."""
    desk.get_by_role("link", name="Mailbox").click()
    desk.get_by_label("To", exact=True).fill("mill@")
    desk.get_by_role("button", name="Filter").click()
    desk.get_by_role("link", name="What the assemblies decided").click()
    letter = desk.frame_locator("iframe")
    expect(letter.get_by_text("Dear The Mill, the mill runs.")).to_be_visible()
    expect(letter.get_by_text("the ledger is due")).to_be_visible()

    desk.get_by_role("link", name="All letters").click()
    desk.get_by_label("Language").select_option("Spanish")
    desk.get_by_role("button", name="Filter").click()
    expect(desk.get_by_role("row")).to_have_count(1 + 2)
    desk.get_by_role("row", name="berta@readers.example").get_by_role(
        "link", name="Lo que decidieron"
    ).click()
    desk.get_by_role("link", name="Plain text").click()
    expect(desk.locator("pre")).to_contain_text("Dear Berta, the mill runs.")
    expect(desk.locator("pre")).not_to_contain_text("the ledger is due")
    desk.get_by_role("link", name="HTML").click()
    with desk.expect_popup() as opened:
        desk.frame_locator("iframe").locator("a[href*='/unsubscribe/']").click()
    way_out = opened.value
    expect(way_out.locator("html")).to_have_attribute("lang", "es")
    way_out.locator("main").get_by_role("button").first.click()
    expect(way_out.get_by_role("heading", level=1)).to_have_text(in_spanish("You are off the list"))
