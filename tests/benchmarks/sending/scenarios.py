"""What is measured, by the name its figures have in var/bench/sending.json. Each runs in a process of its own."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.benchmarks.sending.house import Sending, a_house

PEOPLE = 100_000
MILLION = 1_000_000
SIZES = (10, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True)
class Outcome:
    """`figures` by their names in the file; `wrong`, in words, where the books do not balance."""

    figures: dict[str, Any]
    wrong: list[str]


def say(words: str) -> None:
    sys.stdout.write(f"  {words}\n")
    sys.stdout.flush()


def throughput(
    name: str,
    *,
    database: str,
    service: str,
    counts: Sequence[int],
    goal: str,
    people: int = PEOPLE,
    latency: float = 0.0,
    lines_as_workers: bool = False,
) -> Outcome:
    """The same mailing with more and more workers; the figures are those of the fastest."""
    with a_house(database=database, service=service, latency=latency) as house:
        house.grow_list(people)
        sendings: list[Sending] = []
        for count in counts:
            if sendings:
                house.forget()
            house.hire(count)
            sendings.append(house.send(people))
            say(f"{name}: {_line(sendings[-1])}")
        best = max(sendings, key=lambda sending: sending.rate)
        # Every mailing has the same bytes; the last one is still there.
        floor = house.floor(sendings[-1], lines=best.workers if lines_as_workers else 1)
    figures = {
        "recipients_per_second": round(best.rate),
        "floor_ratio": round(best.rate / floor, 3),
        "peak_mb": best.peak_mb,
        "workers": best.workers,
        "recipients": people,
        "seconds": round(best.seconds, 2),
        "floor_recipients_per_second": round(floor),
        "database": database,
        "peaks_mb": best.peaks,
        "by_workers": {str(sending.workers): round(sending.rate) for sending in sendings},
    }
    say(
        f"{name}: {best.rate:,.0f} recipients/s with {best.workers} workers, goal {goal}; "
        f"{best.rate / floor:.0%} of the floor's {floor:,.0f}"
    )
    return Outcome({name: figures}, [words for sending in sendings for words in sending.wrong])


def _line(sending: Sending) -> str:
    peaks = ", ".join(f"{name} {mb:.0f}" for name, mb in sending.peaks.items())
    return (
        f"{sending.workers} workers {sending.rate:,.0f} recipients/s ({sending.people:,} in {sending.seconds:.2f} s), "
        f"peak MB: {peaks}; load {os.getloadavg()[0]:.1f}"
    )


def a_million(name: str) -> Outcome:
    with a_house(database="sqlite", service="mailgun") as house:
        house.grow_list(MILLION)
        house.hire(2)
        sending = house.send(MILLION)
        floor = house.floor(sending)
    say(f"{name}: {_line(sending)}")
    say(
        f"{name}: {sending.seconds:.1f} s, goal ≤ 75 s; largest process {sending.peak_mb:.0f} MB, goal ≤ 200 MB; "
        f"{sending.rate / floor:.0%} of the floor's {floor:,.0f}"
    )
    figures = {
        "seconds": round(sending.seconds, 1),
        "peak_mb": sending.peak_mb,
        "workers": sending.workers,
        "floor_ratio": round(sending.rate / floor, 3),
        "peaks_mb": sending.peaks,
    }
    return Outcome({name: figures}, sending.wrong)


def flatness(name: str) -> Outcome:
    """Microseconds for each recipient, with more and more of them; launching and preparing are in it."""
    cost: dict[str, Any] = {}
    wrong = []
    with a_house(database="sqlite", service="mailgun") as house:
        house.hire(2)
        for people in SIZES:
            house.grow_list(people)
            sending = house.send(people)
            house.forget()
            wrong += sending.wrong
            cost[str(people)] = round(sending.seconds / people * 1e6, 1)
            say(f"{name}: {people:,} recipients in {sending.seconds:.2f} s, {cost[str(people)]:,} µs each")
    ratio = round(cost["100000"] / cost["10000"], 3)
    say(f"{name}: at 100,000 it is {ratio} of what it is at 10,000; goal ≤ 1.2")
    return Outcome({name: cost | {"ratio_100k_to_10k": ratio}}, wrong)


def snapshot(name: str, *, database: str, goal: str) -> Outcome:
    with a_house(database=database, service="mailgun") as house:
        from tests.benchmarks.sending.snapshots import measured

        house.grow_list(MILLION)
        seconds, floor, wrong = measured(house)
    ratio = floor / seconds
    say(
        f"{name}: {seconds:.2f} s with its commit, {ratio:.0%} of the floor's speed "
        f"({floor:.2f} s: keys and addresses in one bare statement); goal {goal}; load {os.getloadavg()[0]:.1f}"
    )
    return Outcome({name: {"seconds": round(seconds, 2), "floor_ratio": round(ratio, 3)}}, wrong)


def reading(name: str) -> Outcome:
    with a_house(database="sqlite", service="mailgun") as house:
        from tests.benchmarks.sending.web import measured

        web, wrong = measured(house)
    for kind, figures in web.items():
        say(
            f"{name}, {kind}: p99 {figures['idle_p99_ms']} ms idle, {figures['sending_p99_ms']} ms while sending "
            f"({figures['idle_requests']} and {figures['sending_requests']} requests), × {figures['ratio']}; goal ≤ 2"
        )
    return Outcome({"web_p99_ratio": web["readers"]["ratio"], "web_p99": web}, wrong)


mailgun = partial(throughput, service="mailgun", counts=(1, 2, 3, 4), goal="≥ 20,000")
far_away = partial(
    throughput, service="mailgun", counts=(4, 6, 8, 10), latency=0.2, lines_as_workers=True, goal="≥ 15,000"
)
SCENARIOS: dict[str, Callable[[str], Outcome]] = {
    "mailgun_sqlite": partial(mailgun, database="sqlite"),
    "mailgun_postgres": partial(mailgun, database="postgres"),
    "mailgun_200ms_sqlite": partial(far_away, database="sqlite"),
    "mailgun_200ms_postgres": partial(far_away, database="postgres"),
    "smtp": partial(
        throughput,
        database="sqlite",
        service="smtp",
        counts=(1, 2, 3),
        lines_as_workers=True,
        goal="≥ 1,000",
    ),
    "snapshot_1m_sqlite": partial(snapshot, database="sqlite", goal="≤ 2 s"),
    "snapshot_1m_postgres": partial(snapshot, database="postgres", goal="≤ 10 s"),
    "mailing_1m": a_million,
    "web_p99_ratio": reading,
    "flat": flatness,
}
