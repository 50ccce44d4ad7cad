"""A reviewer without an account reads a draft by a link."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry, PageViewRestriction

from newsroom.models import HomePage, User
from stories.models import StoryPage
from stories.reviewing.links import GOOD_FOR, make_link, revoke_links
from tests.editions.factories import EditionPageFactory
from tests.stories.factories import ImageFactory, StoryPageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(home: HomePage, author_user: User) -> StoryPage:
    story: StoryPage = StoryPageFactory(
        draft=True, owner=author_user, title="The mill opens", lead_image=ImageFactory()
    )
    story.save_revision(user=author_user)
    return story


def path_of(address: str) -> str:
    return "/review/" + address.split("/review/")[1]


@pytest.fixture
def address(draft: StoryPage) -> str:
    return path_of(make_link(draft, user=None).address)


def test_it_shows_the_draft_to_anybody_and_says_that_it_is_one(client: Client, address: str) -> None:
    response = client.get(address)
    answer = response.content.decode()
    assert response.status_code == 200
    assert "The mill opens" in answer
    assert "Draft, for review until" in answer


def test_it_leaves_no_trace(client: Client, address: str) -> None:
    response = client.get(address)
    assert not response.cookies
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()


def test_it_has_no_way_into_the_admin_even_for_an_editor(editor_user: User, address: str) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(editor_user)
    answer = client.get(address).content.decode()
    assert "/admin/" not in answer
    assert "userbar" not in answer


def test_it_shows_the_latest_draft(client: Client, draft: StoryPage, address: str) -> None:
    draft.title = "The mill opens at six"
    draft.save_revision()
    assert "The mill opens at six" in client.get(address).content.decode()


def test_a_draft_of_a_published_story_is_shown_and_the_story_itself_is_not_touched(
    client: Client, home: HomePage
) -> None:
    story = StoryPageFactory(complete=True, title="As it is")
    address = path_of(make_link(story, user=None).address)
    assert client.get(address)["Location"].endswith(story.url)
    story.title = "As it will be"
    story.save_revision()
    assert "As it will be" in client.get(address).content.decode()
    assert "As it is" in client.get(story.url).content.decode()


def test_a_private_story_can_be_reviewed(client: Client, draft: StoryPage, address: str) -> None:
    PageViewRestriction.objects.create(page=draft, restriction_type="login")
    StoryPage.objects.filter(pk=draft.pk).update(live=True, has_unpublished_changes=False)
    assert client.get(address).status_code == 200


def test_it_speaks_the_language_of_the_draft(client: Client, home: HomePage) -> None:
    story = StoryPageFactory(draft=True, language="es", title="El molino abre")
    answer = client.get(path_of(make_link(story, user=None).address)).content.decode()
    assert '<html lang="es"' in answer


def test_it_dies_after_seven_days(client: Client, draft: StoryPage, monkeypatch: pytest.MonkeyPatch) -> None:
    address = path_of(make_link(draft, user=None).address)
    later = timezone.now() + GOOD_FOR + timedelta(seconds=1)
    monkeypatch.setattr("stories.reviewing.links.timezone.now", lambda: later)
    assert_dead(client, address)


def test_it_dies_when_it_is_called_back_and_one_made_afterwards_lives(
    client: Client, draft: StoryPage, address: str
) -> None:
    revoke_links(draft, user=None)
    assert_dead(client, address)
    assert client.get(path_of(make_link(draft, user=None).address)).status_code == 200


def test_it_dies_with_its_page(client: Client, draft: StoryPage, address: str) -> None:
    draft.delete()
    assert_dead(client, address)


def assert_dead(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 410
    assert "The mill opens" not in response.content.decode()
    assert response["Cache-Control"] == "no-store, private"


def _forged(draft: StoryPage, address: str) -> list[str]:
    token = address.split("/")[2]
    payload, signature = token.rsplit(".", 1)
    other = signing.Signer(salt="another.purpose", sep=".").sign_object(
        {"page": draft.pk, "made": timezone.now().timestamp()}
    )
    return [payload, f"{payload}x.{signature}", f"{payload}.{signature}x", other, "nonsense", "é.ü"]


def test_nothing_we_did_not_sign_for_this_opens_anything(
    client: Client, draft: StoryPage, address: str
) -> None:
    for token in _forged(draft, address):
        assert client.get(f"/review/{token}/").status_code == 404


def test_it_only_reads(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


# In the admin


def admin(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def test_whoever_may_edit_makes_a_link_and_it_is_logged(
    author_user: User, draft: StoryPage, client: Client
) -> None:
    author = admin(author_user)
    url = reverse("review_links", args=[draft.pk])
    assert url in author.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "/review/" not in author.get(url).content.decode()
    response = author.post(url, {"make": "1"})
    link = response.context["link"]
    assert client.get(path_of(link.address)).status_code == 200
    entry = PageLogEntry.objects.get(action="stories.review_link")
    assert (entry.page_id, entry.user_id) == (draft.pk, author_user.pk)
    author.post(url, {"revoke": "1"})
    assert client.get(path_of(link.address)).status_code == 410
    history = author.get(reverse("wagtailadmin_pages:history", args=[draft.pk])).content.decode()
    assert "Made a link for a reviewer" in history
    assert "Called back all links for reviewers" in history


def test_who_may_not_edit_makes_no_link(author_user: User, home: HomePage) -> None:
    story = StoryPageFactory(draft=True)
    admin(author_user).post(reverse("review_links", args=[story.pk]), {"make": "1"})
    assert not PageLogEntry.objects.filter(action="stories.review_link").exists()


def test_an_edition_has_previews_of_its_own_and_no_such_link(administrator: User, home: HomePage) -> None:
    edition = EditionPageFactory()
    assert admin(administrator).get(reverse("review_links", args=[edition.pk])).status_code == 404
