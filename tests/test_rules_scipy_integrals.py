"""Exponential, trigonometric and hyperbolic integrals, the dilogarithm, and the kernel of Dirichlet."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numeric import case, gradient, has_complex, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.integrals import diric

X, Z = np.array([0.3, 1.2, 4.0]), np.array([0.7 + 0.4j, 2.0 - 0.3j])
NEAR = np.array([1e-3, 0.9, 1.1])

CASES = [
    *(case(special.expn, n, X) for n in (0, 1, 2, 5)), case(special.expn, np.array([[0], [1], [3]]), X),
    *(case(fn, X) for fn in (special.exp1, special.expi, special.sici, special.shichi, special.spence)),
    *(case(fn, Z) for fn in (special.exp1, special.expi, special.sici, special.shichi, special.spence)),
    case(special.spence, np.array([1.0, 1 + 1e-9]), label="at 1"),
    *(case(fn, NEAR, f=lambda x, fn=fn: fn(x)[0], label="near 0") for fn in (special.sici, special.shichi)),
    *(case(diric, np.array([0.0, 1.0, 2 * math.pi, 7.0, -20.0]), n) for n in (1, 4, 5)),
    case(diric, X, np.array([[2], [3]])),
    case(special.exp1, X[:0]),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])


def test_at_0() -> None:
    assert gradient(lambda x: special.sici(x)[0], [0.0]) == [1]
    assert gradient(lambda x: special.shichi(x)[0], [0.0]) == [1]
    assert float(ag.grad(ag.grad(lambda x: special.spence(x)))(1.0)) == pytest.approx(0.5)
    assert gradient(special.spence, [1e-300]) == pytest.approx([math.log(1e-300)])
