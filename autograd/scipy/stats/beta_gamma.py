"""Distributions whose cdf is an incomplete gamma or beta function. Formulas are for loc = 0 and scale = 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special, stats

from autograd.scipy.stats.continuous import POSITIVE, UNIT, Continuous
from autograd.scipy.stats.real_line import LOG_2, LOG_PI

__all__ = ["beta", "betaprime", "chi", "chi2", "erlang", "f", "gamma", "invgamma", "maxwell", "nakagami"]

LOG_ROOT_2_OVER_PI = (LOG_2 - LOG_PI) / 2


# -- gamma -------------------------------------------------------------------------------------------------------------


def gamma_logpdf(x: Any, a: Any) -> Any:
    return special.xlogy(a - 1, x) - x - special.gammaln(a)


def chi_logpdf(x: Any, df: Any) -> Any:
    return (1 - df / 2) * LOG_2 - special.gammaln(df / 2) + special.xlogy(df - 1, x) - x * x / 2


def nakagami_logpdf(x: Any, nu: Any) -> Any:
    return LOG_2 + special.xlogy(nu, nu) - special.gammaln(nu) + special.xlogy(2 * nu - 1, x) - nu * x * x


GAMMA: dict[str, Any] = {
    "support": POSITIVE,
    "ends": "varying",
    "logpdf": gamma_logpdf,
    "cdf": lambda x, a: special.gammainc(a, x),
    "sf": lambda x, a: special.gammaincc(a, x),
    "ppf": lambda q, a: special.gammaincinv(a, q),
    "isf": lambda q, a: special.gammainccinv(a, q),
}

gamma = Continuous(stats.gamma, **GAMMA)
erlang = Continuous(stats.erlang, **GAMMA)
chi2 = Continuous(
    stats.chi2,
    support=POSITIVE,
    ends="varying",
    logpdf=lambda x, df: gamma_logpdf(x / 2, df / 2) - LOG_2,
    cdf=lambda x, df: special.gammainc(df / 2, x / 2),
    sf=lambda x, df: special.gammaincc(df / 2, x / 2),
    ppf=lambda q, df: 2 * special.gammaincinv(df / 2, q),
    isf=lambda q, df: 2 * special.gammainccinv(df / 2, q),
)
chi = Continuous(
    stats.chi,
    support=POSITIVE,
    ends="varying",
    logpdf=chi_logpdf,
    cdf=lambda x, df: special.gammainc(df / 2, x * x / 2),
    sf=lambda x, df: special.gammaincc(df / 2, x * x / 2),
    ppf=lambda q, df: np.sqrt(2 * special.gammaincinv(df / 2, q)),
    isf=lambda q, df: np.sqrt(2 * special.gammainccinv(df / 2, q)),
)
maxwell = Continuous(
    stats.maxwell,
    support=POSITIVE,
    ends="zero",
    logpdf=lambda x: LOG_ROOT_2_OVER_PI + 2 * np.log(x) - x * x / 2,
    cdf=lambda x: special.gammainc(1.5, x * x / 2),
    sf=lambda x: special.gammaincc(1.5, x * x / 2),
    ppf=lambda q: np.sqrt(2 * special.gammaincinv(1.5, q)),
    isf=lambda q: np.sqrt(2 * special.gammainccinv(1.5, q)),
)
nakagami = Continuous(
    stats.nakagami,
    support=POSITIVE,
    ends="varying",
    logpdf=nakagami_logpdf,
    cdf=lambda x, nu: special.gammainc(nu, nu * x * x),
    sf=lambda x, nu: special.gammaincc(nu, nu * x * x),
    ppf=lambda q, nu: np.sqrt(special.gammaincinv(nu, q) / nu),
    isf=lambda q, nu: np.sqrt(special.gammainccinv(nu, q) / nu),
)
invgamma = Continuous(
    stats.invgamma,
    support=POSITIVE,
    ends="zero",
    logpdf=lambda x, a: -(a + 1) * np.log(x) - special.gammaln(a) - 1 / x,
    cdf=lambda x, a: special.gammaincc(a, 1 / x),
    sf=lambda x, a: special.gammainc(a, 1 / x),
    ppf=lambda q, a: 1 / special.gammainccinv(a, q),
    isf=lambda q, a: 1 / special.gammaincinv(a, q),
)


# -- beta --------------------------------------------------------------------------------------------------------------


def f_logpdf(x: Any, dfn: Any, dfd: Any) -> Any:
    n, m = dfn / 2, dfd / 2
    logs = m * np.log(dfd) + n * np.log(dfn) - (n + m) * np.log(dfd + dfn * x)
    return logs + special.xlogy(n - 1, x) - special.betaln(n, m)


def betaprime_cdf(x: Any, a: Any, b: Any) -> Any:
    """By x / (1 + x), or where that is near 1 by its complement."""
    is_large = x > 1
    small, large = np.where(is_large, 1, x), np.where(is_large, x, 1)
    return np.where(is_large, special.betaincc(b, a, 1 / (1 + large)), special.betainc(a, b, small / (1 + small)))


def betaprime_sf(x: Any, a: Any, b: Any) -> Any:
    is_large = x > 1
    small, large = np.where(is_large, 1, x), np.where(is_large, x, 1)
    return np.where(is_large, special.betainc(b, a, 1 / (1 + large)), special.betaincc(a, b, small / (1 + small)))


beta = Continuous(
    stats.beta,
    support=UNIT,
    ends="varying",
    logpdf=lambda x, a, b: special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b),
    cdf=lambda x, a, b: special.betainc(a, b, x),
    sf=lambda x, a, b: special.betaincc(a, b, x),
    ppf=lambda q, a, b: special.betaincinv(a, b, q),
    isf=lambda q, a, b: special.betainccinv(a, b, q),
)
betaprime = Continuous(
    stats.betaprime,
    support=POSITIVE,
    ends="zero",
    logpdf=lambda x, a, b: special.xlogy(a - 1, x) - special.xlog1py(a + b, x) - special.betaln(a, b),
    cdf=betaprime_cdf,
    sf=betaprime_sf,
)
f = Continuous(
    stats.f,
    support=POSITIVE,
    ends="varying",
    logpdf=f_logpdf,
    cdf=lambda x, n, m: betaprime_cdf(x * n / m, n / 2, m / 2),
    sf=lambda x, n, m: betaprime_sf(x * n / m, n / 2, m / 2),
)
