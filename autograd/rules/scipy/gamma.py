"""The gamma function and its kin."""

from __future__ import annotations

from typing import Any

from scipy import special

from autograd.rules.registry import primitive, rule

polygamma = primitive(special.polygamma)


@primitive
def psi_derivative(n: Any, x: Any) -> Any:
    """The n-th derivative of psi(x), n = 1, 2, ...: polygamma, which SciPy computes in float64 alone, in the dtype of x.

    (-1)**(n+1) n! zeta(n + 1, x), DLMF 25.11.12.
    """
    factor = (-1.0) ** (n + 1) * special.gamma(n + 1.0)
    return factor.astype(x.dtype) * special.zeta(n + 1, x)


# fmt: off
rule(special.gamma,    x=lambda g, x, y: g * y * special.psi(x))
rule(special.gammaln,  x=lambda g, x: g * special.psi(x))
rule(special.psi,      x=lambda g, x: g * psi_derivative(1, x))
rule(psi_derivative,   n=None, x=lambda g, n, x: g * psi_derivative(n + 1, x), broadcasts=True)
rule(polygamma,        n=None, x=lambda g, n, x: g * polygamma(n + 1, x), broadcasts=True)
