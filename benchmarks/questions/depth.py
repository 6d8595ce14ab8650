"""Whether a deep graph costs more for each call than a shallow one, in time and in memory.

Each chain runs in a new process with the cyclic collector on, as it is for users. What a graph holds is by how much the
process has grown between before and after the forward pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.contestants import COMPILED, new_process
from benchmarks.measurements import Measurement
from benchmarks.processes import ContestantError
from benchmarks.timing import Session

DEPTHS = (10**3, 10**4, 10**5, 10**6)
PATIENCE, QUICK_PATIENCE = 30.0, 2.0  # seconds; a chain that would take longer is left out


def measure(session: Session) -> Iterator[Measurement]:
    patience = QUICK_PATIENCE if session.quick else PATIENCE
    memory = []
    depths = (10, 100) if session.sizes else DEPTHS[:3:2] if session.quick else DEPTHS
    for c in session.who_has("chain"):
        if c.name == COMPILED:  # which has no graph
            continue
        seconds, before = 0.0, 1
        for calls in depths:
            if (expected := seconds * calls / before) > patience:
                session.failures.append(f"{c.name}, a chain of {calls:,}: it would take about {expected:.0f} s")
                break
            try:
                with new_process(c.process, session.threads) as process:
                    seconds, grown = process.call("benchmarks.probes", "chain_cost", c.module, calls)
            except ContestantError as error:
                session.failures.append(f"{c.name}, a chain of {calls:,}: {error.first_line}")
                break
            before = calls
            column = f"{calls:,} calls"
            yield Measurement("Depth: time a call, forward and backward", column, c.name, seconds / calls * 1e6, "µs")
            memory.append(Measurement("Depth: memory that the graph holds", column, c.name, grown / 1e6, "MB"))
    yield from memory
