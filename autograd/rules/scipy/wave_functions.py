"""Solutions of the wave equation in other coordinates: parabolic cylinder, Mathieu and spheroidal wave functions.

SciPy returns each with its derivative, and the derivative of that follows from the differential equation: DLMF 12.2.2
and 12.2.3, 28.2.1 (Mathieu's) and 28.20.1 (modified). The spheroidal ones are refused.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.shared import of_outputs

PARAMETER = "the derivative of a wave function by its order or parameter has no closed form"
EIGENVALUE = "the derivative of a characteristic value is an integral over its wave function"
SPHEROIDAL = "the derivatives that SciPy returns of spheroidal functions are not those of its values everywhere"
DEGREES = math.pi / 180  # the unit of x in Mathieu's functions; their derivatives are per radian

Function = Callable[..., Any]


def solution(second: Function, *parameters: str, unit: float = 1) -> dict[str, Any]:
    """The rules of a function that returns y and y', from y'' = second(*parameters, x, (y, y')).

    unit  of x, where y' and y'' are told in others.
    """

    def gx(g: Any, y: Any, *given: Any) -> Any:
        return of_outputs(g, lambda: unit * y[1], lambda: unit * second(*given, y))

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = ("g", "y", *parameters, "x")
    vars(gx)["__signature__"] = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    return {**dict.fromkeys(parameters, PARAMETER), "x": gx}


def in_float64(characteristic: Function, x: Any, *parameters: Any) -> Any:
    """A characteristic value, which SciPy finds in float64 alone, in the dtype of x."""
    return characteristic(*(np.asarray(value, float) for value in parameters)).astype(x.dtype)


def mathieu(characteristic: Function) -> dict[str, Any]:
    def second(m: Any, q: Any, x: Any, y: Any) -> Any:
        return (2 * q * np.cos(2 * DEGREES * x) - in_float64(characteristic, x, m, q)) * y[0]

    return solution(second, "m", "q", unit=DEGREES)


def modified_mathieu(characteristic: Function) -> dict[str, Any]:
    def second(m: Any, q: Any, x: Any, y: Any) -> Any:
        return (in_float64(characteristic, x, m, q) - 2 * q * np.cosh(2 * x)) * y[0]

    return solution(second, "m", "q")


def refused(*inputs: str) -> dict[str, Any]:
    return dict.fromkeys(inputs, SPHEROIDAL)


# fmt: off
rule(special.pbdv,             **solution(lambda v, x, y: (x * x / 4 - v - 0.5) * y[0], "v"), several=True, broadcasts=True)
rule(special.pbvv,             **solution(lambda v, x, y: (x * x / 4 - v - 0.5) * y[0], "v"), several=True, broadcasts=True)
rule(special.pbwa,             **solution(lambda a, x, y: (a - x * x / 4) * y[0], "a"), several=True, broadcasts=True)

rule(special.mathieu_a,        m=None, q=EIGENVALUE)
rule(special.mathieu_b,        m=None, q=EIGENVALUE)
rule(special.mathieu_cem,      **mathieu(special.mathieu_a), several=True, broadcasts=True)
rule(special.mathieu_sem,      **mathieu(special.mathieu_b), several=True, broadcasts=True)
rule(special.mathieu_modcem1,  **modified_mathieu(special.mathieu_a), several=True, broadcasts=True)
rule(special.mathieu_modcem2,  **modified_mathieu(special.mathieu_a), several=True, broadcasts=True)
rule(special.mathieu_modsem1,  **modified_mathieu(special.mathieu_b), several=True, broadcasts=True)
rule(special.mathieu_modsem2,  **modified_mathieu(special.mathieu_b), several=True, broadcasts=True)

for spheroidal in (special.pro_cv, special.obl_cv):
    rule(spheroidal,           **refused("m", "n", "c"))
for spheroidal in (special.pro_ang1, special.pro_rad1, special.pro_rad2, special.obl_ang1, special.obl_rad1, special.obl_rad2):
    rule(spheroidal,           **refused("m", "n", "c", "x"), several=True)
for spheroidal in (special.pro_ang1_cv, special.pro_rad1_cv, special.pro_rad2_cv, special.obl_ang1_cv, special.obl_rad1_cv, special.obl_rad2_cv):
    rule(spheroidal,           **refused("m", "n", "c", "cv", "x"), several=True)
