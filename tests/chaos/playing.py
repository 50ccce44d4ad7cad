"""A run from launch to comparison, in a process that has Django set up and a database of its own."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from newsletter.sending import timing
from newsletter.sending.audit import broken_invariants
from newsletter.sending.deciding import decide
from newsletter.sending.launching import resume
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.progress import progress_of
from newsletter.sending.reconciling import to_be_asked
from tests.chaos.checks import Comparison, Entry, our_books, reports_not_heeded
from tests.chaos.crew import Crew, Source
from tests.chaos.database import Postgres
from tests.chaos.mischief import Mischief, pranks
from tests.chaos.plan import WELL
from tests.chaos.recipe import BATCH, WORKERS, Outcome, Recipe
from tests.chaos.scene import launched
from tests.chaos.stand_ins import StandInProcess
from tests.chaos.storm import Storm

# Seconds. What the stand-in was asked is looked up often, so that processes are hurt at the planned call; how far the
# mailing is, which costs queries, less often.
LOOK_EVERY = 0.02
ASK_EVERY = 0.25
# How often a person sends again what had arrived.
PRESSES_SEND_AGAIN = 0.25
# What is sent again may fail again.
MOST_DECISIONS = 5


class Run:
    """Django is set up, the database is there, nothing has begun."""

    def __init__(
        self,
        recipe: Recipe,
        *,
        service: StandInProcess,
        folder: Path,
        source: Source,
        server: Postgres | None,
    ) -> None:
        self.recipe, self.service, self.server = recipe, service, server
        self.rng = random.Random(recipe.seed)
        self.outcome = Outcome(recipe)
        database = str(connection.settings_dict["NAME"])
        self.crew = Crew(source, folder, batch=BATCH, database=database)
        self.ever_in_doubt: set[int] = set()
        self.sent_again: set[int] = set()
        self.counted_as_sent: set[int] = set()

    def play(self) -> Outcome:
        began = time.monotonic()
        self.mailing = launched(self.recipe.people, rng=self.rng)
        for number in range(WORKERS):
            self.crew.hire(f"worker-{number}", "worker")
        # Two sweep at once, always.
        for number in range(2):
            self.crew.hire(f"clock-{number}", "clock")
        self._play()
        self.outcome.seconds = round(time.monotonic() - began, 1)
        return self.outcome

    def _play(self) -> None:
        mischief, storm = self._mischief(), self._storm()
        if storm is not None:
            storm.start()
        at_rest = self._wait_for_rest(mischief)
        mischief.end()
        if storm is not None:
            storm.calm_down()
            # Its last reports may have begun something: a proved batch whose others the record is asked about.
            at_rest = at_rest and self._wait_for_rest(mischief)
        wrong_at_rest = []
        if at_rest:
            wrong_at_rest = list(self._comparison().faults(decided=False))
            for _round in range(MOST_DECISIONS):
                self._decide()
                if not self._wait_for_rest(mischief) or not self._parked():
                    break
        self._compare(mischief, storm)
        self.outcome.wrong += [line for line in wrong_at_rest if line not in self.outcome.wrong]

    def _mischief(self) -> Mischief:
        calls = self.recipe.people if self.recipe.service == "smtp" else self.recipe.people // BATCH
        plan = pranks(self.recipe.database, rng=self.rng, calls=calls, rounds=self.recipe.rounds)
        return Mischief(
            crew=self.crew,
            mailing=self.mailing,
            plan=plan,
            rng=self.rng,
            server=self.server,
        )

    def _storm(self) -> Storm | None:
        if self.recipe.service == "smtp":
            return None
        return Storm(self.service, name=self.recipe.service, rng=random.Random(self.recipe.seed))

    def _wait_for_rest(self, mischief: Mischief) -> bool:
        """Until no batch moves any more by itself. False when that takes too long, or something broke meanwhile."""
        deadline = time.monotonic() + self.recipe.patience
        calls = LineCount(self.service.log)
        ask_at = 0.0
        while time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            self.crew.restart_the_dead()
            mischief.tick(calls.now())
            if time.monotonic() < ask_at:
                continue
            ask_at = time.monotonic() + ASK_EVERY
            with reaching_the_database():
                self.mailing.refresh_from_db()
                self._watch()
                if self._is_at_rest() and not mischief.goes_on:
                    return True
                if self.mailing.state == Mailing.State.PAUSED and self.mailing.fault:
                    # What its manager would do.
                    resume(self.mailing)
        self.outcome.wrong.append(
            f"After {self.recipe.patience:.0f} s it has not come to rest: the mailing is {self.mailing.state}, "
            f"its batches are {self._batch_states()}; still to come: {mischief.plan}"
        )
        return False

    def _watch(self) -> None:
        """What holds at every moment, holds now."""
        broken = [f"invariant, meanwhile: {words}" for words in broken_invariants(self.mailing)]
        if self.mailing.audience is not None and not progress_of(self.mailing).balances:
            broken.append("meanwhile: the states do not add up to the audience")
        self.outcome.wrong += [words for words in broken if words not in self.outcome.wrong]

    def _is_at_rest(self) -> bool:
        doubtful = self.mailing.batches.filter(state__in=[Batch.State.UNKNOWN, Batch.State.PARKED])
        self.ever_in_doubt.update(doubtful.values_list("first_delivery", flat=True))
        over = self.mailing.state in {Mailing.State.SENT, Mailing.State.CANCELLED}
        moving = self.mailing.batches.filter(state__in=[*Batch.UNFINISHED, Batch.State.UNKNOWN])
        return over and not moving.exists() and not to_be_asked(timezone.now() + timing.ASK_AFTER).exists()

    def _batch_states(self) -> dict[str, int]:
        return dict(Counter(self.mailing.batches.values_list("state", flat=True)))

    def _decide(self) -> None:
        """A person decides about what is parked: knowing what the stand-in accepted, and sometimes wrongly."""
        accepted = {one.address for one in self.service.accepted()}
        for pk, entries in self._parked().items():
            everybody = {entry.pk for entry in entries}
            has_it = {entry.pk for entry in entries if entry.address in accepted}
            again = not has_it or self.rng.random() < PRESSES_SEND_AGAIN
            decide(Batch.objects.get(pk=pk), count_as_sent=not again)
            self.outcome.decided += 1
            if again:
                self.sent_again |= everybody
            else:
                self.counted_as_sent |= everybody - has_it
            if has_it != everybody and has_it and self.recipe.service != "postmark":
                self.outcome.wrong.append(
                    f"Batch {pk} is parked as a whole, and {len(has_it)} of its {len(everybody)} people have it"
                )
        self.outcome.in_doubt = len(self.ever_in_doubt)
        self.outcome.settled = self.outcome.in_doubt - self.outcome.decided

    def _parked(self) -> dict[int, list[Entry]]:
        parked: dict[int, list[Entry]] = {}
        for entry in our_books(self.mailing):
            if entry.state == "parked" and entry.batch is not None:
                parked.setdefault(entry.batch, []).append(entry)
        return parked

    def _comparison(self) -> Comparison:
        return Comparison(
            self.mailing,
            self.service.calls(),
            sent_again=self.sent_again,
            counted_as_sent=self.counted_as_sent,
        )

    def _compare(self, mischief: Mischief, storm: Storm | None) -> None:
        outcome, comparison = self.outcome, self._comparison()
        outcome.wrong += comparison.faults(decided=True)
        if storm is not None:
            outcome.wrong += reports_not_heeded(self.mailing, storm.taken)
        outcome.accepted, outcome.duplicates = len(comparison.accepted), comparison.duplicates
        outcome.missing, outcome.asked_for = comparison.missing, comparison.asked_for
        befell = Counter(call.fault for call in self.service.calls() if call.fault != WELL)
        outcome.faults = dict(sorted((befell + mischief.done).items()))


class LineCount:
    """How many calls are in the books, without reading them anew each time."""

    def __init__(self, path: Path) -> None:
        self.path, self.offset, self.lines = path, 0, 0

    def now(self) -> int:
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self.offset)
                fresh = file.read()
            self.offset += len(fresh)
            self.lines += fresh.count(b"\n")
        return self.lines


@contextmanager
def reaching_the_database() -> Iterator[None]:
    """It may be locked, restarting or gone; then it is asked again later."""
    try:
        yield
    except (OperationalError, InterfaceError):
        connection.close()
