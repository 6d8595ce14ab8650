"""What the second order costs: a Hessian-vector product of the loss, against its gradient."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measurements import Measurement
from benchmarks.problem import SIZES, Problem
from benchmarks.timing import Key, Session, compare

ORDERS = {"gradient": "gradient", "hvp": "Hessian times vector"}


def measure(session: Session) -> Iterator[Measurement]:
    for batch in (128,) if session.quick else (32, 128):
        problem = Problem(session.sizes or SIZES, batch)
        times = compare(session, list(ORDERS), problem)
        for key in times.seconds:
            gradient = Key(key.contestant, "gradient")
            yield Measurement(
                f"Order: {'-'.join(map(str, problem.sizes))}, batch {batch}",
                ORDERS[key.function],
                key.contestant,
                times.median(key) * 1e6,
                "µs",
                None if key == gradient else times.ratio(key, gradient),
                "its gradient",
            )
