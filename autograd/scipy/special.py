"""scipy.special: its ufuncs, which are differentiated where they stand, and with gradients its other functions."""

from __future__ import annotations

from typing import Any

from scipy import special

from autograd.rules.scipy.gamma import multigammaln, polygamma
from autograd.rules.scipy.integrals import diric
from autograd.rules.scipy.spherical_bessel import spherical_in, spherical_jn, spherical_kn, spherical_yn

__all__ = ["diric", "multigammaln", "polygamma", "spherical_in", "spherical_jn", "spherical_kn", "spherical_yn"]


def __getattr__(name: str) -> Any:
    return getattr(special, name)
