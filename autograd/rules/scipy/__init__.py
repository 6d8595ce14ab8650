"""The rules of SciPy's ufuncs: one line for each, in tables grouped as scipy.special's reference is.

SciPy's ufuncs find a Tensor as NumPy's do, so `scipy.special.gammaln(t)` is recorded. This package is imported when the
first of them is called on one (see autograd.rules.registry.learn): SciPy is no dependency, and takes long to import.
"""

from autograd.rules.scipy import (
    bessel,
    carlson,
    convenience,
    densities,
    elliptic,
    error_functions,
    gamma,
    incomplete,
    incomplete_parameters,
    information,
    integrals,
    kolmogorov,
    noncentral,
    statistics,
    zeta,
)

__all__ = [
    "bessel", "carlson", "convenience", "densities", "elliptic", "error_functions", "gamma", "incomplete",
    "incomplete_parameters", "information", "integrals", "kolmogorov", "noncentral", "statistics", "zeta",
]  # fmt: skip
