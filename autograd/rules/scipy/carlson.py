"""Carlson's symmetric elliptic integrals, and the arithmetic-geometric mean.

All are integrals over t > 0 of powers of t + a, t + b, ... (DLMF 19.16), and so are their derivatives, which lower one
of the powers by 1 (DLMF 19.18). What SciPy has of these is taken from there; the rest, which second derivatives need, is
`carlson_integral`. Formulas that make it of R_F and R_D divide by differences of the arguments, and these are 0 at
m = 0 in elliptic integrals; they serve where the integral is a principal value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.duck_arrays import opaque
from autograd.rules.registry import primitive, rule

DIGITS = 48  # as a power of e: what is left out is 1e-21 of the integral, or more of it the higher its powers are
AT_ONCE = 2**16  # numbers in an array of some hundred points for each of some integrals
NEAREST = 0.05  # radians to the negative numbers, the cut of these functions: closer to them digits are lost

Powers = tuple[float, ...]


@primitive
def carlson_integral(a: Any, b: Any, c: Any, p: Any, powers: Powers) -> Any:
    """The integral over t > 0 of (t + a)**-powers[0] (t + b)**-powers[1] (t + c)**-powers[2] (t + p)**-powers[3].

    a, b, c, p  numbers that are not negative, or complex; they broadcast.

    inf where it does not converge at t = 0; the sum of the powers must be above 1, or it did not at infinity.
    """
    return opaque(integral, a, b, c, p, powers)


def integral(a: Any, b: Any, c: Any, p: Any, powers: Powers) -> Any:
    """By the trapezoidal rule in log t: the integrand is analytic there and falls exponentially at both ends, so the error
    falls exponentially with the number of points (Trefethen and Weideman, SIAM Review 56, 2014, section 5)."""
    dtype = np.result_type(a, b, c, p)
    arrays = np.broadcast_arrays(a, b, c, p)
    arguments = np.stack([x for x, power in zip(arrays, powers, strict=True) if power])
    arguments = arguments.astype(complex if dtype.kind == "c" else float).reshape(len(arguments), -1)
    exponents, total = np.array([power for power in powers if power])[:, None], sum(powers)
    largest = np.max(np.absolute(arguments), axis=0)  # is taken out: the powers of large numbers would overflow
    with np.errstate(all="ignore"):
        arguments = arguments / largest
        power_at_zero = np.sum(exponents * (arguments == 0), axis=0)
        t, step = points(arguments, np.max(power_at_zero, initial=0), total)
        y = np.empty_like(arguments[0])
        width = max(1, AT_ONCE // len(t))
        for k in range(0, len(y), width):
            factors = (t + arguments[:, k : k + width, None]) ** -exponents[..., None]
            y[k : k + width] = np.prod(factors, axis=0) @ (step * t)
        y = np.where(power_at_zero < 1, y, np.inf) * largest ** (1 - total)
    return y.astype(dtype).reshape(arrays[0].shape)


def points(arguments: Any, power_at_zero: float, total: float) -> tuple[Any, float]:
    """Where the integrand is evaluated, t, and the step from each point to the next in log t."""
    size = np.absolute(arguments)
    angle = np.max(np.absolute(np.angle(arguments)), where=np.isfinite(size), initial=0)
    step = 2 * math.pi * max(math.pi - angle, NEAREST) / DIGITS
    low = math.log(np.min(size, where=size > 0, initial=1)) - DIGITS / max(1 - power_at_zero, 0.5)
    count = math.ceil((DIGITS / (total - 1) - low) / step)
    return np.exp(low + step * np.arange(count)), step


def integral_gx(k: int) -> Callable[..., Any]:
    """The rule of carlson_integral for its k-th argument."""

    def gx(g: Any, a: Any, b: Any, c: Any, p: Any, powers: Powers) -> Any:
        lower = tuple(power + 1 if j == k else power for j, power in enumerate(powers))
        return g * (-powers[k] * carlson_integral(a, b, c, p, lower))

    return gx


def is_principal(p: Any) -> Any:
    """Where the integral is a principal value, because t + p is 0 on its way."""
    return (np.real(p) < 0) & (np.imag(p) == 0)


def but(a: Any, at: Any) -> Any:
    """a, but 1 where `at` holds. Python's numbers stay such, or float32 would become float64."""
    return np.where(at, 1, a) if hasattr(a, "dtype") else 1.0 if at else a


def elliprc_ga(g: Any, a: Any, b: Any, y: Any) -> Any:
    """-R_D(b, b, a) / 6; of a principal value (R_C - 1 / sqrt(a)) / (2 (b - a)), which is the same."""
    at = is_principal(b)
    inside = but(b, at)
    slope = (y - 1 / np.sqrt(but(a, ~at))) / (2 * but(b - a, ~at))
    return g * np.where(at, slope, special.elliprd(inside, inside, a) / -6)


def elliprc_gb(g: Any, a: Any, b: Any, y: Any) -> Any:
    """-R_D(a, b, b) / 3; of a principal value by Euler's theorem: R_C is homogeneous of degree -1/2."""
    at = is_principal(b)
    inside = but(b, at)
    slope = -(0.5 * y + elliprc_ga(a, a, b, y)) / but(b, ~at)
    return g * np.where(at, slope, special.elliprd(a, inside, inside) / -3)


def elliprj_principal(a: Any, b: Any, c: Any, p: Any, y: Any) -> Any:
    """The derivative by a of a principal value, by partial fractions of 1 / ((t + a) (t + p))."""
    return (y - special.elliprd(b, c, a)) / (2 * (p - a))


def elliprj_ga(g: Any, a: Any, b: Any, c: Any, p: Any, y: Any) -> Any:
    at = is_principal(p)
    slope = elliprj_principal(a, b, c, -but(-p, ~at), y)
    return g * np.where(at, slope, -0.75 * carlson_integral(a, b, c, but(p, at), (1.5, 0.5, 0.5, 1.0)))


def elliprj_gp(g: Any, a: Any, b: Any, c: Any, p: Any, y: Any) -> Any:
    """Of a principal value by Euler's theorem: R_J is homogeneous of degree -3/2."""
    at = is_principal(p)
    below = -but(-p, ~at)
    x = [but(each, each == 0) for each in (a, b, c)]  # of 0 the product is 0, though the derivative is infinite
    others = [elliprj_principal(x[k], x[k - 1], x[k - 2], below, y) for k in range(3)]
    slope = -(1.5 * y + a * others[0] + b * others[1] + c * others[2]) / below
    return g * np.where(at, slope, -1.5 * carlson_integral(a, b, c, but(p, at), (0.5, 0.5, 0.5, 2.0)))


def elliprd_ga(g: Any, a: Any, b: Any, c: Any) -> Any:
    return g * (-0.75 * carlson_integral(a, b, c, 1.0, (1.5, 0.5, 1.5, 0.0)))


def elliprg_ga(g: Any, a: Any, b: Any, c: Any) -> Any:
    """R_G is of degree 1/2: t stands in the numerator, as (t + 0)**1."""
    return g * (0.125 * carlson_integral(a, b, c, 0.0, (1.5, 0.5, 0.5, -1.0)))


def agm_ga(g: Any, a: Any, b: Any, y: Any) -> Any:
    """Of y = pi / (2 R_F(0, a**2, b**2)), DLMF 19.22.9: it has the sign of both."""
    return g * (a * y * np.absolute(y) * special.elliprd(0.0, b * b, a * a) * (2 / (3 * math.pi)))


# fmt: off
rule(special.elliprf, a=lambda g, a, b, c: g * special.elliprd(b, c, a) / -6,
                      b=lambda g, a, b, c: g * special.elliprd(a, c, b) / -6,
                      c=lambda g, a, b, c: g * special.elliprd(a, b, c) / -6, broadcasts=True)
rule(special.elliprd, a=elliprd_ga,
                      b=lambda g, a, b, c: elliprd_ga(g, b, a, c),
                      c=lambda g, a, b, c: g * (-2.25 * carlson_integral(a, b, c, 1.0, (0.5, 0.5, 2.5, 0.0))), broadcasts=True)
rule(special.elliprg, a=elliprg_ga,
                      b=lambda g, a, b, c: elliprg_ga(g, b, a, c),
                      c=lambda g, a, b, c: elliprg_ga(g, c, a, b), broadcasts=True)
rule(special.elliprj, a=elliprj_ga,
                      b=lambda g, a, b, c, p, y: elliprj_ga(g, b, a, c, p, y),
                      c=lambda g, a, b, c, p, y: elliprj_ga(g, c, a, b, p, y),
                      p=elliprj_gp, broadcasts=True)
rule(special.elliprc, a=elliprc_ga, b=elliprc_gb, broadcasts=True)
rule(carlson_integral, a=integral_gx(0), b=integral_gx(1), c=integral_gx(2), p=integral_gx(3), broadcasts=True)
rule(special.agm,     a=agm_ga, b=lambda g, a, b, y: agm_ga(g, b, a, y), broadcasts=True)
