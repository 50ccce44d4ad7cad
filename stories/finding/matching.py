"""Which pages hold all the words, asked of the tables Wagtail's search keeps, in one statement.

Wagtail's own compiler looks the score of every hit up in a subquery of its own, which takes seconds where a word is in ten
thousand pages; and it hands a quotation mark on to SQLite as it is.
"""

from typing import Any, NamedTuple

from django.db import connection
from modelsearch.conf import get_app_config
from wagtail.query import PageQuerySet

from stories.finding.languages import text_search_configuration
from stories.finding.words import fold, forms_of

# A word in the headline counts as five in the text.
TITLE_WEIGHT = 5

# CROSS JOIN keeps SQLite from beginning with the pages. The columns of bm25() are autocomplete, body, title.
_SQLITE = """
SELECT page.id, page.content_type_id, CAST(page.first_published_at AS text),
  round(-bm25({fts}, 0, 1, {title}), 3) AS score
FROM {fts} CROSS JOIN {entry} AS entry ON entry.id = {fts}.rowid
CROSS JOIN ({pages}) AS page ON page.id = CAST(entry.object_id AS integer) AND page.content_type_id = entry.content_type_id
WHERE {fts} MATCH %s
ORDER BY {order}
"""
_POSTGRES = """
SELECT page.id, page.content_type_id, page.first_published_at,
  round(CAST({title} * ts_rank(entry.title, wanted.query) + ts_rank(entry.body, wanted.query) AS numeric), 3) AS score
FROM (SELECT plainto_tsquery({to}, %s) || plainto_tsquery({to}, %s) AS query) AS wanted
CROSS JOIN {entry} AS entry
JOIN ({pages}) AS page ON page.id = CAST(entry.object_id AS bigint) AND page.content_type_id = entry.content_type_id
WHERE (entry.title || entry.body) @@ wanted.query
ORDER BY {order}
"""
# Pages of one moment come in the same order every time. The database sorts: thousands of keys made for Python to sort by set
# its garbage collector going.
_NEWEST = "page.first_published_at DESC NULLS LAST, page.id DESC"
_MOST_RELEVANT = f"score DESC, {_NEWEST}"


class Match(NamedTuple):
    """`published` is a moment as this database's driver gives it: text that sorts, or a datetime."""

    page_id: int
    content_type_id: int
    published: Any
    score: Any


def matches(
    words: tuple[str, ...], pages: PageQuerySet, *, language: str, newest: bool = False
) -> list[Match]:
    """Those of the pages that hold all the words: the most relevant first, or the newest. `words` come from `words_of()`,
    one at least."""
    entry = get_app_config().get_model("IndexEntry")._meta.db_table
    columns = pages.order_by().values("id", "content_type_id", "first_published_at")
    pages_sql, pages_params = columns.query.sql_with_params()
    parts = {"entry": entry, "fts": f"{entry}_fts", "pages": pages_sql, "title": TITLE_WEIGHT}
    parts["order"] = _NEWEST if newest else _MOST_RELEVANT
    params: tuple[Any, ...]
    if connection.vendor == "postgresql":
        sql = _POSTGRES.format(**parts, to=f"'{text_search_configuration(language)}'")
        text = " ".join(words)
        params = (text, fold(text), *pages_params)
    else:
        sql = _SQLITE.format(**parts)
        params = (*pages_params, _match_expression(words))
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(map(Match._make, cursor.fetchall()))


def _match_expression(words: tuple[str, ...]) -> str:
    """FTS5's language (https://www.sqlite.org/fts5.html#full_text_query_syntax); words are letters and digits alone."""
    all_of = " AND ".join("(" + " OR ".join(f'"{form}"' for form in forms_of(word)) + ")" for word in words)
    return "{title body} : (" + all_of + ")"
