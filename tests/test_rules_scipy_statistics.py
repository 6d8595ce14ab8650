"""Distribution functions, and what is found from a probability."""

from __future__ import annotations

import numpy as np
import pytest
from numeric import case, gradient, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.statistics import student_df

P, M, X = np.array([0.2, 0.55]), np.array([3.5, 7.0]), np.array([0.7, 2.5])
K, N = np.array([2, 4]), np.array([9, 6])
DF = np.array([[1.5], [8.0]])

CASES = [
    *(case(fn, K, M) for fn in (special.pdtr, special.pdtrc)), case(special.pdtri, 2, P), case(special.pdtrik, P, M),
    *(case(fn, K, N, P) for fn in (special.bdtr, special.bdtrc, special.nbdtr, special.nbdtrc)),
    *(case(fn, 2, 9, P) for fn in (special.bdtri, special.nbdtri)),
    *(case(fn, P, M + 5, P[::-1].copy()) for fn in (special.bdtrik, special.nbdtrik)),
    *(case(fn, X, P, P[::-1].copy()) for fn in (special.bdtrin, special.nbdtrin)),
    *(case(fn, DF, X) for fn in (special.chdtr, special.chdtrc)), *(case(fn, DF, P) for fn in (special.chdtri, )),
    case(special.chdtriv, P, X),
    *(case(fn, X, M, P) for fn in (special.gdtr, special.gdtrc, special.gdtrix)), case(special.gdtria, P, M, X),
    case(special.gdtrib, X, P, M),
    *(case(fn, M, X, P) for fn in (special.fdtr, special.fdtrc, special.fdtri)),
    case(special.fdtridfd, M, special.fdtr(M, [1.5, 2.0], 2.5), np.array([2.5])),
    case(special.stdtr, DF, np.array([-3.0, -0.3, 0.0, 0.5, 7.0])), case(special.stdtrit, DF, P),
    case(special.stdtridf, special.stdtr([1.5, 4.0], [0.7, -2.0]), np.array([0.7, -2.0])),
    case(student_df, DF, np.array([-3.0, 0.5])),
    case(special.btdtria, P, M, P), case(special.btdtrib, X, P, P),
    case(special.nrdtrimn, P, X, M), case(special.nrdtrisd, np.array([1.0, -1.0]), P, np.array([0.2, 3.0])),
    case(special.tklmbda, np.array([-0.4, 0.3]), np.array([[-0.6], [0.0], [1.5]])),
    *(case(fn, 3, X) for fn in (special.chdtr, special.stdtr)),
    *(case(fn, DF, 0.5) for fn in (special.chdtr, special.stdtr)),
    case(special.fdtr, 3, 4, X), case(special.gdtr, 2, 3, X), case(special.tklmbda, P, 2),
]  # fmt: skip

# In float32 SciPy takes a whole number for a float that it was given, and warns.
test_gradients, test_float32 = judged(CASES, [case for case in CASES if case.fn is not special.bdtri])

# By mpmath 1.3 with 50 digits: of stdtr in df; of fdtr in n, d and x.
STUDENT = {
    (1.5, -3.0): -0.05007228094781505, (8.0, 0.5): 0.0008216150712846354, (1000.0, 2.0): 1.351049489460594e-07,
    (3.0, 1e-8): 9.732981649988489e-11, (3.0, 1e6): 1.4231332109666687e-17, (1.0, -1e10): -7.267875331733522e-10,
}  # fmt: skip
FISHER = {
    (3.0, 4.0, 0.5): [-0.047506286349799545, 0.004614662525934034, 0.5650003559193199],
    (3.0, 4.0, 1e6): [4.444410864324938e-13, 2.0579034547824484e-11, 6.666635555648888e-18],
}


def test_the_degrees_of_freedom_of_student() -> None:
    df, t = np.array(list(STUDENT)).T
    np.testing.assert_allclose(student_df(df, t), list(STUDENT.values()), rtol=2e-12)


def test_fisher_far_out() -> None:
    n, d, x = np.array(list(FISHER)).T
    for fn, sign in ((special.fdtr, 1), (special.fdtrc, -1)):
        found = [gradient(f, at) for f, at in ((lambda n, fn=fn: fn(n, d, x), n), (lambda d, fn=fn: fn(n, d, x), d),
                                               (lambda x, fn=fn: fn(n, d, x), x))]  # fmt: skip
        np.testing.assert_allclose(np.transpose(found), sign * np.array(list(FISHER.values())), rtol=1e-12)


def test_a_median() -> None:
    """The centre of Student's distribution is smooth, and the same for all degrees of freedom."""
    slope = ag.grad(special.stdtr, argnums=(0, 1))(2.0, 0.0)
    assert [float(part) for part in slope] == pytest.approx([0, 1 / np.sqrt(8)])
    assert float(ag.grad(ag.grad(lambda df: special.stdtr(df, 0.0)))(2.0)) == 0
    changed = ag.grad(lambda t: ag.grad(special.stdtr)(2.0, t))(0.0)
    assert float(changed) == pytest.approx((special.stdtr(2.001, 1e-4) - special.stdtr(1.999, 1e-4)) / 2e-7, rel=1e-5)


def test_whole_numbers_have_no_gradient() -> None:
    k = ag.Tensor([2.0], requires_grad=True)
    for y in (special.pdtr(k, 3.0), special.bdtr(k, 5, 0.3), special.nbdtr(2, 5, 0.3)):
        assert not getattr(y, "requires_grad", False)


def test_outside_of_its_support_tukeys_distribution_is_flat() -> None:
    assert gradient(lambda x: special.tklmbda(x, 0.5), [-3.0, 0.0, 3.0]) == pytest.approx([0, 0.5**0.5 / 2, 0])
