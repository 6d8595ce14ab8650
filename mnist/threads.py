"""On how many threads the BLAS computes a product: on one, unless it is clearly faster on as many as there are cores.

OpenBLAS divides a product among its threads and waits for the last. Where another program has the core of that one, the
wait is as long as a turn of the scheduler, a hundred times as long as the product: on two busy cores an epoch took 55 s
on two threads, and 3 s on one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import mean, median
from time import perf_counter
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it ships no type information

WORTH = 1.2  # how many times as fast several threads must be: on one, no other program can make a step much slower
MEASURED_STEPS, MEASURING_SECONDS = 20, 0.05  # a measurement ends with the first of them that is reached


BLAS = ThreadpoolController().select(user_api="blas")


def limited(count: int) -> AbstractContextManager[Any]:
    """`with limited(1):` computes products on one thread, in the whole process."""
    limits: AbstractContextManager[Any] = BLAS.limit(limits=count)
    return limits


def most() -> int:
    """How many threads the BLAS takes by itself; 1 if it neither says nor can be told (Apple's Accelerate)."""
    return max((library["num_threads"] for library in BLAS.info()), default=1)


def measured(step: Callable[[], object]) -> dict[int, float]:
    """How many seconds `step` takes, by the number of threads: on one, and on the most, in turns.

    On one it is the median, as a turn of another program is no fault of it; on several the mean, as they wait for each
    that has none of the cores. So chance speaks for one, which gives the same weights whoever else is there.
    """
    if most() == 1:
        return {}
    seconds: dict[int, list[float]] = {1: [], most(): []}
    start = perf_counter()
    while len(seconds[1]) < MEASURED_STEPS and perf_counter() - start < MEASURING_SECONDS:
        for count, times in seconds.items():
            with limited(count):
                for _ in range(2):  # the first may have to wake threads
                    before = perf_counter()
                    step()
                    times.append(perf_counter() - before)
    return {1: median(seconds[1]), most(): mean(seconds[most()])}


def thread_count(seconds: dict[int, float]) -> int:
    """On how many threads to compute, by what was measured."""
    several = max(seconds, default=1)
    return several if seconds and seconds[1] > WORTH * seconds[several] else 1
