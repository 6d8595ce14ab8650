"""The error function, its kin, and the integrals of Fresnel and Voigt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import case, gradient, has_complex, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.error_functions import dawsn_derivative, erfcx_derivative

X, Z, P = np.array([-1.3, 0.2, 2.5]), np.array([0.7 + 0.4j, -0.6 - 0.3j]), np.array([0.1, 0.6, 0.95])
FAR = np.array([-7.5, 6.9, 8.5])

CASES = [
    *(case(fn, X) for fn in (special.erf, special.erfc, special.erfi, special.erfcx, special.dawsn, special.ndtr,
                             special.log_ndtr, special.fresnel, special.wofz)),
    *(case(fn, X[1:]) for fn in (special.modfresnelp, special.modfresnelm)),  # left of 0 SciPy 1.17 is wrong
    *(case(fn, Z) for fn in (special.erf, special.erfc, special.erfi, special.erfcx, special.dawsn, special.ndtr,
                             special.log_ndtr, special.fresnel, special.wofz)),
    *(case(fn, FAR, label="far") for fn in (special.erfcx, special.dawsn, special.log_ndtr)),
    *(case(fn, P) for fn in (special.erfinv, special.erfcinv, special.ndtri)),
    case(special.ndtri_exp, np.array([-50.0, -3.0, -0.1])), case(special.erf, X[:0]), case(special.ndtr, np.array(0.3)),
    *(case(fn, X, n=n) for fn in (erfcx_derivative, dawsn_derivative) for n in (1, 2)),
    *(case(fn, FAR, n=n, label="far") for fn in (erfcx_derivative, dawsn_derivative) for n in (1, 2)),
    *(case(fn, np.array([8 + 3j, -7 + 9j, -9 - 2j]), n=1) for fn in (erfcx_derivative, dawsn_derivative)),
    case(special.fresnel, X, f=lambda x: special.fresnel(x)[0], label="one"),
    case(special.voigt_profile, X, np.array([0.5, 0.1, 2.0]), np.array([[1.0], [0.3]])),
    case(special.voigt_profile, X, 0.5, 2), case(special.voigt_profile, 0.3, X[1:], 0.5),
    case(special.owens_t, X, np.array([[0.4], [-2.0]])), case(special.owens_t, 0.5, X), case(special.owens_t, X, 2),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])

# By mpmath 1.3 with 60 digits: the first two derivatives.
ERFCX = {
    1000.0: [-5.641887372654967e-07, 1.1283757819707055e-09],
    30.0: [-0.0006258354105074841, 4.165309238445888e-05],
    7.1: [-0.010874449244412466, 0.002977851412596529],
    6.9: [-0.01149516542104348, 0.0032339638090882515],
    2.0: [-0.1067964618534896, 0.0836055052070531],
    -3.0: [-97237.06150316462, 615834.3467269868],
    8 + 3j: [-0.005798698404862131 + 0.004928956027749337j, 0.0008721663092503059 - 0.0015221783392923981j],
    0.5 + 9j: [0.007030078740545354 + 0.0007987602975093153j, -0.00027199473036862643 + 0.0015766843057777788j],
    -7 + 9j: [0.0010236416308940619 - 0.004229549559336329j, 0.0006940968730841762 - 0.00032243705644678726j],
    -2 - 8j: [0.007423285244962841 + 0.004063444904108748j, 0.0014379706636265313 - 0.0015220386988465408j],
    -9 - 2j: [-9.179058346080762e33 + 1.0131398767705932e35j, 5.690670426995805e35 - 1.797878886047282e36j],
}
DAWSN = {
    1000.0: [-5.00000750001875e-07, 1.00000300001125e-09],
    -30.0: [-0.000556484063550548, -3.716101091452277e-05],
    7.1: [-0.010229562139533134, 0.0029739285589010477],
    6.9: [-0.010851659569168347, 0.0032526615372524288],
    0.0: [1.0, 0.0],
    2.0: [-0.20536155569516787, 0.21876544493308753],
    8 + 3j: [-0.0051765999147714145 + 0.004647185990802695j, 0.0007433551106688933 - 0.0014774683139305764j],
    0.5 - 9j: [-1.7476549890054994e36 + 6.764026900616281e35j, -1.0513272837704513e37 - 3.2323616412850077e37j],
    -7 + 9j: [865770452312948.9 + 1340492571752179.8j, 3.629583754684036e16 + 3050909539258345.5j],
    -2 - 2j: [-4.012466724878981 - 2.931940590558461j, -2.3360027084227193 - 28.297760795329896j],
}


@pytest.mark.parametrize(("derivative", "expected"), [(erfcx_derivative, ERFCX), (dawsn_derivative, DAWSN)])
@pytest.mark.parametrize("kind", [float, complex])
def test_their_derivatives(derivative: Any, expected: dict[Any, list[Any]], kind: type) -> None:
    """Where they fall slowly, and the recurrence cancels what it is made of."""
    x = np.array([x for x in expected if isinstance(x, kind)])
    for n, tolerance in ((1, 3e-14), (2, 3e-12)):
        wanted = [row[n - 1] for x, row in expected.items() if isinstance(x, kind)]
        np.testing.assert_allclose(derivative(x, n), wanted, rtol=tolerance, atol=1e-15)
    small = x[np.absolute(x) < 100].astype(np.float32 if kind is float else np.complex64)
    assert derivative(small, 1).dtype == small.dtype


def test_their_derivatives_at_infinity() -> None:
    ends = np.array([np.inf, np.nan])
    for derivative in (erfcx_derivative, dawsn_derivative):
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(derivative(ends, 1), [0, np.nan])


# By mpmath 1.3 with 60 digits.
SLOPES_OF_LOG_NDTR = {
    -10000.0: 10000.000099999997, -40.0: 40.02496884720726, -5.0: 5.186503967125842, 0.0: 0.7978845608028654,
    3.0: 0.004437839042125664, 37.0: 2.1200065515246056e-298, 60.0: 0.0,
}  # fmt: skip


def test_the_logarithm_of_a_probability_has_a_slope_far_out() -> None:
    """Where the probability itself is 0, or 1."""
    x, expected = list(SLOPES_OF_LOG_NDTR), list(SLOPES_OF_LOG_NDTR.values())
    assert gradient(special.log_ndtr, x) == pytest.approx(expected, rel=1e-13)
    slope = ag.grad(special.log_ndtr)
    assert [float(ag.grad(slope)(end)) for end in (-1e4, 60.0)] == pytest.approx([-1, 0], abs=1e-7)
    assert gradient(special.ndtri_exp, [-1e6]) == pytest.approx([1 / np.sqrt(2e6)], rel=1e-4)


def test_a_voigt_profile_without_a_normal_part() -> None:
    """Lorentz's: gamma / (pi (x**2 + gamma**2)). Its derivative in sigma is 0, and the second that in x."""
    x, gamma = np.array([-1.0, 0.5]), np.array([0.3, 2.0])
    size = x * x + gamma * gamma
    slope = -2 * x * gamma / size**2 / np.pi
    assert gradient(lambda x: special.voigt_profile(x, 0.0, gamma), x) == pytest.approx(slope)
    broad = (x * x - gamma * gamma) / size**2 / np.pi
    assert gradient(lambda gamma: special.voigt_profile(x, 0.0, gamma), gamma) == pytest.approx(broad)
    in_sigma = ag.grad(lambda sigma: special.voigt_profile(0.5, sigma, 2.0))
    assert float(in_sigma(0.0)) == 0
    curvature = ag.grad(ag.grad(lambda x: special.voigt_profile(x, 0.0, 2.0)))(0.5)
    assert float(ag.grad(in_sigma)(0.0)) == pytest.approx(float(curvature))
