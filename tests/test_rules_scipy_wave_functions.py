"""Parabolic cylinder and Mathieu functions; the spheroidal ones are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import case, judged
from scipy import special

import autograd as ag

X, ANGLES = np.array([-0.6, 0.0, 0.7]), np.array([-70.0, 0.0, 30.0, 200.0])
M = np.array([[0], [1]])
CYLINDER = [special.pbdv, special.pbvv, special.pbwa]
MATHIEU = [special.mathieu_cem, special.mathieu_sem]
MODIFIED = [special.mathieu_modcem1, special.mathieu_modcem2, special.mathieu_modsem1, special.mathieu_modsem2]

CASES = [
    *(case(fn, v, X) for fn in CYLINDER for v in (0.3, -1.2)),
    *(case(fn, m, 1.5, ANGLES) for fn in MATHIEU for m in (2, M + 1)),
    *(case(fn, m, 1.5, X[1:] + 0.3) for fn in MODIFIED for m in (1, M + 1)),
    case(special.pbdv, 0.3, np.array(0.7)), case(special.pbdv, 0.3, X[:0]),
]  # fmt: skip

# In float32 SciPy's Mathieu functions are NaN.
test_gradients, test_float32 = judged(CASES, [one for one in CASES if one.fn in CYLINDER])


@pytest.mark.parametrize("fn", CYLINDER + MODIFIED + MATHIEU, ids=lambda fn: fn.__name__)
def test_the_slope_is_what_scipy_returns(fn: Any) -> None:
    orders = (0.3,) if fn in CYLINDER else (2, 1.5)
    t = ag.Tensor(0.7, requires_grad=True)
    y, slope = fn(*orders, t)
    y.backward()
    np.testing.assert_allclose(t.grad.data, slope.data * (np.pi / 180 if fn in MATHIEU else 1), rtol=1e-14)


def test_parameters_are_refused_by_name() -> None:
    t = ag.Tensor(1.5, requires_grad=True)
    with pytest.raises(TypeError, match=r"mathieu_cem.*order or parameter has no closed form"):
        special.mathieu_cem(2, t, 30.0)
    with pytest.raises(TypeError, match=r"mathieu_a.*integral over its wave function"):
        special.mathieu_a(2, t)
    with pytest.raises(TypeError, match=r"obl_rad2.*not those of its values everywhere"):
        special.obl_rad2(1, 2, 1.5, t)
    with pytest.raises(TypeError, match=r"nctdtr.*infinite series"):
        special.nctdtr(3.0, 0.5, t)
