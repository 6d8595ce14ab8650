"""Distributions on the positive numbers, and other half lines. Formulas are for loc = 0 and scale = 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

from autograd.scipy.stats.continuous import POSITIVE, Continuous
from autograd.scipy.stats.real_line import (
    LOG_2,
    LOG_ROOT_TAU,
    cauchy_logpdf,
    log1p_over,
    logistic_logpdf,
    normal_logpdf,
)

__all__ = [
    "expon", "fisk", "genpareto", "halfcauchy", "halflogistic", "halfnorm", "invgauss", "lognorm", "lomax", "pareto",
    "rayleigh", "weibull_max", "weibull_min",
]  # fmt: skip

# -- exponential and powers of it --------------------------------------------------------------------------------------

expon = Continuous(
    stats.expon,
    support=POSITIVE,
    logpdf=lambda x: -x,
    cdf=lambda x: -np.expm1(-x),
    logsf=lambda x: -x,
    ppf=lambda q: -np.log1p(-q),
    isf=lambda q: -np.log(q),
)
weibull_min = Continuous(
    stats.weibull_min,
    support=POSITIVE,
    ends="varying",
    logpdf=lambda x, c: np.log(c) + special.xlogy(c - 1, x) - np.power(x, c),
    cdf=lambda x, c: -np.expm1(-np.power(x, c)),
    logsf=lambda x, c: -np.power(x, c),
    ppf=lambda q, c: np.power(-np.log1p(-q), 1 / c),
    isf=lambda q, c: np.power(-np.log(q), 1 / c),
)
weibull_max = Continuous(
    stats.weibull_max,
    support=(-math.inf, 0.0),
    ends="varying",
    logpdf=lambda x, c: np.log(c) + special.xlogy(c - 1, -x) - np.power(-x, c),
    logcdf=lambda x, c: -np.power(-x, c),
    sf=lambda x, c: -np.expm1(-np.power(-x, c)),
    ppf=lambda q, c: -np.power(-np.log(q), 1 / c),
    isf=lambda q, c: -np.power(-np.log1p(-q), 1 / c),
)
rayleigh = Continuous(
    stats.rayleigh,
    support=POSITIVE,
    ends="zero",
    logpdf=lambda x: np.log(x) - x * x / 2,
    cdf=lambda x: -np.expm1(-x * x / 2),
    logsf=lambda x: -x * x / 2,
    ppf=lambda q: np.sqrt(-2 * np.log1p(-q)),
    isf=lambda q: np.sqrt(-2 * np.log(q)),
)


# -- halves of symmetric ones, and the normal distribution's kin -------------------------------------------------------


def invgauss_logpdf(x: Any, mu: Any) -> Any:
    return -LOG_ROOT_TAU - 1.5 * np.log(x) - np.square(x / mu - 1) / (2 * x)


def invgauss_terms(x: Any, mu: Any) -> tuple[Any, Any, Any]:
    """log cdf and log sf of the normal part, and the logarithm of what the one gains and the other loses."""
    root, far = 1 / np.sqrt(x), x / mu
    z = root * (far - 1)
    return special.log_ndtr(z), special.log_ndtr(-z), 2 / mu + special.log_ndtr(-root * (far + 1))


def invgauss_logcdf(x: Any, mu: Any) -> Any:
    below, _, more = invgauss_terms(x, mu)
    return below + np.log1p(np.exp(more - below))


def invgauss_logsf(x: Any, mu: Any) -> Any:
    _, above, more = invgauss_terms(x, mu)
    return above + np.log1p(-np.exp(more - above))


halfnorm = Continuous(
    stats.halfnorm,
    support=POSITIVE,
    logpdf=lambda x: LOG_2 + normal_logpdf(x),
    cdf=lambda x: special.erf(x / math.sqrt(2)),
    logsf=lambda x: LOG_2 + special.log_ndtr(-x),
    ppf=lambda q: special.ndtri((1 + q) / 2),
    isf=lambda q: -special.ndtri(q / 2),
)
halfcauchy = Continuous(
    stats.halfcauchy,
    support=POSITIVE,
    logpdf=lambda x: LOG_2 + cauchy_logpdf(x),
    cdf=lambda x: np.arctan(x) * (2 / math.pi),
    sf=lambda x: np.arctan2(1, x) * (2 / math.pi),
    ppf=lambda q: np.tan(math.pi / 2 * q),
    isf=lambda q: 1 / np.tan(math.pi / 2 * q),
)
halflogistic = Continuous(
    stats.halflogistic,
    support=POSITIVE,
    logpdf=lambda x: LOG_2 + logistic_logpdf(x),
    cdf=lambda x: np.tanh(x / 2),
    logsf=lambda x: LOG_2 + special.log_expit(-x),
    ppf=lambda q: 2 * np.arctanh(q),
    isf=lambda q: np.log1p(2 * (1 - q) / q),
)
lognorm = Continuous(
    stats.lognorm,
    support=POSITIVE,
    ends="zero",
    logpdf=lambda x, s: normal_logpdf(np.log(x) / s) - np.log(s * x),
    cdf=lambda x, s: special.ndtr(np.log(x) / s),
    sf=lambda x, s: special.ndtr(-np.log(x) / s),
    logcdf=lambda x, s: special.log_ndtr(np.log(x) / s),
    logsf=lambda x, s: special.log_ndtr(-np.log(x) / s),
    ppf=lambda q, s: np.exp(s * special.ndtri(q)),
    isf=lambda q, s: np.exp(-s * special.ndtri(q)),
)
invgauss = Continuous(
    stats.invgauss,
    support=POSITIVE,
    ends="zero",
    logpdf=invgauss_logpdf,
    logcdf=invgauss_logcdf,
    logsf=invgauss_logsf,
)


# -- Pareto ------------------------------------------------------------------------------------------------------------


def genpareto_support(c: Any) -> tuple[float, Any]:
    return 0.0, np.where(c < 0, -1 / np.where(c == 0, 1, c), math.inf)


pareto = Continuous(
    stats.pareto,
    support=(1.0, math.inf),
    logpdf=lambda x, b: np.log(b) - (b + 1) * np.log(x),
    cdf=lambda x, b: -np.expm1(-b * np.log(x)),
    logsf=lambda x, b: -b * np.log(x),
    ppf=lambda q, b: np.exp(-np.log1p(-q) / b),
    isf=lambda q, b: np.exp(-np.log(q) / b),
)
lomax = Continuous(
    stats.lomax,
    support=POSITIVE,
    logpdf=lambda x, c: np.log(c) - (c + 1) * np.log1p(x),
    cdf=lambda x, c: -np.expm1(-c * np.log1p(x)),
    logsf=lambda x, c: -c * np.log1p(x),
    ppf=lambda q, c: np.expm1(-np.log1p(-q) / c),
    isf=lambda q, c: np.expm1(-np.log(q) / c),
)
genpareto = Continuous(
    stats.genpareto,
    support=genpareto_support,
    ends=("finite", "zero"),
    valid=np.isfinite,
    logpdf=lambda x, c: -np.log1p(c * x) - log1p_over(c, x),
    cdf=lambda x, c: -np.expm1(-log1p_over(c, x)),
    logsf=lambda x, c: -log1p_over(c, x),
    ppf=lambda q, c: -np.log1p(-q) * special.exprel(-c * np.log1p(-q)),
    isf=lambda q, c: -np.log(q) * special.exprel(-c * np.log(q)),
)
fisk = Continuous(
    stats.fisk,
    support=POSITIVE,
    ends="varying",
    logpdf=lambda x, c: np.log(c) + special.xlogy(c - 1, x) - 2 * np.log1p(np.power(x, c)),
    logcdf=lambda x, c: special.log_expit(c * np.log(x)),
    logsf=lambda x, c: special.log_expit(-c * np.log(x)),
    ppf=lambda q, c: np.exp(special.logit(q) / c),
    isf=lambda q, c: np.exp(-special.logit(q) / c),
)
