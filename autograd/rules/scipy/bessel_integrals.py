"""Integrals of Bessel functions: the derivative is the integrand."""

from __future__ import annotations

import math
from typing import Any

from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.floats import as_float
from autograd.rules.scipy.shared import around_0, even_series, of_outputs

# Of the power series (DLMF 10.8.2, 10.25.2) as many as count for |x| < 1, in two derivatives, too
OF_I0 = [1 / (4 ** (k + 1) * math.factorial(k + 1) ** 2) for k in range(11)]
OF_J0 = [(-1) ** k * coefficient for k, coefficient in enumerate(OF_I0)]
POWER = "its derivative by the power lmb, the integral with a factor log(x), has no closed form"
ORDER = "the derivative of a Bessel function by its order has no closed form"


def i0_less_1(x: Any) -> Any:
    """(I0(x) - 1) / x"""
    return around_0(x, lambda x: x * even_series(x, OF_I0), lambda x: (special.i0(x) - 1) / x)


def j0_from_1(x: Any) -> Any:
    """(1 - J0(x)) / x"""
    return around_0(x, lambda x: x * even_series(x, OF_J0), lambda x: (1 - special.j0(x)) / x)


def besselpoly_ga(g: Any, a: Any, lmb: Any, nu: Any) -> Any:
    """Of the integral of x**lmb J(nu, 2 a x) from 0 to 1: from a = 1 on integrated by parts, which loses no digits."""
    lmb, nu = as_float(lmb, g), as_float(nu, g)
    return g * around_0(
        a,
        lambda a: special.besselpoly(a, lmb + 1, nu - 1) - special.besselpoly(a, lmb + 1, nu + 1),
        lambda a: (special.jv(nu, 2 * a) - (lmb + 1) * special.besselpoly(a, lmb, nu)) / a,
    )


# fmt: off
rule(special.iti0k0,      x=lambda g, x: of_outputs(g, lambda: special.i0(x), lambda: special.k0(x)), several=True)
rule(special.itj0y0,      x=lambda g, x: of_outputs(g, lambda: special.j0(x), lambda: special.y0(x)), several=True)
rule(special.it2i0k0,     x=lambda g, x: of_outputs(g, lambda: i0_less_1(x), lambda: -special.k0(x) / x), several=True)
rule(special.it2j0y0,     x=lambda g, x: of_outputs(g, lambda: j0_from_1(x), lambda: -special.y0(x) / x), several=True)
rule(special.besselpoly,  a=besselpoly_ga, lmb=POWER, nu=ORDER, broadcasts=True)
