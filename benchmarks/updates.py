"""The updates as a textbook writes them, for every contestant that leaves its parameters to NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.problem import BETA1, BETA2, EPSILON, Array

UpdateFunction = Callable[[Sequence[Array], float], None]


def update_of(optimizer: str, parameters: Sequence[Array]) -> UpdateFunction:
    """The function that updates the parameters in place, given their gradients and the learning rate."""
    return {"sgd": sgd, "adam": adam}[optimizer](parameters)


def sgd(parameters: Sequence[Array]) -> UpdateFunction:
    def update(gradients: Sequence[Array], lr: float) -> None:
        for p, g in zip(parameters, gradients, strict=True):
            p -= lr * g

    return update


def adam(parameters: Sequence[Array]) -> UpdateFunction:
    """Kingma and Ba 2015, algorithm 1."""
    means = [np.zeros_like(p) for p in parameters]
    squares = [np.zeros_like(p) for p in parameters]
    count = 0

    def update(gradients: Sequence[Array], lr: float) -> None:
        nonlocal count
        count += 1
        for p, g, m, v in zip(parameters, gradients, means, squares, strict=True):
            m += (1 - BETA1) * (g - m)
            v += (1 - BETA2) * (g * g - v)
            m_hat = m / (1 - BETA1**count)
            v_hat = v / (1 - BETA2**count)
            p -= lr * m_hat / (np.sqrt(v_hat) + EPSILON)

    return update
