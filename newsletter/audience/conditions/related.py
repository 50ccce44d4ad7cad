"""Whether a person stands in other tables, asked so that a million people are counted in a second.

SQLite gathers the keys once with IN; with EXISTS it would look into an index a million times. PostgreSQL makes a join
of EXISTS, and an endless loop of a long NOT IN. Neither makes anything of EXISTS … OR EXISTS …, so an "or" becomes one
list of keys.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery

# SQLite takes 500 lists in one query.
MOST_LISTS = 10

Keys: TypeAlias = QuerySet[Any, Any]
"""The values of `pk` of subscribers, or of the foreign key `subscriber` of others."""


class StandsIn(Func):
    """Whether the row's primary key is in one of these lists of keys. The lists hold no NULL, so it is never NULL."""

    output_field = BooleanField()

    def __init__(self, *lists: Keys) -> None:
        super().__init__(F("pk"))
        self.lists = lists

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        key, params = compiler.compile(self.source_expressions[0])
        together, list_params = self._together(connection)
        return f"{key} IN ({together})", (*params, *list_params)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        key, params = compiler.compile(self.source_expressions[0])
        together, list_params = self._together(connection)
        sql = f"EXISTS (SELECT 1 FROM ({together}) AS listed (person) WHERE listed.person = {key})"  # noqa: S608
        return sql, [*list_params, *params]

    def _together(self, connection: Any) -> tuple[str, list[Any]]:
        parts = [sql_of(keys, connection) for keys in self.lists]
        return " UNION ALL ".join(sql for sql, _params in parts), [
            one for _sql, params in parts for one in params
        ]


def stands_in(*rows: "QuerySet[Any]") -> Q:
    """Whether one of these rows is the person's. The model has a foreign key `subscriber`."""
    return Q(StandsIn(*(some.filter(subscriber__isnull=False).values("subscriber") for some in rows)))


def stands_in_each(rows: "QuerySet[Any]", field: str, values: Sequence[Any]) -> Q:
    """The same of the rows whose field has one of the values.

    For SQLite a list for each value: an index holds each in the order of the keys, so that nothing need be sorted.
    """
    if connection.vendor == "sqlite" and len(values) <= MOST_LISTS:
        return stands_in(*(rows.filter(**{field: value}) for value in values))
    return stands_in(rows.filter(**{f"{field}__in": values}))


def any_of_them(queries: Iterable[Q]) -> Q:
    """People for whom one of the queries over Subscriber holds, at least."""
    queries = list(queries)
    if not any(asks_other_tables(query) for query in queries):
        return reduce(or_, queries)
    return Q(StandsIn(*lists_of(queries)))


def lists_of(queries: Iterable[Q]) -> list[Keys]:
    """Lists of keys of Subscriber, which together hold everybody for whom one of the queries holds."""
    from newsletter.audience.models.subscribers import Subscriber

    on_the_row: list[Q] = []
    lists: list[Keys] = []
    for query in queries:
        only: Any = query.children[0] if len(query.children) == 1 and not query.negated else None
        if isinstance(only, StandsIn):
            lists += only.lists
        elif asks_other_tables(query):
            lists.append(Subscriber.objects.filter(query).values("pk"))
        else:
            on_the_row.append(query)
    if on_the_row:
        # First: SQLite merges the lists a tenth sooner when it begins with the one it has to look for in the rows.
        lists.insert(0, Subscriber.objects.filter(reduce(or_, on_the_row)).values("pk"))
    return lists


def keys_within(keys: Keys, bounds: range) -> Keys:
    """Those between the bounds."""
    from newsletter.audience.models.subscribers import Subscriber

    column = "pk" if keys.model is Subscriber else "subscriber"
    return keys.filter(**{f"{column}__gte": bounds.start, f"{column}__lt": bounds.stop})


def sql_of(keys: Keys, to: Any) -> tuple[str, tuple[Any, ...]]:
    """The list as SQL and its parameters, in no order."""
    try:
        return keys.order_by().query.get_compiler(connection=to).as_sql()
    except EmptyResultSet:
        # A number: PostgreSQL would take NULL for text beside the other lists.
        return "SELECT 0 WHERE 1 = 0", ()


def asks_other_tables(query: Q) -> bool:
    return any(isinstance(part, StandsIn | Subquery | QuerySet) for part in query.flatten())
