"""What the second order costs: a Hessian-vector product of the loss, against its gradient."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.problem import SIZES, Problem
from benchmarks.rounds import Key, Run, compare
from benchmarks.rows import Row

COLUMNS = {"gradient": "gradient", "hvp": "Hessian times vector"}


def measure(run: Run) -> Iterator[Row]:
    for batch in (128,) if run.quick else (32, 128):
        problem = Problem(run.sizes or SIZES, batch)
        times = compare(run, list(COLUMNS), problem)
        for key in times.seconds:
            gradient = Key(key.contestant, "gradient")
            yield Row(
                f"Order: {'-'.join(map(str, problem.sizes))}, batch {batch}",
                COLUMNS[key.function],
                key.contestant,
                times.median(key) * 1e6,
                "µs",
                None if key == gradient else times.ratio(key, gradient),
                "its gradient",
            )
