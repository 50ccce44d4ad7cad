"""The index that lists walk: the live pages of a language by date. Wagtail's table has none, and a list sorted everything."""

from django.db.backends.base.base import BaseDatabaseWrapper
from wagtail.models import Page

NAME = "stories_newest_articles"
BEFORE = "stories_newest_pages"  # its name while it held fewer columns
# `live` is the index's condition: Django writes it as a bare column, which is no equality an index could begin with. Path and type stand in it so that a section is told apart, counted and dated without looking at the pages themselves.
COLUMNS = (
    "locale_id",
    "first_published_at",
    "id",
    "content_type_id",
    "path",
    "depth",
    "last_published_at",
)


def make_newest_index(connection: BaseDatabaseWrapper) -> None:
    """Does nothing where it is, or where there is no table yet."""
    table = Page._meta.db_table
    if table not in connection.introspection.table_names():
        return
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(column) for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {quoted(BEFORE)}")
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {quoted(NAME)} ON {quoted(table)} ({columns}) WHERE live")
