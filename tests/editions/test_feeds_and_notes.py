"""The archive as a feed, and what turned out to be wrong in an edition that was sent."""

from typing import Any

import feedparser
import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.editions.archive import archive_edition
from newsletter.editions.models import ArchivedEdition, EditionNote, NewsletterPage
from tests.audience.factories import SegmentFactory
from tests.editions.factories import EditionPageFactory, button, stories, text
from tests.newsroom.factories import UserFactory
from tests.stories.factories import StoryPageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(homes_of_newsletter: dict[str, NewsletterPage], identity: Any) -> NewsletterPage:
    return homes_of_newsletter["en"]


def sent(home: NewsletterPage, subject: str, *body: Any, **fields: Any) -> ArchivedEdition:
    title = subject.split(",")[-1].strip()
    edition = EditionPageFactory(parent=home, title=title, subject=subject, body=list(body), **fields)
    revision = edition.save_revision()
    revision.publish()
    return archive_edition(edition, revision=revision, sent_at=timezone.now())


def feed_of(home: NewsletterPage, client: Client, extension: str = "atom") -> Any:
    return client.get(reverse("feeds:feed", args=[f"newsletter-{home.newsletter.slug}", extension]))


def test_a_newsletters_editions_are_a_feed(home: NewsletterPage, client: Client) -> None:
    story = StoryPageFactory(title="The mill")
    sent(
        home,
        "Dear {{name|friend}}, the mill runs",
        text("<p>Hello {{name|friend}}</p>"),
        text("<p>For the board</p>", show_only_to=SegmentFactory()),
        stories(story),
        button("Come", page=story),
        preheader="For {{name|you}}",
    )
    EditionPageFactory(parent=home, title="Not sent", subject="Not sent")
    feed = feedparser.parse(feed_of(home, client).content)
    (entry,) = feed.entries
    assert feed.bozo == 0
    assert (entry.title, entry.summary) == ("Dear friend, the mill runs", "For you")
    html = entry.content[0].value
    assert "Hello friend" in html
    assert "For the board" not in html
    assert story.full_url in html
    assert 'href="/' not in html
    for extension in ("rss", "json"):
        assert b"the mill runs" in feed_of(home, client, extension).content
    assert f"newsletter-{home.newsletter.slug}.rss" in client.get(reverse("feeds:index")).content.decode()


def test_an_edition_sent_later_is_in_the_feed_at_once(home: NewsletterPage, client: Client) -> None:
    sent(home, "November")
    before = feed_of(home, client)
    sent(home, "December")
    after = feed_of(home, client)
    assert [entry.title for entry in feedparser.parse(after.content).entries] == ["December", "November"]
    assert before["ETag"] != after["ETag"]


def test_the_feed_asks_no_more_of_the_database_for_more_editions(
    home: NewsletterPage, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        sent(home, f"Number {number}", text("<p>Hello</p>"))
    feed_of(home, client)
    sent(home, "The last")
    with django_assert_max_num_queries(30):
        assert len(feedparser.parse(feed_of(home, client).content).entries) == 13


def test_a_correction_stands_in_the_archive_and_in_the_feed(home: NewsletterPage, client: Client) -> None:
    archived = sent(home, "November", text("<p>The mill costs 9 million.</p>"))
    before = feed_of(home, client)
    manager = UserFactory()
    manager.groups.add(Group.objects.get(name="Newsletter manager"))
    admin = Client(SERVER_NAME="localhost")
    admin.force_login(manager)
    answer = admin.post(
        reverse("editionnote:add"),
        {
            "archive": archived.pk,
            "kind": "correction",
            "text": "It is <9> thousand.",
            "at": "2026-11-20 09:00",
        },
    )
    assert answer.status_code == 302
    page = client.get(archived.edition.url).content.decode()
    assert page.index("It is &lt;9&gt; thousand.") < page.index("The mill costs 9 million.")
    after = feed_of(home, client)
    assert after["ETag"] != before["ETag"]
    assert "It is &lt;9&gt; thousand." in feedparser.parse(after.content).entries[0].content[0].value
    note = EditionNote.objects.get()
    admin.post(reverse("editionnote:delete", args=[note.pk]))
    assert "thousand" not in client.get(archived.edition.url).content.decode()
    assert b"thousand" not in feed_of(home, client).content


def test_authors_do_not_correct_editions(home: NewsletterPage, author_user: Any, client: Client) -> None:
    client.force_login(author_user)
    assert client.get(reverse("editionnote:add")).status_code in {302, 403}
