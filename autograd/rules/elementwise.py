"""Elementwise functions: one line each, the function, then how the gradient of each input follows.

    rule(np.divide, a=lambda g, b: g / b, b=lambda g, b, y: -g * y / b, broadcasts=True)

The keys name the array inputs, in order. The parameters of a rule name what it needs: `g` is the gradient of the
output, `y` the output, `b` an input by its key, any other name an option of the call (see operation.py). A rule that is
None, or returns it, gives no gradient. Complex gradients are such that dL = Re(sum(g * dx)): there is no conjugate.

Where there is no derivative a convention must hold: `convention` tells it to readers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.rules.smooth import smooth

LN2, LN10, DEGREE = math.log(2), math.log(10), math.pi / 180


def absolute_gx(g: Any, x: Any, node: Any = None) -> Any:
    """conj(x) / |x|, 0 at 0. `node` is the call that computed |x|, which may be large, and so is not saved.

    Other rules, which do not need that the derivative at 0 is right (see smooth.py), call it without.
    """
    if x.dtype.kind == "c":
        size = np.absolute(x)
        gx = g * np.conjugate(x) / np.where(size == 0, np.inf, size)
    else:
        gx = g * np.sign(x)
    return gx if node is None else smooth(gx, g, node, along_conj, x)


def along_conj(q: Any, x: Any) -> Any:
    return q * conj(x)


def as_float(x: Any, g: Any) -> Any:
    """Whole numbers as floats: in their own dtype, 8 bits say, a rule's results may not fit."""
    return x.astype(g.dtype) if x.dtype.kind in "biu" else x


def arctan2_gx(g: Any, other: Any, a: Any, b: Any) -> Any:
    """other / (a**2 + b**2), where the square might be too large or too small to hold; 0 at infinities."""
    h = np.hypot(a, b)
    is_far = np.isinf(h) & ~np.isnan(a) & ~np.isnan(b)  # hypot(nan, inf) is inf, and the gradient must stay NaN
    return g * np.where(is_far, 0, other / np.where(is_far, 1, h)) / h


def power_ga(g: Any, a: Any, b: Any) -> Any:
    """b * a**(b-1), which is 0 for b = 0 even where a = 0."""
    if isinstance(b, int | float | complex):  # must stay a Python scalar, or float32 would become float64
        return g * (b * power_of(a, b - 1)) if b else g * np.zeros_like(a)
    b = as_float(b, g)
    return g * (b * np.power(a, np.where((a == 0) & (b == 0), 1, b - 1)))


MOST_FACTORS = 4


def power_of(a: Any, n: Any) -> Any:
    """a**n, of few factors as their product: from the third on np.power takes ten times as long (and rounds once)."""
    if a.dtype.kind != "f" or n == 0 or n != n // 1 or abs(n) > MOST_FACTORS:
        return np.power(a, n)
    factor = a if n > 0 else 1 / a
    y = factor * factor if abs(n) > 1 else factor
    return y * y if abs(n) == 4 else y * factor if abs(n) == 3 else y


def power_gb(g: Any, a: Any, y: Any) -> Any:
    """a**b * log(a), which is 0 where a = 0."""
    is_complex = g.dtype.kind == "c"  # so may the logarithm of a negative number be
    if isinstance(a, int | float | complex):  # must stay a Python scalar, or float32 would become float64
        return g * y * ((complex if is_complex else float)(np.log(complex(a) if is_complex else a)) if a else 0.0)
    a = np.astype(a, g.dtype) if is_complex else as_float(a, g)
    return g * y * np.log(np.where(a == 0, 1, a))


def is_selected(x: Any, y: Any) -> Any:
    """Whether x is the y that was selected; NaN, which equals nothing, is where y is NaN."""
    return (x == y) | (np.isnan(x) & np.isnan(y))


def share_at_tie(g: Any, a: Any, b: Any, y: Any) -> Any:
    """The whole gradient where a was selected, half of it at a tie."""
    return np.where(is_selected(a, y), np.where(is_selected(a, b), 0.5 * g, g), 0)


def sign_gx(g: Any, x: Any, y: Any) -> Any:
    """Of complex numbers y = x / |x|, whose direction turns with x and whose length does not change."""
    size = np.absolute(x)
    return np.where(size == 0, 0, (g - np.real(g * y) * np.conjugate(y)) / np.where(size == 0, 1, size))


@primitive
def softmax_of_two(a: Any, b: Any, exp: Any) -> Any:
    """exp(a) / (exp(a) + exp(b)): half at two equal infinities, and 0 where both are exp(-inf) = 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        y = 1 / (1 + exp(b - a))
    return np.where(a == b, 0.5, y) * (a > -math.inf)


def softmax_of_two_ga(g: Any, a: Any, b: Any, y: Any, exp: Any) -> Any:
    """g times both shares: 1 - y would lose the digits of the smaller."""
    return g * (y * softmax_of_two(b, a, exp) * (LN2 if exp is np.exp2 else 1.0))


def angle_gx(g: Any, x: Any, deg: bool) -> Any:
    """Of x = r exp(i y): dy = Im(dx / x)."""
    if x.dtype.kind != "c":
        return None
    return (-1j * (180 / math.pi if deg else 1.0) * g) / x


@primitive
def sinc_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of sin(pi x) / (pi x).

    (x sinc)' taken n times gives x f_n + n f_(n-1) = pi**(n-1) sin(pi x + n pi/2). That loses all digits near 0, where
    the power series of f_n serves instead.
    """
    small = np.absolute(x) <= max(1, n / math.pi)
    away = np.where(small, 1, x)
    f = np.sinc(away)
    for k in range(1, n + 1):
        f = (math.pi ** (k - 1) * np.sin(math.pi * away + k * math.pi / 2) - k * f) / away
    series, near = np.zeros_like(f), np.where(small, x, 0)
    for k in range((n + 1) // 2, (n + 1) // 2 + 20 + n):
        series += (-1.0) ** k * math.pi ** (2 * k) / ((2 * k + 1) * math.factorial(2 * k - n)) * near ** (2 * k - n)
    return np.where(small, series, f)


def hypot_ga(g: Any, a: Any, y: Any) -> Any:
    return smooth(g * (a / np.where(y == 0, np.inf, y)), g, y, along_conj, a)


def nan_to_num_gx(g: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return np.where(np.isfinite(x), g, 0)
    return np.where(np.isfinite(np.real(x)), np.real(g), 0) + 1j * np.where(np.isfinite(np.imag(x)), np.imag(g), 0)


def from_below(x: Any, low: Any) -> Any:
    """What np.clip compares with its upper bound."""
    return x if low is None else np.maximum(x, low)


def clip_gx(g: Any, x: Any, low: Any, y: Any) -> Any:
    inner = from_below(x, low)
    return np.where(is_selected(x, inner) & is_selected(inner, y), g, 0)


def clip_glow(g: Any, x: Any, low: Any, y: Any) -> Any:
    inner = from_below(x, low)
    return np.where(is_selected(inner, y) & ~is_selected(x, inner), g, 0)


def clip_ghigh(g: Any, x: Any, low: Any, y: Any) -> Any:
    return np.where(is_selected(from_below(x, low), y), 0, g)


EQUALLY = "equal elements share equally, NaN being equal to NaN"
INFINITE = "infinities share equally, those of exp(-inf) = 0 nothing"

# fmt: off
# Arithmetic
rule(np.add,          a=lambda g: g,                         b=lambda g: g,                        broadcasts=True)
rule(np.subtract,     a=lambda g: g,                         b=lambda g: -g,                       broadcasts=True)
rule(np.multiply,     a=lambda g, b: g * b,                  b=lambda g, a: g * a,                 broadcasts=True)
rule(np.divide,       a=lambda g, b: g / b,                  b=lambda g, b, y: -g * y / b,         broadcasts=True)
rule(np.remainder,    a=lambda g: g,                         b=lambda g, a, b: -g * np.floor_divide(a, b), broadcasts=True, convention="1 for a, at the jumps too")
rule(np.fmod,         a=lambda g: g,                         b=lambda g, a, b, y: -g * np.rint((a - y) / b), broadcasts=True, convention="1 for a, at the jumps too")
rule(np.divmod,       a=lambda g: g[1],                      b=lambda g, a, b: None if g[1] is None else -g[1] * np.floor_divide(a, b),
     broadcasts=True, several=True, convention="the quotient has none")
rule(np.power,        a=power_ga,                            b=power_gb,                           broadcasts=True, convention="0 where the factor b or log(a) meets a = 0")
rule(np.float_power,  a=power_ga,                            b=power_gb,                           broadcasts=True, convention="as power")
rule(np.negative,     x=lambda g: -g)
rule(np.positive,     x=lambda g: g)
rule(np.reciprocal,   x=lambda g, y: -g * y * y)
rule(np.square,       x=lambda g, x: g * (2 * x))
rule(np.sqrt,         x=lambda g, y: g * 0.5 / y)
rule(np.cbrt,         x=lambda g, y: g / (3 * y * y))
rule(np.absolute,     x=absolute_gx, convention="0 at 0")
rule(np.fabs,         x=absolute_gx, convention="0 at 0")
rule(np.sign,         x=sign_gx, complex_only=True, convention="0 at 0")
rule(np.copysign,     a=lambda g, a, b: np.where(np.signbit(a) == np.signbit(b), g, -g), b=None,   broadcasts=True, convention="at 0 by the sign of the zero")
rule(np.heaviside,    a=None,                                b=lambda g, a: np.where(a == 0, g, 0), broadcasts=True)
rule(np.nextafter,    a=lambda g: g,                         b=None,                               broadcasts=True)
rule(np.ldexp,        x=lambda g, b: np.ldexp(g, b),         b=None,                               broadcasts=True)
rule(np.frexp,        x=lambda g, y: None if g[0] is None else np.ldexp(g[0], -y[1]), several=True)
rule(np.modf,         x=lambda g: g[0], several=True, convention="1 at integers")
rule(np.conjugate,    x=lambda g: np.conjugate(g))
rule(np.real,         x=lambda g: g)
rule(np.imag,         x=lambda g: -1j * g)
rule(np.angle,        x=angle_gx, convention="of real numbers none")

# Exponentials and logarithms
rule(np.exp,          x=lambda g, y: g * y)
rule(np.exp2,         x=lambda g, y: g * (y * LN2))
rule(np.expm1,        x=lambda g, y: g * (y + 1))
rule(np.log,          x=lambda g, x: g / x)
rule(np.log2,         x=lambda g, x: g / (x * LN2))
rule(np.log10,        x=lambda g, x: g / (x * LN10))
rule(np.log1p,        x=lambda g, x: g / (1 + x))
rule(np.logaddexp,    a=lambda g, a, b: g * softmax_of_two(a, b, np.exp), b=lambda g, a, b: g * softmax_of_two(b, a, np.exp),
     broadcasts=True, convention=INFINITE)
rule(np.logaddexp2,   a=lambda g, a, b: g * softmax_of_two(a, b, np.exp2), b=lambda g, a, b: g * softmax_of_two(b, a, np.exp2),
     broadcasts=True, convention=INFINITE)
# For second derivatives: the rules above call it.
rule(softmax_of_two,  a=softmax_of_two_ga,                   b=lambda g, a, b, y, exp: softmax_of_two_ga(-g, a, b, y, exp),
     broadcasts=True)

# Trigonometric and hyperbolic
rule(np.sin,          x=lambda g, x: g * np.cos(x))
rule(np.cos,          x=lambda g, x: -g * np.sin(x))
rule(np.tan,          x=lambda g, y: g * (1 + y * y))
rule(np.arcsin,       x=lambda g, x: g / np.sqrt(1 - x * x))
rule(np.arccos,       x=lambda g, x: -g / np.sqrt(1 - x * x))
rule(np.arctan,       x=lambda g, x: g / (1 + x * x))
rule(np.arctan2,      a=lambda g, a, b: arctan2_gx(g, b, a, b), b=lambda g, a, b: arctan2_gx(-g, a, a, b),
     broadcasts=True)
rule(np.hypot,        a=hypot_ga,                            b=lambda g, b, y: hypot_ga(g, b, y),  broadcasts=True, convention="0 at (0, 0)")
rule(np.sinh,         x=lambda g, x: g * np.cosh(x))
rule(np.cosh,         x=lambda g, x: g * np.sinh(x))
rule(np.tanh,         x=lambda g, y: g * (1 - y * y))
rule(np.arcsinh,      x=lambda g, x: g / np.sqrt(x * x + 1))
rule(np.arccosh,      x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
rule(np.arctanh,      x=lambda g, x: g / (1 - x * x))
rule(np.deg2rad,      x=lambda g: g * DEGREE)
rule(np.radians,      x=lambda g: g * DEGREE)
rule(np.rad2deg,      x=lambda g: g * (1 / DEGREE))
rule(np.degrees,      x=lambda g: g * (1 / DEGREE))

# Special functions, with derivatives of every order
rule(np.sinc,         x=lambda g, x: g * sinc_derivative(x, 1))
rule(sinc_derivative, x=lambda g, x, n: g * sinc_derivative(x, n + 1))

# Choices
for fn in (np.maximum, np.minimum, np.fmax, np.fmin):
    rule(fn,          a=share_at_tie,                               b=lambda g, a, b, y: share_at_tie(g, b, a, y), broadcasts=True,
         convention=EQUALLY)
rule(np.where,        condition=None,
     a=lambda g, condition: np.where(condition, g, 0), b=lambda g, condition: np.where(condition, 0, g),
     broadcasts=True, signature="(condition, x, y)", convention="0 to the branch not taken")
rule(np.clip,         x=clip_gx, low=clip_glow, high=clip_ghigh, broadcasts=True,
     signature="(a, a_min=None, a_max=None, out=None)", aliases={"min": "a_min", "max": "a_max"},
     convention="to x at its bounds, and where it is NaN")
rule(np.nan_to_num,   x=nan_to_num_gx, accepts=("nan", "posinf", "neginf"), convention="0 where x was replaced")
