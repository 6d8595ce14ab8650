"""Processes for the contestants: those on NumPy share one and take turns in it, each other runtime has its own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
HIPS = Path(__file__).parent / "hips"  # where HIPS autograd lies, which has our import name; see the README
# NPROC is what JAX counts its threads by.
SPIN = "24"  # OpenBLAS's threads wait busily for 2**24 ticks (some 8 ms); by default it is longer than a rest
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC")


class ContestantError(Exception):
    """A contestant failed in its process; the text ends with its traceback."""

    @property
    def first_line(self) -> str:
        return str(self).partition("\n")[0]


class Process:
    """A worker process; each method is answered by the function of the same name in `benchmarks.worker`."""

    def __init__(self, threads: int, folders: tuple[Path, ...] = ()) -> None:
        environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), "BENCHMARK_THREADS": str(threads)}
        environment["OPENBLAS_THREAD_TIMEOUT"] = SPIN
        environment["PYTHONPATH"] = os.pathsep.join(map(str, (*folders, ROOT)))
        environment["PYTHONSAFEPATH"] = "1"  # or the folder of this command would come before all others
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def __call__(self, command: str, *args: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        try:
            pickle.dump((command, args), self.process.stdin)
            self.process.stdin.flush()
            fine, answer = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            raise ContestantError(f"the process ended with code {self.process.wait()}") from None
        if not fine:
            raise ContestantError(answer)
        return answer

    def has(self, module: str, function: str) -> bool:
        return bool(self("has", module, function))

    def make(self, key: str, module: str, function: str, *args: Any) -> None:
        self("make_instance", key, module, function, *args)

    def call(self, module: str, function: str, *args: Any) -> Any:
        return self("call_function", module, function, *args)

    def ask(self, key: str, method: str, *args: Any) -> Any:
        return self("ask", key, method, *args)

    def run(self, key: str, times: int) -> tuple[float, float]:
        seconds, faults = self("time_runs", key, times)
        return seconds, faults

    def forget(self, key: str) -> None:
        self("forget", key)

    def scatter(self, seed: int) -> None:
        self("scatter", seed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
