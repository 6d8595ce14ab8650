"""Discrete distributions. Formulas are for loc = 0; see Discrete."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

from autograd.scipy.stats.discrete import Discrete

__all__ = ["bernoulli", "betabinom", "betanbinom", "binom", "geom", "logser", "nbinom", "planck", "poisson"]


def is_whole(n: Any) -> Any:
    return (n >= 0) & (np.floor(n) == n)


def is_chance(p: Any) -> Any:
    return (p >= 0) & (p <= 1)


def log_choose(n: Any, k: Any) -> Any:
    """log of n over k, by the beta function, in which the digits of large n are kept."""
    return -np.log1p(n) - special.betaln(n - k + 1, k + 1)


bernoulli = Discrete(
    stats.bernoulli,
    support=(0, 1),
    valid=is_chance,
    logpmf=lambda k, p: special.xlogy(k, p) + special.xlog1py(1 - k, -p),
    pmf=lambda k, p: k * p + (1 - k) * (1 - p),
    cdf=lambda k, p: 1 - p + 0 * k,
    sf=lambda k, p: p + 0 * k,
)
binom = Discrete(
    stats.binom,
    support=lambda n, p: (0, n),
    valid=lambda n, p: is_whole(n) & is_chance(p),
    whole=["n"],
    logpmf=lambda k, n, p: log_choose(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p),
    cdf=lambda k, n, p: special.betaincc(k + 1, np.maximum(n - k, 1), p),
    sf=lambda k, n, p: special.betainc(k + 1, np.maximum(n - k, 1), p),
)
betabinom = Discrete(
    stats.betabinom,
    support=lambda n, a, b: (0, n),
    valid=lambda n, a, b: is_whole(n) & (a > 0) & (b > 0),
    whole=["n"],
    logpmf=lambda k, n, a, b: log_choose(n, k) + special.betaln(k + a, n - k + b) - special.betaln(a, b),
)
geom = Discrete(
    stats.geom,
    support=(1, math.inf),
    valid=lambda p: (p > 0) & (p <= 1),
    logpmf=lambda k, p: special.xlog1py(k - 1, -p) + np.log(p),
    cdf=lambda k, p: -np.expm1(special.xlog1py(k, -p)),
    logsf=lambda k, p: special.xlog1py(k, -p),
)
nbinom = Discrete(
    stats.nbinom,
    valid=lambda n, p: (n > 0) & (p > 0) & (p <= 1),
    logpmf=lambda k, n, p: -np.log(n + k) - special.betaln(n, k + 1) + n * np.log(p) + special.xlog1py(k, -p),
    cdf=lambda k, n, p: special.betainc(n, k + 1, p),
    sf=lambda k, n, p: special.betaincc(n, k + 1, p),
)
betanbinom = Discrete(
    stats.betanbinom,
    valid=lambda n, a, b: is_whole(n) & (a > 0) & (b > 0),
    whole=["n"],
    logpmf=lambda k, n, a, b: (
        -np.log(n + k) - special.betaln(n, k + 1) + special.betaln(a + n, b + k) - special.betaln(a, b)
    ),
)
poisson = Discrete(
    stats.poisson,
    valid=lambda mu: mu >= 0,
    logpmf=lambda k, mu: special.xlogy(k, mu) - special.gammaln(k + 1) - mu,
    cdf=lambda k, mu: special.gammaincc(k + 1, mu),
    sf=lambda k, mu: special.gammainc(k + 1, mu),
)
logser = Discrete(
    stats.logser,
    support=(1, math.inf),
    valid=lambda p: (p > 0) & (p < 1),
    logpmf=lambda k, p: k * np.log(p) - np.log(k) - np.log(-np.log1p(-p)),
)
planck = Discrete(
    stats.planck,
    logpmf=lambda k, rate: np.log(-np.expm1(-rate)) - rate * k,
    cdf=lambda k, rate: -np.expm1(-rate * (k + 1)),
    logsf=lambda k, rate: -rate * (k + 1),
)
