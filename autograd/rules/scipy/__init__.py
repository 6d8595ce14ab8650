"""The rules of SciPy's ufuncs: one line for each, in tables grouped as scipy.special's reference is.

SciPy's ufuncs find a Tensor as NumPy's do, so `scipy.special.gammaln(t)` is recorded. This package is imported when the
first of them is called on one (see autograd.rules.registry.learn): SciPy is no dependency, and takes long to import.
"""

from autograd.rules.scipy import (
    airy,
    bessel,
    bessel_integrals,
    carlson,
    convenience,
    densities,
    elliptic,
    error_functions,
    gamma,
    hypergeometric,
    incomplete,
    incomplete_parameters,
    information,
    integrals,
    kelvin,
    kolmogorov,
    lambert,
    noncentral,
    orthogonal,
    spherical_bessel,
    statistics,
    struve,
    wave_functions,
    zeta,
)

__all__ = [
    "airy", "bessel", "bessel_integrals", "carlson", "convenience", "densities", "elliptic", "error_functions", "gamma",
    "hypergeometric", "incomplete", "incomplete_parameters", "information", "integrals", "kelvin", "kolmogorov",
    "lambert", "noncentral", "orthogonal", "spherical_bessel", "statistics", "struve", "wave_functions", "zeta",
]  # fmt: skip
