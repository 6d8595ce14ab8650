"""The spherical Bessel functions.

SciPy's are written in Python and make arrays of what they are given, so they are primitives here, and
autograd.scipy.special has them. (2 n + 1) f' of order n is n times f of the order below, less n + 1 times that of the
order above, for j and y (DLMF 10.51.1), and their sum for i and for (-1)**n k (DLMF 10.51.4). That holds at z = 0, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import primitive, rule
from autograd.rules.scipy.floats import as_float
from autograd.rules.scipy.shared import whole

spherical_jn, spherical_yn = primitive(special.spherical_jn), primitive(special.spherical_yn)
spherical_in, spherical_kn = primitive(special.spherical_in), primitive(special.spherical_kn)


def derivative_of(f: Callable[[Any, Any], Any], below: int, above: int) -> Callable[[Any, Any], Any]:
    """f' as a function of n and z, and by the same recurrence f'' of f'; `below` and `above` are the signs of the terms."""

    def slope(n: Any, z: Any) -> Any:
        n, count = whole(n), as_float(n, z)
        lower = f(np.where(n == 0, 0, n - 1), z)
        # Where it is infinite, that above is more so; and there is none below order 0.
        lower = np.where((n == 0) | np.isinf(lower), 0, lower)
        return (below * count * lower + above * (count + 1) * f(n + 1, z)) / (2 * count + 1)

    return slope


def in_z(fn: Callable[..., Any], below: int, above: int) -> Callable[..., Any]:
    """The rule for z of f or, with derivative=True, of f'."""
    first = derivative_of(fn, below, above)
    second = derivative_of(first, below, above)
    return lambda g, n, z, derivative: g * (second if derivative else first)(n, z)


# fmt: off
rule(spherical_jn, n=None, z=in_z(spherical_jn, 1, -1),   broadcasts=True)
rule(spherical_yn, n=None, z=in_z(spherical_yn, 1, -1),   broadcasts=True)
rule(spherical_in, n=None, z=in_z(spherical_in, 1, 1),    broadcasts=True)
rule(spherical_kn, n=None, z=in_z(spherical_kn, -1, -1),  broadcasts=True)
