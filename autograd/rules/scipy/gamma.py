"""The gamma function and its kin.

1 / gamma(x) is smooth where gamma is infinite, and so are what it is a factor of: beta, binom and poch. There the
logarithmic derivative is 0 times an infinite psi, and the product rule serves instead.
"""

from __future__ import annotations

import math
from inspect import unwrap
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.duck_arrays import opaque
from autograd.rules.registry import NO_GRADIENT, primitive, rule
from autograd.rules.scipy.floats import as_float

SHIFT = 16  # from Re z = SHIFT on the asymptotic series serves

multigammaln, polygamma = primitive(special.multigammaln), primitive(special.polygamma)


@primitive
def psi_derivative(n: Any, x: Any) -> Any:
    """The n-th derivative of psi(x), n = 1, 2, ...: polygamma in the dtype of x, which may be complex, too.

    (-1)**(n+1) n! zeta(n + 1, x), DLMF 25.11.12, of which SciPy has no more than real numbers.
    """
    if x.dtype.kind == "c":
        return opaque(complex_psi_derivative, n, x)
    factor = (-1.0) ** (n + 1) * special.gamma(n + 1.0)
    return factor.astype(x.dtype) * special.zeta(n + 1, x)


def complex_psi_derivative(n: int, z: Any) -> Any:
    """By its recurrence, its asymptotic series and the reflection of Re z < 1/2: DLMF 5.15.5, 5.15.9, 5.15.6."""
    reflected = z.real < 0.5
    w = np.where(reflected, 1 - z, z).astype(complex)
    total = math.factorial(n) * sum(1 / (w + k) ** (n + 1) for k in range(SHIFT))
    w = w + SHIFT
    total += math.factorial(n - 1) / w**n + math.factorial(n) / (2 * w ** (n + 1))
    for k, bernoulli in enumerate(special.bernoulli(2 * SHIFT)[2::2].tolist(), start=1):
        total += bernoulli * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / w ** (2 * k + n)
    total *= (-1) ** (n + 1)
    cotangent, slope = np.polynomial.Polynomial([0, 1]), np.polynomial.Polynomial([-math.pi, 0, -math.pi])
    for _ in range(n):
        cotangent = cotangent.deriv() * slope  # in powers of cot(pi z)
    rest = math.pi * cotangent(1 / np.tan(math.pi * np.where(reflected, z, 0.5)))
    return np.where(reflected, (-1) ** n * total - rest, total).astype(z.dtype)


def is_pole(x: Any) -> Any:
    """Where gamma(x) is infinite."""
    return (x <= 0) & (x == np.floor(x))


def near_pole(x: Any) -> Any:
    """Where 1 / gamma(x) is near a zero, so that the digits of its logarithmic derivative are lost."""
    return (x < 0.1) & (np.absolute(x - np.rint(x)) < 0.1)


def rgamma_slope(x: Any) -> Any:
    """The derivative of 1 / gamma(x): -psi(x) / gamma(x), reflected for Re x < 1/2 (DLMF 5.5.3, 5.5.4)."""
    reflected = np.real(x) < 0.5
    left, right = np.where(reflected, x, 0), np.where(reflected, 1, x)
    slope = special.gamma(1 - left) * (
        np.cos(math.pi * left) - special.psi(1 - left) * np.sin(math.pi * left) * (1 / math.pi)
    )
    return np.where(reflected, slope, -special.psi(right) * special.rgamma(right))


def beta_ga(g: Any, a: Any, b: Any, y: Any) -> Any:
    a, b = as_float(a, g), as_float(b, g)
    pole = near_pole(a + b)
    u, v = np.where(pole, a, 1), np.where(pole, b, 1)
    product = special.gamma(u) * special.gamma(v) * (special.psi(u) * special.rgamma(u + v) + rgamma_slope(u + v))
    return g * np.where(pole, product, y * betaln_ga(1, a, np.where(pole, 1 - a, b)))


def betaln_ga(g: Any, a: Any, b: Any) -> Any:
    return g * (special.psi(a) - special.psi(a + b))


def binom_gn(g: Any, n: Any, k: Any, y: Any) -> Any:
    n, k = as_float(n, g), as_float(k, g)
    pole = near_pole(n - k + 1)
    slope = y * (special.psi(n + 1) - special.psi(np.where(pole, 1, n - k + 1)))
    return g * np.where(pole, binom_slope(np.where(pole, n, 1), np.where(pole, k, 1), 0), slope)


def binom_gk(g: Any, n: Any, k: Any, y: Any) -> Any:
    n, k = as_float(n, g), as_float(k, g)
    above, below = near_pole(n - k + 1), near_pole(k + 1)
    at_pole = above | below
    slope = y * (special.psi(np.where(at_pole, 1, n - k + 1)) - special.psi(np.where(at_pole, 1, k + 1)))
    slope = np.where(above, -binom_slope(np.where(above, n, 1), np.where(above, k, 1), 1), slope)
    # Beyond the other end, which is at k = -1, it is the same function of n - k.
    return g * np.where(below, binom_slope(np.where(below, n, 1), np.where(below, n - k, 1), 1), slope)


def binom_slope(n: Any, k: Any, which: int) -> Any:
    """Its derivative in n, or less that in k, near a pole of gamma(n - k + 1): gamma(n+1) / gamma(k+1) times the rest."""
    rest = n - k + 1
    psi = special.psi(k + 1 if which else n + 1)
    return special.poch(k + 1, n - k) * (psi * special.rgamma(rest) + rgamma_slope(rest))


def poch_gz(g: Any, z: Any, m: Any, y: Any) -> Any:
    z, m = as_float(z, g), as_float(m, g)
    pole, both = is_pole(z), is_pole(z) & is_pole(z + m)
    alone = pole & ~both
    u, v = np.where(alone, z, 1), np.where(alone, z + m, 1)
    product = special.gamma(v) * (special.psi(v) * special.rgamma(u) + rgamma_slope(u))
    u, v = np.where(both, 1 - z, np.where(pole, 1, z)), np.where(both, 1 - z - m, np.where(pole, 1, z + m))
    return g * np.where(alone, product, y * (special.psi(v) - special.psi(u)))


def multigammaln_ga(g: Any, a: Any, d: Any) -> Any:
    return g * sum(special.psi(a - j / 2) for j in range(int(d)))


NO_GRADIENT.update(map(unwrap, (special.gammasgn, special.round)))  # without what SCIPY_ARRAY_API wraps them in

# fmt: off
rule(special.gamma,     x=lambda g, x, y: g * y * special.psi(x))
rule(special.gammaln,   x=lambda g, x: g * special.psi(x))
rule(special.loggamma,  x=lambda g, x: g * special.psi(x))
rule(special.rgamma,    x=lambda g, x: g * rgamma_slope(x))
rule(special.psi,       x=lambda g, x: g * psi_derivative(1, x))
rule(psi_derivative,    n=None, x=lambda g, n, x: g * psi_derivative(n + 1, x), broadcasts=True)
rule(polygamma,         n=None, x=lambda g, n, x: g * polygamma(n + 1, x), broadcasts=True)
rule(multigammaln,      a=multigammaln_ga)
rule(special.beta,      a=beta_ga,    b=lambda g, a, b, y: beta_ga(g, b, a, y), broadcasts=True)
rule(special.betaln,    a=lambda g, a, b: betaln_ga(g, as_float(a, g), as_float(b, g)), b=lambda g, a, b: betaln_ga(g, as_float(b, g), as_float(a, g)), broadcasts=True)
rule(special.binom,     n=binom_gn,   k=binom_gk, broadcasts=True)
rule(special.poch,      z=poch_gz,    m=lambda g, z, m, y: g * y * special.psi(as_float(z, g) + m), broadcasts=True)
