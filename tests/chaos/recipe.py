"""What a run is made of, and what it came to."""

import json
import random
from dataclasses import asdict, dataclass, field

from tests.chaos.plan import CALL_FAULTS, MESSAGE_FAULTS, WELL, Plan

DATABASES = ("sqlite", "postgres")
SERVICES = ("mailgun", "postmark", "smtp")
# Faults only Postmark has.
ONE_BY_ONE = {"partial", "partial_lost"}
BATCH = 10
WORKERS = 3


@dataclass(frozen=True)
class Recipe:
    """All that a run depends on. `rounds`: how often each fault comes at least."""

    database: str
    service: str
    seed: int
    people: int = 400
    rounds: int = 1
    patience: float = 90.0

    @property
    def command(self) -> str:
        return (
            f"python -m tests.chaos.run --database {self.database} --service {self.service} --seed {self.seed} "
            f"--people {self.people} --rounds {self.rounds}"
        )

    def plan(self) -> Plan:
        rng = random.Random(self.seed)
        faults = MESSAGE_FAULTS if self.service == "smtp" else CALL_FAULTS
        deck = {
            name: self.rounds + rng.randrange(self.rounds)
            for name in faults
            if self.service == "postmark" or name not in ONE_BY_ONE
        }
        # A single message of its own is a call.
        deck[WELL] = self.people // 4 if self.service == "smtp" else self.people // BATCH // 2
        return Plan(
            seed=self.seed,
            deck=deck,
            latency=rng.choice([0.0, 0.02, 0.05]) if self.service != "smtp" else 0.0,
            away=0.5,
            record_lag=rng.choice([0.0, 1.0]),
            full=100 if self.service == "smtp" else 0,
        )


@dataclass
class Outcome:
    """What a run came to. `wrong` is empty when all is well.

    `duplicates` nobody asked for; `asked_for` are those of a person who pressed "send again". `in_doubt` batches were
    settled by reports and records, the others `decided` by a person.
    """

    recipe: Recipe
    faults: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    duplicates: int = 0
    asked_for: int = 0
    missing: int = 0
    in_doubt: int = 0
    settled: int = 0
    decided: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"command": self.recipe.command}, indent=2)
