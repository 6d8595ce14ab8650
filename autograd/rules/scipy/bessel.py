"""Bessel and Hankel functions, also scaled by exponentials, and Wright's.

The derivative in z is half the difference (J, Y, H, DLMF 10.6.1) or the sum (I, K, DLMF 10.29.1) of the functions of the
orders beside it, which holds at z = 0, too. That of Wright's function Phi(a, b; x) is Phi(a, a + b; x): its power series
(DLMF 10.46.1), differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.shared import whole

ORDER = "the derivative of a Bessel function by its order has no closed form"
PARAMETER = "the derivative of Wright's function by its parameters has no closed form"


def neighbours(fn: np.ufunc, v: Any, z: Any, sign: int) -> Any:
    """Half the function of the order below plus `sign` times that of the order above."""
    v = whole(v)
    return 0.5 * (fn(v - 1, z) + sign * fn(v + 1, z))


def of_neighbours(fn: np.ufunc, factor: int, sign: int) -> Callable[..., Any]:
    """The rule for z where the derivative is `factor` times that."""
    return lambda g, v, z: g * (factor * neighbours(fn, v, z, sign))


def through_imaginary_size(g: Any, z: Any, y: Any) -> Any:
    """What flows through the factor exp(-|Im z|) of y, which is not analytic: d|Im z| = Re(-i sign(Im z) dz)."""
    return 1j * np.sign(np.imag(z)) * np.real(g * y) if z.dtype.kind == "c" else 0.0


def through_real_size(g: Any, z: Any, y: Any) -> Any:
    """What flows through the factor exp(-|Re z|) of y: d|Re z| = Re(sign(Re z) dz)."""
    return -np.sign(np.real(z)) * np.real(g * y)


def scaled_by_imaginary_size(fn: np.ufunc) -> Callable[..., Any]:
    return lambda g, v, z, y: g * neighbours(fn, v, z, -1) + through_imaginary_size(g, z, y)


# fmt: off
# Of any order, real or complex
for fn in (special.jv, special.yv, special.hankel1, special.hankel2):
    rule(fn,                 v=ORDER, z=of_neighbours(fn, 1, -1), broadcasts=True)
rule(special.iv,             v=ORDER, z=of_neighbours(special.iv, 1, 1), broadcasts=True)
rule(special.kv,             v=ORDER, z=of_neighbours(special.kv, -1, 1), broadcasts=True)
for fn in (special.jve, special.yve):
    rule(fn,                 v=ORDER, z=scaled_by_imaginary_size(fn), broadcasts=True, convention="where Im z = 0, as for real z")
rule(special.ive,            v=ORDER, z=lambda g, v, z, y: g * neighbours(special.ive, v, z, 1) + through_real_size(g, z, y),
     broadcasts=True, convention="where Re z = 0, that of iv")
rule(special.kve,            v=ORDER, z=lambda g, v, z, y: g * (y - neighbours(special.kve, v, z, 1)), broadcasts=True)
rule(special.hankel1e,       v=ORDER, z=lambda g, v, z, y: g * (neighbours(special.hankel1e, v, z, -1) - 1j * y), broadcasts=True)
rule(special.hankel2e,       v=ORDER, z=lambda g, v, z, y: g * (neighbours(special.hankel2e, v, z, -1) + 1j * y), broadcasts=True)

# Of integer order
rule(special.yn,             v=ORDER, z=of_neighbours(special.yn, 1, -1), broadcasts=True)
rule(special.kn,             v=ORDER, z=of_neighbours(special.kn, -1, 1), broadcasts=True)

# Of order 0 and 1
rule(special.j0,             x=lambda g, x: -g * special.j1(x))
rule(special.j1,             x=lambda g, x: g * (0.5 * (special.j0(x) - special.jv(2, x))))
rule(special.y0,             x=lambda g, x: -g * special.y1(x))
rule(special.y1,             x=lambda g, x, y: g * (special.y0(x) - y / x))
rule(special.i0,             x=lambda g, x: g * special.i1(x))
rule(special.i1,             x=lambda g, x: g * (0.5 * (special.i0(x) + special.iv(2, x))))
rule(special.k0,             x=lambda g, x: -g * special.k1(x))
rule(special.k1,             x=lambda g, x, y: -g * (special.k0(x) + y / x))
rule(special.i0e,            x=lambda g, x, y: g * (special.i1e(x) - np.sign(x) * y), convention="at 0 that of i0")
rule(special.i1e,            x=lambda g, x, y: g * (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y))
rule(special.k0e,            x=lambda g, x, y: g * (y - special.k1e(x)))
rule(special.k1e,            x=lambda g, x, y: g * (y - special.k0e(x) - y / x))

# Wright's
rule(special.wright_bessel,  a=PARAMETER, b=PARAMETER, x=lambda g, a, b, x: g * special.wright_bessel(a, a + b, x), broadcasts=True)
rule(special.log_wright_bessel, a=PARAMETER, b=PARAMETER,
     x=lambda g, a, b, x, y: g * np.exp(special.log_wright_bessel(a, a + b, x) - y), broadcasts=True)
