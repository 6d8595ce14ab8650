"""Functions of information theory and of robust statistics, and x log y, which is 0 where x is.

    xlogy(x, y) = x log(y)    rel_entr(x, y) = x log(x / y)    kl_div(x, y) = x log(x / y) - x + y

Where x and y are both 0 there is a jump, and the gradients are 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.floats import as_float

BOTH = "0 where both are 0"


def logarithm(g: Any, x: Any, y: Any) -> Any:
    """g log(y), 0 where x is 0 as well."""
    x, y = as_float(x, g), as_float(y, g)
    zero = (x == 0) & (y == 0)
    return g * np.where(zero, 0, np.log(np.where(zero, 1, y)))


def quotient(g: Any, x: Any, y: Any) -> Any:
    """g x / y, 0 where both are 0."""
    x, y = as_float(x, g), as_float(y, g)
    return g * (x / np.where((x == 0) & (y == 0), 1, y))


def log_quotient(g: Any, x: Any, y: Any) -> Any:
    """log(x / y), 0 where both are 0."""
    x, y = as_float(x, g), as_float(y, g)
    zero = (x == 0) & (y == 0)
    return np.log(np.where(zero, 1, x) / np.where(zero, 1, y))


def huber_gdelta(g: Any, delta: Any, r: Any) -> Any:
    return g * np.where(np.absolute(r) <= delta, 0, np.absolute(r) - delta)


def pseudo_huber_parts(delta: Any, r: Any) -> tuple[Any, Any]:
    """q = r / delta, and s = sqrt(1 + q**2)."""
    q = r / delta
    return q, np.sqrt(1 + q * q)


def pseudo_huber_gdelta(g: Any, delta: Any, r: Any) -> Any:
    """delta (s - 1)**2 / s, where s - 1 = q**2 / (1 + s)."""
    q, s = pseudo_huber_parts(delta, r)
    excess = q * q / (1 + s)
    return g * (delta * excess * excess / s)


# fmt: off
rule(special.xlogy,         x=logarithm,                                          y=quotient, broadcasts=True, convention=BOTH)
rule(special.xlog1py,       x=lambda g, x, y: logarithm(g, x, 1 + y),             y=lambda g, x, y: quotient(g, x, 1 + y), broadcasts=True, convention="as xlogy of 1 + y")
rule(special.entr,          x=lambda g, x: -g * (np.log(x) + 1))
rule(special.rel_entr,      x=lambda g, x, y: g * (log_quotient(g, x, y) + 1),       y=lambda g, x, y: -quotient(g, x, y), broadcasts=True, convention=BOTH)
rule(special.kl_div,        x=lambda g, x, y: g * log_quotient(g, x, y),             y=lambda g, x, y: g - quotient(g, x, y), broadcasts=True, convention=BOTH)
rule(special.huber,         delta=huber_gdelta,         r=lambda g, delta, r: g * np.clip(r, -delta, delta), broadcasts=True)
rule(special.pseudo_huber,  delta=pseudo_huber_gdelta,  r=lambda g, delta, r: g * (r / pseudo_huber_parts(delta, r)[1]), broadcasts=True)
