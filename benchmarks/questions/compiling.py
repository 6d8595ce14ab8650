"""How long it takes to compile a training step: from a model and an optimizer to a step that runs as it will run on.

For the engine that is every call that is traced, or compared with the function, before its last program runs alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.contestants import COMPILED
from benchmarks.measurements import Measurement, Ratio
from benchmarks.problem import SIZES, Problem
from benchmarks.processes import ContestantError
from benchmarks.timing import Session

BATCH = 128


def measure(session: Session) -> Iterator[Measurement]:
    contestants = [c for c in session.who_has("step") if c.compiles]
    for optimizer in ("sgd", "adam"):
        problem = Problem(session.sizes or SIZES, BATCH, optimizer)
        seconds = {}
        for c in contestants:
            try:
                seconds[c.name] = session.processes[c.name].call(
                    "benchmarks.probes", "seconds_to_make", c.module, problem
                )
            except ContestantError as error:
                session.failures.append(f"{c.name}, to compile {problem}: {error.first_line}")
        for name, found in seconds.items():
            ratio = Ratio(*(3 * (found / seconds[COMPILED],))) if COMPILED in seconds else None
            table = f"Compiling a step of {'-'.join(map(str, problem.sizes))}, batch {BATCH}"
            yield Measurement(table, "SGD" if optimizer == "sgd" else "Adam", name, found * 1e3, "ms", ratio, COMPILED)
