"""The distributions of autograd.scipy.stats, with shapes for which all of their methods are smooth."""

from typing import Any

import numpy as np
import scipy.stats

from autograd.scipy import stats
from autograd.scipy.stats.continuous import Continuous
from autograd.scipy.stats.discrete import Discrete

# The first are those of the gradient check; values are compared for all.
SHAPES: dict[str, list[tuple[float, ...]]] = {
    "bernoulli": [(0.3,), (0.0,), (1.0,)],
    "beta": [(1.7, 2.6), (1.0, 1.0), (0.5, 0.7), (30.0, 50.0)],
    "betabinom": [(4, 2.0, 3.0), (100, 0.4, 0.7)],
    "betanbinom": [(3, 2.0, 4.0)],
    "betaprime": [(1.5, 2.7), (0.5, 0.7)],
    "binom": [(4, 0.3), (1000, 0.4), (7, 0.0), (0, 0.5), (6, 1.0)],
    "erlang": [(2.0,)],
    "exponnorm": [(0.8,), (3.0,)],
    "f": [(3.0, 5.5), (1.0, 1.0), (40.0, 7.0)],
    "genextreme": [(0.3,), (-0.4,), (0.0,), (1e-7,)],
    "genpareto": [(0.3,), (-0.4,), (0.0,), (1e-7,)],
    "geom": [(0.3,), (1.0,)],
    "loguniform": [(0.5, 8.0)],
    "logser": [(0.3,)],
    "nbinom": [(2.5, 0.3), (40.0, 0.7), (3.0, 1.0)],
    "planck": [(0.5,)],
    "poisson": [(1.7,), (0.0,), (100.0,)],
    "powerlaw": [(1.6,), (1.0,)],
    "reciprocal": [(0.5, 8.0)],
    "skewnorm": [(2.0,), (-3.0,), (0.0,)],
    "t": [(3.5,), (0.7,), (1e5,), (np.inf,)],
    "triang": [(0.3,), (0.0,), (1.0,)],
    "truncnorm": [(-1.0, 2.0), (3.0, 5.0), (-9.0, -7.0), (-np.inf, 1.0), (2.0, np.inf)],
    "vonmises": [(2.5,), (0.0,)],
}
ONE = [(1.6,), (1.0,), (0.6,), (4.5,)]  # of the others that have a shape

DISTRIBUTIONS: dict[str, Any] = {
    name: dist for name in stats.__all__ if isinstance(dist := getattr(stats, name), Continuous | Discrete)
}
METHODS = [(name, method) for name, dist in DISTRIBUTIONS.items() for method in dist.__all__]


def is_discrete(name: str) -> bool:
    return isinstance(DISTRIBUTIONS[name], Discrete)


def shapes_of(name: str) -> list[tuple[float, ...]]:
    return SHAPES.get(name) or (ONE if getattr(scipy.stats, name).numargs else [()])


def is_quantile(method: str) -> bool:
    return method in ("ppf", "isf")
