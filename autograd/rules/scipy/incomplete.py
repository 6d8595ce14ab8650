"""The incomplete gamma and beta functions, and their inverses."""

from __future__ import annotations

from typing import Any

from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.densities import beta_density, gamma_density
from autograd.rules.scipy.incomplete_parameters import betainc_derivative, gammainc_derivative


def gammaincinv_ga(g: Any, a: Any, y: Any) -> Any:
    return -g * gammainc_derivative(a, y, 1) / gamma_density(a, y)


def betaincinv_ga(g: Any, a: Any, b: Any, y: Any) -> Any:
    return -g * betainc_derivative(a, b, y, m=1, n=0) / beta_density(a, b, y)


def betaincinv_gb(g: Any, a: Any, b: Any, y: Any) -> Any:
    return -g * betainc_derivative(a, b, y, m=0, n=1) / beta_density(a, b, y)


# fmt: off
rule(special.gammainc,      a=lambda g, a, x: g * gammainc_derivative(a, x, 1),   x=lambda g, a, x: g * gamma_density(a, x), broadcasts=True)
rule(special.gammaincc,     a=lambda g, a, x: -g * gammainc_derivative(a, x, 1),  x=lambda g, a, x: -g * gamma_density(a, x), broadcasts=True)
rule(special.gammaincinv,   a=gammaincinv_ga,  p=lambda g, a, y: g / gamma_density(a, y), broadcasts=True)
rule(special.gammainccinv,  a=gammaincinv_ga,  p=lambda g, a, y: -g / gamma_density(a, y), broadcasts=True)

rule(special.betainc,       a=lambda g, a, b, x: g * betainc_derivative(a, b, x, m=1, n=0),   b=lambda g, a, b, x: g * betainc_derivative(a, b, x, m=0, n=1),
     x=lambda g, a, b, x: g * beta_density(a, b, x), broadcasts=True)
rule(special.betaincc,      a=lambda g, a, b, x: -g * betainc_derivative(a, b, x, m=1, n=0),  b=lambda g, a, b, x: -g * betainc_derivative(a, b, x, m=0, n=1),
     x=lambda g, a, b, x: -g * beta_density(a, b, x), broadcasts=True)
rule(special.betaincinv,    a=betaincinv_ga,  b=betaincinv_gb,  p=lambda g, a, b, y: g / beta_density(a, b, y), broadcasts=True)
rule(special.betainccinv,   a=betaincinv_ga,  b=betaincinv_gb,  p=lambda g, a, b, y: -g / beta_density(a, b, y), broadcasts=True)
