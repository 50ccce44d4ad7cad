import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import web
from tests.benchmarks.imports import MAX_MB, MAX_SECONDS, ImportOfPeople
from tests.benchmarks.measuring import Measurement, Timing, measure, write


def test_what_comes_before_a_run_is_done_but_not_counted() -> None:
    done: list[str] = []
    timing = measure(lambda: done.append("run"), before=lambda: done.append("before"), runs=3, seconds=0)
    assert done == ["before", "run"] * 4
    assert timing.runs == 3
    assert 0 < timing.fastest <= timing.seconds


def test_the_figures_are_kept_with_their_ratio_to_the_floor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floor = Timing(seconds=0.1, fastest=0.1, runs=5)
    slow = Measurement(
        "sending", Timing(0.5, 0.4, 5), "writing files", floor, "messages", amount=1000, limit=4
    )
    assert not write("sending", [slow], folder=tmp_path / "bench")
    kept = json.loads((tmp_path / "bench" / "sending.json").read_text())
    assert kept["bench"] == "sending"
    assert kept["measurements"][0]["ratio"] == 5
    assert kept["measurements"][0]["rate"] == 2000
    assert capsys.readouterr().out == (
        "  sending: 500.00 ms (2,000 messages/s), 5.0 × writing files, at most 4   TOO SLOW\n"
    )


@pytest.mark.parametrize(
    ("seconds", "peak_mb", "holds"),
    [(MAX_SECONDS, MAX_MB, True), (MAX_SECONDS + 0.1, MAX_MB, False), (MAX_SECONDS, MAX_MB + 1, False)],
)
def test_an_import_that_takes_too_long_or_too_much_memory_fails_the_bench(
    tmp_path: Path, seconds: float, peak_mb: float, holds: bool
) -> None:
    floor = Timing(seconds=1, fastest=1, runs=1)
    figures = ImportOfPeople(
        "imported", Timing(seconds, seconds, 1), "csv", floor, "rows", amount=100, peak_mb=peak_mb
    )
    assert write("imports", [figures], folder=tmp_path) is holds


def promised_figures() -> dict[str, Any]:
    figures: dict[str, Any] = {"scale_ratio": web.SCALE_AT_MOST, "resident_mb": web.RESIDENT_AT_MOST}
    for (name, kind), promised in (web.AT_LEAST | web.AT_MOST).items():
        figures.setdefault(name, {})[kind] = promised
    return figures


def test_a_site_that_does_what_was_promised_holds_the_bench() -> None:
    assert web.told(promised_figures())


@pytest.mark.parametrize("name", ["home", "rss_304", "story_cold", "resident_mb"])
def test_a_promised_figure_that_was_not_measured_fails_the_bench(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = promised_figures()
    del figures[name]
    assert not web.told(figures)
    assert "not measured" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "kind", "figure"), [("home", "rps", 7_999.0), ("story_cold", "queries", 16.0)]
)
def test_a_figure_below_what_was_promised_fails_the_bench(name: str, kind: str, figure: float) -> None:
    figures = promised_figures()
    figures[name][kind] = figure
    assert not web.told(figures)
