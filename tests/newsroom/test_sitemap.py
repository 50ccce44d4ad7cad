"""What search engines are told about: what anybody may read, in every language, and nothing else."""

import re

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from newsroom.models import HomePage
from stories.models import SiteIdentity
from tests.stories.factories import NewsPageFactory, StoryPageFactory, shelf

pytestmark = pytest.mark.django_db


def listed(client: Client) -> set[str]:
    return set(re.findall(r"<loc>([^<]+)</loc>", client.get("/sitemap.xml").content.decode()))


def test_pages_of_every_language_are_listed(
    client: Client, homes: dict[str, HomePage], identity: SiteIdentity
) -> None:
    stories = [
        StoryPageFactory(parent=shelf("Stories", language=language), slug="mill", language=language)
        for language in homes
    ]
    assert {home.full_url for home in homes.values()} | {story.full_url for story in stories} <= listed(
        client
    )


def test_what_not_everybody_may_read_is_not_listed(
    client: Client, homes: dict[str, HomePage], identity: SiteIdentity
) -> None:
    draft = StoryPageFactory(live=False)
    inside = NewsPageFactory()
    PageViewRestriction.objects.create(page=inside, restriction_type=PageViewRestriction.LOGIN)
    assert not {draft.full_url, inside.full_url} & listed(client)
