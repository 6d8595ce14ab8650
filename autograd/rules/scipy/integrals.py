"""Exponential, trigonometric and hyperbolic integrals, the dilogarithm, and the kernel of Dirichlet."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.elementwise import sinc_derivative
from autograd.rules.registry import primitive, rule
from autograd.rules.scipy.convenience import exprel_derivative
from autograd.rules.scipy.shared import of_outputs

diric = primitive(special.diric)


def expn_gx(g: Any, n: Any, x: Any) -> Any:
    """-expn(n - 1, x), where expn(0, x) = exp(-x) / x and expn(-1, x) = exp(-x) (1 + 1/x) / x: DLMF 8.19.13."""
    lowest = np.exp(-x) * (1 + 1 / x) / x
    if isinstance(n, int):
        return -g * (special.expn(n - 1, x) if n > 0 else lowest)
    return -g * np.where(n > 0, special.expn(np.maximum(n - 1, 0), x), lowest)


def sine_ratio(x: Any) -> Any:
    """sin(x) / x; near 0, where that is 0 / 0, by np.sinc, which has derivatives of every order there."""
    near = np.absolute(x) < 1
    away = np.where(near, 1, x)
    return np.where(near, np.sinc(np.where(near, x, 0) / math.pi), np.sin(away) / away)


def hyperbolic_sine_ratio(x: Any) -> Any:
    """sinh(x) / x"""
    return 0.5 * (exprel_derivative(x, 0) + exprel_derivative(-x, 0))


def diric_gx(g: Any, x: Any, n: Any) -> Any:
    """Of sin(n x / 2) / (n sin(x / 2)): with t the distance of x / 2 from the next zero of the sine, plus or minus
    sinc(n t) / sinc(t)."""
    zero = np.rint(x / (2 * math.pi))
    sign = np.where(zero * (n - 1) % 2 == 0, 1, -1).astype(g.dtype)
    t = x / (2 * math.pi) - zero
    upper, lower = np.sinc(n * t), np.sinc(t)
    slope = (n * sinc_derivative(n * t, 1) - upper / lower * sinc_derivative(t, 1)) / lower
    return g * (sign * slope * (0.5 / math.pi))


# fmt: off
rule(special.expn,    n=None, x=expn_gx, broadcasts=True)
rule(special.exp1,    x=lambda g, x: -g * (np.exp(-x) / x))
rule(special.expi,    x=lambda g, x: g * (np.exp(x) / x))
rule(special.sici,    x=lambda g, x: of_outputs(g, lambda: sine_ratio(x), lambda: np.cos(x) / x), several=True)
rule(special.shichi,  x=lambda g, x: of_outputs(g, lambda: hyperbolic_sine_ratio(x), lambda: np.cosh(x) / x), several=True)
rule(special.spence,  x=lambda g, x: -g / exprel_derivative(np.log(x), 0))
rule(diric,           x=diric_gx, n=None, broadcasts=True)
