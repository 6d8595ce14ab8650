"""How much memory a step takes: the most that is alive at once, beyond the parameters and the batch.

So it counts activations, gradients, temporaries and the optimizer's state, in a step after the first two. NumPy tells
tracemalloc of every array; PyTorch's profiler tells of every tensor. Where tracemalloc tells, also how much of it a
step allocates anew: by how much there is more at its peak than before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.contestants import BY_HAND, FLOOR
from benchmarks.problem import SIZES, Problem
from benchmarks.processes import ContestantError
from benchmarks.questions.step import BATCHES
from benchmarks.rounds import Run
from benchmarks.rows import Ratio, Row

BEYOND, ANEW = "Peak memory beyond parameters and batch", "Peak of what a step allocates anew"
TRACED = ("numpy", "mygrad", "hips")  # the packages whose arrays tracemalloc sees


def measure(run: Run) -> Iterator[Row]:
    for optimizer in ("sgd", "adam"):
        for batch in BATCHES:
            problem = Problem(run.sizes or SIZES, batch, optimizer)
            peaks = dict(probed(run, problem, "peak_bytes"))
            for name, peak in peaks.items():
                ratio = Ratio(*(3 * (peak / peaks[BY_HAND],))) if BY_HAND in peaks else None
                yield Row(table(BEYOND, problem), f"batch {batch}", name, peak / 1e3, "kB", ratio, BY_HAND)
    for batch in BATCHES:
        problem = Problem(run.sizes or SIZES, batch)
        for name, grown in probed(run, problem, "grown_bytes"):
            yield Row(table(ANEW, problem), f"batch {batch}", name, grown / 1e3, "kB")


def table(what: str, problem: Problem) -> str:
    return f"{what}: {str(problem).rpartition(',')[0]}"


def probed(run: Run, problem: Problem, probe: str) -> Iterator[tuple[str, int]]:
    for c in run.who_has("step"):
        process = run.processes[c.name]
        try:
            if process.has(c.module, probe):
                yield c.name, process.call(c.module, probe, problem)
            elif c.package in TRACED and c.name != FLOOR:
                yield c.name, process.call("benchmarks.probes", probe, c.module, problem)
        except ContestantError as error:
            run.failures.append(f"{c.name}, memory of {problem}: {error.first_line}")
