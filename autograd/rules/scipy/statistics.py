"""Distribution functions, and what is found from a probability: raw statistical functions.

Most are incomplete gamma and beta functions. Of an inverse, y with F(y, ...) = p, the derivative in p is 1 / F', and in
another argument less its slope divided by F'. A whole number that SciPy rounds off has no gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import primitive, rule
from autograd.rules.scipy.convenience import boxcox_slope
from autograd.rules.scipy.densities import beta_density, gamma_density
from autograd.rules.scipy.error_functions import PEAK
from autograd.rules.scipy.floats import as_float
from autograd.rules.scipy.incomplete_parameters import betainc_derivative, gammainc_derivative

# -- Poisson's and the binomial distributions: their functions go on between whole numbers -----------------------------


def poisson_m(g: Any, k: Any, m: Any) -> Any:
    """The density of gammaincc(k + 1, m), which falls with m."""
    return gamma_density(np.floor(as_float(k, g)) + 1, m)


def binomial_p(g: Any, k: Any, n: Any, p: Any) -> Any:
    """The density of 1 - betainc(k + 1, n - k, p), which falls with p."""
    k = np.floor(as_float(k, g))
    return beta_density(k + 1, n - k, p)


def binomial_k(k: Any, n: Any, p: Any) -> Any:
    return -betainc_derivative(k + 1, n - k, p, m=1, n=0) - binomial_n(k, n, p)


def binomial_n(k: Any, n: Any, p: Any) -> Any:
    return -betainc_derivative(k + 1, n - k, p, m=0, n=1)


def negative_binomial_p(g: Any, k: Any, n: Any, p: Any) -> Any:
    """The density of betainc(n, k + 1, p)."""
    return beta_density(n, np.floor(as_float(k, g)) + 1, p)


def negative_binomial_k(k: Any, n: Any, p: Any) -> Any:
    return betainc_derivative(n, k + 1, p, m=0, n=1)


def negative_binomial_n(k: Any, n: Any, p: Any) -> Any:
    return betainc_derivative(n, k + 1, p, m=1, n=0)


# -- Fisher's and Student's --------------------------------------------------------------------------------------------


def fisher_parts(n: Any, d: Any, x: Any) -> tuple[Any, ...]:
    """Of betainc(n / 2, d / 2, w): its arguments, with 1 - w, and the density times w (1 - w)."""
    size = d + n * x
    at = n / 2, d / 2, n * x / size, d / size
    return at, beta_density(*at) * at[2] * at[3]


def fisher_x(n: Any, d: Any, x: Any) -> Any:
    return fisher_parts(n, d, x)[1] / x


def fisher_n(n: Any, d: Any, x: Any) -> Any:
    at, density = fisher_parts(n, d, x)
    return 0.5 * betainc_derivative(*at, m=1, n=0) + density / n


def fisher_d(n: Any, d: Any, x: Any) -> Any:
    at, density = fisher_parts(n, d, x)
    return 0.5 * betainc_derivative(*at, m=0, n=1) - density / d


def student_t(df: Any, t: Any) -> Any:
    """The density."""
    return np.exp(-0.5 * (df + 1) * np.log1p(t * t / df)) / (special.beta(df / 2, as_float(0.5, df)) * np.sqrt(df))


def student_parts(df: Any, t: Any) -> tuple[Any, ...]:
    """Of (1 + betainc(1/2, df / 2, q)) / 2, which is that of t > 0: its arguments, with 1 - q, and the density times q."""
    square = np.where(t == 0, 1, t * t)  # at 0 the sign of t makes it 0
    size = df + square
    at = as_float(0.5, t), df / 2, square / size, df / size
    return at, beta_density(*at) * at[2]


@primitive
def student_df(df: Any, t: Any) -> Any:
    """The derivative of stdtr(df, t) in df. The larger df, the more digits it loses; at t = 0 its own derivatives are
    right once."""
    at, density = student_parts(df, t)
    return 0.5 * np.sign(t) * (0.5 * betainc_derivative(*at, m=0, n=1) - density * at[3] / df)


def student_df_gdf(g: Any, df: Any, t: Any) -> Any:
    at, density = student_parts(df, t)
    _, b, q, p = at
    logarithm = np.log(p) + special.psi(b + 0.5) - special.psi(b)
    second = density * p / df * ((1.5 * p - (b - 1) * q) / df - logarithm)
    return g * (0.5 * np.sign(t) * (0.25 * betainc_derivative(*at, m=0, n=2) + second))


def student_df_gt(g: Any, df: Any, t: Any) -> Any:
    """The derivative of the density in df."""
    square = t * t
    logarithm = special.psi(df / 2 + 0.5) - special.psi(df / 2) - 1 / df - np.log1p(square / df)
    return g * (0.5 * student_t(df, t) * (logarithm + (df + 1) * square / (df * (df + square))))


# -- others ------------------------------------------------------------------------------------------------------------


def tukey_slope(lmbda: Any, y: Any) -> Any:
    """Of the probability y: of x = (y**lmbda - (1 - y)**lmbda) / lmbda; 0 where it is 0 or 1."""
    inside = (y > 0) & (y < 1)
    p = np.where(inside, y, 0.5)
    return np.where(inside, 1 / (np.power(p, lmbda - 1) + np.power(1 - p, lmbda - 1)), 0 * y)


def tukey_glmbda(g: Any, lmbda: Any, y: Any) -> Any:
    lmbda = as_float(lmbda, g)
    p = np.where((y > 0) & (y < 1), y, 0.5)
    return -g * tukey_slope(lmbda, y) * (boxcox_slope(np.log(p), lmbda) - boxcox_slope(np.log1p(-p), lmbda))


def normal(z: Any) -> Any:
    return PEAK * np.exp(-0.5 * z * z)


def as_floats(g: Any, *xs: Any) -> Any:
    return [as_float(x, g) for x in xs]


# fmt: off
# Discrete distributions
rule(special.pdtr,      k=None,  m=lambda g, k, m: -g * poisson_m(g, k, m), broadcasts=True)
rule(special.pdtrc,     k=None,  m=lambda g, k, m: g * poisson_m(g, k, m), broadcasts=True)
rule(special.pdtri,     k=None,  p=lambda g, k, y: -g / poisson_m(g, k, y), broadcasts=True)
rule(special.pdtrik,    p=lambda g, m, y: -g / gammainc_derivative(y + 1, m, 1),  m=lambda g, m, y: -g * gamma_density(y + 1, m) / gammainc_derivative(y + 1, m, 1), broadcasts=True)
rule(special.bdtr,      k=None, n=None,  p=lambda g, k, n, p: -g * binomial_p(g, k, n, p), broadcasts=True)
rule(special.bdtrc,     k=None, n=None,  p=lambda g, k, n, p: g * binomial_p(g, k, n, p), broadcasts=True)
rule(special.bdtri,     k=None, n=None,  p=lambda g, k, n, y: -g / binomial_p(g, k, n, y), broadcasts=True)
rule(special.bdtrik,    p=lambda g, n, x, y: g / binomial_k(y, n, x),  n=lambda g, n, x, y: -g * binomial_n(y, n, x) / binomial_k(y, n, x),
     x=lambda g, n, x, y: g * beta_density(y + 1, n - y, x) / binomial_k(y, n, x), broadcasts=True)
rule(special.bdtrin,    k=lambda g, k, x, y: -g * binomial_k(k, y, x) / binomial_n(k, y, x),  p=lambda g, k, x, y: g / binomial_n(k, y, x),
     x=lambda g, k, x, y: g * beta_density(k + 1, y - k, x) / binomial_n(k, y, x), broadcasts=True)
rule(special.nbdtr,     k=None, n=None,  p=lambda g, k, n, p: g * negative_binomial_p(g, k, n, p), broadcasts=True)
rule(special.nbdtrc,    k=None, n=None,  p=lambda g, k, n, p: -g * negative_binomial_p(g, k, n, p), broadcasts=True)
rule(special.nbdtri,    k=None, n=None,  p=lambda g, k, n, y: g / negative_binomial_p(g, k, n, y), broadcasts=True)
rule(special.nbdtrik,   p=lambda g, n, x, y: g / negative_binomial_k(y, n, x),  n=lambda g, n, x, y: -g * negative_binomial_n(y, n, x) / negative_binomial_k(y, n, x),
     x=lambda g, n, x, y: -g * beta_density(n, y + 1, x) / negative_binomial_k(y, n, x), broadcasts=True)
rule(special.nbdtrin,   k=lambda g, k, x, y: -g * negative_binomial_k(k, y, x) / negative_binomial_n(k, y, x),  p=lambda g, k, x, y: g / negative_binomial_n(k, y, x),
     x=lambda g, k, x, y: -g * beta_density(y, k + 1, x) / negative_binomial_n(k, y, x), broadcasts=True)

# The chi-square and the gamma distribution: gammainc(v / 2, x / 2), gammainc(b, a x)
rule(special.chdtr,     v=lambda g, v, x: g * (0.5 * gammainc_derivative(v / 2, x / 2, 1)),   x=lambda g, v, x: g * (0.5 * gamma_density(v / 2, x / 2)), broadcasts=True)
rule(special.chdtrc,    v=lambda g, v, x: g * (-0.5 * gammainc_derivative(v / 2, x / 2, 1)),  x=lambda g, v, x: g * (-0.5 * gamma_density(v / 2, x / 2)), broadcasts=True)
rule(special.chdtri,    v=lambda g, v, y: -g * gammainc_derivative(v / 2, y / 2, 1) / gamma_density(v / 2, y / 2),  p=lambda g, v, y: -2 * g / gamma_density(v / 2, y / 2), broadcasts=True)
rule(special.chdtriv,   p=lambda g, x, y: 2 * g / gammainc_derivative(y / 2, x / 2, 1),  x=lambda g, x, y: -g * gamma_density(y / 2, x / 2) / gammainc_derivative(y / 2, x / 2, 1), broadcasts=True)
rule(special.gdtr,      a=lambda g, a, b, x: g * (x * gamma_density(b, a * x)),   b=lambda g, a, b, x: g * gammainc_derivative(b, a * x, 1),   x=lambda g, a, b, x: g * (a * gamma_density(b, a * x)), broadcasts=True)
rule(special.gdtrc,     a=lambda g, a, b, x: -g * (x * gamma_density(b, a * x)),  b=lambda g, a, b, x: -g * gammainc_derivative(b, a * x, 1),  x=lambda g, a, b, x: -g * (a * gamma_density(b, a * x)), broadcasts=True)
rule(special.gdtria,    p=lambda g, b, x, y: g / (x * gamma_density(b, y * x)),  b=lambda g, b, x, y: -g * gammainc_derivative(b, y * x, 1) / (x * gamma_density(b, y * x)),
     x=lambda g, x, y: -g * y / x, broadcasts=True)
rule(special.gdtrib,    a=lambda g, a, x, y: -g * (x * gamma_density(y, a * x)) / gammainc_derivative(y, a * x, 1),  p=lambda g, a, x, y: g / gammainc_derivative(y, a * x, 1),
     x=lambda g, a, x, y: -g * (a * gamma_density(y, a * x)) / gammainc_derivative(y, a * x, 1), broadcasts=True)
rule(special.gdtrix,    a=lambda g, a, y: -g * y / a,  b=lambda g, a, b, y: -g * gammainc_derivative(b, a * y, 1) / (a * gamma_density(b, a * y)),
     p=lambda g, a, b, y: g / (a * gamma_density(b, a * y)), broadcasts=True)

# Fisher's, Student's and the beta distribution
rule(special.fdtr,      n=lambda g, n, d, x: g * fisher_n(n, d, x),  d=lambda g, n, d, x: g * fisher_d(n, d, x),  x=lambda g, n, d, x: g * fisher_x(n, d, x), broadcasts=True)
rule(special.fdtrc,     n=lambda g, n, d, x: -g * fisher_n(n, d, x),  d=lambda g, n, d, x: -g * fisher_d(n, d, x),  x=lambda g, n, d, x: -g * fisher_x(n, d, x), broadcasts=True)
rule(special.fdtri,     n=lambda g, n, d, y: -g * fisher_n(n, d, y) / fisher_x(n, d, y),  d=lambda g, n, d, y: -g * fisher_d(n, d, y) / fisher_x(n, d, y),
     p=lambda g, n, d, y: g / fisher_x(n, d, y), broadcasts=True)
rule(special.fdtridfd,  n=lambda g, n, x, y: -g * fisher_n(n, y, x) / fisher_d(n, y, x),  p=lambda g, n, x, y: g / fisher_d(n, y, x),
     x=lambda g, n, x, y: -g * fisher_x(n, y, x) / fisher_d(n, y, x), broadcasts=True)
rule(special.stdtr,     df=lambda g, df, t: g * student_df(*as_floats(g, df, t)),  t=lambda g, df, t: g * student_t(*as_floats(g, df, t)), broadcasts=True)
rule(student_df,        df=student_df_gdf,  t=student_df_gt, broadcasts=True)
rule(special.stdtrit,   df=lambda g, df, y: -g * student_df(df, y) / student_t(df, y),  p=lambda g, df, y: g / student_t(as_float(df, g), y), broadcasts=True)
rule(special.stdtridf,  p=lambda g, t, y: g / student_df(y, as_float(t, g)),  t=lambda g, t, y: -g * student_t(y, t) / student_df(y, t), broadcasts=True)
rule(special.btdtria,   p=lambda g, b, x, y: g / betainc_derivative(y, b, x, m=1, n=0),  b=lambda g, b, x, y: -g * betainc_derivative(y, b, x, m=0, n=1) / betainc_derivative(y, b, x, m=1, n=0),
     x=lambda g, b, x, y: -g * beta_density(y, b, x) / betainc_derivative(y, b, x, m=1, n=0), broadcasts=True)
rule(special.btdtrib,   a=lambda g, a, x, y: -g * betainc_derivative(a, y, x, m=1, n=0) / betainc_derivative(a, y, x, m=0, n=1),  p=lambda g, a, x, y: g / betainc_derivative(a, y, x, m=0, n=1),
     x=lambda g, a, x, y: -g * beta_density(a, y, x) / betainc_derivative(a, y, x, m=0, n=1), broadcasts=True)

# The normal distribution with a probability p at x, and Tukey's
rule(special.nrdtrimn,  p=lambda g, sd, x, y: -g * sd / normal((x - y) / sd),  sd=lambda g, sd, x, y: g * ((y - x) / sd),  x=lambda g: g, broadcasts=True)
rule(special.nrdtrisd,  mean=lambda g, mean, x, y: -g * y / (x - mean),  p=lambda g, mean, x, y: -g * y * y / ((x - mean) * normal((x - mean) / y)),
     x=lambda g, mean, x, y: g * y / (x - mean), broadcasts=True)
rule(special.tklmbda,   x=lambda g, lmbda, y: g * tukey_slope(as_float(lmbda, g), y),  lmbda=tukey_glmbda, broadcasts=True, convention="0 outside of its support")
