"""From an address to its page: the short way leads where Wagtail's own way does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from stories import remembering
from stories.models import CreditedImage, SectionPage, StoryPage
from stories.readable import everybodys
from tests.stories.factories import ImageFactory, SectionPageFactory, SeriesPageFactory, StoryPageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(homes: dict[str, Any], identity: object) -> StoryPage:
    shelf = SectionPageFactory(title="Towns", parent=SectionPageFactory(title="Stories"))
    page: StoryPage = StoryPageFactory(title="The mill", parent=shelf)
    return page


def test_a_page_is_read_at_its_own_address_alone(client: Client, story: StoryPage) -> None:
    assert client.get("/stories/towns/the-mill/").status_code == 200
    for wrong in ("/the-mill/", "/stories/the-mill/", "/towns/the-mill/", "/es/stories/towns/the-mill/"):
        assert client.get(wrong).status_code == 404, wrong


def test_a_page_that_is_renamed_is_read_at_its_new_address(client: Client, story: StoryPage) -> None:
    section = SectionPage.objects.get(slug="stories")
    section.slug = "tales"
    section.save_revision().publish()
    assert client.get("/tales/towns/the-mill/").status_code == 200


def test_what_was_taken_down_is_not_read_but_what_lies_below_it_is(client: Client, story: StoryPage) -> None:
    story.get_parent().unpublish()
    assert client.get("/stories/towns/").status_code == 404
    assert client.get("/stories/towns/the-mill/").status_code == 200
    story.unpublish()
    assert client.get("/stories/towns/the-mill/").status_code == 404


def test_what_is_private_is_asked_for_however_deep_it_lies(client: Client, story: StoryPage) -> None:
    restriction = PageViewRestriction.objects.create(
        page=Page.objects.get(slug="stories"), restriction_type=PageViewRestriction.GROUPS
    )
    restriction.groups.add(Group.objects.create(name="Board"))
    answer = client.get("/stories/towns/the-mill/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.fixture
def nothing_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper that no change reaches."""
    parts: dict[str, Any] = {}

    def keeper(keys: Sequence[str], make: Callable[[Sequence[str]], Mapping[str, Any]]) -> Mapping[str, Any]:
        parts.update(make([key for key in keys if key not in parts]))
        return parts

    monkeypatch.setattr(remembering, "_keeper", keeper)


def test_what_is_remembered_as_private_is_so_wherever_it_is_moved(
    homes: dict[str, Any], identity: object, nothing_is_forgotten: None
) -> None:
    private, public = StoryPageFactory(title="Ours"), StoryPageFactory(title="Everybody's")
    PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)
    assert set(everybodys(StoryPage.objects.all())) == {public}
    # It takes the other's place in the tree, which goes one on.
    StoryPage.objects.get(pk=private.pk).move(StoryPage.objects.get(pk=public.pk), pos="right")
    assert set(everybodys(StoryPage.objects.all())) == {public}
    StoryPage.objects.get(pk=private.pk).move(SectionPageFactory(title="News"), pos="last-child")
    assert set(everybodys(StoryPage.objects.all())) == {public}


def test_what_lies_below_a_private_section_is_private_in_the_sections_new_place(
    homes: dict[str, Any], identity: object, nothing_is_forgotten: None
) -> None:
    events, stories = SectionPageFactory(title="Events"), SectionPageFactory(title="Stories")
    StoryPageFactory(title="Ours", parent=events)
    public = StoryPageFactory(title="Everybody's", parent=stories)
    PageViewRestriction.objects.create(page=events, restriction_type=PageViewRestriction.LOGIN)
    assert set(everybodys(StoryPage.objects.all())) == {public}
    SectionPage.objects.get(pk=events.pk).move(SectionPage.objects.get(pk=stories.pk), pos="right")
    assert set(everybodys(StoryPage.objects.all())) == {public}


def test_a_page_is_not_let_out_by_what_is_remembered(
    client: Client, story: StoryPage, nothing_is_forgotten: None
) -> None:
    assert client.get("/stories/towns/the-mill/").status_code == 200
    PageViewRestriction.objects.create(page=story, restriction_type=PageViewRestriction.LOGIN)
    assert client.get("/stories/towns/the-mill/").status_code == 302


def test_sections_keep_their_series_and_their_mark_in_the_menu_in_another_order(
    client: Client, homes: dict[str, Any], identity: object, nothing_is_forgotten: None
) -> None:
    stories, news = SectionPageFactory(title="Stories"), SectionPageFactory(title="News")
    SeriesPageFactory(title="All about mills", parent=stories)
    marked = 'href="/%s/" aria-current="page"'
    for _in_either_order in range(2):
        at_stories, at_news = (client.get(address).content.decode() for address in ("/stories/", "/news/"))
        assert "All about mills" in at_stories
        assert "All about mills" not in at_news
        assert marked % "stories" in at_stories
        assert marked % "news" in at_news
        SectionPage.objects.get(pk=stories.pk).move(SectionPage.objects.get(pk=news.pk), pos="right")


def test_the_pictures_of_the_front_page_are_made_once(
    client: Client, homes: dict[str, Any], identity: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoryPageFactory(title="The lead", lead_image=ImageFactory())
    assert client.get("/").status_code == 200

    def make(*_arguments: Any) -> None:
        raise AssertionError("A size of a picture is made a second time.")

    for name in ("create_rendition", "create_renditions"):
        monkeypatch.setattr(CreditedImage, name, lambda self, *filters: make() if filters else {})
    page = client.get("/")
    assert page.status_code == 200
    assert "fetchpriority" in page.content.decode()
