"""What a recorded call costs, forward and backward: a chain of sums and products of ten numbers."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.rounds import Key, Run, compare
from benchmarks.rows import Row

CALLS = 1000
BASELINE = "PyTorch"


def measure(run: Run) -> Iterator[Row]:
    times = compare(run, ["chain"], CALLS)
    for key in times.seconds:
        microseconds, ratio = times.median(key) / CALLS * 1e6, times.ratio(key, Key(BASELINE, "chain"))
        yield Row(
            "A call on ten numbers, forward and backward", "time", key.contestant, microseconds, "µs", ratio, BASELINE
        )
