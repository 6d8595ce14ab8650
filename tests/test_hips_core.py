"""autograd.core: the primitives of 2017, whose rules are methods."""

from typing import Any

import autograd.core as core
import autograd.extend as extend
import numpy as np
import pytest

import autograd as ag

X, Y = np.array([0.5, 1.5]), np.array([2.0, -1.0])


def test_it_has_what_extend_has() -> None:
    assert core.defvjp is extend.defvjp
    assert core.primitive_vjps is extend.primitive_vjps
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        core.nothing  # noqa: B018  # the error is what is tested


@pytest.mark.parametrize("way", ["defgrad", "defvjp"])
def test_a_rule_by_a_method(way: str) -> None:
    @core.primitive
    def product(x: Any, y: Any) -> Any:
        return x * y

    rules = {
        "defgrad": (lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x),
        "defvjp": (lambda g, ans, vs, gvs, x, y: g * y * vs.ones(), lambda g, ans, vs, gvs, x, y: g * x * gvs.ones()),
    }
    for k, rule in enumerate(rules[way]):
        with pytest.warns(UserWarning, match="deprecated; call autograd.extend.defvjp"):
            getattr(product, way)(rule, argnum=k)
    gx, gy = ag.grad(lambda x, y: np.sum(product(x, y)), argnums=(0, 1))(X, Y)
    np.testing.assert_array_equal((gx, gy), (Y, X))


def test_no_gradient_by_a_method() -> None:
    step = core.primitive(np.sign)
    with pytest.warns(UserWarning, match="deprecated"):
        step.defvjp_is_zero()
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(step(x)))(X), [0.0, 0.0])
