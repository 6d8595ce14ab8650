"""What a recorded call costs, forward and backward: a chain of sums and products of ten numbers."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measurements import Measurement
from benchmarks.timing import Key, Session, compare

CHAIN_LENGTH = 1000
BASELINE = "PyTorch"


def measure(session: Session) -> Iterator[Measurement]:
    times = compare(session, ["chain"], CHAIN_LENGTH)
    for key in times.seconds:
        microseconds, ratio = times.median(key) / CHAIN_LENGTH * 1e6, times.ratio(key, Key(BASELINE, "chain"))
        yield Measurement(
            "A call on ten numbers, forward and backward", "time", key.contestant, microseconds, "µs", ratio, BASELINE
        )
