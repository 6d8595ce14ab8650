"""Activations, elementwise, that follow max(x, 0), smoothly or in part, by few passes over the array.

Masks are factors here, not conditions of np.where, which takes ten times as long as a product where the condition
changes from element to element; and np.clip with two bounds takes half the time of np.maximum with one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.nn.functional.precision import of_floats
from autograd.rules import primitive, rule
from autograd.rules.products import added

INF = math.inf


@primitive
@of_floats
def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """x where x > 0, else negative_slope * x; its gradient at 0 is negative_slope (Maas, Hannun and Ng 2013, eq. 2)."""
    y = x * float(negative_slope)
    return np.maximum(x, y, out=y) if negative_slope <= 1 else np.minimum(x, y, out=y)


def leaky_relu_gx(g: Any, x: Any, negative_slope: float) -> Any:
    is_positive = x > 0
    return g * is_positive + g * float(negative_slope) * ~is_positive


@primitive
@of_floats
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, else alpha (exp(x) - 1) (Clevert, Unterthiner and Hochreiter 2016, eq. 16)."""
    y = expm1(np.clip(x, -INF, 0))
    if alpha != 1:
        y *= float(alpha)
    y += np.clip(x, 0, INF)
    return y


def expm1(x: Any) -> Any:
    """exp(x) - 1 for x <= 0, in place; of float32 as 2 t / (1 - t) with t = tanh(x / 2), in a third of the time."""
    if x.dtype != np.float32:
        return np.expm1(x, out=x)
    x *= 0.5
    np.tanh(x, out=x)
    half = x / (1 - x)
    half *= 2
    return half


def elu_gx(g: Any, x: Any, y: Any, alpha: float) -> Any:
    """1 where x > 0, else alpha exp(x), which is y + alpha."""
    if alpha < 0:
        return np.where(x > 0, g, g * (y + float(alpha)))
    slope = np.clip(y, -INF, 0) + float(alpha)
    return g * (slope if alpha == 1 else slope + (1 - float(alpha)) * (x > 0).astype(x.dtype))


@primitive
@of_floats
def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta x)) / beta, but x where beta x > threshold (Dugas et al. 2001). And its slope."""
    z = x * float(beta)
    w = np.absolute(z)
    np.negative(w, out=w)
    np.exp(w, out=w)
    w *= z <= threshold
    one_w = 1 + w
    y = log1p(w, one_w)
    y += np.clip(z, 0, INF)
    y *= 1 / float(beta)
    np.maximum(w, z >= 0, out=w)  # exp(min(z, 0))
    w /= one_w
    return y, w


def log1p(w: Any, one_w: Any) -> Any:
    """log(1 + w) for w >= 0, with what rounding took off 1 + w put back. np.log1p takes four times as long."""
    y = np.log(one_w)
    lost = one_w - 1
    np.subtract(w, lost, out=lost)
    lost /= one_w
    y += lost
    return y


def softplus_gx(g: Any, g_slope: Any, slope: Any, beta: float) -> Any:
    through_slope = None if g_slope is None else g_slope * (slope * (1 - slope) * float(beta))
    return added(None if g is None else g * slope, through_slope)


@primitive
@of_floats
def silu(x: Any) -> Any:
    """x sigmoid(x), also called swish (Hendrycks and Gimpel 2016, section 2). And the sigmoid."""
    with np.errstate(over="ignore", invalid="ignore"):
        s = np.negative(x)
        np.exp(s, out=s)
        s += 1
        np.reciprocal(s, out=s)
        return x * s, s


def silu_gx(g: Any, g_s: Any, s: Any, y: Any) -> Any:
    """s + x s (1 - s)"""
    rest = 1 - s
    return added(None if g is None else g * (y * rest + s), None if g_s is None else g_s * s * rest)


@primitive
@of_floats
def mish(x: Any) -> Any:
    """x tanh(log(1 + exp(x))) (Misra 2020, eq. 1): with n = exp(x) that is x m / (m + 2), m = n (n + 2)."""
    with np.errstate(invalid="ignore"):
        n = np.clip(x, -INF, 20)  # from there on it is x
        np.exp(n, out=n)
        m = n + 2
        m *= n
        n = m + 2
        m /= n
        m *= x
        return m


@primitive
@of_floats
def mish_slope(x: Any) -> Any:
    """t + x t', where t = m / (m + 2), t' = 4 n (n + 1) / (m + 2)**2."""
    with np.errstate(invalid="ignore"):
        x = np.clip(x, -INF, 20)
        n = np.exp(x)
        m = n + 2
        m *= n
        bottom = m + 2
        x *= 4
        x *= n
        n += 1
        x *= n
        x /= bottom
        m += x
        m /= bottom
        return m


def mish_slope_gx(g: Any, x: Any) -> Any:
    """2 t' + x t'', where t = tanh(u), u' = s is the sigmoid: t' = s (1 - t**2), t'' = t' (1 - s - 2 t s)."""
    x = np.clip(x, -INF, 20)
    t, s = np.tanh(np.logaddexp(0, x)), 1 / (1 + np.exp(-x))
    return g * (s * (1 - t * t) * (2 + x * (1 - s - 2 * t * s)))


@primitive
@of_floats
def hardswish(x: Any) -> Any:
    """x clip(x + 3, 0, 6) / 6 (Howard et al. 2019, section 5.2); its gradient at -3 is 0, at 3 it is 1."""
    y = np.clip(x, -3, 3)
    y += 3
    y *= x
    y *= 1 / 6
    return y


def hardswish_gx(g: Any, x: Any) -> Any:
    inner = np.clip(x, -3, 3)
    return g * ((inner + 3 + inner * (np.absolute(inner) < 3)) * (1 / 6))


# fmt: off
rule(leaky_relu,  x=leaky_relu_gx, convention="negative_slope at 0")
rule(elu,         x=elu_gx, convention="alpha at 0")
rule(softplus,    x=softplus_gx, hidden=("slope",), accepts=("threshold",))
rule(silu,        x=silu_gx, hidden=("s",))
rule(mish,        x=lambda g, x: g * mish_slope(x))
rule(mish_slope,  x=mish_slope_gx)
rule(hardswish,   x=hardswish_gx, convention="0 at -3, 1 at 3")
