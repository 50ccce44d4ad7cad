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

from django.db.models import Q
from django.utils.translation import gettext as _g

from newsletter.audience.conditions.registry import (
    GROUP,
    SegmentUnusable,
    condition_named,
    empty_condition,
    stored,
)
from newsletter.audience.conditions.related import Keys, any_of_them, asks_other_tables, lists_of

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

    def lists(self) -> "tuple[list[Keys], list[Keys]] | None":
        """As lists of keys of Subscriber: who meets one of the conditions, and who meets one of the exceptions; without
        conditions everybody is meant. Raises SegmentUnusable.

        None where the query finds them sooner: several conditions at once, or none that asks other tables.
        """
        self._must_ask_something()
        conditions, exceptions = (
            [_query_of(rule) for rule in rules] for rules in (self.conditions, self.exceptions)
        )
        if conditions and not any(map(asks_other_tables, conditions)):
            return None
        if self.match == ALL and len(conditions) > 1:
            return None
        # Whoever is not in a list is everybody but that list, and who is not outside of it is in it.
        if len(conditions) == 1 and conditions[0].negated:
            exceptions.append(~conditions.pop())
        elif not conditions and len(exceptions) == 1 and exceptions[0].negated:
            conditions.append(~exceptions.pop())
        return lists_of(conditions), lists_of(exceptions)

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
