"""The short set: a fixed seed, every fault once. `make chaos` plays more of them, for longer.

The runs of a lane are played at the same time, each in a process of its own with a database of its own.
"""

import json
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.db import connection

from tests.chaos.mischief import EVERYWHERE, ON
from tests.chaos.plan import WELL
from tests.chaos.recipe import Recipe

PATIENCE = 120  # seconds
SEED = 2
# By SMTP the doubt is about single messages, by Mailgun about a whole call, by Postmark about either. The other three
# pairs are left to the long set: this one has to end within a minute.
SERVICES = {"sqlite": ("mailgun", "smtp"), "postgres": ("postmark",)}


def test_nobody_is_lost_and_nobody_gets_it_twice_whatever_fails() -> None:
    database = "sqlite" if connection.vendor == "sqlite" else "postgres"
    recipes = [Recipe(database, service, SEED) for service in SERVICES[database]]
    processes = [start(recipe) for recipe in recipes]
    for recipe, process in zip(recipes, processes, strict=True):
        outcome = outcome_of(process)
        again = f"play it again: {recipe.command}"
        assert outcome["wrong"] == [], again
        assert (outcome["duplicates"], outcome["missing"]) == (0, 0), again
        planned = recipe.plan().deck.keys() - {WELL} | {*EVERYWHERE, *ON[database]}
        assert planned == outcome["faults"].keys(), again
        assert outcome["in_doubt"] > 0, again


def start(recipe: Recipe) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *recipe.command.split()[1:]],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, complained = process.communicate(timeout=PATIENCE)
    assert said, complained
    outcome: dict[str, Any] = json.loads(said)
    return outcome
