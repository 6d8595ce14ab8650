"""Reductions over every kind of axis against differences; and their conventions at ties, zeros and constant data."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    case,
    check,
    check_case,
    check_float32,
    has_complex,
    normal,
    reversed_columns,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag

X = spaced(2, 3, 2)
REDUCTIONS = [np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.amax, np.amin]
AXES: list[Any] = [None, 0, -1, 1, (0, 2), (-1, 0), (0, 1, 2), ()]
NAMED = {np.sum: "sum", np.mean: "mean", np.prod: "prod", np.var: "var", np.std: "std", np.max: "max", np.min: "min"}
VARY = {np.var, np.std}


def smooth(fn: Any, axis: Any) -> bool:
    """Over no axes every variance is 0, where std has a kink."""
    return not (fn is np.std and axis == ())


CASES = [
    *(case(fn, X, axis=axis) for fn in REDUCTIONS for axis in AXES if smooth(fn, axis)),
    *(case(fn, X, axis=axis, keepdims=True) for fn in REDUCTIONS for axis in AXES if smooth(fn, axis)),
    *(case(fn, X) for fn in REDUCTIONS),
    *(case(fn, reversed_columns(X), axis=1, label="strided") for fn in REDUCTIONS),
    *(case(fn, np.array([[1.5]]), axis=0) for fn in REDUCTIONS if fn is not np.std),
    *(case(fn, np.array(1.5)) for fn in REDUCTIONS if fn is not np.std),
    *(case(fn, np.array(1.5), axis=0) for fn in (np.sum, np.prod, np.max, np.min)),
    *(case(fn, normal(0, 3), axis=1) for fn in REDUCTIONS),
    *(case(fn, normal(0, 3), axis=0) for fn in (np.sum, np.prod)),
    *(case(fn, normal(0)) for fn in (np.sum, np.prod)),
    *(case(fn, X, f=lambda x, name=name: getattr(x, name)(axis=(0, -1), keepdims=True), label="method")
      for fn, name in NAMED.items()),
    *(case(fn, X, axis=1, ddof=ddof) for fn in (np.var, np.std) for ddof in (1, 0.5)),
    *(case(fn, rotated(2, 3), axis=axis) for fn in (np.sum, np.mean, np.prod, np.var, np.std) for axis in (None, 1)),
    *(case(np.prod, normal(n), label=f"{n}") for n in (2, 3, 5, 7, 8)),
    *(case(np.prod, np.array(zeros), label=f"zeros in {zeros}")
      for zeros in ([2.0, 0.0, 3.0], [2.0, 0.0, 0.0, 3.0], [0.0, 0.0, 0.0])),
    case(np.prod, np.array([[2.0, 0.0], [0.0, 0.0], [4.0, 5.0]]), axis=1, label="zeros by row"),
    *(case(fn, X, f=lambda x, ufunc=ufunc: ufunc.reduce(x, axis=(0, 1)), label="ufunc.reduce") for fn, ufunc in
      {np.sum: np.add, np.prod: np.multiply, np.max: np.maximum, np.min: np.minimum}.items()),
    case(np.sum, X, f=lambda x: np.add.reduce(x), label="ufunc.reduce, first axis"),
    case(np.sum, X, f=lambda x: np.add.reduce(x, 1, keepdims=True), label="ufunc.reduce, positional axis"),
    case(np.sum, X, f=lambda x: np.sum(x, np.int64(1)), label="axis of np.int64"),
    case(np.mean, X, f=lambda x: np.mean(x, np.int64(1)), label="axis of np.int64"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_gradients(case: Any) -> None:
    check_case(case)


@pytest.mark.parametrize("case", [c for c in CASES if not has_complex(c)], ids=lambda case: case.label)
def test_float32(case: Any) -> None:
    check_float32(case)


def gradient(f: Any, x: Any) -> Any:
    t = ag.Tensor(np.asarray(x, float), requires_grad=True)
    f(t).sum().backward()
    assert t.grad is not None
    return t.grad.data.tolist()


@pytest.mark.parametrize(("fn", "sign"), [(np.max, 1), (np.amax, 1), (np.min, -1), (np.amin, -1)])
def test_ties_share_equally(fn: Any, sign: int) -> None:
    x = sign * np.array([[3.0, 3.0, 1.0], [2.0, 3.0, 2.0]])
    third = 1 / 3
    assert gradient(fn, x) == [[third, third, 0.0], [0.0, third, 0.0]]
    assert gradient(lambda x: fn(x, axis=1), x) == [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]]
    assert gradient(lambda x: fn(x, axis=0, keepdims=True), x) == [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]


def test_std_of_constant_data_has_gradient_0() -> None:
    assert gradient(np.std, [2.0, 2.0]) == [0.0, 0.0]
    assert gradient(lambda x: np.std(x, axis=1), [[2.0, 2.0], [0.0, 2.0]]) == [[0.0, 0.0], [-0.5, 0.5]]
    assert gradient(np.std, 5.0) == 0.0


def test_second_derivative_of_std_of_constant_data_is_finite() -> None:
    t = ag.Tensor([2.0, 2.0], requires_grad=True)
    np.std(t).backward(create_graph=True)
    g, t.grad = t.grad, None
    (g * np.array([1.0, 2.0])).sum().backward()
    assert np.isfinite(t.grad.data).all()


def test_var_with_no_degrees_of_freedom_is_nan_as_in_numpy() -> None:
    with pytest.warns(RuntimeWarning):
        assert np.isnan(gradient(lambda x: np.var(x, ddof=1), [2.0])).all()


def test_maximum_of_nan_warns_of_nothing() -> None:
    assert gradient(lambda x: np.max(x, axis=1), [[np.nan, 1.0], [2.0, 1.0]])[1] == [1.0, 0.0]


def test_of_a_long_product_nothing_overflows_on_the_way() -> None:
    x = np.concatenate([np.full(200, 1e-4), np.full(200, 1e4)])
    np.testing.assert_allclose(gradient(np.prod, np.stack([x[::2], x[1::2]]).T.ravel()[:3]), [1e-8, 1e-8, 1e-8])


@pytest.mark.parametrize("fn", REDUCTIONS, ids=lambda fn: fn.__name__)
def test_options_whose_gradient_is_not_known_are_refused(fn: Any) -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="where"):
        fn(t, where=np.array([True, True]), **({"initial": 0} if fn not in (*VARY, np.mean) else {}))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), fn=st.sampled_from(REDUCTIONS), keepdims=st.booleans())
def test_any_axes_of_any_shape(data: Any, fn: Any, keepdims: bool) -> None:
    shape = data.draw(st.lists(st.integers(2, 3), min_size=1, max_size=3))
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))
    axis = tuple(data.draw(st.permutations([k - len(shape) * data.draw(st.booleans()) for k in axes])))
    check(lambda x: fn(x, axis=axis, keepdims=keepdims), spaced(*shape))
