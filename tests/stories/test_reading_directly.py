"""From an address to its page: the short way leads where Wagtail's own way does."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from stories.models import CreditedImage, SectionPage, StoryPage
from tests.stories.factories import ImageFactory, SectionPageFactory, StoryPageFactory

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
