"""The editor saves by itself; a button pressed meanwhile waits for it."""

from playwright.sync_api import Request, Route, expect

from newsroom.models import User
from stories.models import StoryPage
from tests.browser.conftest import Visit, log_in
from tests.browser.editor import save_draft
from tests.stories.factories import StoryPageFactory


def test_a_button_pressed_while_the_editor_saves_waits_for_it(colleague: Visit, editor_user: User) -> None:
    desk = colleague()
    log_in(desk, editor_user)
    held: list[Route] = []
    done: list[str] = []

    def hold_the_first(route: Route) -> None:
        if held or route.request.method != "POST":
            route.continue_()
        else:
            held.append(route)

    def note(request: Request) -> None:
        if request.method == "POST" and "/admin/pages/" in request.url:
            done.append(request.headers["accept"])

    desk.route("**/admin/pages/**", hold_the_first)
    desk.on("requestfinished", note)
    story = StoryPageFactory(title="The", standfirst="")
    desk.goto(f"/admin/pages/{story.pk}/edit/")
    # Wagtail compares with the form as it was a moment after loading.
    expect(desk.locator("[data-edit-form]")).to_have_attribute("data-w-unsaved-has-edits-value", "false")
    with desk.expect_request(lambda request: request.method == "POST" and "/edit/" in request.url):
        desk.get_by_role("textbox", name="Title*").fill("The mill")
    desk.get_by_role("textbox", name="Title*").fill("The mill runs")
    desk.get_by_role("button", name="Save draft").click()
    expect(desk.get_by_role("button", name="Saving")).to_be_disabled()
    assert done == []
    with desk.expect_navigation():
        held[0].continue_()
    expect(desk.get_by_role("status").first).to_contain_text("has been updated")
    assert [accept == "application/json" for accept in done] == [True, False]
    assert StoryPage.objects.get().get_latest_revision_as_object().title == "The mill runs"

    # Wagtail's own saving goes on after it.
    with desk.expect_response(lambda response: response.request.method == "POST"):
        desk.get_by_role("textbox", name="Title*").fill("The mill runs again")
    desk.get_by_role("textbox", name="Standfirst").fill("All day.")
    save_draft(desk)
    last = StoryPage.objects.get().get_latest_revision_as_object()
    assert (last.title, last.standfirst) == ("The mill runs again", "All day.")
