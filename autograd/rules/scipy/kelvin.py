"""The Kelvin functions of order 0 and their derivatives.

ber x + i bei x = J0(x exp(3 pi i / 4)), ker x + i kei x = K0(x exp(pi i / 4)): DLMF 10.61.1 and 10.61.2. All is
differentiated through these, which have more digits around x = 10 than SciPy's berp, beip, kerp and keip.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.shared import of_outputs

OF_J = complex(-math.sqrt(0.5), math.sqrt(0.5))  # exp(3 pi i / 4)
OF_K = complex(math.sqrt(0.5), math.sqrt(0.5))  # exp(pi i / 4)


def be_slope(x: Any) -> Any:
    """ber' + i bei'"""
    return -OF_J * special.jv(1, OF_J * x)


def be_curvature(x: Any) -> Any:
    """ber'' + i bei''; the square of exp(3 pi i / 4) is -i."""
    return -0.5j * (special.jv(2, OF_J * x) - special.jv(0, OF_J * x))


def ke_slope(x: Any) -> Any:
    """ker' + i kei'; at 0 from the right."""
    return np.where(x == 0, complex(-math.inf, 0), -OF_K * special.kv(1, OF_K * positive(x)))


def ke_curvature(x: Any) -> Any:
    """ker'' + i kei''; at 0 both are infinite."""
    z = OF_K * positive(x)
    return np.where(x == 0, complex(math.inf, math.inf), 0.5j * (special.kv(2, z) + special.kv(0, z)))


def positive(x: Any) -> Any:
    """NaN for other numbers, of which SciPy has no ker and kei; and so are its derivatives."""
    return x * np.where(x > 0, np.ones_like(x), math.nan)


def kelvin_gx(g: Any, x: Any) -> Any:
    """Of ber + i bei, ker + i kei and the derivatives of both."""
    return of_outputs(g, lambda: be_slope(x), lambda: ke_slope(x), lambda: be_curvature(x), lambda: ke_curvature(x))


# fmt: off
rule(special.ber,     x=lambda g, x: g * np.real(be_slope(x)))
rule(special.bei,     x=lambda g, x: g * np.imag(be_slope(x)))
rule(special.berp,    x=lambda g, x: g * np.real(be_curvature(x)))
rule(special.beip,    x=lambda g, x: g * np.imag(be_curvature(x)))
rule(special.ker,     x=lambda g, x: g * np.real(ke_slope(x)))
rule(special.kei,     x=lambda g, x: g * np.imag(ke_slope(x)))
rule(special.kerp,    x=lambda g, x: g * np.real(ke_curvature(x)))
rule(special.keip,    x=lambda g, x: g * np.imag(ke_curvature(x)))
rule(special.kelvin,  x=kelvin_gx, several=True)
