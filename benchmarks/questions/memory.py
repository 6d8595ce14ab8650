"""How much memory a step takes: the most that is alive at once, beyond the parameters and the batch.

So it counts activations, gradients, temporaries and the optimizer's state, in a step after the first two. NumPy tells
tracemalloc of every array; PyTorch's profiler tells of every tensor.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.contestants import BY_HAND, FLOOR
from benchmarks.problem import SIZES, Problem
from benchmarks.processes import ContestantError
from benchmarks.questions.step import BATCHES
from benchmarks.rounds import Run
from benchmarks.rows import Ratio, Row

TRACED = ("numpy", "mygrad", "hips")  # the packages whose arrays tracemalloc sees


def measure(run: Run) -> Iterator[Row]:
    for optimizer in ("sgd", "adam"):
        for batch in BATCHES:
            problem = Problem(run.sizes or SIZES, batch, optimizer)
            peaks = dict(peak_bytes(run, problem))
            for name, peak in peaks.items():
                ratio = Ratio(*(3 * (peak / peaks[BY_HAND],))) if BY_HAND in peaks else None
                yield Row(table(problem), f"batch {batch}", name, peak / 1e3, "kB", ratio, BY_HAND)


def table(problem: Problem) -> str:
    return f"Peak memory beyond parameters and batch: {str(problem).rpartition(',')[0]}"


def peak_bytes(run: Run, problem: Problem) -> Iterator[tuple[str, int]]:
    for c in run.who_has("step"):
        process = run.processes[c.name]
        try:
            if process.has(c.module, "peak_bytes"):
                yield c.name, process.call(c.module, "peak_bytes", problem)
            elif c.package in TRACED and c.name != FLOOR:
                yield c.name, process.call("benchmarks.probes", "peak_bytes", c.module, problem)
        except ContestantError as error:
            run.failures.append(f"{c.name}, memory of {problem}: {error.first_line}")
