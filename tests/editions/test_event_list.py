"""The list of coming events in an edition."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from newsletter.editions.archive import archive_body
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.parts import cards_of
from newsletter.editions.preflight import check_edition
from newsletter.editions.rendering import RenderedVersion, render_version
from tests.editions.factories import Block, EditionPageFactory, events, text
from tests.stories.factories import EventPageFactory, PlaceFactory, TopicFactory

pytestmark = pytest.mark.django_db


def in_days(days: float) -> Any:
    return timezone.now() + timedelta(days=days)


def edition_with(page: NewsletterPage, *blocks: Block) -> EditionPage:
    return EditionPage.objects.get(pk=EditionPageFactory(parent=page, body=list(blocks)).pk)


def rendered(edition: EditionPage, **options: Any) -> RenderedVersion:
    return render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset(), **options)


def titles(edition: EditionPage) -> list[str]:
    return [card.title for card in cards_of(edition).events[0]]


def test_it_says_when_and_where_in_html_and_in_plain_text(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    event = EventPageFactory(
        title="Assembly <b>of</b> the mill",
        slug="assembly",
        venue="The hemp store",
        place=PlaceFactory(name="Cerrolinde"),
        starts_at=in_days(3),
    )
    version = rendered(edition_with(homes_of_newsletter["en"], events()))
    for words in (version.html.replace("\n", " "), " ".join(version.text.split())):
        assert "The hemp store, Cerrolinde" in words
        assert "Europe/Madrid" in words
        assert event.url in words
    assert "Assembly &lt;b&gt;of&lt;/b&gt; the mill" in version.html.replace("\n", " ")
    assert "Assembly <b>of</b> the mill" in version.text


def test_what_is_coming_stands_by_date_and_what_nobody_may_read_or_attend_is_left_out(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    EventPageFactory(title="Later", starts_at=in_days(20))
    EventPageFactory(title="Sooner", starts_at=in_days(2))
    EventPageFactory(title="Over", starts_at=in_days(-2))
    EventPageFactory(title="Far", starts_at=in_days(90))
    EventPageFactory(title="Sketched", draft=True)
    EventPageFactory(title="Feria", language="es")
    closed = EventPageFactory(title="Members only")
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    english, spanish = (
        edition_with(homes_of_newsletter[code], events(days=30, limit=2)) for code in ("en", "es")
    )
    assert titles(english) == ["Sooner", "Later"]
    assert titles(spanish) == ["Feria"]
    assert titles(edition_with(homes_of_newsletter["en"], events(days=30, limit=1))) == ["Sooner"]


def test_it_may_be_about_topics_and_a_deleted_one_never_widens_it(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    food = TopicFactory(name="Food")
    EventPageFactory(title="Seed fair", topics=[food])
    EventPageFactory(title="Roof meeting", topics=[TopicFactory(name="Housing")])
    edition = edition_with(homes_of_newsletter["en"], events(food))
    assert titles(edition) == ["Seed fair"]
    food.delete()
    edition = EditionPage.objects.get(pk=edition.pk)
    assert titles(edition) == []
    assert any("topics was deleted" in finding.message for finding in check_edition(edition))


def test_the_moment_of_the_sending_decides_what_is_coming(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    EventPageFactory(title="Yesterday", starts_at=in_days(-1))
    edition = edition_with(homes_of_newsletter["en"], events())
    assert cards_of(edition, until=in_days(-2)).events[0][0].title == "Yesterday"
    assert titles(edition) == []


def test_an_empty_list_is_left_out_and_a_warning(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = edition_with(homes_of_newsletter["en"], text("<p>Dear all.</p>"), events())
    findings = [finding for finding in check_edition(edition) if finding.rule == "events"]
    assert [(finding.level, finding.language) for finding in findings] == [("warning", "en")]
    assert "Coming events" in findings[0].message
    EventPageFactory()
    assert not [finding for finding in check_edition(edition) if finding.rule == "events"]


def test_the_archive_shows_the_same(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    EventPageFactory(title="Seed fair", venue="Basketball court")
    body = archive_body(edition_with(homes_of_newsletter["en"], events()))
    assert "Seed fair" in body
    assert "Basketball court" in body


def test_ten_events_ask_as_often_as_one(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    def event() -> None:
        EventPageFactory(topics=[TopicFactory(language="es")], place=PlaceFactory(language="fr"))

    def asked() -> int:
        edition = EditionPage.objects.get(pk=page.pk)
        with CaptureQueriesContext(connection) as queries:
            cards_of(edition)
        return len(queries)

    page = edition_with(homes_of_newsletter["en"], events(limit=12))
    event()
    asked()
    one = asked()
    for _number in range(9):
        event()
    assert asked() == one
