import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.counting import count
from newsletter.audience.models import Segment, Subscriber
from newsletter.audience.segmentation import audience_of, describe, people_in
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
from tests.stories.factories import TopicFactory, locale_of

pytestmark = pytest.mark.django_db


def reader(newsletter, *topics, **about):
    subscriber = SubscriberFactory(**about)
    SubscriptionFactory(subscriber=subscriber, newsletter=newsletter)
    for topic in topics:
        TopicChoiceFactory(subscriber=subscriber, topic=topic)
    return subscriber


@pytest.fixture
def newsletter():
    return NewsletterFactory()


def test_a_person_in_two_segments_is_counted_once(newsletter):
    housing, food = TopicFactory(name="Housing"), TopicFactory(name="Food")
    both = reader(newsletter, housing, food)
    one = reader(newsletter, food)
    reader(newsletter)
    x, y = SegmentFactory(rules=[topic_rule(housing)]), SegmentFactory(rules=[topic_rule(food, housing)])
    union = audience_of(newsletter=newsletter, segments=[x, y])
    assert list(union) == [both, one]
    assert union.count() == 2


def test_the_excluded_are_left_out(newsletter):
    english, spanish = (
        reader(newsletter, language="en"),
        reader(newsletter, language="es", kind="organisation"),
    )
    everybody = SegmentFactory(rules=[language_rule("en", "es")])
    organisations = SegmentFactory(rules=[kind_rule("organisation")])
    assert list(audience_of(newsletter=newsletter, segments=[everybody], excluded=[organisations])) == [
        english
    ]
    assert list(audience_of(newsletter=newsletter, segments=[], everyone=True, excluded=[everybody])) == []
    assert list(audience_of(newsletter=newsletter, segments=[], everyone=True)) == [english, spanish]


def test_without_a_segment_a_mailing_is_for_nobody(newsletter):
    reader(newsletter)
    assert not audience_of(newsletter=newsletter, segments=[]).exists()


def test_only_confirmed_subscribers_of_this_newsletter_are_meant(newsletter):
    confirmed = reader(newsletter)
    SubscriptionFactory(newsletter=newsletter, pending=True)
    SubscriptionFactory(newsletter=newsletter, unsubscribed=True)
    SubscriptionFactory(newsletter=NewsletterFactory())
    SubscriptionFactory(subscriber=confirmed, newsletter=NewsletterFactory())
    assert list(audience_of(newsletter=newsletter, segments=[SegmentFactory()])) == [confirmed]


def test_a_topic_is_the_same_in_every_language(newsletter):
    housing = TopicFactory(name="Housing")
    vivienda = housing.copy_for_translation(locale_of("es"))
    vivienda.name, vivienda.slug = "Vivienda", "vivienda"
    vivienda.save()
    chose_in_spanish = reader(newsletter, vivienda, language="es")
    segment = SegmentFactory(rules=[topic_rule(housing)])
    assert list(people_in(segment)) == [chose_in_spanish]


def test_a_segment_says_in_words_whom_it_means():
    housing, food = TopicFactory(name="Housing"), TopicFactory(name="Food")
    segment = SegmentFactory(rules=[topic_rule(housing, food), language_rule("es")])
    assert describe(segment) in {
        "people who chose Housing or Food and read Spanish",
        "people who chose Food or Housing and read Spanish",
    }
    either = SegmentFactory(
        match=Segment.Match.ANY, rules=[kind_rule("organisation"), language_rule("es", "fr")]
    )
    assert describe(either) == "people who are an organisation, or read Spanish or French"


def test_a_deleted_topic_blocks_the_segment_instead_of_widening_it(newsletter):
    housing, food = TopicFactory(), TopicFactory()
    segment = SegmentFactory(name="Roofs", rules=[topic_rule(housing, food)])
    housing.delete()
    reader(newsletter, food)
    for ask in (
        describe,
        count,
        lambda segment: audience_of(newsletter=newsletter, segments=[segment]),
        lambda segment: audience_of(newsletter=newsletter, segments=[], everyone=True, excluded=[segment]),
    ):
        with pytest.raises(
            SegmentUnusable, match="The segment “Roofs” cannot be used: a topic it asks for was deleted"
        ):
            ask(segment)


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ([language_rule("en"), {"type": "postcode", "value": {"starts": "75"}}], "of the type “postcode”"),
        ([{"type": "postcode", "value": None}], "of the type “postcode”"),
        ([], "it has no conditions"),
        ([language_rule()], "one of its conditions is empty"),
        ([language_rule("en", "pt")], "the language “pt”"),
        ([language_rule(["en"])], "this site does not have"),
        ([{"type": "language", "value": None}], "one of its conditions is empty"),
        ([{"type": "language", "value": {"languages": "en"}}], "one of its conditions is empty"),
        ([kind_rule("robot")], "a kind of subscriber that does not exist"),
        ([kind_rule(None)], "a kind of subscriber that does not exist"),
        ([kind_rule({"a": "b"})], "a kind of subscriber that does not exist"),
        (
            [{"type": "topic", "value": {"topics": [{"type": "item", "value": None, "id": "a"}]}}],
            "topic it asks for was",
        ),
        ([{"type": "topic", "value": {"topics": ["1", {"value": {}}]}}], "topic it asks for was"),
        ([{"type": "topic", "value": {}}], "one of its conditions is empty"),
        ("en", "cannot be read"),
    ],
)
def test_a_segment_that_cannot_say_whom_it_means_says_why(newsletter, rules, fault):
    reader(newsletter)
    segment = store_rules(SegmentFactory(name="Odd"), rules)
    with pytest.raises(SegmentUnusable) as unusable:
        audience_of(newsletter=newsletter, segments=[SegmentFactory(), segment])
    assert "“Odd”" in str(unusable.value)
    assert fault in str(unusable.value)


def test_a_topic_stored_as_a_list_entry_is_understood(newsletter):
    food = TopicFactory()
    wanted = reader(newsletter, food)
    entry = {"type": "item", "value": food.pk, "id": "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"}
    segment = store_rules(SegmentFactory(), [{"type": "topic", "value": {"topics": [entry]}, "id": "x"}])
    assert list(people_in(segment)) == [wanted]


def test_the_size_of_the_list_does_not_change_the_number_of_queries(newsletter, django_assert_num_queries):
    topic = TopicFactory()
    segments = [SegmentFactory(rules=[topic_rule(topic)]), SegmentFactory(rules=[language_rule("en")])]
    for _reader in range(12):
        reader(newsletter, topic)
    # One for each segment's rules, one for the topics of one of them, one for the people.
    with django_assert_num_queries(4):
        assert len(audience_of(newsletter=newsletter, segments=segments)) == 12


# --- Against a plain reading of the same rules ------------------------------------------------------
LANGUAGES = ["en", "es", "fr"]
people = st.lists(
    st.tuples(
        st.sampled_from(LANGUAGES),
        st.sampled_from(["person", "organisation"]),
        st.sets(st.integers(0, 2)),
        st.booleans(),
    ),
    max_size=6,
)
rules = st.one_of(
    st.tuples(st.just("topic"), st.sets(st.integers(0, 2), min_size=1)),
    st.tuples(st.just("language"), st.sets(st.sampled_from(LANGUAGES), min_size=1)),
    st.tuples(st.just("kind"), st.sampled_from(["person", "organisation"])),
)
segment_rules = st.tuples(st.sampled_from(["all", "any"]), st.lists(rules, min_size=1, max_size=3))


def holds(rule, person):
    kind, wanted = rule
    language, kind_of_person, topics, _confirmed = person
    return {
        "topic": lambda: bool(wanted & topics),
        "language": lambda: language in wanted,
        "kind": lambda: kind_of_person == wanted,
    }[kind]()


def meant_by(segment, person):
    match, its_rules = segment
    return (all if match == "all" else any)(holds(rule, person) for rule in its_rules)


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    people=people, wanted=st.lists(segment_rules, max_size=2), unwanted=st.lists(segment_rules, max_size=1)
)
def test_audiences_are_what_the_rules_say(db, people, wanted, unwanted):
    with transaction.atomic():
        newsletter = NewsletterFactory()
        topics = [TopicFactory() for _number in range(3)]
        expected = set()
        for person in people:
            language, kind, chosen, confirmed = person
            subscriber = SubscriberFactory(language=language, kind=kind)
            SubscriptionFactory(
                subscriber=subscriber, newsletter=newsletter, **({} if confirmed else {"pending": True})
            )
            for number in chosen:
                TopicChoiceFactory(subscriber=subscriber, topic=topics[number])
            if (
                confirmed
                and any(meant_by(segment, person) for segment in wanted)
                and not any(meant_by(segment, person) for segment in unwanted)
            ):
                expected.add(subscriber)

        def saved(segment):
            match, its_rules = segment
            stored = {
                "topic": lambda numbers: topic_rule(*[topics[number] for number in numbers]),
                "language": lambda codes: language_rule(*codes),
                "kind": kind_rule,
            }
            return SegmentFactory(match=match, rules=[stored[name](value) for name, value in its_rules])

        audience = list(
            audience_of(
                newsletter=newsletter,
                segments=[saved(segment) for segment in wanted],
                excluded=[saved(segment) for segment in unwanted],
            )
        )
        assert len(audience) == len(set(audience))
        assert set(audience) == expected
        assert Subscriber.objects.count() >= len(expected)
        transaction.set_rollback(True)
