"""What is measured once in a contestant's process, in place of being run in turns."""

from __future__ import annotations

import gc
import importlib
import time
import tracemalloc
from dataclasses import replace
from statistics import median

import psutil

from benchmarks.models.model_problem import ModelProblem
from benchmarks.problem import Problem

REPEATS = 5


def chain_cost(module: str, calls: int) -> tuple[float, int]:
    """Seconds of a chain, forward and backward; and by how many bytes the process is larger while it has the graph."""
    make = importlib.import_module(module).chain
    make(10).run()  # to import and warm up
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    chain = make(calls)
    chain.forward()
    grown = process.memory_info().rss - before
    del chain
    gc.collect()
    chain = make(calls)
    start = time.perf_counter()
    chain.run()
    return time.perf_counter() - start, grown


def seconds_to_make(module: str, problem: Problem) -> float:
    """The median of some steps that are made anew, after one of another size, which imports what it needs."""
    make = importlib.import_module(module).step
    make(replace(problem, batch=problem.batch // 2))
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        make(problem)
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def peak_bytes(module: str, problem: Problem | ModelProblem, function: str = "step") -> int:
    """The most bytes of arrays and Python objects alive at once in the third step, beyond parameters and batch."""
    return step_bytes(module, problem, function)[1] - problem.given_bytes()


def grown_bytes(module: str, problem: Problem | ModelProblem, function: str = "step") -> int:
    """How many bytes more are alive at the peak of the third step than before it."""
    before, peak = step_bytes(module, problem, function)
    return peak - before


def step_bytes(module: str, problem: Problem | ModelProblem, function: str) -> tuple[int, int]:
    """Bytes of arrays and Python objects that are alive before the third step, and at its peak."""
    make = getattr(importlib.import_module(module), function)
    make(problem).run()  # imports what it needs
    tracemalloc.start()
    try:
        step = make(problem)
        step.run()
        step.run()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step.run()
        return before, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
