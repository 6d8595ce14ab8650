"""Convenience functions: elementary ones, computed where the plain formula would lose digits or divide 0 by 0."""

from __future__ import annotations

import numpy as np
import pytest
from numeric import case, gradient, has_complex, judged, rotated
from scipy import special

import autograd as ag
from autograd.rules.scipy.convenience import exprel_derivative

X, P, L = np.array([-1.3, 0.2, 2.5]), np.array([0.1, 0.6, 0.95]), np.array([[-0.7], [0.0], [1.6]])

CASES = [
    *(case(fn, X) for fn in (special.cbrt, special.exp2, special.exp10, special.expm1, special.cosm1, special.exprel,
                             special.expit, special.log_expit)),
    *(case(fn, 40 * X) for fn in (special.sindg, special.cosdg, special.tandg, special.cotdg)),
    case(special.log1p, P), case(special.logit, P),
    *(case(fn, rotated(2)) for fn in (special.expm1, special.log1p)),
    *(case(fn, x) for fn in (special.exprel, special.expit) for x in (np.array(0.0), X[:0])),
    *(case(exprel_derivative, np.array([[-3.0, -2.0, -1e-9], [0.0, 0.3, 2.5]]), n=n) for n in (0, 1, 2)),
    case(exprel_derivative, np.array([0.3 + 1j, -5j, -2.0]), n=1),
    case(special.radian, 40 * X, 10 * X, X[:1]),
    case(special.powm1, P, X), case(special.powm1, P, 2), case(special.powm1, 2, X),
    *(case(fn, x, L) for fn, x in ((special.boxcox, P), (special.boxcox1p, X[1:]), (special.inv_boxcox, P / 2),
                                   (special.inv_boxcox1p, P / 2))),
    *(case(fn, P, 0.5) for fn in (special.boxcox, special.boxcox1p, special.inv_boxcox, special.inv_boxcox1p)),
    *(case(fn, 0.5, L) for fn in (special.boxcox, special.inv_boxcox)),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])


def test_of_small_and_large_arguments() -> None:
    assert gradient(special.exprel, [0.0, np.inf, -np.inf]) == [0.5, np.inf, 0]
    assert gradient(special.expit, [40.0, -800.0]) == pytest.approx([np.exp(-40), 0], rel=1e-15)
    assert gradient(special.expm1, [-40.0]) == pytest.approx([np.exp(-40)], rel=1e-15)


def test_box_and_cox_at_0() -> None:
    assert float(ag.grad(lambda lmbda: special.boxcox(0.0, lmbda))(0.5)) == 4
    assert gradient(lambda y: special.inv_boxcox(y, 0.0), [1e-20, 1.0]) == pytest.approx([1, np.e], rel=1e-15)


@pytest.mark.parametrize("lmbda", [1e-300, 1e-9, 0.0, -1e-9])
def test_the_exponent_of_box_and_cox_is_smooth_at_0(lmbda: float) -> None:
    """log(x)**2 / 2, where the formula is 0 / 0."""
    slope = ag.grad(lambda lmbda: special.boxcox(3.0, lmbda))
    assert float(slope(lmbda)) == pytest.approx(np.log(3) ** 2 / 2, rel=1e-8)
    assert float(ag.grad(slope)(lmbda)) == pytest.approx(np.log(3) ** 3 / 3, rel=1e-8)
