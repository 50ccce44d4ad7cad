"""A question to the database as tags: which rows, if they changed, could change its answer.

The tags of a question about a table, with the narrowest condition it must meet in all cases:

    stories_topic                              any row
    stories_correction.page_id=12              rows of that group
    wagtailcore_page.under=000100010002        pages below that path
    wagtailcore_page.path=00010001             the page at that path
    stories_topic#3                            that row

They are changed when a row comes, goes, or moves from one group to another. A column that decides what is found, or is read without
the row it belongs to, has a tag more: `stories_topic~paper`, changed with that column's values. Whole rows are not named here but
noted one by one as they come back (`recording.py`).

Conditions are believed only where they hold for every row of the answer: not under NOT, not beside OR. What this module does not
understand makes a tag wider, never narrower.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from typing import Any

from treebeard.mp_tree import MP_Node
from wagtail.models import Page

from newsroom.page_cache.question_text import (
    MENTION,
    Brackets,
    end_of_list,
    parts_of,
    start_of_order,
    told_apart,
)
from newsroom.page_cache.tables import Table, watched_tables

STEP: int = MP_Node.steplen
PAGE_TABLE = Page._meta.db_table

_COLUMN = re.compile(r'(?:"(\w+)"|\b([A-Z]\d+))\."(\w+)"')
_SAME = re.compile(r'(?:"(\w+)"|\b([A-Z]\d+))\."(\w+)" = (?:"(\w+)"|\b([A-Z]\d+))\."(\w+)"')
_CONDITION = re.compile(
    r'(?:"(\w+)"|\b([A-Z]\d+))\."(\w+)"(?:::text)? '
    r"(= %s|IN \((?:%s(?:::uuid)?(?:, )?)+\)|LIKE %s|BETWEEN %s AND %s)"
)
_PLACE = re.compile("%s")


@dataclass
class _Mention:
    """A table as the question names it; a page's own table stands for the general one it is joined with."""

    table: Table
    alias: str
    outer: bool
    start: int
    brackets: frozenset[int]
    """Those it stands in."""
    also: list[str] = field(default_factory=list)
    """Other names under which conditions on its rows are found."""


# From the question's parameters to its tags.
_Tags = Callable[[Sequence[Any]], Iterator[str]]


def tags_of(sql: str, parameters: Sequence[Any]) -> Iterator[str]:
    """The tags of a SELECT as Django writes it, with %s for parameters. Tables that are not watched have none."""
    first = 0
    for part in parts_of(sql):
        last = first + part.count("%s")
        for tags in _understood(part) if last <= len(parameters) else _not_understood(part):
            yield from tags(parameters[first:last])
        first = last


@lru_cache(maxsize=2048)
def tables_in(sql: str) -> frozenset[str]:
    return frozenset(match[2] for match in MENTION.finditer(sql))


def _not_understood(sql: str) -> tuple[_Tags, ...]:
    return _anything_of(tables_in(sql))


def _anything_of(names: Iterable[str]) -> tuple[_Tags, ...]:
    """Whatever changes in those tables."""
    tables = watched_tables()
    return tuple(_anything(tables[name]) for name in sorted(names) if name in tables)


def _anything(table: Table) -> _Tags:
    def tags(_parameters: Sequence[Any]) -> Iterator[str]:
        yield f"{table.name}~"

    return tags


@lru_cache(maxsize=2048)
def _understood(sql: str) -> tuple[_Tags, ...]:
    sql = told_apart(sql)
    brackets = Brackets(sql)
    tables = watched_tables()
    named = [(match[3] or match[2], match) for match in MENTION.finditer(sql)]
    count = Counter(alias for alias, _match in named)
    mentions = {
        alias: _Mention(
            tables[match[2]],
            alias,
            match[1].startswith("LEFT"),
            match.start(),
            brackets.around(match.start()),
        )
        for alias, match in named
        if match[2] in tables and count[alias] == 1
    }
    same = [(match[1] or match[2], match[3], match[4] or match[5], match[6]) for match in _SAME.finditer(sql)]
    _join_pages(mentions, same)
    columns = _columns_that_count(sql, mentions)
    conditions = _conditions(sql, brackets, mentions)
    # The same name twice, as in two questions inside of this one: there is no telling apart what is said of it.
    found = list(_anything_of({match[2] for alias, match in named if count[alias] > 1}))
    for mention in mentions.values():
        chosen_by, told = columns.get(mention.alias, (set(), set()))
        narrowest = _narrowest(mention, conditions)
        if chosen_by or not _is_reached(mention, same, mentions):
            found.append(narrowest)
        if chosen_by or told:
            found.append(_with_columns(narrowest, chosen_by | told))
    return tuple(found)


def _join_pages(mentions: dict[str, _Mention], same: list[tuple[str, str, str, str]]) -> None:
    """A story is a row of two tables: the general one is taken as a second name of the story's own."""
    for alias, column, other, other_column in same:
        for own, own_column, general, general_column in (
            (alias, column, other, other_column),
            (other, other_column, alias, column),
        ):
            first, second = mentions.get(own), mentions.get(general)
            if (
                first
                and second
                and own_column == first.table.key == "page_ptr_id"
                and general_column == "id"
                and second.table.name == PAGE_TABLE
                and not first.outer
            ):
                first.also.append(general)
                del mentions[general]


def _columns_that_count(sql: str, mentions: Mapping[str, _Mention]) -> dict[str, tuple[set[str], set[str]]]:
    """Per table as named: the columns that decide what is found, and those that are read without their whole row."""
    owner = {alias: mention for mention in mentions.values() for alias in (mention.alias, *mention.also)}
    start = end_of_list(sql)
    listed: dict[str, set[str]] = {}
    for match in _COLUMN.finditer(sql, 0, start):
        listed.setdefault(match[1] or match[2], set()).add(match[3])
    counting: dict[str, tuple[set[str], set[str]]] = {}

    def count(alias: str, columns: set[str], *, told: bool) -> None:
        mention = owner[alias]
        columns = columns - mention.table.constant
        if columns:
            counting.setdefault(mention.alias, (set(), set()))[told].update(columns)

    for alias, columns in listed.items():
        if alias in owner and not _is_whole(alias, columns, owner[alias]):
            count(alias, columns, told=True)
    # Rows that are all there are only put in order: a new name of one of them is seen on the row itself.
    end = len(sql) if " LIMIT " in sql else start_of_order(sql)
    ons = [(match.start(), match.end()) for match in _SAME.finditer(sql)]
    for match in _COLUMN.finditer(sql, start, end):
        alias = match[1] or match[2]
        if alias not in owner:
            continue
        if not any(first <= match.start() < last for first, last in ons):
            count(alias, {match[3]}, told=False)
        elif not _is_whole(alias, listed.get(alias, set()), owner[alias]):
            count(alias, {match[3]}, told=True)
    return counting


def _is_whole(alias: str, columns: set[str], mention: _Mention) -> bool:
    table = watched_tables()[PAGE_TABLE] if alias in mention.also else mention.table
    return table.columns <= columns


def _is_reached(
    mention: _Mention, same: list[tuple[str, str, str, str]], mentions: Mapping[str, _Mention]
) -> bool:
    """Whether its rows are those another table's rows name: then that one decides which they are."""
    names = {mention.alias, *mention.also}
    keys = {mention.table.key, "id"} if mention.also else {mention.table.key}
    for one, one_column, two, two_column in same:
        for own, column, other in ((one, one_column, two), (two, two_column, one)):
            if own in names and column in keys and other not in names:
                via = next((m for m in mentions.values() if other in (m.alias, *m.also)), None)
                if via is not None and not via.outer:
                    return True
    return False


@dataclass(frozen=True)
class _Condition:
    alias: str
    column: str
    operator: str
    places: range
    """Which of the parameters."""


def _conditions(
    sql: str, brackets: Brackets, mentions: Mapping[str, _Mention]
) -> dict[str, list[_Condition]]:
    owner = {alias: mention for mention in mentions.values() for alias in (mention.alias, *mention.also)}
    places = [match.start() for match in _PLACE.finditer(sql)]
    found: dict[str, list[_Condition]] = {}
    for match in _CONDITION.finditer(sql):
        mention = owner.get(match[1] or match[2])
        if mention is None or not brackets.hold(
            match.start(), start=mention.start, brackets=mention.brackets
        ):
            continue
        first = bisect_right(places, match.start())
        operator = match[4].split(" ", 1)[0]
        condition = _Condition(
            match[1] or match[2], match[3], operator, range(first, first + match[4].count("%s"))
        )
        found.setdefault(mention.alias, []).append(condition)
    return found


def _narrowest(mention: _Mention, conditions: Mapping[str, list[_Condition]]) -> _Tags:
    table = mention.table
    general = watched_tables().get(PAGE_TABLE) if mention.also else None
    keys = {table.key, "id"} if mention.also else {table.key}
    ranked: list[tuple[int, _Tags]] = []
    for condition in conditions.get(mention.alias, ()):
        if condition.operator in {"=", "IN"}:
            if condition.column in keys:
                ranked.append((0, _by_key(PAGE_TABLE if table.is_page else table.name, condition)))
            elif condition.column == "path" and table.is_page:
                ranked.append((1, _by_group(table.name, condition)))
            elif condition.column in (general or table).groups or condition.column in table.groups:
                wide = condition.column in {"locale_id", "content_type_id", "site_id"}
                ranked.append((4 if wide else 2, _by_group(table.name, condition)))
        elif condition.column == "path" and table.is_page:
            ranked.append((3, _under(table.name, condition)))
    if not ranked:
        return _any_row(table)
    return min(ranked, key=lambda entry: entry[0])[1]


def _any_row(table: Table) -> _Tags:
    def tags(_parameters: Sequence[Any]) -> Iterator[str]:
        yield table.name

    return tags


def _by_key(name: str, condition: _Condition) -> _Tags:
    def tags(parameters: Sequence[Any]) -> Iterator[str]:
        for place in condition.places:
            yield f"{name}#{parameters[place]}"

    return tags


def _by_group(name: str, condition: _Condition) -> _Tags:
    def tags(parameters: Sequence[Any]) -> Iterator[str]:
        for place in condition.places:
            yield f"{name}.{condition.column}={as_text(parameters[place])}"

    return tags


def _under(name: str, condition: _Condition) -> _Tags:
    def tags(parameters: Sequence[Any]) -> Iterator[str]:
        paths = [str(parameters[place]).rstrip("%") for place in condition.places]
        steps = zip(
            *([path[end - STEP : end] for end in range(STEP, len(path) + 1, STEP)] for path in paths),
            strict=False,
        )
        common = takewhile(lambda step: len(set(step)) == 1, steps)
        yield f"{name}.under={''.join(step[0] for step in common)}"

    return tags


def _with_columns(narrowest: _Tags, columns: set[str]) -> _Tags:
    names = sorted(columns)

    def tags(parameters: Sequence[Any]) -> Iterator[str]:
        for tag in narrowest(parameters):
            for name in names:
                yield f"{tag}~{name}"

    return tags


def as_text(value: Any) -> str:
    """One spelling for what the two databases take in two: a UUID with hyphens and without."""
    return str(value).replace("-", "")
