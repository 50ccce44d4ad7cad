"""Lists of new stories of which each reader gets those on the topics they chose: rendered, previewed, checked."""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.models import Subscriber
from newsletter.editions.archive import archive_body
from newsletter.editions.duplicating import duplicate
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.parts import cards_of
from newsletter.editions.preflight import Finding, check_edition
from newsletter.editions.rendering import RenderedVersion, render_version
from newsletter.editions.test_sends import send_test
from newsroom.models import User
from stories.models import StoryPage, Topic
from tests.audience.factories import (
    SegmentFactory,
    SubscriberFactory,
    SubscriptionFactory,
    TopicChoiceFactory,
)
from tests.editions.factories import (
    Block,
    EditionPageFactory,
    divider,
    events,
    heading,
    new_stories,
    stories,
    text,
    translation_of,
)
from tests.editions.filled_form import form_of
from tests.stories.factories import StoryPageFactory, TopicFactory

pytestmark = pytest.mark.django_db

Homes = dict[str, NewsletterPage]
LABEL = "Only on the topics each reader chose"


def published(title: str, *topics: Topic, days_ago: float = 1, **fields: Any) -> StoryPage:
    moment = timezone.now() - timedelta(days=days_ago)
    return StoryPageFactory(
        title=title,
        slug=title.lower().replace(" ", "-"),
        topics=list(topics),
        first_published_at=moment,
        **fields,
    )


@pytest.fixture
def topics() -> dict[str, Topic]:
    return {name: TopicFactory(name=name) for name in ("Energy", "Bread", "Care")}


@pytest.fixture
def told(topics: dict[str, Topic], homes_of_newsletter: Homes) -> dict[str, StoryPage]:
    """Both is on energy and bread, the newest; nothing is on care."""
    energy, bread = topics["Energy"], topics["Bread"]
    return {
        "Both": published("Both", energy, bread, days_ago=1),
        "Mill": published("Mill", energy, days_ago=2),
        "Oven": published("Oven", bread, days_ago=3),
        "Weir": published("Weir", days_ago=4),
    }


def edition_in(homes: Homes, *blocks: Block, **fields: Any) -> EditionPage:
    page = EditionPageFactory(parent=homes["en"], body=[heading("Hello"), divider(), *blocks], **fields)
    return EditionPage.objects.get(pk=page.pk)


def titles(html: str) -> list[str]:
    return [" ".join(one.get_text().split()) for one in BeautifulSoup(html, "html.parser").find_all("h3")]


def version_for(edition: EditionPage, chosen: Collection[Topic] | None) -> RenderedVersion:
    """As somebody gets it who chose these topics; None for who chose none."""
    shown: frozenset[UUID] | None = (
        None if chosen is None else frozenset(topic.translation_key for topic in chosen)
    )
    return render_version(
        edition, newsletter=edition.newsletter, shown_segments=frozenset(), shown_topics=shown
    )


def read_by(edition: EditionPage, *chosen: Topic) -> list[str]:
    return titles(version_for(edition, chosen or None).html)


# --- what a reader gets ------------------------------------------------------------------------------
@pytest.mark.usefixtures("told")
def test_each_reader_gets_new_stories_on_the_topics_they_chose(
    homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    energy, bread, care = topics["Energy"], topics["Bread"], topics["Care"]
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))
    assert read_by(edition) == ["Both", "Mill", "Oven", "Weir"]
    assert read_by(edition, energy) == ["Both", "Mill"]
    assert read_by(edition, bread, care) == ["Both", "Oven"]
    assert read_by(edition, energy, bread) == ["Both", "Mill", "Oven"]
    assert read_by(edition, care) == []


@pytest.mark.usefixtures("told")
def test_the_limit_is_each_readers_own(homes_of_newsletter: Homes, topics: dict[str, Topic]) -> None:
    published("Loaf", topics["Bread"], days_ago=4)
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True, limit=2))
    assert read_by(edition) == ["Both", "Mill"]
    assert read_by(edition, topics["Bread"]) == ["Both", "Oven"]
    assert read_by(edition, topics["Bread"], topics["Energy"]) == ["Both", "Mill"]


@pytest.mark.usefixtures("told")
def test_topics_named_in_the_block_bound_what_readers_chose(
    homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    energy, bread = topics["Energy"], topics["Bread"]
    edition = edition_in(homes_of_newsletter, new_stories(energy, own_topics=True))
    assert read_by(edition) == ["Both", "Mill"]
    assert read_by(edition, energy, bread) == ["Both", "Mill"]
    # It stands in the list for its other topic, which is not this reader's.
    assert read_by(edition, bread) == []


@pytest.mark.usefixtures("told")
def test_a_choice_means_the_same_in_every_language(
    homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    energy = topics["Energy"]
    energia = TopicFactory(name="Energía", language="es", translation_key=energy.translation_key)
    published("Molino", energia, language="es")
    published("Horno", language="es")
    spanish = EditionPageFactory(parent=homes_of_newsletter["es"], body=[new_stories(own_topics=True)])
    assert read_by(EditionPage.objects.get(pk=spanish.pk), energy) == ["Molino"]


def test_what_stands_in_the_edition_already_is_not_listed_again(
    homes_of_newsletter: Homes, told: dict[str, StoryPage], topics: dict[str, Topic]
) -> None:
    edition = edition_in(
        homes_of_newsletter,
        stories(told["Both"]),
        new_stories(topics["Energy"], own_topics=True),
        new_stories(own_topics=True),
    )
    assert read_by(edition, topics["Energy"]) == ["Both", "Mill"]
    assert read_by(edition, topics["Energy"], topics["Bread"]) == ["Both", "Mill", "Oven"]


@pytest.mark.usefixtures("told")
def test_plain_text_lists_what_html_does(homes_of_newsletter: Homes, topics: dict[str, Topic]) -> None:
    version = version_for(edition_in(homes_of_newsletter, new_stories(own_topics=True)), {topics["Energy"]})
    assert "Mill\n----" in version.text
    assert "Oven" not in version.text
    assert LABEL not in version.text + version.html


@pytest.mark.usefixtures("told")
def test_every_version_has_the_same_paper(homes_of_newsletter: Homes, topics: dict[str, Topic]) -> None:
    """Its colour belongs to the edition, not to what one reader gets in it."""
    for topic, paper in zip(topics.values(), ("canary", "mint", "sky"), strict=True):
        Topic.objects.filter(pk=topic.pk).update(paper=paper)
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))

    def masthead(*chosen: Topic) -> str:
        return version_for(edition, chosen or None).html.partition("Hello")[0]

    assert masthead() == masthead(topics["Bread"]) == masthead(topics["Care"])


@pytest.mark.usefixtures("told")
def test_a_list_that_was_stored_before_there_was_the_option_is_the_same_for_everybody(
    homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    edition = edition_in(homes_of_newsletter)
    stored = [{"type": "new_stories", "id": "1", "value": {"topics": [], "limit": 5, "show_only_to": None}}]
    edition.body = json.dumps(stored)
    edition.save()
    edition = EditionPage.objects.get(pk=edition.pk)
    assert read_by(edition, topics["Care"]) == ["Both", "Mill", "Oven", "Weir"]


# --- archive, previews, test sends, copies -----------------------------------------------------------
@pytest.mark.usefixtures("told", "topics")
def test_the_archive_has_the_whole_list(homes_of_newsletter: Homes) -> None:
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))
    assert titles(archive_body(edition)) == ["Both", "Mill", "Oven", "Weir"]
    assert LABEL not in archive_body(edition)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("mode", "labelled"), [("html", True), ("text", True), ("others", False), ("segment", False)]
)
def test_a_preview_for_nobody_in_particular_has_the_whole_list(
    editor: Client, homes_of_newsletter: Homes, mode: str, labelled: bool
) -> None:
    segment = SegmentFactory(name="The board")
    edition = edition_in(
        homes_of_newsletter,
        new_stories(own_topics=True),
        text("<p>For the board</p>", show_only_to=segment),
    )
    address = reverse("wagtailadmin_pages:view_draft", args=[edition.pk])
    mode = f"segment:{segment.pk}" if mode == "segment" else mode
    words = editor.get(address, {"mode": mode}).content.decode()
    for title in ("Both", "Mill", "Oven", "Weir"):
        assert title in words
    assert (LABEL in words) == labelled


def reader_who_chose(edition: EditionPage, name: str, *topics: Topic) -> Subscriber:
    reader = SubscriberFactory(email=f"{name}@readers.example")
    SubscriptionFactory(subscriber=reader, newsletter=edition.newsletter)
    for topic in topics:
        TopicChoiceFactory(subscriber=reader, topic=topic)
    return reader


def as_one_person(client: Client, edition: EditionPage, reader: Subscriber) -> list[str]:
    url = reverse("wagtailadmin_pages:preview_on_edit", args=[edition.pk])
    form = {**form_of(edition), "preview_as": reader.email}
    assert client.post(url, form).json()["is_valid"]
    return titles(client.get(url, {"mode": "person"}).content.decode())


@pytest.mark.usefixtures("told")
def test_a_preview_as_one_person_has_what_they_would_get(
    editor: Client, homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))
    gone = TopicFactory(name="Gone")
    anybody = reader_who_chose(edition, "anybody")
    baker = reader_who_chose(edition, "baker", topics["Bread"])
    carer = reader_who_chose(edition, "carer", topics["Care"])
    forgotten = reader_who_chose(edition, "forgotten", gone)
    gone.delete()
    assert as_one_person(editor, edition, anybody) == ["Both", "Mill", "Oven", "Weir"]
    assert as_one_person(editor, edition, baker) == ["Both", "Oven"]
    assert as_one_person(editor, edition, carer) == []
    # Their preferences show no topic: as if they had chosen none.
    assert as_one_person(editor, edition, forgotten) == ["Both", "Mill", "Oven", "Weir"]


@pytest.mark.usefixtures("told")
def test_a_test_send_has_the_whole_list_under_its_label(
    homes_of_newsletter: Homes, administrator: User
) -> None:
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))
    send_test(edition, addresses=["ada@weft.example"], user=administrator)
    (message,) = mail.outbox
    for words in ("Mill", "Oven", LABEL):
        assert words in message.body
        assert words in message.alternatives[0].content


def test_copies_and_translations_keep_the_option(homes_of_newsletter: Homes, administrator: User) -> None:
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))
    copy = duplicate(edition, user=administrator)
    translated = edition.copy_for_translation(homes_of_newsletter["es"].locale)
    for made in (copy, translated):
        (found,) = (block for block in made.body if block.block_type == "new_stories")
        assert found.value["own_topics"] is True


# --- the check before sending ------------------------------------------------------------------------
def findings(edition: EditionPage, rule: str) -> list[Finding]:
    return [finding for finding in check_edition(edition) if finding.rule == rule]


def many_topics(count: int) -> list[Topic]:
    made = [TopicFactory(name=f"Topic no. {number}", slug=f"no-{number}") for number in range(count)]
    for number, topic in enumerate(made):
        published(f"Story {number}", topic, days_ago=number + 1)
    return made


def test_more_than_six_topics_with_news_are_named_and_can_be_bounded(homes_of_newsletter: Homes) -> None:
    seven = many_topics(7)
    TopicFactory(name="Nothing new")
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True), slug="seven")
    (found,) = findings(edition, "topics_few")
    assert found.level == "error"
    assert all(topic.name in found.message for topic in seven)
    assert "Nothing new" not in found.message
    assert "at most 6 topics" in found.message
    bounded = edition_in(homes_of_newsletter, new_stories(*seven[:6], own_topics=True), slug="six")
    same_for_all = edition_in(homes_of_newsletter, new_stories(), slug="all")
    assert findings(bounded, "topics_few") == findings(same_for_all, "topics_few") == []


def test_topics_of_all_languages_count_together(homes_of_newsletter: Homes) -> None:
    many_topics(4)
    for number in range(3):
        tema = TopicFactory(name=f"Tema {number}", slug=f"tema-{number}", language="es")
        published(f"Historia {number}", tema, language="es")
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True))
    assert findings(edition, "topics_few") == []
    translation_of(edition, parent=homes_of_newsletter["es"], body=[new_stories(own_topics=True)], slug="es")
    (found,) = findings(edition, "topics_few")
    assert "Tema 2" in found.message


def test_segments_and_topics_together_are_eight_at_most(homes_of_newsletter: Homes) -> None:
    many_topics(4)
    aimed = [heading(f"For {number}", show_only_to=SegmentFactory()) for number in range(5)]
    four = edition_in(homes_of_newsletter, new_stories(own_topics=True), *aimed[:4], slug="four")
    five = edition_in(homes_of_newsletter, new_stories(own_topics=True), *aimed, slug="five")
    assert findings(four, "topics_few") == []
    (found,) = findings(five, "topics_few")
    assert found.level == "error"
    assert "Topic no. 3" in found.message


@pytest.mark.usefixtures("told")
def test_who_would_get_an_empty_mail_keeps_the_edition_from_going(homes_of_newsletter: Homes) -> None:
    empty = EditionPageFactory(
        parent=homes_of_newsletter["en"], body=[new_stories(own_topics=True)], slug="empty"
    )
    (found,) = findings(empty, "empty")
    assert found.level == "error"
    assert "chose topics without new stories" in found.message
    assert "Add at least one block" in found.message
    filled = edition_in(homes_of_newsletter, new_stories(own_topics=True), slug="filled")
    same_for_all = EditionPageFactory(parent=homes_of_newsletter["en"], body=[new_stories()], slug="all")
    assert findings(filled, "empty") == findings(same_for_all, "empty") == []


@pytest.mark.usefixtures("told")
def test_a_heading_goes_with_the_empty_list_below_it(
    homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    edition = edition_in(
        homes_of_newsletter,
        heading("On your topics"),
        new_stories(own_topics=True),
        heading("Meet us"),
        text("<p>Every Monday.</p>"),
    )
    for made in (version_for(edition, [topics["Care"]]).html, version_for(edition, [topics["Care"]]).text):
        assert "On your topics" not in made
        assert "Meet us" in made
    assert "On your topics" in version_for(edition, [topics["Bread"]]).html
    assert "On your topics" in archive_body(edition)


@pytest.mark.usefixtures("told")
def test_a_heading_stays_over_whichever_of_its_lists_holds_something(
    homes_of_newsletter: Homes, topics: dict[str, Topic]
) -> None:
    lists = [new_stories(own_topics=True, limit=1), events(), new_stories(topics["Bread"])]
    edition = edition_in(homes_of_newsletter, heading("News"), *lists, heading("Nothing"), events())
    made = version_for(edition, [topics["Care"]]).html
    assert "News" in made
    assert "Nothing" not in made


def test_a_card_is_made_only_of_stories_that_somebody_may_get(homes_of_newsletter: Homes) -> None:
    """A first edition of a large newsroom finds everything there is: the check would draw every picture."""
    topics = many_topics(7)
    edition = edition_in(homes_of_newsletter, new_stories(own_topics=True, limit=3))
    cards = cards_of(edition)
    assert sorted(card.title for card in cards.values()) == ["Story 0", "Story 1", "Story 2"]
    assert len(cards.topics_with_news()) == 7
    assert read_by(edition, topics[6]) == ["Story 6"]
