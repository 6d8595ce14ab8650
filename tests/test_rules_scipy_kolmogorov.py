"""The distributions of Kolmogorov and of Smirnov, and their inverses."""

from __future__ import annotations

import numpy as np
import pytest
from numeric import case, gradient, judged
from scipy import special

P, X = np.array([0.1, 0.6]), np.array([0.13, 0.47, 0.72])

CASES = [
    *(case(special.kolmogorov, x) for x in (X, X[:2] + 0.5, X[:0])), case(special.kolmogi, P),
    *(case(special.smirnov, n, X) for n in (1, 5, np.array([[2], [11]]))), case(special.smirnovi, 5, P),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, CASES)

# By mpmath 1.3 with 40 digits.
KOLMOGOROV = {
    0.2: -1.5324205413389086e-10, 0.5: -0.6395828509404566, 0.79: -1.6431581136767275, 0.81: -1.6088459637159114,
    2.0: -0.005367402045629683, 5.0: -7.71499939185567e-21,
}  # fmt: skip
SMIRNOV = {
    (1, 0.3): -1.0, (50, 0.13): -4.531324794386719, (1000, 0.021): -34.56382804644242,
    (1000, 0.071): -0.011275394744564203, (300, 0.5): -2.4170818530917194e-67,
}  # fmt: skip


def test_slopes() -> None:
    assert gradient(special.kolmogorov, list(KOLMOGOROV)) == pytest.approx(list(KOLMOGOROV.values()), rel=1e-14, abs=0)
    for (n, x), slope in SMIRNOV.items():
        assert gradient(lambda x, n=n: special.smirnov(n, x), [x]) == pytest.approx([slope], rel=1e-14, abs=0)


def test_outside() -> None:
    assert gradient(special.kolmogorov, [-1.0, 0.0, 0.01]) == [0, 0, 0]
    assert np.isnan(gradient(special.kolmogorov, [np.nan])).all()
