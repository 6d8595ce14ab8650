"""The Struve functions H and L, and their integrals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.floats import as_float
from autograd.rules.scipy.shared import around_0, even_series

ORDER = "the derivative of a Struve function by its order has no closed form"
# Of the power series of H0(x) / x (DLMF 11.2.1) as many as count for |x| < 1, in two derivatives, too
OF_H0 = [(-1) ** k * 2 / math.pi / math.prod(range(1, 2 * k + 2, 2)) ** 2 for k in range(11)]


def struve_gx(fn: np.ufunc, sign: int) -> Any:
    """By the recurrences of DLMF 11.4(v), where the sign is that of the order above.

    Near 0 by that which has no division by x; away from 0 by the other, in which nothing cancels. The first makes the
    derivative of order -1 inf - inf at x = 0: that stays NaN, but order 0 is written without it.
    """

    def gx(g: Any, v: Any, x: Any) -> Any:
        v = as_float(v, g)
        other = np.where(v == 0, 1, v)

        def near(x: Any) -> Any:
            power = np.power(0.5 * x, v) * (special.rgamma(v + 1.5) / math.sqrt(math.pi))
            above = sign * fn(v + 1, x)
            return np.where(v == 0, power + above, 0.5 * (fn(other - 1, x) + above + power))

        return g * around_0(x, near, lambda x: fn(v - 1, x) - v * fn(v, x) / x)

    return gx


def h0_ratio(x: Any) -> Any:
    """H0(x) / x"""
    return around_0(x, lambda x: even_series(x, OF_H0), lambda x: special.struve(0, x) / x)


# fmt: off
rule(special.struve,        v=ORDER, x=struve_gx(special.struve, -1),    broadcasts=True)
rule(special.modstruve,     v=ORDER, x=struve_gx(special.modstruve, 1),  broadcasts=True)
rule(special.itstruve0,     x=lambda g, x: g * special.struve(0, x))
rule(special.itmodstruve0,  x=lambda g, x: g * special.modstruve(0, x))
rule(special.it2struve0,    x=lambda g, x: -g * h0_ratio(x))
