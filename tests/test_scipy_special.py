"""scipy.special's functions that are no ufuncs, with gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special as plain

import autograd as ag
from autograd.scipy import special

X = np.array([1.3, 2.6])
CALLS: dict[str, Any] = {
    "diric": lambda s, x: s.diric(x, 3),
    "multigammaln": lambda s, x: s.multigammaln(x, 2),
    "polygamma": lambda s, x: s.polygamma(1, x),
    **{f"spherical_{kind}n": lambda s, x, kind=kind: getattr(s, f"spherical_{kind}n")(2, x) for kind in "jyik"},
}


def test_every_function_has_a_call() -> None:
    assert sorted(CALLS) == special.__all__


@pytest.mark.parametrize("name", CALLS)
def test_a_function_has_scipy_s_values_and_a_gradient(name: str) -> None:
    call = CALLS[name]
    np.testing.assert_array_equal(call(special, X), call(plain, X))
    t = ag.Tensor(X, requires_grad=True)
    np.testing.assert_array_equal(call(special, t).data, call(plain, X))
    ag.assert_gradients(lambda x: call(special, x), X)
    with pytest.raises(TypeError, match="makes an array of it"):
        call(plain, t)


def test_what_has_no_rule_is_scipy_s() -> None:
    assert special.gammaln is plain.gammaln
    assert special.comb is plain.comb
