"""What must hold of a gradient besides its values: the gradient check must reject what breaks it."""

from typing import Any

import numpy as np
import pytest
from numeric import normal
from test_checking import cubed, product

import autograd as ag
from autograd.checking import Verdict, gradcheck
from autograd.engine.tensor import Tensor
from autograd.functional import linearize

WRONG = Verdict.WRONG


def test_a_changed_input_is_rejected_and_put_back() -> None:
    def on_arrays(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            x[0] += 1e-13
        return x * 2

    def on_tensors(x: Any) -> Any:
        if isinstance(x, Tensor):
            x.data[0] += 1e-13
        return x * 2

    for f in (on_arrays, on_tensors):
        x = np.ones(2)
        check = gradcheck(f, x)
        assert check.verdict == WRONG
        assert "changes input 0 in place" in check.reason
        assert x.tolist() == [1.0, 1.0]


def test_an_input_changed_by_a_rule_is_rejected() -> None:
    def overwrite(g: Any, x: Any) -> Any:
        result = 3 * g * x * x
        x *= 2
        return result

    check = gradcheck(cubed(x=overwrite), normal(3))
    assert check.verdict == WRONG
    assert "a rule changes input 0 in place" in check.reason


def test_a_rule_that_writes_into_g_is_rejected() -> None:
    def overwrite(g: Any, x: Any) -> Any:
        if isinstance(g, np.ndarray):
            g *= 3 * x * x
            return g
        return 3 * g * x * x

    check = gradcheck(cubed(x=overwrite), normal(3))
    assert check.verdict == WRONG
    assert "writes into the gradient that it is given" in check.reason


def test_a_rule_that_writes_into_what_was_saved_is_rejected() -> None:
    @ag.primitive
    def exponential(x: Any) -> Any:
        return np.exp(x)

    def overwrite(g: Any, y: Any) -> Any:
        if isinstance(y, np.ndarray):
            y *= g
            return y
        return g * y

    ag.rule(exponential, x=overwrite)
    check = gradcheck(exponential, normal(3))
    assert check.verdict == WRONG
    assert "second pass over the same graph" in check.reason


def test_a_function_that_returns_something_else_every_time_is_rejected() -> None:
    rng = np.random.default_rng(0)
    check = gradcheck(lambda x: x * rng.normal(size=x.shape), normal(3))
    assert check.verdict == WRONG
    assert "two calls with the same inputs" in check.reason
    assert gradcheck(lambda x: x * np.random.default_rng(0).normal(size=x.shape), normal(3))


def test_a_gradient_that_is_another_one_every_time_is_rejected() -> None:
    rng = np.random.default_rng(0)
    check = gradcheck(cubed(x=lambda g, x: 3 * g * x * x * (1 + 1e-9 * rng.random())), normal(3))
    assert check.verdict == WRONG
    assert "another gradient" in check.reason or "different gradients" in check.reason


def test_another_value_on_tensors_is_rejected() -> None:
    for f, reason in [
        (lambda x: x * 2 if isinstance(x, Tensor) else x * 2.0000001, "other values for Tensors"),
        (lambda x: x * 2 if isinstance(x, Tensor) else x.reshape(-1) * 2, r"of shape (1, 2) for Tensors"),
        (lambda x: x * 2 if isinstance(x, Tensor) else (x * 2).astype(np.float32), "is float64 of shape"),
        (lambda x: x * 2 if isinstance(x, Tensor) else (x * 2, x), "other values for Tensors"),
    ]:
        check = gradcheck(f, normal(1, 2))
        assert check.verdict == WRONG
        assert reason in check.reason


def test_a_tensor_that_holds_no_array_is_rejected() -> None:
    def f(x: Any) -> Any:
        y = np.sum(x)
        if isinstance(y, Tensor):
            y.data = y.data[()]
        return {"loss": y}

    check = gradcheck(f, normal(3))
    assert check.verdict == WRONG
    assert check.reason == "output ['loss'] is a Tensor that holds a float64, and must hold an array"


def test_a_gradient_that_shows_only_where_the_other_input_is_constant_is_rejected() -> None:
    wrong = product(a=lambda g, b: 2 * g * b, b=lambda g, a: g * a)

    def f(a: Any, b: Any) -> Any:
        return wrong(a, b) if isinstance(a, Tensor) and not isinstance(b, Tensor) else a * b

    check = gradcheck(f, normal(3), normal(3))
    assert check.verdict == WRONG
    assert "gradient of input 0 is another one where the other inputs are constants" in check.reason


def test_gradients_that_share_memory_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[Any, Any] = {}

    def shared(gx: Any, is_shared: bool) -> Any:
        """The engine without its care: gradients of one shape in one memory."""
        data = gx.data if isinstance(gx, Tensor) else gx
        same = held.setdefault(data.shape, data)
        same[...] = data
        return Tensor(same)

    monkeypatch.setattr(linearize, "_own_tensor", shared)
    check = gradcheck(lambda a, b: a + b, normal(3), normal(3))
    assert check.verdict == WRONG
    assert check.reason == "the gradients of inputs 0 and 1 share memory; each must have its own"


@pytest.mark.parametrize(("make", "reason"), [
    (lambda gx, x: np.broadcast_to(gx[:1], gx.shape), "is a view that cannot be written"),
    (lambda gx, x: x.astype(gx.dtype, copy=False), "shares its memory with input 0"),
    (lambda gx, x: gx.astype(np.float32), "is float32 of shape (3,); it must be float64 of shape (3,)"),
    (lambda gx, x: gx[:2].copy(), "is float64 of shape (2,); it must be float64 of shape (3,)"),
])  # fmt: skip
def test_gradients_that_are_not_like_their_input_are_rejected(
    make: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.ones(3)
    monkeypatch.setattr(
        linearize,
        "_own_tensor",
        lambda gx, shared: Tensor._make(make(gx.data if isinstance(gx, Tensor) else gx, x), None),
    )
    check = gradcheck(lambda x: x * 2, x)
    assert check.verdict == WRONG
    assert reason in check.reason
