"""The gamma function and its kin."""

from __future__ import annotations

import numpy as np
from numeric import case, judged
from scipy import special

from autograd.rules.scipy.gamma import polygamma, psi_derivative

X = np.array([[0.3, 1.5, 4.2], [-0.7, -2.4, 9.0]])

CASES = [
    *(case(fn, x) for fn in (special.gamma, special.gammaln, special.psi) for x in (X, np.array(2.5), X[:0])),
    *(case(fn, n, X[0]) for fn in (polygamma, psi_derivative) for n in (1, 3)),
    case(polygamma, np.array([[0], [1]]), X[0]),
]

test_gradients, test_float32 = judged(CASES, [case for case in CASES if case.fn is not polygamma])
