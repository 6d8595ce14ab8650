"""Elementwise functions: one line each, the function, then how the gradient of each input follows.

At a kink a convention must hold: abs has gradient 0 at 0; maximum and minimum share equally between equal inputs; clip
passes the gradient at its bounds.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.rules.registry import rule

LN2, LN10 = math.log(2), math.log(10)


def absolute_gx(g: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return g * np.sign(x)
    y = np.absolute(x)
    return g * np.conjugate(x) / np.where(y == 0, 1, y)


def power_ga(g: Any, a: Any, b: Any) -> Any:
    """b * a**(b-1), which is 0 for b = 0 even where a = 0."""
    if isinstance(b, int | float | complex):  # must stay a Python scalar, or float32 would become float64
        return g * (b * np.power(a, b - 1)) if b else g * np.zeros_like(a)
    if b.dtype.kind == "u":
        b = b.astype(g.dtype)  # 0 - 1 would be the largest of all
    return g * (b * np.power(a, np.where((a == 0) & (b == 0), 1, b - 1)))


def power_gb(g: Any, a: Any, y: Any) -> Any:
    """a**b * log(a), which is 0 where a = 0."""
    if isinstance(a, int | float):
        return g * y * (float(np.log(a)) if a else 0.0)  # a Python scalar, or float32 would become float64
    return g * y * np.log(np.where(a == 0, 1, a))


def share(g: Any, mine: Any, other: Any, wins: Any) -> Any:
    """The whole gradient where I win, half of it at a tie."""
    return np.where(wins(mine, other), g, np.where(mine == other, 0.5 * g, 0))


def clip_gx(g: Any, x: Any, low: Any, high: Any) -> Any:
    if low is not None:
        g = np.where(x >= low, g, 0)
    return g if high is None else np.where(x <= high, g, 0)


def clip_glow(g: Any, x: Any, low: Any, high: Any) -> Any:
    g = np.where(x < low, g, 0)
    return g if high is None else np.where(low <= high, g, 0)


def clip_ghigh(g: Any, x: Any, low: Any, high: Any) -> Any:
    return np.where((x if low is None else np.maximum(x, low)) > high, g, 0)


# fmt: off
# Arithmetic
rule(np.add,          a=lambda g: g,                         b=lambda g: g,                        broadcasts=True)
rule(np.subtract,     a=lambda g: g,                         b=lambda g: -g,                       broadcasts=True)
rule(np.multiply,     a=lambda g, b: g * b,                  b=lambda g, a: g * a,                 broadcasts=True)
rule(np.divide,       a=lambda g, b: g / b,                  b=lambda g, b, y: -g * y / b,         broadcasts=True)
rule(np.power,        a=power_ga,                            b=power_gb,                           broadcasts=True)
rule(np.float_power,  a=power_ga,                            b=power_gb,                           broadcasts=True)
rule(np.negative,     x=lambda g: -g)
rule(np.positive,     x=lambda g: g)
rule(np.reciprocal,   x=lambda g, y: -g * y * y)
rule(np.square,       x=lambda g, x: g * (2 * x))
rule(np.sqrt,         x=lambda g, y: g * 0.5 / y)
rule(np.cbrt,         x=lambda g, y: g / (3 * y * y))
rule(np.absolute,     x=absolute_gx)
rule(np.fabs,         x=lambda g, x: g * np.sign(x))
rule(np.conjugate,    x=lambda g: np.conjugate(g))
rule(np.real,         x=lambda g: g)
rule(np.imag,         x=lambda g: -1j * g)

# Exponentials and logarithms
rule(np.exp,          x=lambda g, y: g * y)
rule(np.exp2,         x=lambda g, y: g * (y * LN2))
rule(np.expm1,        x=lambda g, y: g * (y + 1))
rule(np.log,          x=lambda g, x: g / x)
rule(np.log2,         x=lambda g, x: g / (x * LN2))
rule(np.log10,        x=lambda g, x: g / (x * LN10))
rule(np.log1p,        x=lambda g, x: g / (1 + x))
rule(np.logaddexp,    a=lambda g, a, y: g * np.exp(a - y),   b=lambda g, b, y: g * np.exp(b - y),  broadcasts=True)
rule(np.logaddexp2,   a=lambda g, a, y: g * np.exp2(a - y),  b=lambda g, b, y: g * np.exp2(b - y), broadcasts=True)

# Trigonometric and hyperbolic
rule(np.sin,          x=lambda g, x: g * np.cos(x))
rule(np.cos,          x=lambda g, x: -g * np.sin(x))
rule(np.tan,          x=lambda g, y: g * (1 + y * y))
rule(np.arcsin,       x=lambda g, x: g / np.sqrt(1 - x * x))
rule(np.arccos,       x=lambda g, x: -g / np.sqrt(1 - x * x))
rule(np.arctan,       x=lambda g, x: g / (1 + x * x))
rule(np.arctan2,      a=lambda g, a, b: g * b / (a * a + b * b), b=lambda g, a, b: -g * a / (a * a + b * b),
     broadcasts=True)
rule(np.hypot,        a=lambda g, a, y: g * a / y,           b=lambda g, b, y: g * b / y,          broadcasts=True)
rule(np.sinh,         x=lambda g, x: g * np.cosh(x))
rule(np.cosh,         x=lambda g, x: g * np.sinh(x))
rule(np.tanh,         x=lambda g, y: g * (1 - y * y))
rule(np.arcsinh,      x=lambda g, x: g / np.sqrt(x * x + 1))
rule(np.arccosh,      x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
rule(np.arctanh,      x=lambda g, x: g / (1 - x * x))

# Choices
rule(np.maximum,      a=lambda g, a, b: share(g, a, b, np.greater), b=lambda g, a, b: share(g, b, a, np.greater),
     broadcasts=True)
rule(np.minimum,      a=lambda g, a, b: share(g, a, b, np.less), b=lambda g, a, b: share(g, b, a, np.less),
     broadcasts=True)
rule(np.where,        condition=None,
     a=lambda g, condition: np.where(condition, g, 0), b=lambda g, condition: np.where(condition, 0, g),
     broadcasts=True, signature="(condition, x=None, y=None)")
rule(np.clip,         x=clip_gx, low=clip_glow, high=clip_ghigh, broadcasts=True,
     signature="(a, a_min=None, a_max=None, out=None)", aliases={"min": "a_min", "max": "a_max"})
