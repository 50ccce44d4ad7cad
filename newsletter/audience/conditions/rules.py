"""Rules: what a segment asks, read from plain data into a query and into words.

A rule is {"type": name, "value": …} as a StreamField stores it; the type "group" holds conditions of its own, and no
further group.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _g

from newsletter.audience.conditions.registry import (
    GROUP,
    SegmentUnusable,
    condition_named,
    empty_condition,
    stored,
)
from newsletter.audience.conditions.related import any_of_them, lists_of

ALL, ANY = "all", "any"
Rule = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """People for whom all or any of the conditions hold, and none of the exceptions. Unknown types are kept."""

    match: str
    conditions: list[Rule]
    exceptions: list[Rule]

    def query(self) -> Q:
        """A Q over Subscriber, true or false for everybody. Raises SegmentUnusable."""
        self._must_ask_something()
        wanted = _together(self.match, self.conditions) if self.conditions else Q()
        return reduce(and_, [~_query_of(rule) for rule in self.exceptions], wanted)

    def lists(self) -> "tuple[list[QuerySet[Any, Any]], list[QuerySet[Any, Any]]]":
        """For rules that ask for any of their conditions, as lists of keys of Subscriber: who meets one of the conditions,
        and who meets one of the exceptions. Raises SegmentUnusable.
        """
        self._must_ask_something()
        return (
            lists_of([_query_of(rule) for rule in self.conditions]),
            lists_of([_query_of(rule) for rule in self.exceptions]),
        )

    def words(self) -> str:
        """Such as "people who read Spanish and (chose Housing, or chose Food)". Raises SegmentUnusable."""
        self._must_ask_something()
        conditions = _joint(self.match).join(_words_of(rule) for rule in self.conditions)
        exceptions = _joint(ANY).join(_words_of(rule) for rule in self.exceptions)
        if not exceptions:
            return _g("people who %(conditions)s") % {"conditions": conditions}
        if not conditions:
            return _g("everybody, but not people who %(exceptions)s") % {"exceptions": exceptions}
        return _g("people who %(conditions)s, but not people who %(exceptions)s") % {
            "conditions": conditions,
            "exceptions": exceptions,
        }

    def everything(self) -> Iterator[tuple[Rule, bool]]:
        """Every rule, and what is in the groups as well: (the rule, whether it is in a group). Never raises."""
        for rule in (*self.conditions, *self.exceptions):
            yield rule, False
            if rule["type"] == GROUP:
                with suppress(SegmentUnusable):
                    yield from ((inner, True) for inner in read_rules(stored(rule["value"], "conditions")))

    def _must_ask_something(self) -> None:
        if not self.conditions and not self.exceptions:
            raise SegmentUnusable(_g("it has no conditions"))


def read_rules(data: Any) -> list[Rule]:
    """What a StreamField holds, as rules; nothing stored is no rules. Raises SegmentUnusable."""
    try:
        return [{**rule, "type": str(rule["type"]), "value": rule["value"]} for rule in data or []]
    except (KeyError, TypeError) as error:
        raise SegmentUnusable(_g("its conditions cannot be read")) from error


def _in_group(value: Any) -> list[Rule]:
    conditions = read_rules(stored(value, "conditions"))
    if not conditions:
        raise empty_condition()
    if any(rule["type"] == GROUP for rule in conditions):
        raise SegmentUnusable(_g("one of its groups holds another group"))
    return conditions


def _match_of(value: Any) -> str:
    match = stored(value, "match")
    if match not in (ALL, ANY):
        raise SegmentUnusable(_g("one of its groups says neither “all” nor “any”"))
    return str(match)


def _query_of(rule: Rule) -> Q:
    if rule["type"] != GROUP:
        return condition_named(rule["type"]).compile(rule["value"])
    return _together(_match_of(rule["value"]), _in_group(rule["value"]))


def _words_of(rule: Rule) -> str:
    if rule["type"] != GROUP:
        return condition_named(rule["type"]).describe(rule["value"])
    joint = _joint(_match_of(rule["value"]))
    return "(" + joint.join(_words_of(condition) for condition in _in_group(rule["value"])) + ")"


def _together(match: str, rules: Iterable[Rule]) -> Q:
    queries = [_query_of(rule) for rule in rules]
    return reduce(and_, queries) if match == ALL else any_of_them(queries)


def _joint(match: str) -> str:
    return _g(" and ") if match == ALL else _g(", or ")
