"""The distributions of Kolmogorov and of Smirnov, and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.densities import beta_density

MIDDLE = 0.8  # between where one of the two series of Kolmogorov's distribution is short, and where the other is


def kolmogorov_slope(x: Any) -> Any:
    """Of 2 sum (-1)**(k-1) exp(-2 k**2 x**2), and of 1 - sqrt(2 pi) / x sum exp(-(2 k - 1)**2 pi**2 / (8 x**2)), which is
    the same (DLMF 20.7.32)."""
    left, inside = x < MIDDLE, x > 0.02
    low, high = np.where(left & inside, x, MIDDLE), np.where(left, MIDDLE, x)
    near: Any = 0.0
    for k in range(1, 5):
        c = (2 * k - 1) ** 2 * math.pi**2 / 8 / (low * low)
        near = near + np.exp(-c) * (1 - 2 * c)
    far: Any = 0.0
    for k in range(1, 7):
        far = far + (-1) ** k * k * k * np.exp(-2 * k * k * high * high)
    return np.where(left, np.where(inside, math.sqrt(2 * math.pi) / (low * low) * near, 0 * x), 8 * high * far)


def smirnov_slope(n: Any, x: Any) -> Any:
    """Of the sum of x C(n, v) (x + v / n)**(v-1) (1 - x - v / n)**(n-v) over v from 0 to n (1 - x).

    Z. W. Birnbaum and F. H. Tingey, "One-sided confidence contours for probability distribution functions", 1951. All
    but x / (x + v / n) is the density of a beta distribution. It takes n terms for each element.
    """
    v = np.arange(int(np.max(n)) + 1).reshape(-1, *[1] * max(np.ndim(n), np.ndim(x)))
    at = x + v / n
    is_term = ~((at >= 1) | (at <= 0))  # NaN is one, too
    at, v = np.where(is_term, at, 0.5), np.where(is_term, v, 0)
    density, factor = beta_density(v + 1.0, n - v + 1.0, at) / (n + 1), x / at
    slope = (1 - factor) / at + factor * (v / at - (n - v) / (1 - at))
    return np.sum(np.where(is_term, density * slope, 0), axis=0)


# fmt: off
rule(special.kolmogorov,  x=lambda g, x: g * kolmogorov_slope(x))
rule(special.kolmogi,     p=lambda g, y: g / kolmogorov_slope(y))
rule(special.smirnov,     n=None,  x=lambda g, n, x: g * smirnov_slope(n, x), broadcasts=True, convention="at a multiple of 1 / n, from the left")
rule(special.smirnovi,    n=None,  p=lambda g, n, y: g / smirnov_slope(n, y), broadcasts=True)
