"""Hypergeometric functions: the derivative in the argument is a function of the next parameters.

DLMF 15.5.1 (Gauss), 13.3.15 and 13.3.22 (Kummer's and Tricomi's), and 16.3.1 (the limit 0F1).
"""

from __future__ import annotations

from typing import Any

from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.floats import as_float

PARAMETER = "the derivative of a hypergeometric function by its parameters has no closed form"


def hyp0f1_gz(g: Any, v: Any, z: Any) -> Any:
    v = as_float(v, g)
    return g * (special.hyp0f1(v + 1, z) / v)


def hyp1f1_gx(g: Any, a: Any, b: Any, x: Any) -> Any:
    a, b = as_float(a, g), as_float(b, g)
    return g * (a / b * special.hyp1f1(a + 1, b + 1, x))


def hyp2f1_gz(g: Any, a: Any, b: Any, c: Any, z: Any) -> Any:
    a, b, c = as_float(a, g), as_float(b, g), as_float(c, g)
    return g * (a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z))


def hyperu_gx(g: Any, a: Any, b: Any, x: Any) -> Any:
    a, b = as_float(a, g), as_float(b, g)
    return -g * (a * special.hyperu(a + 1, b + 1, x))


# fmt: off
rule(special.hyp0f1,  v=PARAMETER,  z=hyp0f1_gz, broadcasts=True)
rule(special.hyp1f1,  a=PARAMETER,  b=PARAMETER, x=hyp1f1_gx, broadcasts=True)
rule(special.hyp2f1,  a=PARAMETER,  b=PARAMETER, c=PARAMETER, z=hyp2f1_gz, broadcasts=True)
rule(special.hyperu,  a=PARAMETER,  b=PARAMETER, x=hyperu_gx, broadcasts=True)
