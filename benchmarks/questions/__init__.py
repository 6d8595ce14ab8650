"""The questions, each a module with `measure(session)`, which gives the rows of its tables as they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.measurements import Measurement
from benchmarks.questions import call, compiling, depth, drawings, memory, models, order, page, step, training
from benchmarks.timing import Session

QUESTIONS: dict[str, Callable[[Session], Iterator[Measurement]]] = {
    "step": step.measure,
    "call": call.measure,
    "compile": compiling.measure,
    "depth": depth.measure,
    "memory": memory.measure,
    "models": models.measure,
    "order": order.measure,
    "training": training.measure,
    "page": page.measure,
    "drawings": drawings.measure,
}
