"""Many rows at once, past the ORM: bulk_create() takes five times as long for the three rows each person needs.

SQLite takes hundreds of rows in one statement, PostgreSQL all by COPY.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection, models

MOST_ROWS = 500
"""In one statement of SQLite's. One row at a time, it opens every index anew for each, which takes half as long again."""


def keys_for(model: type[models.Model], rows: int) -> Sequence[int]:
    """Primary keys for so many rows, before they are inserted: what belongs to them can be made at once.

    In the caller's transaction, which has written already: of SQLite's, only one does so at a time.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, rows]
            )
            return [key for (key,) in cursor]
        # What AUTOINCREMENT goes by: a key that was ever used is not used again (https://sqlite.org/autoinc.html).
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone() or (0,)
        return range(last + 1, last + 1 + rows)


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts the rows in the caller's transaction; the fields in the rows' order, with or without the key.

    Raises IntegrityError as saving would; then some of the rows are there, and the caller's transaction has to be rolled
    back. Validates nothing, sends no signals.
    """
    columns: list[Any] = [model._meta.get_field(name) for name in fields]
    width = len(columns)
    values = list(chain.from_iterable(rows))
    if not values:
        return
    for number, column in enumerate(columns):
        if adapt := _adapter(column):
            values[number::width] = [
                None if value is None else adapt(value) for value in values[number::width]
            ]
    quote = connection.ops.quote_name
    into = f"{quote(model._meta.db_table)} ({', '.join(quote(column.column) for column in columns)})"
    # Past Django's cursors, which look for placeholders in statements of 50,000 characters.
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for start in range(0, len(values), width):
                    copy.write_row(values[start : start + width])
        else:
            step = width * min(MOST_ROWS, _most_parameters() // width)
            for start in range(0, len(values), step):
                portion = values[start : start + step]
                marks = ", ".join([f"({', '.join('?' * width)})"] * (len(portion) // width))
                # OR FAIL: to take back a statement half done, SQLite would copy every page it touches into a file.
                connection.connection.execute(f"INSERT OR FAIL INTO {into} VALUES {marks}", portion)  # noqa: S608 - names of models alone


def _most_parameters() -> int:
    """In one statement of SQLite's, as it was built."""
    limit: int = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return limit


def _adapter(column: Any) -> Callable[[Any], Any] | None:
    """What makes of a value what the database's own library takes; None where it takes it as it is."""
    kind = column.get_internal_type()
    if kind == "JSONField":
        return _json
    if connection.vendor == "postgresql":
        return None
    if kind == "DateTimeField":
        return _sqlite_moment
    if kind == "UUIDField":
        return _hex
    return str if kind == "DateField" else None


def _json(value: Any) -> str:
    """Most people have no attributes, and a list has few combinations of tags, which come as tuples of words."""
    if type(value) is tuple:
        return _words(value)
    return "{}" if value == {} else json.dumps(value)


@lru_cache(maxsize=1024)
def _words(words: tuple[str, ...]) -> str:
    return json.dumps(words)


def _hex(key: UUID) -> str:
    return key.hex


@lru_cache(maxsize=64)
def _sqlite_moment(moment: datetime) -> str | None:
    adapted = connection.ops.adapt_datetimefield_value(moment)
    return None if adapted is None else str(adapted)
