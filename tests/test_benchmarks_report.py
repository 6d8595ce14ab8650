"""Tables and the plot of given rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import plot, report
from benchmarks.measurements import Measurement, Ratio

ROOT = Path(__file__).parents[1]
ROWS = [
    Measurement("A step", "batch 4", "by hand", 2000.0, "µs", Ratio(1, 1, 1), "by hand", 3.2),
    Measurement("A step", "batch 4", "engine", 1034.5, "µs", Ratio(0.517, 0.51, 0.53), "by hand", 0),
    Measurement("A step", "batch 8", "engine", 7.25, "µs", Ratio(0.5, 0.4, 0.6), "by hand", 0),
    Measurement("A call", "time", "engine", 0.5, "µs"),
]


def test_a_table() -> None:
    assert (
        report.tables(ROWS)
        == """\
A step

           batch 4         / by hand    batch 8                   / by hand
-------  ---------  ----------------  ---------  --------------------------
by hand   2,000 µs              1.00          –                           –
engine    1,034 µs  0.52 (0.51-0.53)    7.25 µs  0.50 (0.40-0.60) too noisy

Page faults a step: by hand 3; the others none.

A call

           time
------  -------
engine  0.50 µs"""
    )


def test_a_markdown_table() -> None:
    lines = report.tables(ROWS[3:], "github").splitlines()
    assert lines[0] == "### A call"
    assert lines[-1].replace(" ", "") == "|engine|0.50µs|"


@pytest.mark.parametrize(
    ("value", "text"), [(0.1234, "0.12 s"), (1.234, "1.23 s"), (12.34, "12.3 s"), (99.96, "100 s"), (1234.0, "1,234 s")]
)
def test_amounts(value: float, text: str) -> None:
    assert report.amount(value, "s") == text


@pytest.mark.slow
@pytest.mark.parametrize("suffix", plot.SUFFIXES)
def test_a_plot(tmp_path: Path, suffix: str) -> None:
    path, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    plot.save_plot(ROWS, path)
    plot.save_plot(ROWS, again)
    assert path.stat().st_size > 1000
    if suffix == ".svg":
        assert path.read_bytes() == again.read_bytes()


def test_nothing_to_plot(tmp_path: Path) -> None:
    plot.save_plot([], tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_the_readme_shows_the_last_full_run() -> None:
    results = json.loads((ROOT / "benchmarks" / "results" / "results.json").read_text(encoding="utf-8"))
    rows = [Measurement(**{**row, "ratio": row["ratio"] and Ratio(*row["ratio"])}) for row in results["rows"]]
    assert {row.table.split()[0] for row in rows} == {
        "A", "Compiling", "Depth:", "Peak", "Order:", "Training", "The", "Test",
    }  # fmt: skip
    first = [row for row in rows if row.table == rows[0].table]
    assert report.contestant_table(first, "github") in (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert report.tables(rows, "github") in (ROOT / "benchmarks" / "results" / "tables.md").read_text(encoding="utf-8")
