"""Long programs: what planning and printing do grows with the number of calls, not with its square."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag


def products(n: int) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for _ in range(n):
            x = np.tanh(x * 1.01)
        return np.sum(x)

    return f


def elements(n: int) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        total = x[0]
        for k in range(n):
            total = total + x[k % 4] * x[(k + 1) % 4]
        return total

    return f


def constants(n: int) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for k in range(n):
            x = x * np.array([1.0, k, 2.0, 3.0])
        return x

    return f


def work(f: Callable[[Any], Any]) -> int:
    """How many calls of Python's functions planning and printing take."""
    step: Any = ag.compile(f)
    step(np.linspace(0, 1, 4))
    profile = cProfile.Profile()
    version = step._versions[0]
    profile.runcall(lambda: version.printed.text)
    return sum(count for count, *_ in pstats.Stats(profile).stats.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("f", [products, elements, constants, lambda n: ag.grad(products(n))])
def test_the_work_for_a_long_program(f: Any) -> None:
    assert work(f(400)) < 2.5 * work(f(200))
