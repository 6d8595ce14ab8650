"""Distributions on an interval, whose ends may be shapes. Formulas are for loc = 0 and scale = 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

from autograd.scipy.stats.continuous import UNIT, Continuous
from autograd.scipy.stats.formulas import Formula
from autograd.scipy.stats.real_line import LOG_2, normal_logpdf

__all__ = ["loguniform", "powerlaw", "reciprocal", "triang", "truncexpon", "truncnorm", "uniform"]


def triang_logpdf(x: Any, c: Any) -> Any:
    """xlogy(1, x) is log(x), without a warning where that is -inf."""
    is_left = (x < c) | (c == 1)
    return LOG_2 + special.xlogy(1.0, np.where(is_left, x, 1 - x)) - np.log(np.where(is_left, c, 1 - c))


def triang_cdf(x: Any, c: Any) -> Any:
    is_left = (x < c) | (c == 1)
    left, right = np.where(is_left, c, 1), np.where(is_left, 1, 1 - c)
    return np.where(is_left, x * x / left, (x * (2 - x) - c) / right)


def triang_sf(x: Any, c: Any) -> Any:
    return triang_cdf(1 - x, 1 - c)


def triang_ppf(q: Any, c: Any) -> Any:
    is_left = q < c
    left, right = np.where(is_left, q * c, 1), np.where(is_left, 1, (1 - q) * (1 - c))
    return np.where(is_left, np.sqrt(left), 1 - np.sqrt(right))


# -- truncated ---------------------------------------------------------------------------------------------------------


def log_mass(a: Any, b: Any) -> Any:
    """The logarithm of the normal distribution's probability of [a, b], by its lower tail: of [-b, -a] if 0 < a."""
    a, b = np.where(a > 0, -b, a), np.where(a > 0, -a, b)
    is_tail = b <= 0
    log_a = lower_tail(special.log_ndtr, np.where(is_tail, a, -1), -math.inf)
    log_b = special.log_ndtr(np.where(is_tail, b, 0))
    within = log_b + np.log(-np.expm1(log_a - log_b))
    a, b = np.where(is_tail, -1, a), np.where(is_tail, 1, b)
    outside = lower_tail(special.ndtr, a, 0.0) + lower_tail(special.ndtr, -b, 0.0)
    return np.where(is_tail, within, np.log1p(-outside))


def lower_tail(formula: Formula, x: Any, limit: float) -> Any:
    """The formula of x; where x is -inf its limit, with the gradient 0, which would be 0 * inf."""
    is_none = np.isneginf(x)
    return np.where(is_none, limit, formula(np.where(is_none, 0, x)))


def truncnorm_logcdf(x: Any, a: Any, b: Any) -> Any:
    return log_share(log_mass(a, x), log_mass(x, b), log_mass(a, b))


def truncnorm_logsf(x: Any, a: Any, b: Any) -> Any:
    return log_share(log_mass(x, b), log_mass(a, x), log_mass(a, b))


def log_share(part: Any, rest: Any, whole: Any) -> Any:
    """part - whole, all being logarithms; by the rest where that is near 0."""
    share = part - whole
    is_most = share > -0.1
    return np.where(is_most, np.log1p(-np.exp(np.where(is_most, rest - whole, -1))), share)


def truncexpon_sf(x: Any, b: Any) -> Any:
    return np.exp(-x) * np.expm1(x - b) / np.expm1(-b)


uniform = Continuous(
    stats.uniform,
    support=UNIT,
    logpdf=lambda x: 0 * x,
    cdf=lambda x: x,
    ppf=lambda q: q,
    isf=lambda q: 1 - q,
)
powerlaw = Continuous(
    stats.powerlaw,
    support=UNIT,
    ends="varying",
    logpdf=lambda x, a: np.log(a) + special.xlogy(a - 1, x),
    logcdf=lambda x, a: a * np.log(x),
    sf=lambda x, a: -np.expm1(a * np.log(x)),
    ppf=lambda q, a: np.power(q, 1 / a),
    isf=lambda q, a: np.exp(np.log1p(-q) / a),
)
triang = Continuous(
    stats.triang,
    support=UNIT,
    ends="varying",
    valid=lambda c: (c >= 0) & (c <= 1),
    logpdf=triang_logpdf,
    cdf=triang_cdf,
    sf=triang_sf,
    ppf=triang_ppf,
    isf=lambda q, c: 1 - triang_ppf(q, 1 - c),
)
loguniform = Continuous(
    stats.loguniform,
    support=lambda a, b: (a, b),
    valid=lambda a, b: (a > 0) & (b > a),
    logpdf=lambda x, a, b: -np.log(x) - np.log(np.log(b / a)),
    cdf=lambda x, a, b: np.log(x / a) / np.log(b / a),
    sf=lambda x, a, b: np.log(b / x) / np.log(b / a),
    ppf=lambda q, a, b: a * np.exp(q * np.log(b / a)),
    isf=lambda q, a, b: b * np.exp(-q * np.log(b / a)),
)
reciprocal = loguniform
truncnorm = Continuous(
    stats.truncnorm,
    support=lambda a, b: (a, b),
    valid=lambda a, b: a < b,
    logpdf=lambda x, a, b: normal_logpdf(x) - log_mass(a, b),
    logcdf=truncnorm_logcdf,
    logsf=truncnorm_logsf,
)
truncexpon = Continuous(
    stats.truncexpon,
    support=lambda b: (0.0, b),
    logpdf=lambda x, b: -x - np.log(-np.expm1(-b)),
    cdf=lambda x, b: np.expm1(-x) / np.expm1(-b),
    sf=truncexpon_sf,
    ppf=lambda q, b: -np.log1p(q * np.expm1(-b)),
    isf=lambda q, b: -np.log(np.exp(-b) - q * np.expm1(-b)),
)
