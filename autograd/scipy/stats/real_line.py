"""Distributions on the whole real line. Formulas are for loc = 0 and scale = 1; see Continuous."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

from autograd.rules.registry import primitive, rule
from autograd.scipy.stats.continuous import REAL_LINE, Continuous

__all__ = [
    "cauchy", "exponnorm", "genextreme", "gumbel_l", "gumbel_r", "laplace", "logistic", "norm", "skewnorm", "t",
    "vonmises",
]  # fmt: skip

LOG_2, LOG_PI = math.log(2), math.log(math.pi)
LOG_ROOT_TAU = math.log(2 * math.pi) / 2


def normal_logpdf(x: Any) -> Any:
    return -0.5 * x * x - LOG_ROOT_TAU


def cauchy_logpdf(x: Any) -> Any:
    return -LOG_PI - 2 * np.log(np.hypot(1, x))


def cauchy_ppf(q: Any) -> Any:
    """tan(pi (q - 1/2)), near 0 and 1 by the distance from there, whose digits q - 1/2 would lose."""
    tail = np.sign(q - 0.5) / np.tan(math.pi * np.minimum(q, 1 - q))
    is_central = abs(q - 0.5) < 0.25
    return np.where(is_central, np.tan(math.pi * (np.where(is_central, q, 0.5) - 0.5)), tail)


def laplace_cdf(x: Any) -> Any:
    return 0.5 * np.exp(np.minimum(x, 0)) - 0.5 * np.expm1(-np.maximum(x, 0))


def laplace_logcdf(x: Any) -> Any:
    return np.minimum(x, 0) + np.log1p(-0.5 * np.exp(-np.maximum(x, 0)))


def laplace_ppf(q: Any) -> Any:
    return np.log(np.minimum(2 * q, 1)) - np.log(np.minimum(2 * (1 - q), 1))


def logistic_logpdf(x: Any) -> Any:
    """log of expit(x) expit(-x), which is smooth at 0, where -|x| is not."""
    return special.log_expit(x) + special.log_expit(-x)


def t_logpdf(x: Any, df: Any) -> Any:
    is_normal = df == math.inf
    df = np.where(is_normal, 1, df)
    y = np.log(special.poch(df / 2, 0.5)) - 0.5 * np.log(df * math.pi) - (df + 1) / 2 * np.log1p(x * x / df)
    return np.where(is_normal, normal_logpdf(x), y)


def t_cdf(x: Any, df: Any) -> Any:
    """By the incomplete beta function of df / (df + x**2) (Abramowitz and Stegun 26.5.27), or of its complement.

    At 0, where x**2 has no slope and the beta function an infinite one, by the tangent.
    """
    is_normal, square = df == math.inf, x * x
    is_middle, n = square == 0, np.where(is_normal, 1, df)
    is_far = square > n
    tail = np.where(
        is_far,
        special.betainc(n / 2, 0.5, np.where(is_far, n / (n + square), 0.5)),
        special.betaincc(0.5, n / 2, np.where(is_far | is_middle, 0.5, square / (n + square))),
    )
    y = np.where(x < 0, tail / 2, 1 - tail / 2)
    y = np.where(is_middle, 0.5 + x * np.exp(t_logpdf(0 * x, n)), y)
    return np.where(is_normal, special.ndtr(x), y)


def skewnorm_logpdf(x: Any, a: Any) -> Any:
    return LOG_2 + normal_logpdf(x) + special.log_ndtr(a * x)


@primitive
def skewnorm_cdf(x: Any, a: Any) -> Any:
    """ndtr(x) - 2 owens_t(x, a) (Azzalini 1985), by SciPy, which integrates where that would lose the digits."""
    return stats.skewnorm.cdf(x, a)


def skewnorm_cdf_ga(g: Any, x: Any, a: Any) -> Any:
    """-2 times the derivative of owens_t(x, a) by a (Owen 1956, equation 2.2)."""
    b = 1 + a * a
    return g * -np.exp(-0.5 * x * x * b) / (math.pi * b)


rule(skewnorm_cdf, x=lambda g, x, a: g * np.exp(skewnorm_logpdf(x, a)), a=skewnorm_cdf_ga, broadcasts=True)


def exponnorm_logpdf(x: Any, k: Any) -> Any:
    return (0.5 / k - x) / k + special.log_ndtr(x - 1 / k) - np.log(k)


def exponnorm_share(x: Any, k: Any) -> Any:
    """By how much the cdf is less than that of the normal distribution."""
    return np.exp((0.5 / k - x) / k + special.log_ndtr(x - 1 / k))


# -- extreme values ----------------------------------------------------------------------------------------------------


def log1p_over(c: Any, x: Any) -> Any:
    """log(1 + c x) / c, which is x at c = 0, and smooth there: by the inverse of exprel(u) = (exp(u) - 1) / u."""
    return x / special.exprel(np.log1p(c * x))


def genextreme_support(c: Any) -> tuple[Any, Any]:
    one_over = 1 / np.where(c == 0, 1, c)
    return np.where(c < 0, one_over, -math.inf), np.where(c > 0, one_over, math.inf)


def genextreme_quantile(log: Any, c: Any) -> Any:
    """(1 - log**c) / c, which is -log(log) at c = 0."""
    w = -np.log(log)
    return w * special.exprel(-c * w)


def genextreme_logpdf(x: Any, c: Any) -> Any:
    log = -log1p_over(-c, x)
    return log - np.exp(log) - np.log1p(-c * x)


norm = Continuous(
    stats.norm,
    symmetric=True,
    logpdf=normal_logpdf,
    cdf=special.ndtr,
    logcdf=special.log_ndtr,
    ppf=special.ndtri,
)
cauchy = Continuous(
    stats.cauchy,
    support=REAL_LINE,
    symmetric=True,
    logpdf=cauchy_logpdf,
    cdf=lambda x: np.arctan2(1, -x) / math.pi,
    ppf=cauchy_ppf,
)
laplace = Continuous(
    stats.laplace,
    symmetric=True,
    logpdf=lambda x: -abs(x) - LOG_2,
    cdf=laplace_cdf,
    logcdf=laplace_logcdf,
    ppf=laplace_ppf,
)
logistic = Continuous(
    stats.logistic,
    symmetric=True,
    logpdf=logistic_logpdf,
    cdf=special.expit,
    logcdf=special.log_expit,
    ppf=special.logit,
)
t = Continuous(
    stats.t,
    support=REAL_LINE,
    logpdf=t_logpdf,
    cdf=t_cdf,
    sf=lambda x, df: t_cdf(-x, df),
)
gumbel_r = Continuous(
    stats.gumbel_r,
    support=REAL_LINE,
    logpdf=lambda x: -x - np.exp(-x),
    logcdf=lambda x: -np.exp(-x),
    sf=lambda x: -np.expm1(-np.exp(-x)),
    ppf=lambda q: -np.log(-np.log(q)),
    isf=lambda q: -np.log(-np.log1p(-q)),
)
gumbel_l = Continuous(
    stats.gumbel_l,
    support=REAL_LINE,
    logpdf=lambda x: x - np.exp(x),
    cdf=lambda x: -np.expm1(-np.exp(x)),
    logsf=lambda x: -np.exp(x),
    ppf=lambda q: np.log(-np.log1p(-q)),
    isf=lambda q: np.log(-np.log(q)),
)
genextreme = Continuous(
    stats.genextreme,
    support=genextreme_support,
    ends="zero",
    valid=np.isfinite,
    logpdf=genextreme_logpdf,
    logcdf=lambda x, c: -np.exp(-log1p_over(-c, x)),
    sf=lambda x, c: -np.expm1(-np.exp(-log1p_over(-c, x))),
    ppf=lambda q, c: genextreme_quantile(-np.log(q), c),
    isf=lambda q, c: genextreme_quantile(-np.log1p(-q), c),
)
skewnorm = Continuous(
    stats.skewnorm,
    support=REAL_LINE,
    valid=np.isfinite,
    logpdf=skewnorm_logpdf,
    cdf=skewnorm_cdf,
    sf=lambda x, a: skewnorm_cdf(-x, -a),
)
exponnorm = Continuous(
    stats.exponnorm,
    support=REAL_LINE,
    logpdf=exponnorm_logpdf,
    cdf=lambda x, k: special.ndtr(x) - exponnorm_share(x, k),
    sf=lambda x, k: special.ndtr(-x) + exponnorm_share(x, k),
)
vonmises = Continuous(
    stats.vonmises,
    valid=lambda kappa: kappa >= 0,
    logpdf=lambda x, kappa: -2 * kappa * np.square(np.sin(x / 2)) - 2 * LOG_ROOT_TAU - np.log(special.i0e(kappa)),
)
