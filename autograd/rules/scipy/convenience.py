"""Convenience functions: elementary ones, computed where the plain formula would lose digits or divide 0 by 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from autograd.rules.duck_arrays import opaque
from autograd.rules.elementwise import DEGREE, LN2, LN10, power_ga, power_gb
from autograd.rules.registry import primitive, rule
from autograd.rules.scipy.floats import as_float


@primitive
def exprel_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of (exp(x) - 1) / x, also of complex x: the integral of t**n exp(x t) from 0 to 1."""
    return opaque(compute_exprel_derivative, x, n)


def compute_exprel_derivative(x: Any, n: int) -> Any:
    """By a series for small x, of which no term cancels another (DLMF 13.2.2, 13.2.39), and by parts for large x."""
    wide = x.astype(complex if x.dtype.kind == "c" else float)
    small, rises = np.absolute(wide) <= n + 1, wide.real > 0
    near, away = np.where(small, wide, 0), np.where(small, 1, wide)
    size = np.where(rises, near, -near)
    rising, falling = np.zeros_like(near), np.zeros_like(near)
    for k in reversed(range(30 + 4 * n)):
        rising = 1 / (n + 1 + k) + rising * size / (k + 1)
        falling = (1 + falling * size) / (n + 1 + k)  # less a factor exp(x)
    with np.errstate(over="ignore", invalid="ignore"):
        end = np.exp(np.where(rises, 0, away))
        toward = np.where(rises, -away, away)
        y = np.expm1(toward) / toward
        for k in range(1, n + 1):
            y = (end - k * y) / away
        y = np.where(small, np.where(rises, rising, falling * np.exp(near)), y * np.exp(np.where(rises, away, 0)))
    return np.where(wide == np.inf, np.inf, y).astype(x.dtype)


def boxcox_glmbda(g: Any, x: Any, lmbda: Any) -> Any:
    """Of boxcox(x) = log(x) exprel(lmbda log(x)); 1 / lmbda**2 at x = 0."""
    x, lmbda = as_float(x, g), as_float(lmbda, g)
    zero = (x == 0) & (lmbda > 0)
    logarithm, power = np.log(np.where(zero, 1, x)), np.where(zero, lmbda, 1)
    return g * np.where(zero, 1 / (power * power), boxcox_slope(logarithm, lmbda))


def boxcox_slope(logarithm: Any, lmbda: Any) -> Any:
    return logarithm * logarithm * exprel_derivative(lmbda * logarithm, 1)


def inverse_logarithm(y: Any, lmbda: Any) -> Any:
    """log(x) where y = boxcox(x, lmbda): log(1 + lmbda y) / lmbda, and y for lmbda = 0."""
    return y / special.exprel(np.log1p(lmbda * y))


def inv_boxcox_gx(g: Any, x: Any, lmbda: Any) -> Any:
    return g * np.exp((1 - lmbda) * inverse_logarithm(x, lmbda))


def inv_boxcox_glmbda(g: Any, x: Any, lmbda: Any) -> Any:
    return -inv_boxcox_gx(g, x, lmbda) * boxcox_slope(inverse_logarithm(x, lmbda), lmbda)


# fmt: off
rule(special.cbrt,           x=lambda g, y: g / (3 * y * y))
rule(special.exp2,           x=lambda g, y: g * (y * LN2))
rule(special.exp10,          x=lambda g, y: g * (y * LN10))
rule(special.expm1,          x=lambda g, x: g * np.exp(x))
rule(special.log1p,          x=lambda g, x: g / (1 + x))
rule(special.cosm1,          x=lambda g, x: -g * np.sin(x))
rule(special.powm1,          a=power_ga,  b=lambda g, a, y: power_gb(g, a, y + 1), broadcasts=True, convention="as power")
rule(special.exprel,         x=lambda g, x: g * exprel_derivative(x, 1))
rule(exprel_derivative,      x=lambda g, x, n: g * exprel_derivative(x, n + 1))
rule(special.radian,         d=lambda g: g * DEGREE,  m=lambda g: g * (DEGREE / 60),  s=lambda g: g * (DEGREE / 3600), broadcasts=True)
rule(special.sindg,          x=lambda g, x: g * (DEGREE * special.cosdg(x)))
rule(special.cosdg,          x=lambda g, x: g * (-DEGREE * special.sindg(x)))
rule(special.tandg,          x=lambda g, y: g * (DEGREE * (1 + y * y)))
rule(special.cotdg,          x=lambda g, y: g * (-DEGREE * (1 + y * y)))

rule(special.expit,          x=lambda g, x, y: g * (y * special.expit(-x)))
rule(special.log_expit,      x=lambda g, x: g * special.expit(-x))
rule(special.logit,          x=lambda g, x: g / (x * (1 - x)))
rule(special.boxcox,         x=lambda g, x, lmbda: g * np.power(x, lmbda - 1),                 lmbda=boxcox_glmbda, broadcasts=True)
rule(special.boxcox1p,       x=lambda g, x, lmbda: g * np.exp((lmbda - 1) * np.log1p(x)),      lmbda=lambda g, x, lmbda: g * boxcox_slope(np.log1p(x), lmbda), broadcasts=True)
rule(special.inv_boxcox,     x=inv_boxcox_gx,  lmbda=inv_boxcox_glmbda, broadcasts=True)
rule(special.inv_boxcox1p,   x=inv_boxcox_gx,  lmbda=inv_boxcox_glmbda, broadcasts=True)
