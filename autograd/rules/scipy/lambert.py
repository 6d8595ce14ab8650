"""Lambert's W function and Wright's omega."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special
from scipy.special import _ufuncs

from autograd.rules.registry import rule

lambertw = _ufuncs._lambertw  # which special.lambertw calls with the branch and the tolerance, and is written in Python


def wrightomega_slope(y: Any) -> Any:
    """y / (1 + y), which is 1 where y is infinite."""
    far = np.isinf(y)
    finite = np.where(far, 1, y)
    return np.where(far, 1, finite / (1 + finite))


# fmt: off
# DLMF 4.13.4: W / (z (1 + W)), in which W exp(W) is put for z, so that it is no 0 / 0 at z = 0
rule(lambertw,             z=lambda g, y: g * (np.exp(-y) / (1 + y)), k=None, tol=None, broadcasts=True)
rule(special.wrightomega,  z=lambda g, y: g * wrightomega_slope(y))
