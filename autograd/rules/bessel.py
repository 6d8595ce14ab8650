"""np.i0, the modified Bessel function of order 0, and its derivatives of every order."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from autograd.rules.duck_arrays import opaque
from autograd.rules.registry import primitive, rule

OVERFLOWING = 3e4  # whose exponential is infinite in every dtype


@primitive
def i0_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of I0(x), for real x; inf where it is too large to hold."""
    return opaque(bessel_i0_derivative, x, n)


def bessel_i0_derivative(x: Any, n: int) -> Any:
    """By its power series up to |x| = `edge`, beyond it by its asymptotic series: as many terms for all x.

    Below, sum of (x/2)**(2 m) / m!**2 (DLMF 10.25.2), n times differentiated. Above, it is the mean of the Bessel
    functions of order |n - 2 j| by the binomial coefficients of j (DLMF 10.29.5), each of which is exp(x) / sqrt(2 pi x)
    times a series in 1 / x (DLMF 10.40.1). No term but the signs of that series cancels another.
    """
    edge = 20 + n * n
    size = np.absolute(x)
    near, far = np.minimum(size, edge), np.where(size < np.inf, np.clip(size, edge, OVERFLOWING), edge)

    lowest = (n + 1) // 2  # of the powers that n derivatives leave
    square, series = near * near, np.ones_like(near)
    for m in reversed(range(lowest, lowest + 30 + edge)):
        series = 1 + square * series * ((2 * m + 1) / (2 * (m + 1) * (2 * m + 2 - n) * (2 * m + 1 - n)))
    factor = math.factorial(2 * lowest) / (4**lowest * math.factorial(lowest) ** 2)
    series *= factor * near if n % 2 else factor

    asymptotic = np.zeros_like(far)
    for coefficient in reversed(asymptotic_coefficients(n)):
        asymptotic = coefficient + asymptotic / far
    root = np.exp(far / 2)  # whose square may be too large where the result is not
    asymptotic *= root / np.sqrt(2 * math.pi * far) * root
    y = np.where(size <= edge, series, np.where(size < np.inf, asymptotic, size))
    return np.where(x < 0, -y, y) if n % 2 else y


@cache
def asymptotic_coefficients(n: int, terms: int = 32) -> list[float]:
    """Of the powers of 1 / x."""
    total = [Fraction(0)] * terms
    for j in range(n + 1):
        a, order = Fraction(math.comb(n, j), 2**n), abs(n - 2 * j)
        for m in range(terms):
            total[m] += a
            a *= Fraction((2 * m + 1) ** 2 - 4 * order**2, 8 * (m + 1))
    return [float(a) for a in total]


# fmt: off
rule(np.i0,          x=lambda g, x: g * i0_derivative(x, 1))
rule(i0_derivative,  x=lambda g, x, n: g * i0_derivative(x, n + 1))
