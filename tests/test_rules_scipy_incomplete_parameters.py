"""The derivatives of the incomplete gamma and beta functions in their parameters, against mpmath's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import case, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.incomplete_parameters import betainc_derivative, gammainc_derivative

A, B, X = np.array([0.3, 2.5, 14.0]), np.array([0.8, 1.0, 3.0]), np.array([0.2, 0.6, 0.9])
CASES = [
    case(gammainc_derivative, A, np.array([0.2, 2.7, 11.0]), n=1),
    case(gammainc_derivative, A, X[:0], f=lambda a, x: gammainc_derivative(a[:0], x, n=2)),
    *(case(betainc_derivative, A, B, X, m=m, n=n) for m, n in ((1, 0), (0, 1))),
]

test_gradients, test_float32 = judged(CASES, CASES)

# By mpmath 1.3 with 60 digits: the first three derivatives in a; in a, b, a a, a b, b b.
GAMMAINC = {
    (0.001, 0.5): [-0.5603594001080031, -0.5848512398697082, 1.9078634572533417],
    (0.001, 2.0): [-0.04905334583936488, -0.15289776820824402, -0.12519585731984587],
    (0.5, 1e-30): [-7.798684600842023e-14, 5.388931398711387e-12, -3.723040953943315e-10],
    (0.5, 0.3): [-0.7705703513753519, 0.6261476558399126, 0.6171011020590006],
    (1.0, 1.0): [-0.4317297106348987, 0.033618035299959194, 0.40356539791166174],
    (2.5, 0.9): [-0.15978853462519974, 0.17071844812959466, -0.12029658908650072],
    (2.5, 40.0): [-2.5267860704828765e-15, -7.197186330457073e-15, -1.9394050008324366e-14],
    (9.0, 8.4): [-0.13602501949996265, 0.009614752427347046, 0.01453417969599838],
    (9.0, 8.6): [-0.1360421068996188, 0.006384842171351274, 0.014919471593152087],
    (30.0, 3.0): [-9.933782875422915e-20, 2.293276474963466e-19, -5.26119024052648e-19],
    (1000.0, 1040.0): [-0.005674946507592161, -0.0002225935261402428, -3.0555488338566152e-06],
    (1000000.0, 998500.0): [-0.00012946894314936477, 1.9434922930826562e-07, -1.62273776140386e-10],
}
BETAINC = {
    (0.01, 0.5, 1e-20): [
        -29.50402902850591, 0.030199030177382746, 1400.6227143453432,
        1.5378872442438705, -0.10031917236239726,
    ],
    (0.01, 0.01, 0.3): [
        -25.208994015457034, 24.79725603517942, 2520.8710148876094,
        -20.5954106807331, -2478.521565630286,
    ],
    (0.5, 0.5, 0.5): [
        -0.5831218080616376, 0.5831218080616376, 0.9442959579270792,
        0.0, -0.9442959579270792,
    ],
    (0.5, 3.0, 0.02): [
        -0.749169645156511, 0.0454584954603535, 1.9930760777365442,
        -0.04605771867800633, -0.008989210030281313,
    ],
    (1.0, 0.01, 0.999): [
        -0.01523099348216609, 6.446692322963197, 0.021888715613329772,
        -1.4068774255729513, -44.53217292592264,
    ],
    (2.0, 5.0, 0.25): [
        -0.2701869959418631, 0.09427751280567502, 0.08469134013932689,
        -0.0012767181542139429, -0.010054874193905348,
    ],
    (12.0, 2.0, 0.95): [
        -0.017328954099687776, 0.18716921594477082, -0.0004969833085244777,
        0.014786075925992157, -0.22107847223577512,
    ],
    (100.0, 60.0, 0.6): [
        -0.020252926108670525, 0.0320567222275222, 0.0009541399500912696,
        -0.00134992599926568, 0.0018688902605335268,
    ],
    (100.0, 60.0, 0.7): [
        -0.00295938755923472, 0.0058324529550548496, -0.00031691237997913754,
        0.0006543487420228045, -0.001339314652660568,
    ],
    (10000.0, 0.5, 0.9999): [
        -2.075563427375575e-05, 0.3898166974025498, 3.1134748685341474e-09,
        -4.0752858228536935e-05, 0.21346481593132266,
    ],
}  # fmt: skip


@pytest.mark.parametrize("n", [1, 2, 3])
def test_derivatives_of_the_incomplete_gamma_function(n: int) -> None:
    a, x = np.array(list(GAMMAINC)).T
    expected = np.array([row[n - 1] for row in GAMMAINC.values()])
    np.testing.assert_allclose(gammainc_derivative(a, x, n), expected, rtol=1e-13 if n == 1 else 1e-10)
    found = gammainc_derivative(a.astype(np.float32), x.astype(np.float32), n)
    assert found.dtype == np.float32


@pytest.mark.parametrize(("m", "n", "k"), [(1, 0, 0), (0, 1, 1), (2, 0, 2), (1, 1, 3), (0, 2, 4)])
def test_derivatives_of_the_incomplete_beta_function(m: int, n: int, k: int) -> None:
    a, b, x = np.array(list(BETAINC)).T
    expected = np.array([row[k] for row in BETAINC.values()])
    np.testing.assert_allclose(
        betainc_derivative(a, b, x, m=m, n=n), expected, rtol=1e-12 if m + n == 1 else 1e-9, atol=1e-15
    )


def test_at_the_ends() -> None:
    a = np.array([0.5, 2.0, 20.0])
    for n in (1, 2):
        assert gammainc_derivative(a, np.array([0.0, np.inf, 0.0]), n).tolist() == [0, 0, 0]
    for m, n in ((1, 0), (0, 1)):
        assert betainc_derivative(a, a, np.array([0.0, 1.0, 0.0]), m=m, n=n).tolist() == [0, 0, 0]
    outside = gammainc_derivative(np.array([-1.0, 1.0, np.nan, 1.0]), np.array([1.0, -1.0, 1.0, np.nan]), 1)
    assert np.isnan(outside).all()
    assert np.isnan(betainc_derivative(np.array([-1.0, 1.0, np.nan]), 1.0, np.array([0.5, 2.0, 0.5]), m=1, n=0)).all()
    assert float(gammainc_derivative(np.array(0.0), np.array(2.0), 1)) == pytest.approx(-special.exp1(2), rel=1e-13)


def test_as_many_as_there_are() -> None:
    """They are computed by blocks."""
    a, x = np.linspace(0.5, 9, 1500), np.linspace(9, 0.5, 1500)
    whole = gammainc_derivative(a, x, 1)
    np.testing.assert_array_equal(whole.reshape(3, 500), gammainc_derivative(a.reshape(3, 500), x.reshape(3, 500), 1))
    each = [gammainc_derivative(a[k : k + 1], x[k : k + 1], 1)[0] for k in (0, 600, 1499)]
    np.testing.assert_allclose(whole[[0, 600, 1499]], each, rtol=1e-14)


def test_a_gamma_distribution_is_fitted() -> None:
    """By the slope of its distribution function: the shape in which the median of the data is the median."""
    shape: Any = 1.0
    for _ in range(8):
        slope = ag.grad(lambda a: special.gammainc(a, 3.0))(shape)
        shape -= (special.gammainc(shape, 3.0) - 0.5) / slope
    assert special.gammainc(shape, 3.0) == pytest.approx(0.5, abs=1e-14)
