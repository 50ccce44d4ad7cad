"""How many rules mean: a million people, counted in a second from lists of keys put together.

Asked person by person, "any of these" and "everybody but" make SQLite look into a list and into an index for each, and
PostgreSQL make the whole list in each of its workers. As lists they are gone through once, a range of keys beside the
other.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from newsletter.audience.conditions.related import Keys, keys_within, sql_of
from newsletter.audience.conditions.rules import Rules
from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription
from newsletter.audience.segmentation import naming, readers

RANGE = 125_000
"""Keys in a range, at least: as many as PostgreSQL sorts in the 4 MB of memory it gives to that."""
MOST_RANGES = 32
MOST_THREADS = 4


@dataclass(frozen=True)
class _Meant:
    """The keys that stand in one of `wanted`, in none of `but`, and in each of `among`."""

    wanted: Sequence[Keys]
    but: Sequence[Keys]
    among: Sequence[Keys]

    def within(self, keys: range) -> "_Meant":
        return _Meant(
            *([keys_within(some, keys) for some in part] for part in (self.wanted, self.but, self.among))
        )


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
    meant = _Meant(wanted or [everybody], excepted, [everybody] if wanted else [])
    return _count_joined(meant) if connection.vendor == "postgresql" else _count_merged(meant)


# --- PostgreSQL -------------------------------------------------------------------------------------
def _count_joined(meant: _Meant) -> int:
    """Joins range by range in one query, which PostgreSQL shares out among its workers.

    Of set operations it makes no work for several, and what it hashes of a million keys goes to the disk.
    """
    ranges = [_joined(meant.within(keys)) for keys in _ranges()]
    return _sum(ranges) if ranges else 0


def _joined(meant: _Meant) -> tuple[str, list[Any]]:
    params: list[Any] = []

    def taken(keys: Keys) -> str:
        sql, its_params = sql_of(keys, connection)
        params.extend(its_params)
        return sql

    listed = " UNION ALL ".join([taken(keys) for keys in meant.wanted])
    tests = [("NOT EXISTS", taken(keys)) for keys in meant.but]
    tests += [("EXISTS", taken(keys)) for keys in meant.among]
    tested = "".join(
        f" AND {test} (SELECT 1 FROM ({sql}) AS other (person) WHERE other.person = listed.person)"  # noqa: S608 - of compiled queries alone
        for test, sql in tests
    )
    return f"SELECT DISTINCT person FROM ({listed}) AS listed (person) WHERE true{tested}", params  # noqa: S608 - likewise


# --- SQLite -----------------------------------------------------------------------------------------
def _count_merged(meant: _Meant) -> int:
    """Merges the lists as the indexes hold them, in several threads: while SQLite works, Python lets others work."""
    ranges = _ranges()
    # A connection of its own sees nothing of a transaction that has not ended.
    threads = 1 if connection.in_atomic_block else min(os.cpu_count() or 1, MOST_THREADS, len(ranges))
    if threads < 2:
        return _sum([_merged(meant)])
    # More ranges than threads, and each thread takes the next: processors are seldom equally fast.
    remaining = iter(ranges)
    with ThreadPoolExecutor(threads) as pool:
        counts = [pool.submit(_count_in_thread, meant, remaining) for _thread in range(threads)]
        return sum(count.result() for count in counts)


def _count_in_thread(meant: _Meant, remaining: Iterator[range]) -> int:
    try:
        return sum(_sum([_merged(meant.within(keys))]) for keys in remaining)
    finally:
        connection.close()


def _merged(meant: _Meant) -> tuple[str, list[Any]]:
    sql = ""
    params: list[Any] = []
    joints = ((" UNION ", meant.wanted), (" EXCEPT ", meant.but), (" INTERSECT ", meant.among))
    for joint, keys in ((joint, keys) for joint, part in joints for keys in part):
        its_sql, its_params = sql_of(keys, connection)
        # SQLite takes them in their order.
        sql += f"{joint}{its_sql}" if sql else its_sql
        params += its_params
    # In order is what makes it merge instead of gathering.
    return f"{sql} ORDER BY 1", params


# --- Both -------------------------------------------------------------------------------------------
def _ranges() -> list[range]:
    """All keys of subscribers there are, in ranges."""
    # Two questions: asked for both ends at once, SQLite looks at everybody.
    first, last = (Subscriber.objects.aggregate(end=end("pk"))["end"] for end in (Min, Max))
    if first is None:
        return []
    everything = range(first, last + 1)
    step = max(RANGE, -(-len(everything) // MOST_RANGES))
    return [everything[start : start + step] for start in range(0, len(everything), step)]


def _sum(lists: Iterable[tuple[str, list[Any]]]) -> int:
    """How many rows the lists have, each SQL with its parameters."""
    counted = [(f"SELECT COUNT(*) AS people FROM ({sql}) AS meant", params) for sql, params in lists]  # noqa: S608 - of compiled queries alone
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT SUM(people) FROM ({' UNION ALL '.join(sql for sql, _params in counted)}) AS ranges",  # noqa: S608 - likewise
            [one for _sql, params in counted for one in params],
        )
        return int(cursor.fetchone()[0])
