"""How many rules mean: a million people, counted in a second from lists of keys put together.

Asked person by person, "any of these" and "everybody but" make SQLite look into a list and into an index for each, and
PostgreSQL make the whole list in each of its workers. As one UNION … EXCEPT … INTERSECT the lists are gone through
once: SQLite merges them in the order in which the indexes hold them, PostgreSQL hashes them.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from newsletter.audience.conditions.related import Keys, sql_of
from newsletter.audience.conditions.rules import Rules
from newsletter.audience.models import Newsletter, Segment, Subscription
from newsletter.audience.segmentation import naming, readers


def count(segment: Segment) -> int:
    """How many readers are in the segment. Raises SegmentUnusable."""
    with naming(segment):
        return count_of(segment.as_stored())


def count_of(rules: Rules, *, newsletter: Newsletter | None = None) -> int:
    """How many readers of the newsletter, or of any, the rules mean. Raises SegmentUnusable, without a name."""
    found = rules.lists()
    if found is None:
        return readers(newsletter).filter(rules.query()).count()
    wanted, excepted = found
    confirmed = Subscription.objects.filter(status=Subscription.Status.CONFIRMED)
    if newsletter is not None:
        confirmed = confirmed.filter(newsletter=newsletter)
    everybody = confirmed.values("subscriber")
    if not wanted:
        return _count([everybody], but=excepted)
    return _count(wanted, but=excepted, among=everybody)


def _count(wanted: Sequence[Keys], *, but: Sequence[Keys], among: Keys | None = None) -> int:
    """How many different keys stand in one of `wanted`, in none of `but`, and in `among`."""
    parts = [
        ("", wanted[0]),
        *((" UNION ", keys) for keys in wanted[1:]),
        *((" EXCEPT ", keys) for keys in but),
    ]
    sql = ""
    params: list[Any] = []
    for joint, keys in parts:
        its_sql, its_params = sql_of(keys, connection)
        sql += joint + its_sql
        params += its_params
    if among is not None:
        its_sql, its_params = sql_of(among, connection)
        # PostgreSQL does INTERSECT before the others, SQLite takes them in their order and no brackets.
        sql = f"({sql})" if connection.vendor == "postgresql" else sql
        sql += f" INTERSECT {its_sql}"
        params += its_params
    if connection.vendor == "sqlite":
        # In order is what makes it merge instead of gathering.
        sql += " ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS meant", params)  # noqa: S608 - of compiled queries alone
        return int(cursor.fetchone()[0])
