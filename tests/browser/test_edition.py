"""An edition from the first line to the mailbox, the archive and the way out of the list."""

import re

from playwright.sync_api import Locator, Page, expect

from newsletter.audience.models import Newsletter, Subscription
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.sending.models import Mailing
from newsroom.models import User
from tests.audience.factories import SegmentFactory, SubscriberFactory, SubscriptionFactory, kind_rule
from tests.browser.conftest import PHONE, Visit, log_in
from tests.browser.editor import add_block, choose_action, save_draft, write
from tests.browser.test_reader import in_spanish
from tests.sending.conftest import letters_to, run_worker
from tests.stories.factories import StoryPageFactory

# Subject, heading, and the texts for everybody, for organisations and for people.
TRANSLATED = {
    "es": (
        "Lo que decidieron las asambleas",
        "De las asambleas",
        "Hola, {{name|amiga}}: el molino funciona.",
        "Para organizaciones: toca el libro de cuentas.",
        "Para personas: trae una cuchara.",
    ),
    "fr": (
        "Ce que disent les assemblées",
        "Des assemblées",
        "Bonjour {{name|toi}}, le moulin tourne.",
        "Pour les organisations : le registre est attendu.",
        "Pour les personnes : apporte une cuillère.",
    ),
}


def test_an_edition_is_written_checked_sent_read_and_archived(
    visit: Visit, colleague: Visit, newsletter: Newsletter, newsletter_manager_user: User
) -> None:
    SegmentFactory(name="Organisations", slug="organisations", rules=[kind_rule("organisation")])
    SegmentFactory(name="People", slug="people", rules=[kind_rule("person")])
    StoryPageFactory(title="The mill opens again")
    for address, name, language, kind in (
        ("ana@readers.example", "Ana", "en", "person"),
        ("berta@readers.example", "Berta", "es", "person"),
        ("chloe@readers.example", "", "fr", "person"),
        ("mill@readers.example", "The Mill", "en", "organisation"),
    ):
        reader = SubscriberFactory(email=address, name=name, language=language, kind=kind)
        SubscriptionFactory(subscriber=reader, newsletter=newsletter)
    home = NewsletterPage.objects.get(newsletter=newsletter, locale__language_code="en")

    desk = colleague()
    log_in(desk, newsletter_manager_user)
    choose_from_menu(desk, "New edition")
    write_edition(desk)
    look_at_previews(desk)
    check_and_mend(desk)
    translate(desk)
    count_test_and_send(desk)

    run_worker()
    expect(desk.get_by_text("4 people = 4 accepted by the mail service")).to_be_visible(timeout=15_000)
    assert Mailing.objects.get().state == Mailing.State.SENT
    find_it_in_the_list(desk)

    read_letters(desk)
    assert Subscription.objects.get(subscriber__email="berta@readers.example").status == "unsubscribed"

    reader = visit()
    reader.goto(home.url)
    reader.get_by_role("link", name="What the assemblies decided").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("What the assemblies decided")
    expect(reader.get_by_text("Dear friend, the mill runs.")).to_be_visible()
    expect(reader.get_by_role("link", name="The mill opens again").first).to_be_visible()
    expect(reader.get_by_text("the ledger is due")).to_have_count(0)
    read_report(desk)


def read_report(desk: Page) -> None:
    """What became of it, and who left because of it."""
    choose_from_menu(desk, "Editions")
    row = desk.get_by_role("row").filter(has_text="December")
    row.get_by_role("link", name="sent", exact=True).click()
    desk.get_by_role("link", name="Report", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Report")
    expect(desk.get_by_text("4 people", exact=True)).to_be_visible()
    figures = desk.get_by_role("table", name="What became of it")
    expect(figures.get_by_role("row")).to_have_count(1)
    expect(figures).to_contain_text("accepted by the mail service, nothing more is known")
    expect(figures.get_by_role("cell").first).to_have_text("4")
    left = desk.get_by_role("table", name="Afterwards").get_by_role("row", name="unsubscribed within 14 days")
    expect(left.get_by_role("cell").first).to_have_text("1")


def choose_from_menu(desk: Page, name: str) -> None:
    """Everything about newsletters stands under one entry of the main menu."""
    menu = desk.get_by_role("navigation", name="Main menu")
    menu.get_by_role("button", name="Newsletter").click()
    menu.get_by_role("link", name=name, exact=True).click()


def write_edition(desk: Page) -> None:
    steps = desk.get_by_role("navigation", name="Steps")
    expect(steps).to_contain_text("Save the draft first.")
    expect(steps.get_by_role("link")).to_have_count(0)
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
    write_aimed(desk, "For organisations: the ledger is due.", segment="Organisations")
    write_aimed(desk, "For people: bring a spoon.", segment="People")
    save_draft(desk)


def write_aimed(desk: Page, words: str, *, segment: str) -> None:
    aimed = add_block(desk, "Text")
    write(aimed, words)
    aimed.get_by_role("button", name="Choose segment").click()
    desk.get_by_role("dialog").get_by_role("link", name=segment).click()
    expect(aimed.get_by_text(segment, exact=True).first).to_be_visible()


def look_at_previews(desk: Page) -> None:
    """Wide, on a phone, as text, as a segment, as one person."""
    desk.get_by_role("textbox", name="Somebody's address").fill("mill@readers.example")
    desk.get_by_role("button", name="Toggle preview").click()
    shown = desk.frame_locator("#w-preview-iframe")
    modes = desk.get_by_label("Preview mode")
    expect(shown.get_by_text("Dear Alex, the mill runs.")).to_be_visible()
    expect(shown.get_by_text("Show only to: Organisations")).to_be_visible()
    desk.get_by_role("radio", name="As on a phone").check(force=True)
    expect(shown.get_by_text("Dear Alex, the mill runs.")).to_be_visible()
    assert shown.locator("html").evaluate("page => page.clientWidth") == PHONE["width"]
    desk.get_by_role("radio", name="Wide").check(force=True)
    modes.select_option("As plain text")
    expect(shown.locator("pre")).to_contain_text("From the assemblies\n=")
    modes.select_option("As “People”")
    expect(shown.get_by_text("bring a spoon")).to_be_visible()
    expect(shown.get_by_text("the ledger is due")).to_have_count(0)
    modes.select_option("As one person")
    expect(shown.get_by_text("Dear The Mill, the mill runs.")).to_be_visible()
    expect(shown.get_by_text("the ledger is due")).to_be_visible()
    expect(shown.get_by_text("bring a spoon")).to_have_count(0)


def translate(desk: Page) -> None:
    desk.get_by_role("navigation", name="Actions", exact=True).get_by_role("button", name="Actions").click()
    desk.get_by_role("link", name="Translate").click()
    desk.get_by_role("checkbox", name="Spanish").check()
    desk.get_by_role("checkbox", name="French").check()
    desk.get_by_role("button", name="Submit").click()
    for code, (subject, heading, *texts) in TRANSLATED.items():
        version = EditionPage.objects.get(locale__language_code=code)
        desk.goto(f"/admin/pages/{version.pk}/edit/")
        desk.get_by_role("textbox", name="Subject").fill(subject)
        blocks = desk.locator("[data-streamfield-stream-container] > [data-streamfield-child]")
        blocks.first.get_by_role("textbox", name="heading").fill(heading)
        # The third block is the stories, which are found in each language by themselves.
        for block, words in zip((blocks.nth(1), blocks.nth(3), blocks.nth(4)), texts, strict=True):
            rewrite(block, words)
        save_draft(desk)
    desk.get_by_role("navigation", name="Steps").get_by_role("link", name="Check").click()


def rewrite(block: Locator, words: str) -> None:
    block.get_by_role("textbox").first.click()
    block.page.keyboard.press("Control+A")
    block.page.keyboard.type(words)
    # The rich text editor hands over what was typed a moment later.
    expect(block.locator("input[name$='-value-text']")).to_have_value(re.compile(re.escape(words)))


def check_and_mend(desk: Page) -> None:
    """The subject was left out, and a block says TODO: each finding leads to what it is about."""
    add_block(desk, "Heading").get_by_role("textbox", name="heading").fill("TODO: who writes this?")
    save_again(desk)
    choose_action(desk, "Check and send")
    fault = desk.get_by_role("listitem").filter(has_text="Must be mended").first
    expect(fault).to_contain_text("subject")
    expect(desk.get_by_role("button", name="Send this edition")).to_have_count(0)
    remark = desk.get_by_role("listitem").filter(has_text="TODO")
    expect(remark).to_contain_text("Please look")
    remark.get_by_role("link", name="Go there").click()
    block = desk.locator("[data-streamfield-stream-container] > [data-streamfield-child]").last
    expect(block.get_by_role("textbox", name="heading")).to_have_value("TODO: who writes this?")
    expect(block).to_be_in_viewport()
    expect(desk.get_by_role("navigation", name="Steps")).to_be_in_viewport()
    block.get_by_role("button", name="Delete").click()
    desk.get_by_role("textbox", name="Subject").fill("What the assemblies decided")
    save_again(desk)
    steps = desk.get_by_role("navigation", name="Steps")
    expect(steps.get_by_role("link", name="Write")).to_have_attribute("aria-current", "step")
    steps.get_by_role("link", name="Check").click()
    expect(desk.get_by_text("Must be mended")).to_have_count(0)
    expect(desk.get_by_text("TODO")).to_have_count(0)
    desk.get_by_role("navigation", name="Steps").get_by_role("link", name="Write").click()


def save_again(desk: Page) -> None:
    """The last saving's message still stands there, so what is waited for is the page coming back."""
    with desk.expect_navigation():
        desk.get_by_role("button", name="Save draft").click()
    expect(desk.get_by_role("status").first).to_contain_text("has been updated")


def count_test_and_send(desk: Page) -> None:
    desk.get_by_role("checkbox", name="Organisations").first.check()
    desk.get_by_role("checkbox", name="People").first.check()
    desk.get_by_role("button", name="Count the people").click()
    expect(desk.get_by_text("4 people would get this, each once.")).to_be_visible()
    desk.get_by_label("Send a test to").fill("me@weft.example")
    desk.get_by_role("button", name="Send a test").click()
    expect(desk.get_by_text("test messages are on their way to me@weft.example")).to_be_visible()
    assert len(letters_to("me@weft.example")) == 3
    desk.get_by_role("button", name="Count the people").click()
    expect(desk.get_by_text("4 people, now")).to_be_visible()
    desk.get_by_role("button", name="Send this edition").click()
    expect(desk.get_by_text("The versions are being made")).to_be_visible()


def find_it_in_the_list(desk: Page) -> None:
    choose_from_menu(desk, "Editions")
    row = desk.get_by_role("row").filter(has_text="December")
    expect(row).to_have_count(1)
    for language in ("English", "Spanish", "French"):
        expect(row.get_by_role("listitem").filter(has_text=language)).to_contain_text("sent")
    row.get_by_role("link", name="sent", exact=True).click()
    expect(desk.get_by_text("4 people = 4 accepted by the mail service")).to_be_visible()


def read_letters(desk: Page) -> None:
    """In three languages, as HTML and as text; the way out of the list is a link in the letter."""
    choose_from_menu(desk, "Mailbox")
    desk.get_by_label("To", exact=True).fill("mill@")
    desk.get_by_role("button", name="Filter").click()
    desk.get_by_role("link", name="What the assemblies decided").click()
    letter = desk.frame_locator("iframe")
    expect(letter.get_by_text("Dear The Mill, the mill runs.")).to_be_visible()
    expect(letter.get_by_text("the ledger is due")).to_be_visible()
    expect(letter.get_by_text("bring a spoon")).to_have_count(0)

    desk.get_by_role("link", name="All letters").click()
    desk.get_by_label("To", exact=True).fill("chloe@")
    desk.get_by_role("button", name="Filter").click()
    desk.get_by_role("link", name="Ce que disent les assemblées").click()
    letter = desk.frame_locator("iframe")
    expect(letter.get_by_role("heading", name="Des assemblées")).to_be_visible()
    expect(letter.get_by_text("Bonjour toi, le moulin tourne.")).to_be_visible()
    expect(letter.get_by_text("apporte une cuillère")).to_be_visible()
    expect(letter.get_by_text("le registre")).to_have_count(0)

    desk.get_by_role("link", name="All letters").click()
    desk.get_by_label("Language").select_option("Spanish")
    desk.get_by_role("button", name="Filter").click()
    expect(desk.get_by_role("row")).to_have_count(1 + 2)
    desk.get_by_role("row", name="berta@readers.example").get_by_role(
        "link", name="Lo que decidieron"
    ).click()
    desk.get_by_role("link", name="Plain text").click()
    expect(desk.locator("pre")).to_contain_text("Hola, Berta: el molino funciona.")
    expect(desk.locator("pre")).to_contain_text("trae una cuchara")
    expect(desk.locator("pre")).not_to_contain_text("el libro de cuentas")
    desk.get_by_role("link", name="HTML").click()
    with desk.expect_popup() as opened:
        desk.frame_locator("iframe").locator("a[href*='/unsubscribe/']").click()
    way_out = opened.value
    expect(way_out.locator("html")).to_have_attribute("lang", "es")
    way_out.locator("main").get_by_role("button").first.click()
    expect(way_out.get_by_role("heading", level=1)).to_have_text(in_spanish("You are off the list"))
