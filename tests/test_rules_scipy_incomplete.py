"""The incomplete gamma and beta functions, and their inverses."""

from __future__ import annotations

import numpy as np
from numeric import case, judged
from scipy import special

A, B, X = np.array([0.6, 1.0, 14.0]), np.array([[0.8], [3.0]]), np.array([0.2, 1.8, 13.0])
P = np.array([0.1, 0.45, 0.9])

CASES = [
    *(case(fn, A, X) for fn in (special.gammainc, special.gammaincc)),
    *(case(fn, A, P) for fn in (special.gammaincinv, special.gammainccinv)),
    *(case(fn, 2.5, P) for fn in (special.gammainc, special.gammaincinv)),
    case(special.gammainc, B, X[:0]),
    *(case(fn, A, B, P) for fn in (special.betainc, special.betaincc, special.betaincinv, special.betainccinv)),
    case(special.betainc, 2, 0.5, P),
]

test_gradients, test_float32 = judged(CASES, CASES)
