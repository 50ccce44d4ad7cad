"""A press officer puts out news at once; an administrator puts a link into the menu."""

from playwright.sync_api import expect

from newsroom.models import User
from stories.models import NewsPage
from tests.browser.conftest import Visit, log_in
from tests.browser.editor import add_block, choose_action, save_draft, write
from tests.stories.factories import AuthorFactory, TopicFactory, shelf

TITLE = "The mill is ours"


def test_a_press_officer_publishes_news_and_corrects_it(
    visit: Visit, colleague: Visit, press_officer_user: User, newsroom: str
) -> None:
    TopicFactory(name="Work")
    AuthorFactory(name="Ada Ruiz")
    section = shelf("News")
    desk = colleague()
    log_in(desk, press_officer_user)
    expect(desk.get_by_role("heading", name="Needs you today")).to_be_visible()
    desk.goto(f"/admin/pages/add/stories/newspage/{section.pk}/")
    desk.get_by_role("textbox", name="Title*").fill(TITLE)
    desk.get_by_role("textbox", name="Standfirst").fill("Forty-six households bought it this morning.")
    write(add_block(desk, "Text"), "The keys were handed over at nine.")
    save_draft(desk)
    desk.locator("#id_topics").get_by_role("checkbox", name="Work").check()
    desk.locator("#id_authors").get_by_role("checkbox", name="Ada Ruiz").check()
    choose_action(desk, "Publish")
    expect(desk.get_by_role("status").first).to_contain_text("published")

    reader = visit()
    reader.goto("/")
    reader.get_by_role("link", name=TITLE).first.click()
    expect(reader.get_by_text("The keys were handed over at nine.")).to_be_visible()

    desk.goto(f"/admin/pages/{NewsPage.objects.get().pk}/edit/")
    desk.get_by_role("button", name="Add correction").click()
    correction = desk.get_by_role("textbox", name="What was wrong, and what is right").last
    correction.fill("Forty-seven households, not forty-six.")
    choose_action(desk, "Publish")
    expect(desk.get_by_role("status").first).to_contain_text("published")
    reader.reload()
    expect(reader.get_by_text("Forty-seven households, not forty-six.")).to_be_visible()


def test_an_administrator_puts_a_link_into_the_menu(
    visit: Visit, colleague: Visit, administrator: User, newsroom: str
) -> None:
    reader = visit()
    reader.goto("/")
    desk = colleague()
    log_in(desk, administrator)
    desk.get_by_role("button", name="Settings").click()
    desk.get_by_role("link", name="Menus and footer").click()
    desk.get_by_role("button", name="Add link").first.click()
    desk.get_by_role("textbox", name="or an address").first.fill("/feeds/")
    desk.get_by_role("textbox", name="text of the link").first.fill("For the press")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("status").first).to_contain_text("updated")
    reader.reload()
    reader.get_by_role("navigation").get_by_role("link", name="For the press").first.click()
    expect(reader.get_by_role("heading", level=1, name="Take our news")).to_be_visible()
