"""What a JSON column holds, asked with words from outside, the same on SQLite and PostgreSQL.

Django's own lookups will not do: `contains` is missing on SQLite, and a key transform takes "2024" for a place in a
list. Here keys and values are parameters of the query and nothing else. All are true or false, never NULL: a key that
is not there makes them false.
"""

import json
import re
from typing import Any

from django.db.models import BooleanField, Func

# Numbers that both databases compare exactly; longer ones are words.
NUMBER = re.compile(r"-?(0|[1-9]\d{0,11})(\.\d{1,3})?", re.ASCII)


def readings_of(text: str) -> list[Any]:
    """The JSON values that typed words mean: themselves, and the number or truth value written like them."""
    readings: list[Any] = [text]
    if text in ("true", "false"):
        readings.append(text == "true")
    elif NUMBER.fullmatch(text):
        readings.append(json.loads(text))
    return readings


# SQLite reads such words in the text of a column or in a path as they are; all others only json_each() reads right.
PLAIN = re.compile(r"[A-Za-z0-9 _.:-]+")


class _Question(Func):
    """`sqlite` and `postgres`: the question, with {column} for the column and %s for the parameters."""

    output_field = BooleanField()
    arity = 1
    sqlite = ""
    sqlite_params: tuple[Any, ...] = ()
    postgres = ""
    postgres_params: tuple[Any, ...] = ()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, _no_params = compiler.compile(self.source_expressions[0])
        return f"({self.sqlite.replace('{column}', column)})", self.sqlite_params

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        column, _no_params = compiler.compile(self.source_expressions[0])
        return f"({self.postgres.replace('{column}', column)})", list(self.postgres_params)


class HasAnyEntry(_Question):
    """Whether a list holds one of these words."""

    def __init__(self, column: str, words: list[str]) -> None:
        super().__init__(column)
        marks = ", ".join(["%s"] * len(words))
        self.sqlite = (
            "EXISTS (SELECT 1 FROM json_each({column}) AS entry WHERE typeof(entry.key) = 'integer' "  # noqa: S608
            f"AND entry.type = 'text' AND entry.value IN ({marks}))"
        )
        self.sqlite_params = tuple(words)
        if all(PLAIN.fullmatch(word) for word in words):
            # Most lists are not worth parsing: the word is nowhere in them, or it can only be an entry, since nothing
            # in them is nested or escaped.
            seen = " OR ".join(["instr({column}, %s)"] * len(words))
            flat = "{column} GLOB '[[]*' AND NOT {column} GLOB '?*[[{\\]*'"
            self.sqlite = f"({seen}) AND (({flat}) OR {self.sqlite})"
            self.sqlite_params = (*(f'"{word}"' for word in words), *words)
        # ?| would find the keys of an object, too.
        self.postgres = f"{{column}} @> ANY (ARRAY[{marks}]::jsonb[])"
        self.postgres_params = tuple(json.dumps([word]) for word in words)


class HasKey(_Question):
    """Whether an object has this key, whatever stands there."""

    postgres = "{column} ? %s"

    def __init__(self, column: str, key: str) -> None:
        super().__init__(column)
        self.postgres_params = (key,)
        if PLAIN.fullmatch(key):
            self.sqlite, self.sqlite_params = "json_type({column}, %s) IS NOT NULL", (f'$."{key}"',)
        else:
            self.sqlite, self.sqlite_params = f"EXISTS ({_ENTRY_OF_KEY})", (key,)


class HasPair(_Question):
    """Whether an object has this key with this value, written as words: "3" is 3 and "3", "true" is true and "true"."""

    def __init__(self, column: str, key: str, wanted: str) -> None:
        super().__init__(column)
        meant = readings_of(wanted)
        self.postgres = f"{{column}} @> ANY (ARRAY[{', '.join(['%s'] * len(meant))}]::jsonb[])"
        self.postgres_params = tuple(json.dumps({key: reading}) for reading in meant)
        if PLAIN.fullmatch(key):
            path = f'$."{key}"'
            # IS, because = would be NULL where the key is not there.
            equal = [
                f"json_extract({{column}}, %s) IS %s AND ifnull(json_type({{column}}, %s), '') IN ({_TYPES[type(reading)]})"
                for reading in meant
            ]
            self.sqlite = " OR ".join(f"({one})" for one in equal)
            self.sqlite_params = tuple(param for reading in meant for param in (path, reading, path))
            if meant == [wanted] and PLAIN.fullmatch(wanted):
                # As in a list, most need no parsing: the word is nowhere in them.
                self.sqlite = f"instr({{column}}, %s) AND ({self.sqlite})"
                self.sqlite_params = (f'"{wanted}"', *self.sqlite_params)
        else:
            equal = [f"(entry.value = %s AND entry.type IN ({_TYPES[type(reading)]}))" for reading in meant]
            self.sqlite = f"EXISTS ({_ENTRY_OF_KEY} AND ({' OR '.join(equal)}))"
            self.sqlite_params = (key, *meant)


_ENTRY_OF_KEY = (
    "SELECT 1 FROM json_each({column}) AS entry WHERE typeof(entry.key) = 'text' AND entry.key = %s"
)
# SQLite gives truth values as 1 and 0, so the type is asked as well.
_TYPES = {str: "'text'", bool: "'true', 'false'", int: "'integer', 'real'", float: "'integer', 'real'"}
