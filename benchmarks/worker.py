"""A process that runs contestants: the other end of `benchmarks.processes`.

It imports nothing of the engine by itself, because one of the peers has the engine's import name.
"""

from __future__ import annotations

import gc
import importlib
import pickle
import signal
import sys
import time
import traceback
from typing import Any, BinaryIO

import numpy as np

try:
    from resource import RUSAGE_SELF, getrusage
except ImportError:  # on Windows, where page faults aren't counted

    def page_faults() -> int:
        return 0
else:

    def page_faults() -> int:
        return getrusage(RUSAGE_SELF).ru_minflt


instances: dict[str, Any] = {}  # the contestants, by key


def has(module: str, function: str) -> bool:
    return hasattr(importlib.import_module(module), function)


def make_instance(key: str, module: str, function: str, *args: Any) -> None:
    """Keep what a function of a contestant's module returns, under a key."""
    instances[key] = getattr(importlib.import_module(module), function)(*args)


def call_function(module: str, function: str, *args: Any) -> Any:
    return getattr(importlib.import_module(module), function)(*args)


def ask(key: str, method: str, *args: Any) -> Any:
    """What a method of a contestant returns."""
    return getattr(instances[key], method)(*args)


def time_runs(key: str, times: int) -> tuple[float, float]:
    """Seconds and page faults for each of so many runs, the cyclic collector off as in timeit."""
    once = instances[key].run
    gc.collect()
    gc.disable()
    try:
        faults, start = page_faults(), time.perf_counter()
        for _ in range(times):
            once()
        return (time.perf_counter() - start) / times, (page_faults() - faults) / times
    finally:
        gc.enable()


def forget(key: str) -> None:
    instances.pop(key, None)


def scatter(seed: int) -> None:
    """Keep arrays of random sizes, so that what is made next lies elsewhere in memory."""
    rng = np.random.default_rng(seed)
    instances["scattered"] = [np.empty(rng.integers(1, 1000), np.float32) for _ in range(100)]


FUNCTIONS = {
    function.__name__: function for function in (has, make_instance, call_function, ask, time_runs, forget, scatter)
}


def answer_commands(commands: BinaryIO, answers: BinaryIO) -> None:
    """Answer pickled (name, args) with (True, result) or (False, text of the error), until the other end closes."""
    while True:
        try:
            name, args = pickle.load(commands)
        except EOFError:
            return
        try:
            answer = (True, FUNCTIONS[name](*args))
        except Exception as error:  # a contestant that fails must not end the others
            answer = (False, f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the command, and that closes the pipe
    # What contestants print must not get between the answers.
    own, sys.stdout = sys.stdout.buffer, sys.stderr
    answer_commands(sys.stdin.buffer, own)
