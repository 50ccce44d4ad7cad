"""Every kind of condition, alone and together, against a plain Python reading of the same rules."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import JSONField, Value
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newsletter.audience.conditions import CONDITIONS, Condition, SegmentUnusable, register_condition
from newsletter.audience.conditions.rules import Rules
from newsletter.audience.counting import count, count_of
from newsletter.audience.models import Segment, Subscriber, SubscriptionEvent
from newsletter.audience.segmentation import (
    audience_of,
    describe,
    people_in,
    people_meant_by,
    readers,
)
from tests.audience.factories import (
    NewsletterFactory,
    SegmentFactory,
    SubscriberFactory,
    SubscriptionFactory,
    TopicChoiceFactory,
    kind_rule,
    language_rule,
    store_rules,
    topic_rule,
)
from tests.stories.factories import PlaceFactory, TopicFactory, locale_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people_of_several_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a hundred thousand are one range to PostgreSQL, and a list has more."""
    monkeypatch.setattr("newsletter.audience.counting.RANGE", 2)


def rule(kind: str, **value: Any) -> dict[str, Any]:
    return {"type": kind, "value": value}


def group_rule(match: str, *conditions: Any) -> dict[str, Any]:
    return rule("group", match=match, conditions=list(conditions))


def reader(**about: Any) -> Subscriber:
    subscriber = SubscriberFactory(**about)
    SubscriptionFactory(subscriber=subscriber)
    return subscriber


def people(*rules: Any, match: str = "all", exceptions: Any = ()) -> list[Subscriber]:
    segment = SegmentFactory(rules=[], match=match)
    store(segment, rules, exceptions)
    return list(people_in(segment))


def store(segment: Segment, rules: Any, exceptions: Any = ()) -> Segment:
    Segment.objects.filter(pk=segment.pk).update(
        rules=segment.rules.stream_block.to_python(list(rules)),
        exceptions=segment.exceptions.stream_block.to_python(list(exceptions)),
    )
    segment.refresh_from_db()
    return segment


# --- Against a plain reading ------------------------------------------------------------------------
KEYS = ["tier", "2024", 'a "b"', "größe", "tier__gt", "0", "back\\slash"]
WORDS = ["gold", "3", "3.5", "true", "radio", "Radio", "größe", 'a "b"', "100%", "0"]
ORIGINS = ["/confirm/", "import 3", "Import 3", "import_3", "/es/subscribe/monthly/"]
PLACES = [("ES", "Galicia"), ("ES", ""), ("FR", "Galicia"), ("MX", "Oaxaca")]
words = st.sampled_from(WORDS)
json_values = st.one_of(
    words, st.sampled_from([3, 3.0, 3.5, 0, True, False, None, [], ["gold"], {"gold": "gold"}, "false"])
)


@dataclass
class Person:
    language: str
    kind: str
    relation: str
    place: int | None
    topics: set[int]
    tags: list[Any]
    attributes: dict[str, Any]
    # By newsletter: ("confirmed" or "unsubscribed", the day).
    subscriptions: dict[int, tuple[str, date]]
    origins: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_reader(self) -> bool:
        return bool(self.confirmed_days)

    @property
    def confirmed_days(self) -> list[date]:
        return [day for status, day in self.subscriptions.values() if status == "confirmed"]


persons = st.builds(
    Person,
    language=st.sampled_from(["en", "es", "fr"]),
    kind=st.sampled_from(["person", "organisation"]),
    relation=st.sampled_from(["supporter", "member", "press"]),
    place=st.none() | st.integers(0, len(PLACES) - 1),
    topics=st.sets(st.integers(0, 2)),
    tags=st.lists(st.one_of(words, json_values), max_size=3),
    attributes=st.dictionaries(st.sampled_from(KEYS), json_values, max_size=3),
    subscriptions=st.dictionaries(
        st.integers(0, 1),
        st.tuples(
            st.sampled_from(["confirmed", "confirmed", "unsubscribed"]),
            st.dates(date(2024, 1, 1), date(2024, 1, 6)),
        ),
    ),
    origins=st.lists(
        st.tuples(st.sampled_from(["confirmed", "requested"]), st.sampled_from(ORIGINS)), max_size=2
    ),
)
some = {"min_size": 1, "max_size": 2}
conditions = st.one_of(
    st.tuples(st.just("topic"), st.sets(st.integers(0, 2), **some)),
    st.tuples(st.just("language"), st.sets(st.sampled_from(["en", "es", "fr"]), **some)),
    st.tuples(st.just("kind"), st.sampled_from(["person", "organisation"])),
    st.tuples(st.just("relation"), st.sets(st.sampled_from(["supporter", "member", "ally"]), **some)),
    st.tuples(st.just("places"), st.sets(st.integers(0, len(PLACES) - 1), **some)),
    st.tuples(st.just("regions"), st.sets(st.sampled_from([place for place in PLACES if place[1]]), **some)),
    st.tuples(st.just("countries"), st.sets(st.sampled_from(["ES", "FR", "MX"]), **some)),
    st.tuples(st.just("tag"), st.sets(words, **some)),
    st.tuples(st.just("has"), st.sampled_from(KEYS)),
    st.tuples(st.just("equals"), st.tuples(st.sampled_from(KEYS), words)),
    st.tuples(st.just("before"), st.dates(date(2024, 1, 1), date(2024, 1, 6))),
    st.tuples(st.just("since"), st.dates(date(2024, 1, 1), date(2024, 1, 6))),
    st.tuples(st.just("through"), st.sampled_from([*ORIGINS, "import", "/"])),
    st.tuples(st.just("newsletter"), st.sets(st.integers(0, 1), **some)),
)
matches = st.sampled_from(["all", "any"])
groups = st.tuples(st.just("group"), st.tuples(matches, st.lists(conditions, min_size=1, max_size=3)))
several = st.lists(st.one_of(conditions, groups), max_size=3)
segments = st.tuples(matches, several, several).filter(lambda segment: segment[1] or segment[2])


def equal(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == str(value).lower()
    if isinstance(value, int | float):
        return wanted.replace(".", "").isdigit() and value == float(wanted)
    return bool(value == wanted)


def holds(condition: tuple[str, Any], person: Person) -> bool:
    kind, wanted = condition
    if kind == "group":
        match, inside = wanted
        return (all if match == "all" else any)(holds(one, person) for one in inside)
    place = PLACES[person.place] if person.place is not None else None
    readings = {
        "topic": lambda: bool(wanted & person.topics),
        "language": lambda: person.language in wanted,
        "kind": lambda: person.kind == wanted,
        "relation": lambda: person.relation in wanted,
        "places": lambda: person.place in wanted,
        "regions": lambda: place in wanted,
        "countries": lambda: place is not None and place[0] in wanted,
        "tag": lambda: any(isinstance(tag, str) and tag in wanted for tag in person.tags),
        "has": lambda: wanted in person.attributes,
        "equals": lambda: wanted[0] in person.attributes and equal(person.attributes[wanted[0]], wanted[1]),
        "before": lambda: bool(person.confirmed_days) and min(person.confirmed_days) < wanted,
        "since": lambda: bool(person.confirmed_days) and min(person.confirmed_days) >= wanted,
        "through": lambda: any(
            kind == "confirmed" and origin.startswith(wanted) for kind, origin in person.origins
        ),
        "newsletter": lambda: any(
            status == "confirmed" and number in wanted
            for number, (status, _day) in person.subscriptions.items()
        ),
    }
    return readings[kind]()


def meant(segment: tuple[str, list[Any], list[Any]], person: Person) -> bool:
    match, wanted, unwanted = segment
    included = not wanted or (all if match == "all" else any)(holds(one, person) for one in wanted)
    return included and not any(holds(one, person) for one in unwanted)


class World:
    """The same people, places and topics in the database."""

    def __init__(self, everybody: list[Person]) -> None:
        self.newsletters = NewsletterFactory.create_batch(2)
        self.topics = TopicFactory.create_batch(3)
        self.places = [PlaceFactory(country=country, region=region) for country, region in PLACES]
        self.subscribers = [self.enter(person) for person in everybody]

    def enter(self, person: Person) -> Subscriber:
        place = self.places[person.place].translation_key if person.place is not None else None
        subscriber = SubscriberFactory(
            language=person.language,
            kind=person.kind,
            relation=person.relation,
            place_key=place,
            tags=person.tags,
            attributes=person.attributes,
        )
        for number in person.topics:
            TopicChoiceFactory(subscriber=subscriber, topic=self.topics[number])
        for number, (status, day) in person.subscriptions.items():
            SubscriptionFactory(
                subscriber=subscriber,
                newsletter=self.newsletters[number],
                status=status,
                confirmed_at=datetime(day.year, day.month, day.day, tzinfo=UTC),
            )
        for kind, origin in person.origins:
            SubscriptionEvent.objects.create(
                subscriber=subscriber, address_hash=subscriber.address_hash, kind=kind, origin=origin
            )
        return subscriber

    def stored(self, condition: tuple[str, Any]) -> dict[str, Any]:
        kind, wanted = condition
        writings = {
            "group": lambda: group_rule(wanted[0], *map(self.stored, wanted[1])),
            "topic": lambda: topic_rule(*[self.topics[number] for number in wanted]),
            "language": lambda: language_rule(*wanted),
            "kind": lambda: kind_rule(wanted),
            "relation": lambda: rule("relation", relations=list(wanted)),
            "places": lambda: rule("place", places=[self.places[number].pk for number in wanted]),
            "regions": lambda: rule("place", regions=["/".join(place) for place in wanted]),
            "countries": lambda: rule("place", countries=list(wanted)),
            "tag": lambda: rule("tag", tags=list(wanted)),
            "has": lambda: rule("attribute", key=wanted, test="exists", value=""),
            "equals": lambda: rule("attribute", key=wanted[0], test="equals", value=wanted[1]),
            "before": lambda: rule("joined", when="before", day=wanted.isoformat()),
            "since": lambda: rule("joined", when="since", day=wanted.isoformat()),
            "through": lambda: rule("confirmed_through", origin=wanted),
            "newsletter": lambda: rule(
                "newsletter", newsletters=[str(self.newsletters[number].pk) for number in wanted]
            ),
        }
        return writings[kind]()

    def rules(self, segment: tuple[str, list[Any], list[Any]]) -> Rules:
        match, wanted, unwanted = segment
        return Rules(match, [self.stored(one) for one in wanted], [self.stored(one) for one in unwanted])


many_examples = hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many_examples
@given(everybody=st.lists(persons, max_size=5), asked=st.lists(segments, min_size=1, max_size=4))
def test_a_segment_means_whom_its_rules_say(db, everybody, asked):
    with transaction.atomic():
        world = World(everybody)
        for segment in asked:
            rules = world.rules(segment)
            expected = [
                subscriber
                for subscriber, person in zip(world.subscribers, everybody, strict=True)
                if person.is_reader and meant(segment, person)
            ]
            assert list(people_meant_by(rules)) == expected, segment
            assert count_of(rules) == len(expected), segment
            for number, newsletter in enumerate(world.newsletters):
                theirs = [
                    person
                    for person in everybody
                    if person.subscriptions.get(number, ("",))[0] == "confirmed" and meant(segment, person)
                ]
                assert count_of(rules, newsletter=newsletter) == len(theirs), segment
            assert rules.words().startswith(("people who", "everybody, but not"))
        transaction.set_rollback(True)


@many_examples
@given(
    everybody=st.lists(persons, max_size=5),
    asked=st.lists(st.one_of(conditions, groups), min_size=1, max_size=5),
)
def test_a_condition_and_its_contrary_are_everybody(db, everybody, asked):
    with transaction.atomic():
        world = World(everybody)
        for condition in asked:
            stored = world.stored(condition)
            inside = count_of(Rules("all", [stored], []))
            outside = count_of(Rules("all", [], [stored]))
            assert inside + outside == readers().count() == sum(one.is_reader for one in everybody)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_long_list_is_counted_in_several_ranges_at_once(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    housing = TopicFactory()
    for number in range(7):
        person = reader(language="es" if number % 2 else "en")
        SubscriptionFactory(subscriber=person)
        if number % 3:
            TopicChoiceFactory(subscriber=person, topic=housing)
    asked = [topic_rule(housing), language_rule("es")]
    either, neither = Rules("any", asked, []), Rules("all", [], asked)
    assert (count_of(either), count_of(neither)) == (5, 2)
    assert (people_meant_by(either).count(), people_meant_by(neither).count()) == (5, 2)
    Subscriber.objects.all().delete()
    assert (count_of(either), count_of(neither)) == (0, 0)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL finds both ends of a list at once.")
def test_where_a_list_begins_and_ends_is_found_without_reading_it(django_assert_max_num_queries):
    rules = Rules("any", [topic_rule(TopicFactory()), language_rule("es")], [])
    reader(language="es")
    with django_assert_max_num_queries(5) as asked:
        assert count_of(rules) == 1
    before_the_count = [query["sql"] for query in asked if "audience_subscriber" in query["sql"]][:-1]
    assert before_the_count
    for sql in before_the_count:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            assert not [step for *_numbers, step in cursor if step.startswith("SCAN")]


# --- What each condition means ----------------------------------------------------------------------
def test_a_place_is_the_same_in_every_language_and_belongs_to_a_region_and_a_country():
    halse = PlaceFactory(name="Halse", country="GB", region="Somerset")
    elsewhere = PlaceFactory(country="NO", region="")
    in_spanish = halse.copy_for_translation(locale_of("es"))
    in_spanish.slug = "halse-es"
    in_spanish.save()
    there = reader(place_key=halse.translation_key)
    reader(place_key=elsewhere.translation_key)
    reader()
    for asked in ({"places": [in_spanish.pk]}, {"regions": ["GB/Somerset"]}, {"countries": ["GB"]}):
        assert people(rule("place", **asked)) == [there]


def test_joining_is_the_first_confirmation_of_what_somebody_still_gets():
    long_here = SubscriberFactory()
    for year, about in ((2020, {"unsubscribed": True}), (2022, {}), (2024, {})):
        SubscriptionFactory(subscriber=long_here, confirmed_at=datetime(year, 3, 1, 12, tzinfo=UTC), **about)
    assert people(rule("joined", when="before", day="2022-03-01")) == []
    assert people(rule("joined", when="since", day="2022-03-01")) == [long_here]
    assert people(rule("joined", when="before", day="2022-03-02")) == [long_here]
    assert people(rule("joined", when="since", day="2022-03-02")) == []


def test_a_tag_is_an_entry_and_not_a_word_in_the_text_of_the_column():
    tagged = [reader(tags=tags) for tags in (["radio"], ["[market]", "radio"], ["größe", "radio"])]
    for tags in (
        ['x"radio'],
        ['x"radio"'],
        ["radio 2"],
        [["radio"]],
        [{"radio": 1}],
        [{"x": "radio"}],
        "radio",
    ):
        reader(tags=tags)
    assert people(rule("tag", tags=["radio"])) == tagged


def test_a_key_of_an_attribute_is_words_and_never_a_lookup():
    odd = reader(attributes={"tier__gt": "1", "2024": "yes"})
    reader(attributes={"tier": "5"})
    assert people(rule("attribute", key="tier__gt", test="exists")) == [odd]
    assert people(rule("attribute", key="tier__gt", test="equals", value="1")) == [odd]
    assert people(rule("attribute", key="2024", test="equals", value="yes")) == [odd]
    assert people(rule("attribute", key="' OR 1=1 --", test="exists")) == []
    assert people(rule("attribute", key="%s {column}", test="exists")) == []


def test_an_attribute_that_is_missing_is_not_equal_and_still_counts():
    gold, plain, without = reader(attributes={"tier": "gold"}), reader(attributes={"tier": 0}), reader()
    is_gold = rule("attribute", key="tier", test="equals", value="gold")
    assert people(is_gold) == [gold]
    assert people(exceptions=[is_gold]) == [plain, without]


# --- Groups and exceptions --------------------------------------------------------------------------
def test_groups_and_exceptions_are_said_in_words():
    food = TopicFactory(name="Food")
    segment = store(
        SegmentFactory(),
        [language_rule("es"), group_rule("any", topic_rule(food), rule("relation", relations=["member"]))],
        [kind_rule("organisation"), rule("tag", tags=["radio", "press list"])],
    )
    assert describe(segment) == (
        "people who read Spanish and (chose Food, or have the connection member), "
        "but not people who are an organisation, or have the tag “radio” or “press list”"
    )
    only_exceptions = store(SegmentFactory(), [], [kind_rule("organisation")])
    assert describe(only_exceptions) == "everybody, but not people who are an organisation"


def test_every_condition_has_words():
    newsletter, place = NewsletterFactory(name="Weft Monthly"), PlaceFactory(name="Halse")
    said = Rules(
        "all",
        [
            rule("place", places=[place.pk], regions=["GB/Somerset"], countries=["GB"]),
            rule("joined", when="before", day="2024-05-01"),
            rule("joined", when="since", day="2023-05-01"),
            rule("confirmed_through", origin="import"),
            rule("newsletter", newsletters=[str(newsletter.pk)]),
            rule("attribute", key="tier", test="exists"),
            rule("attribute", key="tier", test="equals", value="gold"),
        ],
        [],
    ).words()
    for words in (
        "are in Halse or Somerset (GB) or GB",
        "joined before May 1, 2024",
        "joined on May 1, 2023 or later",
        "confirmed through “import”",
        "are subscribed to “Weft Monthly”",
        "have the attribute “tier”",
        "have “gold” as the attribute “tier”",
    ):
        assert words in said


def test_an_exception_holds_whatever_the_conditions_match():
    both = reader(language="es", kind="organisation")
    spanish = reader(language="es")
    assert people(language_rule("es"), language_rule("fr"), match="any") == [both, spanish]
    assert people(
        language_rule("es"), language_rule("fr"), match="any", exceptions=[kind_rule("organisation")]
    ) == [spanish]


def test_in_an_audience_segments_of_every_shape_are_joined():
    newsletter = NewsletterFactory()
    food = TopicFactory()
    spanish, eater, tagged, nobody = (
        SubscriberFactory(language="es"),
        SubscriberFactory(),
        SubscriberFactory(tags=["radio"]),
        SubscriberFactory(),
    )
    for subscriber in (spanish, eater, tagged, nobody):
        SubscriptionFactory(subscriber=subscriber, newsletter=newsletter)
    TopicChoiceFactory(subscriber=eater, topic=food)
    wanted = [
        SegmentFactory(rules=[language_rule("es")]),
        SegmentFactory(rules=[topic_rule(food)]),
        store(SegmentFactory(), [group_rule("all", rule("tag", tags=["radio"]), language_rule("en"))]),
    ]
    assert list(audience_of(newsletter=newsletter, segments=wanted)) == [spanish, eater, tagged]
    assert list(audience_of(newsletter=newsletter, segments=(), everyone=True, excluded=wanted)) == [nobody]


# --- What blocks ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (
            group_rule("any", language_rule("en"), {"type": "postcode", "value": "75"}),
            "of the type “postcode”",
        ),
        (group_rule("any"), "one of its conditions is empty"),
        (group_rule("most", language_rule("en")), "neither “all” nor “any”"),
        (group_rule("all", group_rule("all", language_rule("en"))), "holds another group"),
        ({"type": "group", "value": None}, "neither “all” nor “any”"),
        ({"type": "group", "value": {"match": "all", "conditions": "en"}}, "cannot be read"),
        (rule("place", places=[999_999]), "a place it asks for was deleted"),
        (rule("place", places=[None]), "a place it asks for was deleted"),
        (rule("place", regions=["GB/Atlantis"]), "no place is left in “GB/Atlantis”"),
        (rule("place", countries=["XX"]), "no place is left in “XX”"),
        (rule("place", places=[], regions=[], countries=[]), "one of its conditions is empty"),
        (rule("place", places="all"), "one of its conditions is empty"),
        (rule("relation", relations=["king"]), "a connection to us that does not exist"),
        (rule("relation"), "one of its conditions is empty"),
        (rule("tag", tags=[""]), "one of its conditions is empty"),
        (rule("tag", tags=[{"value": 3}]), "one of its conditions is empty"),
        (rule("joined", when="around", day="2024-01-01"), "a day that does not exist"),
        (rule("joined", when="before", day="2024-02-31"), "a day that does not exist"),
        (rule("joined", when="before", day="0001-01-01"), "a day that does not exist"),
        (rule("joined", when="before", day=None), "a day that does not exist"),
        (rule("confirmed_through", origin=" "), "one of its conditions is empty"),
        (rule("newsletter", newsletters=["999999"]), "a newsletter it asks for was deleted"),
        (rule("newsletter", newsletters=["²"]), "a newsletter it asks for was deleted"),
        (rule("attribute", key="tier", test="like", value="g"), "in a way this version does not know"),
        (rule("attribute", key="", test="exists"), "one of its conditions is empty"),
        (rule("attribute", key="tier", test="equals", value=""), "one of its conditions is empty"),
        (rule("attribute", key="t" * 201, test="exists"), "words that cannot be looked for"),
    ],
)
@pytest.mark.parametrize("place", ["condition", "exception", "in a group"])
def test_what_cannot_be_asked_blocks_by_name_wherever_it_stands(broken, fault, place):
    if place == "in a group" and broken["type"] == "group":
        fault = "holds another group"
    reader()
    rules = [group_rule("any", language_rule("en"), broken)] if place == "in a group" else [broken]
    segment = SegmentFactory(name="Odd")
    segment = store_exceptions(segment, rules) if place == "exception" else store_rules(segment, rules)
    for ask in (
        describe,
        count,
        lambda segment: audience_of(newsletter=NewsletterFactory(), segments=[segment]),
        lambda segment: audience_of(
            newsletter=NewsletterFactory(), segments=(), everyone=True, excluded=[segment]
        ),
    ):
        with pytest.raises(SegmentUnusable) as unusable:
            ask(segment)
        assert "“Odd”" in str(unusable.value)
        assert fault in str(unusable.value)


@pytest.mark.parametrize("words", ["a\0b", "\ud800", "a\nb", "x" * 201])
def test_words_no_database_could_be_asked_for_are_a_fault_of_the_segment(words):
    for asked in (rule("tag", tags=[words]), rule("attribute", key=words, test="exists")):
        with pytest.raises(SegmentUnusable, match="words that cannot be looked for"):
            Rules("all", [asked], []).query()


def store_exceptions(segment: Segment, exceptions: Any) -> Segment:
    """Writes exceptions past the StreamField."""
    Segment.objects.filter(pk=segment.pk).update(exceptions=Value(exceptions, output_field=JSONField()))
    return Segment.objects.get(pk=segment.pk)


def test_a_deleted_place_blocks_its_segment():
    place = PlaceFactory()
    segment = store(SegmentFactory(name="Halse"), [rule("place", places=[place.pk])])
    place.delete()
    with pytest.raises(SegmentUnusable, match="“Halse” cannot be used: a place it asks for was deleted"):
        count(segment)


def test_a_name_of_a_condition_is_given_once():
    taken = CONDITIONS["topic"]
    for name in ("topic", "group"):
        with pytest.raises(ValueError, match="already"):
            register_condition(
                Condition(
                    name=name,
                    label=taken.label,
                    block=taken.block,
                    compile=taken.compile,
                    describe=taken.describe,
                )
            )


def test_the_size_of_a_segment_does_not_change_with_its_list(django_assert_num_queries):
    place = PlaceFactory()
    segment = store(
        SegmentFactory(),
        [group_rule("any", rule("tag", tags=["radio"]), rule("place", places=[place.pk]))],
        [rule("confirmed_through", origin="import")],
    )
    for _reader in range(12):
        reader(place_key=place.translation_key)
    # The rules, the place, its keys, the people.
    with django_assert_num_queries(4):
        assert len(people_in(segment)) == 12


def test_the_digest_changes_with_what_is_asked_and_not_with_the_name():
    segment = store(SegmentFactory(name="A"), [language_rule("es")])
    before = segment.digest()
    Segment.objects.filter(pk=segment.pk).update(name="B")
    segment.refresh_from_db()
    assert segment.digest() == before
    store(segment, [language_rule("es")], [kind_rule("organisation")])
    assert segment.digest() != before
