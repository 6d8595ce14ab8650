"""check_grads passes what is right, and rejects what is wrong by a thousandth, at both orders and in both modes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autograd.extend import defjvp, defvjp, primitive
from autograd.test_util import check_equivalent, check_grads, combo_check, scalar_close
from autograd.util import quick_grad_check, subval, subvals


def scaled(factor: float, of_g: Callable[[Any], Any] = lambda g: g) -> Any:
    @primitive
    def double(x: Any) -> Any:
        return 2.0 * x

    defvjp(double, lambda ans, x: lambda g: of_g(g) * factor)
    return double


def test_right_and_wrong_rules() -> None:
    check_grads(scaled(2.0))(1.0)
    with pytest.raises(AssertionError, match=r"\(VJP\) check of double failed"):
        check_grads(scaled(2.001), modes=["rev"])(1.0)
    with pytest.raises(AssertionError, match="differs from"):
        check_grads(scaled(2.001), modes=["fwd"])(1.0)


def test_a_second_derivative_that_is_wrong() -> None:
    @primitive
    def same(x: Any) -> Any:
        return x

    defvjp(same, lambda ans, x: lambda g: g * 1.001)
    check_grads(scaled(2.0, same), modes=["rev"], order=1)(1.0)
    with pytest.raises(AssertionError, match=r"\(VJP\) check of vjp_double failed"):
        check_grads(scaled(2.0, same), modes=["rev"])(1.0)


def test_a_forward_rule_that_is_wrong() -> None:
    @primitive
    def double(x: Any) -> Any:
        return 2.0 * x

    defjvp(double, lambda g, ans, x: 2.001 * g)
    with pytest.raises(AssertionError, match="differs from"):
        check_grads(double, modes=["fwd"])(1.0)


def test_all_combinations() -> None:
    seen = []

    def f(x: Any, y: Any, *, power: int) -> Any:
        seen.append((np.ndim(x), np.ndim(y), power))
        return x * y**power

    combo_check(f, [0, 1], order=1)([1.0, np.ones(2)], [2.0], power=[1, 2])
    assert set(seen) == {(0, 0, 1), (0, 0, 2), (1, 0, 1), (1, 0, 2)}


def test_equivalence() -> None:
    check_equivalent({"a": 1.0}, {"a": 1.0})
    with pytest.raises(AssertionError, match="is of"):
        check_equivalent(np.ones(2), np.ones(3))
    assert scalar_close(1e9, 1e9 + 1)
    assert not scalar_close(1.0, 1.001)


def test_the_small_helpers() -> None:
    assert subvals([1, 2, 3], [(0, 5), (2, 6)]) == (5, 2, 6)
    assert subval((1, 2), 1, 0) == (1, 0)
    with pytest.warns(UserWarning, match="deprecated"):
        quick_grad_check(lambda x, y: x * x + y, 1.0, (2.0,))
