"""GELU, x times the probability that a normal variable is at most x; and that probability, which NumPy lacks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.nn.functional.activations import AnyArray, sigmoid
from autograd.nn.functional.pieces import elementwise, pieces
from autograd.nn.functional.precision import of_floats
from autograd.rules import primitive, rule
from autograd.rules.duck_arrays import opaque

PHI_0 = 1 / math.sqrt(2 * math.pi)  # the normal density at 0
SQRT_2_PI, CUBIC = math.sqrt(2 / math.pi), 0.044715

# The tail beyond a >= 0, over exp(-a**2 / 2).
# float32: Abramowitz and Stegun 1964, 7.1.26, a polynomial in t = 1 / (1 + P a) without a constant term, to 7.5e-8.
P = 0.3275911 * math.sqrt(0.5)
TAIL_SINGLE = tuple(0.5 * c for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))
# float64: Hart et al. 1968, number 5666, a quotient of polynomials in a, to 2e-17 (as given by West 2005, Wilmott
# magazine, "Better approximations to cumulative normal functions").
TAIL_OVER = (
    3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
    220.206867912376,
)  # fmt: skip
TAIL_UNDER = (
    8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
    793.826512519948, 440.413735824752,
)  # fmt: skip


def polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """By Horner's rule, in place."""
    y = x * coefficients[0]
    for coefficient in coefficients[1:-1]:
        y += coefficient
        y *= x
    y += coefficients[-1]
    return y


def normal_cdf(x: Any) -> tuple[Any, Any]:
    """Of an array of float32 or float64: the probability that a normal variable is at most x, and exp(-x**2 / 2)."""
    density = np.square(x)
    density *= -0.5
    np.exp(density, out=density)
    a = np.absolute(x)
    if x.dtype == np.float32:
        a *= P
        a += 1
        t = np.reciprocal(a, out=a)
        tail = polynomial(TAIL_SINGLE, t)
        tail *= t
    else:
        np.minimum(a, 40, out=a)  # a quotient of infinities would be NaN, and the tail is 0 from here on
        tail = polynomial(TAIL_OVER, a)
        tail /= polynomial(TAIL_UNDER, a)
    tail *= density
    np.subtract(0.5, tail, out=tail)
    p = np.copysign(tail, x, out=tail)
    p += 0.5
    return p, density


# -- GELU --------------------------------------------------------------------------------------------------------------


def gelu(x: AnyArray, approximate: str = "none") -> AnyArray:
    """x times the probability that a normal variable is at most x (Hendrycks and Gimpel 2016, section 2).

    approximate  "none", or "tanh": 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3))), at most 5e-4 from it.

    One recorded call, and faster than the formula, of which `x**3` alone takes most of the time.
    """
    check_approximate("gelu", approximate)
    return gelu_none(x) if approximate == "none" else gelu_tanh(x)


def check_approximate(name: str, approximate: str) -> None:
    if approximate not in ("none", "tanh"):
        raise ValueError(f"{name} was given approximate={approximate!r}; it must be 'none' or 'tanh'")


@primitive
@of_floats
def gelu_none(x: Any) -> Any:
    return opaque(gelu_none_forward, x)


@primitive
@of_floats
def gelu_tanh(x: Any) -> Any:
    return opaque(gelu_tanh_forward, x)


@primitive
def gelu_none_gx(a: Any, x: Any) -> Any:
    """The gradient of x from that of y, `a`, for which all is computed again: x is as much as there is to save."""
    return opaque(gelu_none_backward, a, x)


@primitive
def gelu_tanh_gx(a: Any, x: Any) -> Any:
    return opaque(gelu_tanh_backward, a, x)


def gelu_none_gx_gx(g: Any, a: Any, x: Any) -> Any:
    """p' (2 - x**2)"""
    square = np.square(x)
    return g * a * (PHI_0 * np.exp(-0.5 * square) * (2 - square))


def gelu_tanh_gx_gx(g: Any, a: Any, x: Any) -> Any:
    """2 s' + x s'', where s' = s (1 - s) v, v = 2 u', s'' = s (1 - s) (v' + (1 - 2 s) v**2)."""
    square = np.square(x)
    v = 2 * SQRT_2_PI + 6 * SQRT_2_PI * CUBIC * square
    s = sigmoid(x * (2 * SQRT_2_PI + 2 * SQRT_2_PI * CUBIC * square))
    return g * a * (s * (1 - s) * (2 * v + 12 * SQRT_2_PI * CUBIC * square + x * (1 - 2 * s) * v * v))


# fmt: off
rule(gelu_none,     x=lambda g, x, out: gelu_none_gx(g, x) if out is None else gelu_none_backward(g, x, out))
rule(gelu_none_gx,  a=lambda g, x: gelu_none_gx(g, x), x=gelu_none_gx_gx)
rule(gelu_tanh,     x=lambda g, x, out: gelu_tanh_gx(g, x) if out is None else gelu_tanh_backward(g, x, out))
rule(gelu_tanh_gx,  a=lambda g, x: gelu_tanh_gx(g, x), x=gelu_tanh_gx_gx)
# fmt: on


# -- in pieces, on arrays ----------------------------------------------------------------------------------------------


@elementwise
def gelu_none_forward(x: Any, out: Any = None) -> Any:
    out = np.empty_like(x) if out is None else out
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for part, y in pieces(x, out):
            np.multiply(part, normal_cdf(part)[0], out=y)
    return out


@elementwise
def gelu_none_backward(g: Any, x: Any, out: Any = None) -> Any:
    """g * (p(x) + x p'(x))"""
    out = np.empty_like(x) if out is None else out
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for factor, part, gx in pieces(g, x, out):
            p, density = normal_cdf(part)
            density *= part
            density *= PHI_0
            density += p
            np.multiply(factor, density, out=gx)
    return out


@elementwise
def gelu_tanh_forward(x: Any, out: Any = None) -> Any:
    out = np.empty_like(x) if out is None else out
    with np.errstate(over="ignore", invalid="ignore"):
        for part, y in pieces(x, out):
            np.multiply(part, share(part), out=y)
    return out


@elementwise
def gelu_tanh_backward(g: Any, x: Any, out: Any = None) -> Any:
    """g * (s + x s'), where s' = s (1 - s) 2 u'."""
    out = np.empty_like(x) if out is None else out
    with np.errstate(over="ignore", invalid="ignore"):
        for factor, part, gx in pieces(g, x, out):
            s, slope = share(part), part * part
            slope *= 6 * SQRT_2_PI * CUBIC
            slope += 2 * SQRT_2_PI
            slope *= part
            slope *= 1 - s
            slope += 1
            slope *= s
            np.multiply(factor, slope, out=gx)
    return out


def share(x: Any) -> Any:
    """Of x, in its tanh form: s = (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)), which takes two thirds of the time."""
    s = x * x
    s *= -2 * SQRT_2_PI * CUBIC
    s -= 2 * SQRT_2_PI
    s *= x
    np.exp(s, out=s)
    s += 1
    return np.divide(1, s, out=s)
