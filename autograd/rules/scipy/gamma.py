"""The gamma function and its kin."""

from __future__ import annotations

from scipy import special

from autograd.rules.registry import primitive, rule

polygamma = primitive(special.polygamma)

# fmt: off
rule(special.gamma,    x=lambda g, x, y: g * y * special.psi(x))
rule(special.gammaln,  x=lambda g, x: g * special.psi(x))
rule(special.psi,      x=lambda g, x: g * polygamma(1, x))
rule(polygamma,        n=None, x=lambda g, n, x: g * polygamma(n + 1, x), broadcasts=True)
