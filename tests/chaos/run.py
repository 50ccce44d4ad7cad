"""One run: a mailing, a mail service that fails, processes that die, and the comparison of the books afterwards.

    python -m tests.chaos.run --database sqlite --service mailgun --seed 7 [--people 800] [--keep]

prints what happened as JSON and ends with 1 when anything is wrong. The seed decides what befalls which call and,
counted in calls, when the processes and the database are hurt. --keep leaves the database and the logs in place.
"""

import argparse
import importlib
import logging
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from tests.chaos.recipe import BATCH, DATABASES, SERVICES, Outcome, Recipe
from tests.chaos.stand_ins import esp, smtp_sink


def play(recipe: Recipe, *, keep: bool = False) -> Outcome:
    """Sets everything up in this process, which can play one run only."""
    # Before the settings: nothing of this machine's newsroom is read or written.
    from tests import environment

    folder = Path(tempfile.mkdtemp(prefix="newsroom-chaos-"))
    # PostgreSQL may run as somebody else.
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            stand_in = smtp_sink if recipe.service == "smtp" else esp
            service = stack.enter_context(stand_in(log=folder / "accepted.jsonl", plan=recipe.plan()))
            os.environ.update(service.environment(recipe.service))
            server = None
            if recipe.database == "postgres":
                from tests.chaos.database import postgres

                server = stack.enter_context(postgres(folder))
            importlib.import_module("tests.chaos.loaded")
            from tests import databases
            from tests.chaos.crew import Source
            from tests.chaos.playing import Run
            from tests.chaos.shortened import shorten

            source = stack.enter_context(closing(Source()))
            # The crew's faults stand in its files; this process's own are wanted.
            logging.disable(logging.CRITICAL)
            databases.prepare()
            shorten(batch=BATCH)
            return Run(recipe, service=service, folder=folder, source=source, server=server).play()
    finally:
        if keep:
            sys.stderr.write(f"The logs are in {folder}, SQLite's database in {environment.VAR_DIR}\n")
        else:
            environment.remove_files()
            shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", choices=DATABASES, required=True)
    parser.add_argument("--service", choices=SERVICES, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--people", type=int, default=Recipe.people)
    parser.add_argument("--rounds", type=int, default=Recipe.rounds)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args(arguments)
    recipe = Recipe(
        options.database, options.service, options.seed, people=options.people, rounds=options.rounds
    )
    outcome = play(recipe, keep=options.keep)
    sys.stdout.write(outcome.to_json() + "\n")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
