"""Functions that call functions, or choose between many, against differences."""

from typing import Any

import numpy as np
import pytest
from numeric import (
    assert_same_values,
    case,
    gradients,
    has_complex,
    judged,
    normal,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag

X = normal(3, 4)


def pieces(x: Any) -> Any:
    return np.piecewise(x, [x < -1, x > 0.2], [lambda v: v * v, np.exp, 0.5])


def chosen(*xs: Any, **options: Any) -> Any:
    """np.select of two or three choices, which overlap."""
    conditions = [np.array([True, False, False]), np.array([True, True, False]), np.array([False, False, True])]
    return np.select(conditions[: len(xs)], list(xs), **options)


CASES = [
    *(case(np.apply_along_axis, X, label=f"{name} {axis}", f=lambda x, f=f, axis=axis: np.apply_along_axis(f, axis, x))
      for name, f in {"sum": np.sum, "square": lambda v: v * v, "outer": lambda v: np.outer(v[:2], v),
                      "norm": lambda v: (v @ v) ** 0.5}.items() for axis in (0, 1, -1)),
    case(np.apply_along_axis, normal(2, 3, 2), f=lambda x: np.apply_along_axis(lambda v: v[:2] * v[0], 1, x),
         label="in the middle"),
    case(np.apply_along_axis, normal(3), f=lambda x: np.apply_along_axis(lambda v, a, b: v * a + b, 0, x, 2, b=3),
         label="arguments"),
    case(np.apply_along_axis, X, f=lambda x: np.apply_along_axis(lambda v: v if v[0] < 0 else np.ones(3), 0, x),
         label="constant here and there"),
    *(case(np.apply_over_axes, normal(2, 3, 2), f=lambda x, fn=fn, axes=axes: np.apply_over_axes(fn, x, axes),
           label=f"{fn.__name__} {axes}") for fn in (np.sum, np.prod)
      for axes in ([0, 2], 1, (-1, 0), np.array([1, 2]))),
    case(np.apply_over_axes, X, label="keeps",
         f=lambda x: np.apply_over_axes(lambda x, axis: x * np.mean(x, axis=axis, keepdims=True), x, [0, 1])),
    *(case(np.piecewise, x, f=pieces) for x in (spaced(7), spaced(2, 3), np.array(-2.0), normal(0))),
    case(np.piecewise, np.array(0.1), f=pieces, label="in no piece"),
    case(np.piecewise, spaced(4), f=lambda x: np.piecewise(x, x > 0, [np.sin, np.cos]), label="one condition"),
    case(np.piecewise, spaced(4), f=lambda x: np.piecewise(x, [True, False, True, False], [np.sin]), label="list"),
    case(np.piecewise, spaced(4), f=lambda x: np.piecewise(x, [x > -9, x > 0], [np.sin, np.cos]), label="overlap"),
    case(np.piecewise, spaced(4), normal(), label="arguments",
         f=lambda x, a: np.piecewise(x * a, [x > 0], [lambda v, s, t=1: s * v * v + t, a], a, t=2)),
    case(np.piecewise, spaced(4), rotated(4), f=lambda x, z: np.piecewise(z, [x > 0], [np.exp, 1]), label="complex"),
    case(np.piecewise, normal(), normal(), label="numbers",
         f=lambda a, b: np.piecewise(np.ones(3) * a * b, [np.array([True, False, True])], [a, b])),
    *(case(np.select, *xs, f=chosen, label=f"{len(xs)}") for xs in
      [(normal(3),), (normal(3), normal(3)), (normal(3), normal(2, 3)), (normal(2, 1), normal(), normal(3))]),
    case(np.select, normal(3), normal(3), f=lambda x, d: chosen(x * d, default=d), label="default"),
    case(np.select, normal(3), label="numbers",
         f=lambda x: chosen(x, 2.0, 1) * chosen(1, x, default=3.5) * chosen([1, 2, 3], x)),
    case(np.select, rotated(3), normal(3), f=chosen),
    case(np.select, normal(3), f=lambda x: np.select([x > 9, [True, False, True]], [x, -x], 1), label="conditions"),
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if not has_complex(c) and "list" not in c.label and "number" not in c.label]
)


# -- conventions -----------------------------------------------------------------------------------------------------


def test_select_takes_the_first_choice_that_holds() -> None:
    def first(a: Any, b: Any) -> Any:
        return np.select([a > 1, b > 1], [a, b], 0.0)

    _, (ga, gb) = gradients(first, [np.array([0.0, 2.0, 2.0]), np.array([2.0, 2.0, 0.0])], [1.0])
    assert (ga.data.tolist(), gb.data.tolist()) == ([0.0, 1.0, 1.0], [1.0, 0.0, 0.0])


# -- the same values and dtypes as NumPy -----------------------------------------------------------------------------

SINGLE = normal(3).astype(np.float32)

VALUES: dict[str, tuple[Any, Any]] = {
    "select, float32": (lambda x: np.select([x > 0, x < 0], [x, 2.0], 1), SINGLE),
    "select, promoted": (lambda x: np.select([x > 0, x < 0], [x, np.ones(3)], 1), SINGLE),
    "select, by the default": (lambda x: np.select([x > 0], [x], np.float64(1)), SINGLE),
    "select, an integer default": (lambda x: np.select([x > 0], [x], np.arange(3)), SINGLE),
    "select, complex default": (lambda x: np.select([x > 0], [x], 1j), SINGLE),
    "piecewise, narrowed": (lambda x: np.piecewise(x, [x > 0], [lambda v: v * np.ones(v.shape), 1]), SINGLE),
    "apply_along_axis, dtype of the first": (
        lambda x: np.apply_along_axis(lambda v: v.sum() if v[0] == x[0, 0] else np.float64(1 / 3), 1, x),
        np.arange(4, dtype=np.float32).reshape(2, 2),
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_and_dtypes(name: str) -> None:
    f, x = VALUES[name]
    assert_same_values(f, [x], [f(x)])


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: np.apply_along_axis(np.sum, 0, t.reshape(3, 1)[:, :0]), ValueError, r"shape \(3, 0\)"),
    (lambda t: np.apply_over_axes(lambda x, axis: x.sum(), t.reshape(3, 1), 0), ValueError, "as many axes"),
    (lambda t: np.piecewise(t, [t > 0, t < 0], [1]), ValueError, "2 conditions and 1 functions"),
    (lambda t: np.select([t > 0], [t, t]), ValueError, "1 conditions and 2 choices"),
    (lambda t: np.select([np.ones(3)], [t]), TypeError, "float64"),
    (lambda t: np.select([t > 0, t], [t, t]), TypeError, "boolean"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))


def test_what_returns_no_tensors_gives_a_tensor_without_a_graph() -> None:
    y = np.apply_along_axis(np.argmax, 0, ag.Tensor(X, requires_grad=True))
    assert isinstance(y, ag.Tensor)
    assert y.node is None
    np.testing.assert_array_equal(y.data, np.argmax(X, axis=0))
