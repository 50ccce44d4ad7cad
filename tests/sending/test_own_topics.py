"""New stories on each reader's own topics, on their way: who gets what, and no version that nobody needs."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.audience.chosen_topics import topics_chosen_by
from newsletter.audience.models import Subscriber, TopicChoice
from newsletter.editions.models import EditionPage
from newsletter.editions.parts import StoriesPart, cards_of, parts_for
from newsletter.sending.audit import broken_invariants
from newsletter.sending.launching import LaunchRefused, cancel, resume
from newsletter.sending.models import Mailing
from newsletter.sending.preparing import prepare
from newsletter.sending.recipes import ToldApart
from newsletter.sending.retrying import retry
from newsletter.sending.snapshot import Addressees, recipients_with_reasons
from newsroom.models import User
from stories.models import StoryPage, Topic
from tests.editions.factories import Block, EditionPageFactory, new_stories, text, translation_of
from tests.sending.conftest import Desk, begin, counts, letters_to, planned, report, small_batches
from tests.stories.factories import StoryPageFactory, TopicFactory

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]
Topics = dict[str, Topic]


def published(title: str, *topics: Topic, days_ago: float = 1, **fields: Any) -> StoryPage:
    moment = timezone.now() - timedelta(days=days_ago)
    slug = title.lower().replace(" ", "-")
    return StoryPageFactory(title=title, slug=slug, topics=list(topics), first_published_at=moment, **fields)


@pytest.fixture
def topics(desk: Desk) -> Topics:
    """Both is on energy and bread, the newest; nothing is on care."""
    made = {name: TopicFactory(name=name) for name in ("Energy", "Bread", "Care")}
    published("Both", made["Energy"], made["Bread"], days_ago=1)
    published("Mill", made["Energy"], days_ago=2)
    published("Oven", made["Bread"], days_ago=3)
    published("Weir", days_ago=4)
    return made


def compose(desk: Desk, *blocks: Block, **fields: Any) -> None:
    body = [text("<p>Hello</p>"), *(blocks or [new_stories(own_topics=True)])]
    desk.edition = EditionPageFactory(parent=desk.pages["en"], body=body, **fields)


def choosing(desk: Desk, name: str, *topics: Topic, **fields: str) -> Subscriber:
    reader = desk.reader(f"{name}@readers.example", **fields)
    TopicChoice.objects.bulk_create(
        TopicChoice(subscriber=reader, topic_key=topic.translation_key) for topic in topics
    )
    return reader


def got(name: str) -> list[str]:
    """Titles of the stories in the one letter they got, the same in both its halves."""
    (letter,) = letters_to(f"{name}@")
    titles = [
        " ".join(title.get_text().split())
        for title in BeautifulSoup(letter.html, "html.parser").find_all("h3")
    ]
    assert [title for title in titles if title in letter.text] == titles
    return titles


def frozen(mailing: Mailing) -> Mailing:
    prepare(mailing.pk)
    mailing.refresh_from_db()
    assert mailing.fault == ""
    assert broken_invariants(mailing) == []
    return mailing


def versions(mailing: Mailing) -> list[tuple[str, bool, str, int]]:
    """(language, whether it is for readers of others, names of the topics, people), * for who chose none."""
    names = {
        topic.translation_key.hex: topic.name for topic in Topic.objects.filter(locale__language_code="en")
    }
    return sorted(
        (
            variant.language,
            variant.for_others,
            "+".join(sorted(names.get(key, key) for key in variant.shown_topics.split(","))),
            mailing.deliveries.filter(variant=variant).count(),
        )
        for variant in mailing.variants.all()
    )


# --- who gets what -----------------------------------------------------------------------------------
def test_each_reader_gets_the_stories_on_the_topics_they_chose(
    desk: Desk, topics: Topics, worker: Worker
) -> None:
    energy, bread, care = topics.values()
    gone = TopicFactory(name="Gone")
    choosing(desk, "nobody-asked")
    choosing(desk, "miller", energy)
    choosing(desk, "baker", bread, care)
    choosing(desk, "both", bread, energy)
    choosing(desk, "carer", care)
    choosing(desk, "forgotten", gone)
    choosing(desk, "by-half", gone, energy)
    gone.delete()
    compose(desk)
    mailing = desk.launch()
    worker()
    assert counts(mailing) == {"accepted": 7}
    assert broken_invariants(mailing) == []
    assert got("nobody-asked") == ["Both", "Mill", "Oven", "Weir"]
    assert got("miller") == ["Both", "Mill"]
    assert got("baker") == ["Both", "Oven"]
    assert got("both") == ["Both", "Mill", "Oven"]
    assert got("carer") == []
    # A topic that was deleted is in nobody's preferences any more.
    assert got("forgotten") == got("nobody-asked")
    assert got("by-half") == got("miller")


def test_limit_and_named_topics_hold_for_each_reader(desk: Desk, topics: Topics, worker: Worker) -> None:
    energy, bread, care = topics.values()
    published("Clinic", care, days_ago=0.5)
    choosing(desk, "anybody")
    choosing(desk, "baker", bread)
    choosing(desk, "carer", care)
    choosing(desk, "all", energy, bread, care)
    compose(desk, new_stories(energy, bread, own_topics=True, limit=2))
    desk.launch()
    worker()
    assert got("anybody") == got("all") == ["Both", "Mill"]
    assert got("baker") == ["Both", "Oven"]
    assert got("carer") == []


def test_readers_of_every_language_get_their_topics(desk: Desk, topics: Topics, worker: Worker) -> None:
    energy, bread, _care = topics.values()
    energia = TopicFactory(name="Energía", language="es", translation_key=energy.translation_key)
    published("Molino", energia, language="es")
    published("Plaza", language="es", days_ago=2)
    compose(desk)
    translation_of(
        desk.edition, parent=desk.pages["es"], body=[text("<p>Hola</p>"), new_stories(own_topics=True)]
    )
    choosing(desk, "ana", energy, language="es")
    choosing(desk, "luz", bread, language="es")
    choosing(desk, "eva", language="es")
    choosing(desk, "uli", bread, language="de")
    choosing(desk, "chloe", language="fr")
    mailing = desk.launch()
    worker()
    assert got("ana") == ["Molino"]
    assert got("luz") == []
    assert got("eva") == ["Molino", "Plaza"]
    assert got("uli") == ["Both", "Oven"]
    assert got("chloe") == ["Both", "Mill", "Oven", "Weir"]
    assert {row[:2] for row in versions(mailing)} == {("es", False), ("en", True)}


def test_a_list_may_be_aimed_at_a_segment_as_well(desk: Desk, topics: Topics, worker: Worker) -> None:
    compose(desk, new_stories(own_topics=True, show_only_to=desk.organisations))
    choosing(desk, "mill-office", topics["Energy"], kind="organisation")
    choosing(desk, "bakery-office", topics["Bread"], kind="organisation")
    choosing(desk, "miller", topics["Energy"])
    choosing(desk, "baker", topics["Bread"])
    mailing = desk.launch()
    worker()
    assert got("mill-office") == ["Both", "Mill"]
    assert got("bakery-office") == ["Both", "Oven"]
    assert got("miller") == got("baker") == []
    # Whom the list is not shown to needs no version by topic.
    assert versions(mailing) == [("en", False, "*", 2), ("en", False, "Bread", 1), ("en", False, "Energy", 1)]


# --- versions ----------------------------------------------------------------------------------------
def test_only_combinations_that_somebody_has_are_rendered(
    desk: Desk, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 2)
    energy, bread, care = topics.values()
    compose(desk)
    for number in range(3):
        choosing(desk, f"miller-{number}", energy)
        choosing(desk, f"carer-and-miller-{number}", energy, care)
    choosing(desk, "baker", bread)
    choosing(desk, "carer", care)
    mailing = frozen(desk.launch())
    assert versions(mailing) == [("en", False, "", 1), ("en", False, "Bread", 1), ("en", False, "Energy", 6)]
    assert sorted(batch.size for batch in mailing.batches.all()) == [1, 1, 2, 2, 2]


def test_topics_without_news_in_a_language_make_no_version_in_it(desk: Desk, topics: Topics) -> None:
    energy, bread, _care = topics.values()
    energia = TopicFactory(name="Energía", language="es", translation_key=energy.translation_key)
    published("Molino", energia, language="es")
    compose(desk)
    translation_of(
        desk.edition, parent=desk.pages["es"], body=[text("<p>Hola</p>"), new_stories(own_topics=True)]
    )
    choosing(desk, "ana", energy, language="es")
    choosing(desk, "luz", energy, bread, language="es")
    choosing(desk, "ada", energy)
    choosing(desk, "ida", energy, bread)
    assert versions(frozen(desk.launch())) == [
        ("en", False, "Bread+Energy", 1),
        ("en", False, "Energy", 1),
        ("es", False, "Energy", 2),
    ]


def test_without_the_option_nobody_is_asked_for_their_topics(desk: Desk, topics: Topics) -> None:
    compose(desk, new_stories())
    choosing(desk, "miller", topics["Energy"])
    choosing(desk, "baker", topics["Bread"])
    mailing = desk.launch()
    with CaptureQueriesContext(connection) as queries:
        frozen(mailing)
    assert not [query for query in queries if "topicchoice" in query["sql"]]
    assert versions(mailing) == [("en", False, "*", 2)]


def test_neither_readers_nor_versions_add_questions_but_the_insert_of_each_version(
    desk: Desk, topics: Topics
) -> None:
    energy, bread, care = topics.values()
    published("Clinic", care)
    combinations: list[list[Topic]] = [[], [energy], [bread], [care], [energy, bread], [energy, care]]
    counted = []
    for number, several in enumerate([combinations[:2], combinations * 3]):
        compose(desk)
        for reader, chosen in enumerate(several):
            choosing(desk, f"reader-{number}-{reader}", *chosen)
        mailing = desk.launch()
        with CaptureQueriesContext(connection) as queries:
            frozen(mailing)
        inserts = [query for query in queries if 'INTO "sending_variant"' in query["sql"]]
        assert len(inserts) == mailing.variants.count()
        # A wake-up for each batch is the queue's own.
        counted.append(len(queries) - len(inserts) - _about_batches(queries))
        Subscriber.objects.all().delete()
        cancel(mailing)
    assert counted[1] <= counted[0]


def _about_batches(queries: CaptureQueriesContext) -> int:
    """Where versions end is found by bisection, and each batch has a wake-up."""
    about = ("django_tasks", 'FROM "sending_delivery"')
    return len([query for query in queries if any(words in query["sql"] for words in about)])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_readers_get_what_the_rule_says(desk: Desk, topics: Topics, data: st.DataObject) -> None:
    """The rule read in plain Python: newest first, on a topic that is chosen and named, at most so many."""
    everything = [("Both", {"Energy", "Bread"}), ("Mill", {"Energy"}), ("Oven", {"Bread"}), ("Weir", set())]
    some = st.sets(st.sampled_from(sorted(topics)))
    named, limit = data.draw(some), data.draw(st.integers(1, 4))
    choices = data.draw(st.lists(some, min_size=1, max_size=6))

    def by_the_rule(chosen: Collection[str]) -> list[str]:
        bound = [(title, on & named if named else on) for title, on in everything if not named or on & named]
        return [title for title, on in bound if not chosen or on & set(chosen)][:limit]

    TopicChoice.objects.all().delete()
    Subscriber.objects.all().delete()
    readers = [
        choosing(desk, f"reader-{number}", *(topics[name] for name in sorted(chosen)))
        for number, chosen in enumerate(choices)
    ]
    compose(desk, new_stories(*(topics[name] for name in sorted(named)), own_topics=True, limit=limit))
    edition = EditionPage.objects.get(pk=desk.edition.pk)
    told_apart = ToldApart(languages=["en"], cards={"en": cards_of(edition, topics=None)})
    everybody = Addressees(edition_id=edition.pk, newsletter=desk.newsletter, everyone=True)
    people = told_apart.numbered(recipients_with_reasons(everybody, languages=["en"]))
    numbers = dict(people.values_list("pk", "number"))
    for reader, chosen in zip(readers, choices, strict=True):
        shown = told_apart.recipe(numbers[reader.pk]).shown_topics
        for keys in (None if shown is None else frozenset(shown), topics_chosen_by(reader)):
            parts = parts_for(
                edition,
                shown_segments=frozenset(),
                shown_topics=keys,
                words=str,
                cards=told_apart.cards["en"],
            )
            listed = [card.title for part in parts if isinstance(part, StoriesPart) for card in part.stories]
            assert listed == by_the_rule(chosen)


# --- too many, planned, tried again ------------------------------------------------------------------
def many_topics(count: int) -> list[Topic]:
    made = [TopicFactory(name=f"Topic no. {number}", slug=f"no-{number}") for number in range(count)]
    for number, topic in enumerate(made):
        published(f"Story {number}", topic)
    return made


def test_seven_topics_with_news_are_refused_by_name(desk: Desk) -> None:
    many_topics(7)
    desk.readers(1)
    compose(desk)
    with pytest.raises(LaunchRefused, match=r"7 topics .*Topic no\. 6"):
        desk.launch()
    assert not Mailing.objects.exists()


def test_what_is_published_after_planning_neither_stops_it_nor_is_in_it(desk: Desk, worker: Worker) -> None:
    six = many_topics(6)
    choosing(desk, "reader", six[0])
    compose(desk)
    mailing = planned(desk)
    published("Too late", TopicFactory(name="One more"), six[0], days_ago=0)
    begin(desk, worker)
    assert counts(mailing) == {"accepted": 1}
    assert got("reader") == ["Story 0"]


@pytest.mark.parametrize("waits", [True, False])
def test_more_topics_with_news_than_fit_stop_it_and_lose_nothing(
    desk: Desk, worker: Worker, waits: bool
) -> None:
    six = many_topics(6)
    choosing(desk, "reader", six[0])
    compose(desk)
    mailing = planned(desk) if waits else desk.launch()
    story = StoryPage.objects.get(title="Story 0")
    story.topics.add(TopicFactory(name="One more"))
    story.save()
    if waits:
        begin(desk, worker)
    else:
        worker()
    assert counts(mailing) == {}
    assert mailing.state == Mailing.State.PAUSED
    assert "can no longer be sent as it was planned" in mailing.fault
    assert "One more" in mailing.fault
    assert letters_to("reader@") == []
    story.topics.set([six[0]])
    story.save()
    with desk.committed():
        assert resume(mailing)
    worker()
    assert counts(mailing) == {"accepted": 1}
    assert got("reader") == ["Story 0"]


def test_a_second_try_has_the_lists_of_the_first(desk: Desk, topics: Topics, worker: Worker) -> None:
    choosing(desk, "miller", topics["Energy"])
    choosing(desk, "anybody")
    choosing(desk, "baker", topics["Bread"])
    compose(desk)
    mailing = desk.launch()
    worker()
    for name in ("miller", "anybody"):
        delivery = mailing.deliveries.get(address=f"{name}@readers.example")
        report(delivery, "bounced", reject_reason="other")
    published("Since then", topics["Energy"], days_ago=0)
    mailing.refresh_from_db()
    with desk.committed():
        second = retry(mailing)
    worker()
    assert counts(second) == {"accepted": 2}
    assert versions(second) == [("en", False, "*", 1), ("en", False, "Energy", 1)]
    for name in ("miller", "anybody"):
        first, again = letters_to(f"{name}@")
        assert first.text == again.text
        assert "Since then" not in again.text
    assert len(letters_to("baker@")) == 1


def test_the_archive_of_what_was_sent_has_the_whole_list(desk: Desk, topics: Topics, worker: Worker) -> None:
    choosing(desk, "miller", topics["Energy"])
    compose(desk)
    desk.launch()
    worker()
    body = EditionPage.objects.get(pk=desk.edition.pk).archive.body
    assert all(title in body for title in ("Both", "Mill", "Oven", "Weir"))


def test_the_page_of_a_sending_says_which_topics_a_version_is_for(
    desk: Desk, topics: Topics, client: Client, administrator: User
) -> None:
    choosing(desk, "miller", topics["Energy"])
    choosing(desk, "carer", topics["Care"])
    choosing(desk, "anybody")
    compose(desk)
    mailing = frozen(desk.launch())
    client.force_login(administrator)
    page = client.get(reverse("sending:mailing", args=[mailing.pk])).content
    rows = BeautifulSoup(page, "html.parser").select("table.mailbox-list tbody tr")
    assert sorted(row.find_all("td")[-1].get_text() for row in rows) == [
        "Energy",
        "none of their topics",
        "—",
    ]
