"""The noncentral chi-square distribution."""

from __future__ import annotations

import numpy as np
import pytest
from numeric import case, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.noncentral import noncentral_density

X, DF, NC, P = np.array([0.4, 3.0, 9.0]), np.array([1.5, 2.0, 6.0]), np.array([[0.5], [4.0]]), np.array([0.3, 0.6])

# Where df requires a gradient it is refused.
CASES = [
    case(noncentral_density, X, NC, f=lambda x, nc: noncentral_density(x, DF, nc)),
    case(special.chndtr, X, NC, f=lambda x, nc: special.chndtr(x, DF, nc)),
    case(special.chndtrix, P, NC[1], f=lambda p, nc: special.chndtrix(p, 3.0, nc)),
    case(special.chndtrinc, X[1:2], P, f=lambda x, p: special.chndtrinc(x, 1.5, p)),
]

test_gradients, test_float32 = judged(CASES, CASES[:2])

# By mpmath 1.3 with 40 digits.
DENSITY = {
    (1.0, 3.0, 0.5): 0.20454820983177838, (0.001, 0.5, 10.0): 0.2805417776616793, (3.0, 2.0, 0.0): 0.11156508007421491,
    (200.0, 3.0, 150.0): 0.0027058948612474465, (20000.0, 5.0, 21000.0): 3.017335106504737e-06,
    (10000.0, 10000.0, 10.0): 0.002813868221090746, (1e6, 1e3, 1e6): 0.00017612062516777726,
    (1.0, 1.0, 1e3): 4.667553000999373e-205,
}  # fmt: skip


def test_densities() -> None:
    np.testing.assert_allclose(noncentral_density(*np.array(list(DENSITY)).T), list(DENSITY.values()), rtol=2e-12)


def test_a_central_distribution() -> None:
    slope = ag.grad(lambda nc: special.chndtr(3.0, 4.0, nc))
    assert float(slope(0.0)) == pytest.approx((special.chdtr(6, 3.0) - special.chdtr(4, 3.0)) / 2)
    assert float(ag.grad(slope)(0.0)) == pytest.approx(
        (special.chdtr(8, 3.0) - 2 * special.chdtr(6, 3.0) + special.chdtr(4, 3.0)) / 4
    )


@pytest.mark.parametrize("fn", [special.chndtr, special.chndtrix, special.chndtrinc])
def test_degrees_of_freedom_are_refused_by_name(fn: np.ufunc) -> None:
    df = ag.Tensor([3.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"as its 'df', for which there is none: no formula .* t\.detach\(\)"):
        fn(0.5, df, 2.0)
    assert fn(0.5, df.detach(), ag.Tensor([2.0], requires_grad=True)).requires_grad
