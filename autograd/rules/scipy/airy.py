"""The Airy functions, also scaled by exponentials, and their integrals.

Ai and Bi solve w'' = z w (DLMF 9.2.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.shared import of_outputs, pulled


def airy_gz(g: Any, z: Any, y: Any) -> Any:
    ai, aip, bi, bip = y
    return pulled(g, aip, z * ai, bip, z * bi)


def airye_gz(g: Any, z: Any, y: Any) -> Any:
    """Of Ai and Ai' times exp(zeta), Bi and Bi' times exp(-|Re zeta|), where zeta = 2/3 z**(3/2).

    The second factor is not analytic: d|Re zeta| = Re(sign(Re zeta) sqrt(z) dz).
    """
    ai, aip, bi, bip = y
    root = principal_root(z)
    gz = pulled(g, aip + root * ai, z * ai + root * aip, bip, z * bi)
    scaled = [np.real(part * value) for part, value in zip(g[2:], y[2:], strict=True) if part is not None]
    return gz - np.sign(np.real(z * root)) * root * sum(scaled[1:], scaled[0]) if scaled else gz


def principal_root(z: Any) -> Any:
    """The derivative of zeta; of real z < 0 it is imaginary, and its real part is 0."""
    if z.dtype.kind == "c":
        return np.sqrt(z)
    left = z < 0
    return np.where(left, 0, np.sqrt(np.where(left, 1, z)))


def itairy_gx(g: Any, x: Any) -> Any:
    """Of the integrals from 0 to x of Ai(t), Bi(t), Ai(-t) and Bi(-t)."""
    return of_outputs(
        g,
        lambda: special.airy(x)[0],
        lambda: special.airy(x)[2],
        lambda: special.airy(-x)[0],
        lambda: special.airy(-x)[2],
    )


# fmt: off
rule(special.airy,    z=airy_gz,    several=True)
rule(special.airye,   z=airye_gz,   several=True, convention="where Re zeta = 0, that of Bi")
rule(special.itairy,  x=itairy_gx,  several=True)
