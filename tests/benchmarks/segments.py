"""How long the count of a segment takes on a list of a million, on SQLite and on PostgreSQL.

Each database is measured in a process of its own, since settings are read once. The floor is COUNT(*) over as many
subscriptions. Every count must be under a second, and a segment and its contrary must be everybody together.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.benchmarks.measuring import Measurement, Timing, measure

PEOPLE = 1_000_000
GOAL_SECONDS = 1.0
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
PLACES, REGIONS, TOPICS = 200, 20, 8

# {uuid} is the number of a place or topic as its translation key, {day} a moment in six years.
FILL = """
INSERT INTO audience_subscriber
  (email, address_hash, name, language, kind, relation, place_key, tags, attributes, created_at)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {people})
SELECT 'reader' || n || '@readers.internal', {hash}, 'Reader ' || n,
  CASE n % 4 WHEN 0 THEN 'es' WHEN 1 THEN 'fr' ELSE 'en' END,
  CASE WHEN n % 21 = 0 THEN 'organisation' ELSE 'person' END,
  CASE WHEN n % 10 < 6 THEN 'supporter' WHEN n % 10 < 8 THEN 'member' WHEN n % 10 = 8 THEN 'ally' ELSE 'press' END,
  CASE WHEN n % 2 = 0 THEN {place} ELSE NULL END,
  CASE WHEN n % 5 = 0 THEN '["radio", "volunteer 2024"]' WHEN n % 7 = 0 THEN '["market"]' ELSE '[]' END{json},
  CASE WHEN n % 3 = 0 THEN '{{}}' WHEN n % 8 = 0 THEN '{{"city": "Halse", "tier": "gold", "since": 2019}}'
    ELSE '{{"city": "Halse", "tier": "plain"}}' END{json},
  {day}
FROM numbers;
INSERT INTO audience_subscription (subscriber_id, newsletter_id, status, rhythm, requested_at, confirmed_at)
SELECT id, {first}, CASE WHEN id % 20 = 0 THEN 'unsubscribed' ELSE 'confirmed' END, 'every', created_at, created_at
FROM audience_subscriber;
INSERT INTO audience_subscription (subscriber_id, newsletter_id, status, rhythm, requested_at, confirmed_at)
SELECT id, {second}, 'confirmed', 'every', created_at, created_at FROM audience_subscriber WHERE id % 3 = 0;
INSERT INTO audience_topicchoice (subscriber_id, topic_key)
SELECT id, {topic} FROM audience_subscriber WHERE id % 4 > 0;
INSERT INTO audience_topicchoice (subscriber_id, topic_key)
SELECT id, {other_topic} FROM audience_subscriber WHERE id % 4 > 1;
INSERT INTO audience_subscriptionevent
  (subscriber_id, newsletter_id, address_hash, kind, at, origin, network, language, text)
SELECT id, {first}, address_hash, kinds.kind, created_at,
  CASE WHEN id % 5 < 2 THEN 'import ' || (id % 7) ELSE kinds.origin END, '', 'en', 'Yes, send me the Monthly Thread'
FROM audience_subscriber, (SELECT 'requested' AS kind, '/subscribe/monthly/' AS origin
  UNION ALL SELECT 'confirmed', '/confirm/') AS kinds
"""
SPELLINGS = {
    "sqlite": {
        "hash": "printf('%064x', n)",
        "place": f"printf('%032x', n % {PLACES} + 1)",
        "topic": f"printf('%032x', id % {TOPICS} + 1)",
        "other_topic": f"printf('%032x', (id + 3) % {TOPICS} + 1)",
        "day": "datetime('2020-01-01', '+' || (n % 2000) || ' days')",
        "json": "",
    },
    "postgresql": {
        "hash": "lpad(to_hex(n), 64, '0')",
        "place": f"lpad(to_hex(n % {PLACES} + 1), 32, '0')::uuid",
        "topic": f"lpad(to_hex(id % {TOPICS} + 1), 32, '0')::uuid",
        "other_topic": f"lpad(to_hex((id + 3) % {TOPICS} + 1), 32, '0')::uuid",
        "day": "timestamptz '2020-01-01' + (n % 2000) * interval '1 day'",
        "json": "::jsonb",
    },
}


class Count(Measurement):
    """Promised in seconds: somebody is looking at the form."""

    @property
    def holds(self) -> bool:
        return self.timing.seconds < GOAL_SECONDS


def measurements() -> list[Measurement]:
    return [one for database in DATABASES for one in _measured_on(database)]


def _measured_on(database: str) -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder:
        out = Path(folder) / "figures.json"
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        subprocess.run(
            [sys.executable, "-m", __name__, database, "--out", str(out)], check=True, env=environment
        )
        figures = json.loads(out.read_text())
    for name, timing in figures["counts"].items():
        yield Count(
            f"{DATABASES[database]}, a million: {name}",
            Timing(**timing),
            "COUNT(*) of the subscriptions",
            Timing(**figures["floor"]),
            unit="people",
            amount=PEOPLE,
        )


# --- In the process of one database -----------------------------------------------------------------
def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", choices=DATABASES)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(128 + signal.SIGTERM))
    with _database(options.database):
        options.out.write_text(json.dumps(_figures()))
    return 0


@contextmanager
def _database(name: str) -> Iterator[None]:
    """A migrated database of its own, gone when the context ends. Sets Django up."""
    # Before the settings: nothing of this machine's newsroom is read or written.
    from tests import environment

    folder = Path(tempfile.mkdtemp(prefix="newsroom-bench-"))
    # PostgreSQL may run as somebody else.
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            if name == "postgres":
                from tests.chaos.database import postgres

                stack.enter_context(postgres(folder))
            os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
            import django

            django.setup()
            from django.db import connection

            from tests import databases

            databases.prepare()
            stack.callback(connection.close)
            yield
    finally:
        environment.remove_files()
        shutil.rmtree(folder, ignore_errors=True)


def _figures() -> dict[str, Any]:
    from newsletter.audience.conditions.rules import Rules
    from newsletter.audience.counting import count_of
    from newsletter.audience.models import Subscription
    from newsletter.audience.segmentation import readers

    segments = _fill()
    everybody = readers().count()
    floor = measure(Subscription.objects.count, runs=3, seconds=0)
    counts = {"everybody": asdict(measure(readers().count, runs=3, seconds=0))}
    for name, rules in segments.items():
        counts[name] = asdict(measure(partial(count_of, rules), runs=3, seconds=0))
        contrary = Rules("all", [], rules.conditions)
        if not rules.exceptions and count_of(rules) + count_of(contrary) != everybody:
            raise AssertionError(f"{name}: it and its contrary are not everybody")
    return {"floor": asdict(floor), "counts": counts}


def _fill() -> dict[str, Any]:
    """The list, and what is asked of it, by name."""
    from django.db import connection, transaction

    from newsletter.audience.conditions.rules import Rules
    from tests.audience.factories import NewsletterFactory, kind_rule, language_rule, topic_rule
    from tests.stories.factories import PlaceFactory, TopicFactory

    places = [
        PlaceFactory(
            translation_key=UUID(int=number + 1),
            country=("ES", "FR", "MX", "GB", "IT")[number % 5],
            region=f"Region {number % REGIONS}",
        )
        for number in range(PLACES)
    ]
    topics = [TopicFactory(translation_key=UUID(int=number + 1)) for number in range(TOPICS)]
    first, second = NewsletterFactory(), NewsletterFactory()
    sql = FILL.format(people=PEOPLE, first=first.pk, second=second.pk, **SPELLINGS[connection.vendor])
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in sql.split(";"):
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")

    def rule(kind: str, **value: Any) -> dict[str, Any]:
        return {"type": kind, "value": value}

    chosen = {
        "topic": topic_rule(*topics[:2]),
        "place": rule("place", places=[places[0].pk]),
        "region": rule("place", regions=["ES/Region 0"]),
        "country": rule("place", countries=["ES", "FR"]),
        "language": language_rule("es", "fr"),
        "kind": kind_rule("organisation"),
        "connection": rule("relation", relations=["member", "press"]),
        "tag": rule("tag", tags=["radio"]),
        "joined before": rule("joined", when="before", day="2022-06-01"),
        "joined since": rule("joined", when="since", day="2022-06-01"),
        "confirmed through": rule("confirmed_through", origin="import"),
        "newsletter": rule("newsletter", newsletters=[str(second.pk)]),
        "attribute equals": rule("attribute", key="tier", test="equals", value="gold"),
        "attribute equals a number": rule("attribute", key="since", test="equals", value="2019"),
        "attribute is there": rule("attribute", key="city", test="exists"),
    }
    segments = {name: Rules("all", [one], []) for name, one in chosen.items()}
    segments |= {f"not {name}": Rules("all", [], [one]) for name, one in chosen.items()}
    group = {
        "type": "group",
        "value": {
            "match": "any",
            "conditions": [chosen["country"], chosen["tag"], chosen["attribute equals"]],
        },
    }
    segments["combined"] = Rules(
        "all", [chosen["topic"], chosen["language"], group], [chosen["kind"], chosen["joined before"]]
    )
    segments["combined, any"] = Rules(
        "any", [chosen["topic"], chosen["newsletter"], group], [chosen["confirmed through"]]
    )
    return segments


if __name__ == "__main__":
    sys.exit(main())
