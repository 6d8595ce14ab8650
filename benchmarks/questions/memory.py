"""How much memory a step takes: the most that is alive at once, beyond the parameters and the batch.

So it counts activations, gradients, temporaries and the optimizer's state, in a step after the first two. NumPy tells
tracemalloc of every array; PyTorch's profiler tells of every tensor. Where tracemalloc tells, also how much of it a
step allocates anew: by how much there is more at its peak than before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.contestants import BY_HAND, FLOOR
from benchmarks.measurements import Measurement, Ratio
from benchmarks.problem import SIZES, Problem
from benchmarks.processes import ContestantError
from benchmarks.questions.step import BATCHES
from benchmarks.timing import Session

BEYOND, ANEW = "Peak memory beyond parameters and batch", "Peak of what a step allocates anew"
TRACED = ("numpy", "mygrad", "hips")  # the packages whose arrays tracemalloc sees


def measure(session: Session) -> Iterator[Measurement]:
    for optimizer in ("sgd", "adam"):
        for batch in BATCHES:
            problem = Problem(session.sizes or SIZES, batch, optimizer)
            peaks = dict(probed(session, problem, "peak_bytes"))
            for name, peak in peaks.items():
                ratio = Ratio(*(3 * (peak / peaks[BY_HAND],))) if BY_HAND in peaks else None
                yield Measurement(
                    memory_title(BEYOND, problem), f"batch {batch}", name, peak / 1e3, "kB", ratio, BY_HAND
                )
    for batch in BATCHES:
        problem = Problem(session.sizes or SIZES, batch)
        for name, grown in probed(session, problem, "grown_bytes"):
            yield Measurement(memory_title(ANEW, problem), f"batch {batch}", name, grown / 1e3, "kB")


def memory_title(what: str, problem: Problem) -> str:
    return f"{what}: {str(problem).rpartition(',')[0]}"


def probed(session: Session, problem: Any, probe: str, function: str = "step") -> Iterator[tuple[str, int]]:
    """By contestant, in a step that `function` of its module makes."""
    for c in session.who_has(function):
        process = session.processes[c.name]
        try:
            if process.has(c.module, probe):
                yield c.name, process.call(c.module, probe, problem, function)
            elif c.package in TRACED and c.name != FLOOR:
                yield c.name, process.call("benchmarks.probes", probe, c.module, problem, function)
        except ContestantError as error:
            session.failures.append(f"{c.name}, memory of {problem}: {error.first_line}")
