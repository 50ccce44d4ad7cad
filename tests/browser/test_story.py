"""A story on its way from the author through the editor to everybody."""

import re

import feedparser
from playwright.sync_api import Page, expect

from newsroom.models import User
from stories.models import StoryPage
from tests.browser.conftest import Visit, log_in
from tests.browser.editor import add_block, choose_action, save_draft, write
from tests.stories.factories import (
    AuthorFactory,
    ImageFactory,
    PlaceFactory,
    StoryPageFactory,
    TopicFactory,
    shelf,
)

TITLE = "A boiler for twelve flats"


def test_a_story_is_written_reviewed_and_read_everywhere(
    visit: Visit, colleague: Visit, author_user: User, editor_user: User, newsroom: str
) -> None:
    energy = TopicFactory(name="Energy")
    TopicFactory(name="Energía", language="es", translation_key=energy.translation_key)
    PlaceFactory(name="Dunmorra")
    AuthorFactory(name="Ada Ruiz")
    section = shelf("Stories")

    desk = colleague()
    log_in(desk, author_user)
    desk.goto(f"/admin/pages/{section.pk}/")
    desk.get_by_role("link", name="Add child page").click()
    desk.get_by_role("link", name="Story . A told story").click()
    desk.get_by_role("textbox", name="Title*").fill(TITLE)
    desk.get_by_role("textbox", name="Standfirst").fill("They bought one, and share the bill.")
    write(add_block(desk, "Text"), "On Tuesdays somebody reads the meter.")
    heading = add_block(desk, "Heading")
    heading.get_by_role("textbox", name="heading").fill("The first winter")
    save_draft(desk)
    topics = desk.locator("#id_topics")
    topics.get_by_role("checkbox", name="Energy").check()
    expect(topics.get_by_role("checkbox")).to_have_count(1)
    choose_action(desk, "Submit to Editors' review")
    expect(desk.get_by_role("status").first).to_contain_text("submitted")
    story = StoryPage.objects.get(title=TITLE)
    assert not story.live

    reader = visit()
    assert reader.request.get(f"{section.url}{story.slug}/").status == 404

    review = colleague()
    log_in(review, editor_user)
    review.get_by_role("link", name=TITLE).first.click()
    compare_with_the_draft_before(review)
    # Nobody said who wrote it: refused, and the piece stays in review.
    choose_action(review, "Approve and Publish")
    expect(review.get_by_role("status").first).to_contain_text("Nobody is named as its author")
    assert not StoryPage.objects.get(title=TITLE).live
    review.locator("#id_authors").get_by_role("checkbox", name="Ada Ruiz").check()
    choose_action(review, "Approve and Publish")
    expect(review.get_by_role("status").first).to_contain_text("has been updated")

    reader.goto("/")
    reader.get_by_role("link", name=TITLE).first.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(reader.get_by_role("heading", name="The first winter")).to_be_visible()
    expect(reader.get_by_text("On Tuesdays somebody reads the meter.")).to_be_visible()
    address = reader.url

    reader.get_by_role("link", name="Take our news").click()
    everything = reader.locator("article").filter(has=reader.get_by_role("heading", name="Everything")).first
    expect(everything.get_by_role("link", name=TITLE)).to_have_attribute("href", re.compile(story.slug))
    feeds = {
        form: everything.get_by_role("link", name=form, exact=True).get_attribute("href") or ""
        for form in ("RSS", "Atom", "JSON Feed")
    }
    assert all(feed.startswith(newsroom) for feed in feeds.values())
    for form in ("RSS", "Atom"):
        (entry,) = feedparser.parse(reader.request.get(feeds[form]).text()).entries
        assert (entry.title, entry.link) == (TITLE, address)
        assert "somebody reads the meter" in entry.content[0].value
    (item,) = reader.request.get(feeds["JSON Feed"]).json()["items"]
    assert (item["title"], item["url"]) == (TITLE, address)


def compare_with_the_draft_before(review: Page) -> None:
    """What changed since the author's first draft: the topic."""
    review.get_by_role("link", name="History").click()
    review.get_by_role("row", name="Current draft").get_by_role("button", name="Actions").click()
    review.get_by_role("link", name="Compare with previous version").click()
    expect(review.get_by_role("row", name="Topics")).to_contain_text("Energy")
    review.go_back()
    review.get_by_role("navigation", name="Actions").get_by_role("link", name="Edit").click()


def test_a_story_prints_as_a_flyer(visit: Visit, newsroom: str) -> None:
    """Two sheets at most: what is only for the screen stays away, and who finds the paper learns where it is from."""
    words = "The second person reads the numbers aloud. " * 40
    body = [("paragraph", f"<p>{words}</p>"), ("heading", {"text": "The vote", "level": "h2", "link": ""})]
    story = StoryPageFactory(title=TITLE, body=body, complete=True, lead_image=ImageFactory())
    reader = visit(viewport={"width": 794, "height": 1123})  # A4
    reader.goto(story.full_url)
    navigation = reader.get_by_role("navigation").first
    printed_from = reader.locator(".printed-from")
    expect(navigation).to_be_visible()
    expect(printed_from).to_be_hidden()
    reader.emulate_media(media="print")
    for only_on_screen in (".menu", ".languages", ".masthead .search-form", ".sign-up", ".read-in"):
        for part in reader.locator(only_on_screen).all():
            expect(part).to_be_hidden()
    expect(reader.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(reader.get_by_text("The second person reads the numbers aloud.").first).to_be_visible()
    expect(printed_from).to_be_visible()
    expect(printed_from).to_contain_text(story.slug)
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pages = re.findall(rb"/Type\s*/Page\b", reader.pdf(format="A4"))
    assert 1 <= len(pages) <= 2
