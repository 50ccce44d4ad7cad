"""Which versions of an edition somebody needs: what tells one from another, as a number worked out once for each person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from django.db.models import BigIntegerField, Case, F, Func, Q, Value, When

from newsletter.audience.chosen_topics import chose, chose_any
from newsletter.audience.models import Segment
from newsletter.editions.parts import Cards
from newsletter.sending.models import EVERY_TOPIC

if TYPE_CHECKING:
    from newsletter.sending.snapshot import People

# A version as the columns of Variant hold it: language, for_others, shown_segments, shown_topics.
Key: TypeAlias = tuple[str, bool, str, str]


@dataclass(frozen=True)
class Recipe:
    """What tells one version from another: its language, whether it has to say that it is not the reader's own, the
    aimed-at segments whose blocks it shows, and the topics that lists of each reader's own topics keep to. None stands for
    whole lists: who chose no topic gets all.
    """

    language: str
    for_others: bool = False
    shown_segments: tuple[int, ...] = ()
    shown_topics: tuple[UUID, ...] | None = None

    @property
    def key(self) -> Key:
        topics = EVERY_TOPIC if self.shown_topics is None else ",".join(key.hex for key in self.shown_topics)
        return self.language, self.for_others, ",".join(str(pk) for pk in self.shown_segments), topics


@dataclass(frozen=True)
class ToldApart:
    """By what readers of an edition are told apart: its languages (the first is for readers of all others), the segments
    its blocks are aimed at, and the topics on which lists of each reader's own topics have anything; `cards` by language
    know them.

    What a person has of it is a number. Its lowest bits are flags: in which segments they are, then whether they chose any
    topic, then which. Above them stands the place of the language, 0 for readers of others.
    """

    languages: Sequence[str]
    segments: Sequence[Segment] = ()
    cards: Mapping[str, Cards] = field(default_factory=dict)

    @cached_property
    def topics(self) -> list[UUID]:
        return sorted(frozenset().union(*(cards.topics_with_news() for cards in self.cards.values())))

    def numbered(self, people: "People") -> "People":
        """The people, annotated with their `number`. They come from recipients_with_reasons() with the same segments."""
        flags = [Q(**{f"in_{segment.pk}": True}) for segment in self.segments]
        if self.topics:
            flags += [chose_any(), *(chose(key) for key in self.topics)]
        places = [
            When(language=code, then=Value(place << len(flags)))
            for place, code in enumerate(self.languages, start=1)
        ]
        number: Any = Case(*places, default=Value(0), output_field=BigIntegerField())
        for at, flag in enumerate(flags):
            number += Case(When(flag, then=Value(1 << at)), default=Value(0), output_field=BigIntegerField())
        return people.annotate(number=number)

    def recipe(self, number: int) -> Recipe:
        """What a person of this number needs. Different numbers may need the same."""
        first_topic = len(self.segments) + 1
        place = number >> (first_topic + len(self.topics) if self.topics else len(self.segments))
        language = self.languages[max(place - 1, 0)]
        segments = {segment.pk for at, segment in enumerate(self.segments) if number >> at & 1}
        topics = None
        # Only what a version in this language, with these blocks, can show on a topic tells it apart.
        shown = self.cards[language].topics_with_news(shown_segments=segments) if self.topics else None
        if shown and number >> len(self.segments) & 1:
            chosen = {key for at, key in enumerate(self.topics, start=first_topic) if number >> at & 1}
            topics = tuple(sorted(chosen & shown))
        return Recipe(
            language, for_others=place == 0, shown_segments=tuple(sorted(segments)), shown_topics=topics
        )


def recipes_needed(people: "People", told_apart: ToldApart) -> dict[int, Recipe]:
    """By number, for every number that somebody in the audience has who is not left out."""
    numbers = people.filter(reason="").order_by().values_list("number", flat=True).distinct()
    return {number: told_apart.recipe(number) for number in sorted(numbers)}


def version_by_number(versions: Mapping[int, int], *, otherwise: int) -> Func | Value:
    """For {number: primary key of its version}: the version of a numbered person, `otherwise` for other numbers.

    The number is worked out once for each person; conditions of Django's Case would ask for it again for each version.
    """
    if not versions:
        return Value(otherwise, output_field=BigIntegerField())
    return Func(
        F("number"),
        template="CASE %(expressions)s %(cases)s ELSE %(otherwise)s END",
        cases=" ".join(f"WHEN {number:d} THEN {pk:d}" for number, pk in versions.items()),
        otherwise=f"{otherwise:d}",
        output_field=BigIntegerField(),
    )
