"""Formulas of a distribution that follow from others of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.scipy.stats.distribution import constant

Formula = Callable[..., Any]
Ends = tuple[Any, Any]


def mirrored(given: dict[str, Formula]) -> dict[str, Formula]:
    """The formulas of a distribution that is symmetric about 0."""
    f = dict(given)
    f.setdefault("sf", lambda x, *shapes: f["cdf"](-x, *shapes))
    f.setdefault("isf", lambda q, *shapes: -f["ppf"](q, *shapes))
    if "logcdf" in f:
        f.setdefault("logsf", lambda x, *shapes: f["logcdf"](-x, *shapes))
    return f


def complete(given: dict[str, Formula]) -> dict[str, Formula]:
    """cdf, sf and their logarithms, from those that are given, if any."""
    f = dict(given)
    for log, one in (("logcdf", "cdf"), ("logsf", "sf")):
        if log in f:
            f.setdefault(one, exponential(f[log]))
    for one, other in (("cdf", "sf"), ("sf", "cdf")):
        if other in f:
            f.setdefault(one, complement(f[other]))
    if "cdf" in f:
        f.setdefault("logcdf", logarithm(f["cdf"], f["sf"]))
        f.setdefault("logsf", logarithm(f["sf"], f["cdf"]))
    return f


def exponential(log: Formula) -> Formula:
    return lambda x, *shapes: np.exp(log(x, *shapes))


def complement(p: Formula) -> Formula:
    return lambda x, *shapes: 1 - p(x, *shapes)


def logarithm(p: Formula, q: Formula) -> Formula:
    """log(p), by q = 1 - p where p is near 1; where p is 0, -inf, and its gradient 0."""

    def log_p(x: Any, *shapes: Any) -> Any:
        of_x, rest = p(x, *shapes), q(x, *shapes)
        is_large, is_none = of_x > 0.5, of_x == 0
        y = np.log(np.where(is_large | is_none, 1, of_x)) + np.log1p(-np.where(is_large, rest, 0))
        return np.where(is_none, -math.inf, y)

    return log_p


def inverse(p: Formula, logpdf: Formula, slope: int, of_arrays: Callable[..., Any]) -> Formula:
    """The x at which p(x) = q, as SciPy finds it; slope is the sign of dp/dx.

    Newton's method, started at the solution, leaves it where it is, and each step doubles the number of derivatives, in
    q and in the shapes, that are those of the solution: two steps give the first three.
    """

    def quantile(q: Any, *shapes: Any) -> Any:
        x = of_arrays(*map(constant, (q, *shapes)))
        for _ in range(2):
            residual = p(x, *shapes) - q
            x = x - slope * (residual - constant(residual)) / np.exp(logpdf(x, *shapes))
        return x

    return quantile


def are_positive(*shapes: Any) -> Any:
    valid: Any = np.True_
    for shape in shapes:
        valid = valid & (shape > 0)
    return valid


def as_function(support: Ends | Callable[..., Ends]) -> Callable[..., Ends]:
    """The ends of a support as a function of the shapes."""
    if callable(support):
        return support
    ends = support
    return lambda *shapes: ends
