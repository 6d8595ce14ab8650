"""Elementwise functions against differences; and their conventions where there is no derivative."""

import math
from typing import Any

import numpy as np
import pytest
from numeric import (
    between,
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

POSITIVE = between(0.5, 2, 2, 3)
INSIDE = between(-0.7, 0.7, 2, 3)
AWAY = spaced(2, 3)  # from 0 and from each other

# Where the function is real and smooth: its derivative is judged there, at 0-d, at size 1, 0, and on a strided view.
UNARY = {
    np.negative: AWAY, np.positive: AWAY, np.reciprocal: POSITIVE, np.square: AWAY, np.sqrt: POSITIVE,
    np.cbrt: POSITIVE, np.absolute: AWAY, np.fabs: AWAY, np.exp: AWAY, np.exp2: AWAY, np.expm1: AWAY,
    np.log: POSITIVE, np.log2: POSITIVE, np.log10: POSITIVE, np.log1p: INSIDE, np.sin: AWAY, np.cos: AWAY,
    np.tan: INSIDE, np.arcsin: INSIDE, np.arccos: INSIDE, np.arctan: AWAY, np.sinh: AWAY, np.cosh: AWAY,
    np.tanh: AWAY, np.arcsinh: AWAY, np.arccosh: POSITIVE + 1, np.arctanh: INSIDE, np.conjugate: AWAY,
    np.real: AWAY, np.imag: AWAY,
}  # fmt: skip
REAL_ONLY = {np.cbrt, np.fabs}
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.logaddexp, np.logaddexp2,
          np.arctan2, np.hypot]  # fmt: skip
COMPLEX_BINARY = [np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power]
SHAPES = [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((1, 1, 1), (2,)), ((), (2,)),
          ((2,), ()), ((), ()), ((0, 3), (1, 3)), ((1,), (0,)), ((2, 1, 2), (3, 1))]  # fmt: skip


def positive_pair(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[Any, Any]:
    return between(0.5, 2, *a), between(0.5, 2, *b)


def square_twice(a: Any) -> Any:
    return a + a


CASES = [
    *(case(fn, x) for fn, x in UNARY.items()),
    *(case(fn, reversed_columns(x), label="strided") for fn, x in UNARY.items()),
    *(case(fn, np.full(shape, x[0, 0])) for fn, x in UNARY.items() for shape in [(), (1, 1)]),
    *(case(fn, x[:0]) for fn, x in UNARY.items()),
    *(case(fn, rotated(2, 2)) for fn in UNARY if fn not in REAL_ONLY),
    *(case(fn, *positive_pair(*shapes)) for fn in BINARY for shapes in SHAPES),
    *(case(fn, between(0.5, 2, 2, 2), 1.5, f=lambda x, c, fn=fn: fn(x, c)) for fn in BINARY),
    *(case(fn, 1.5, between(0.5, 2, 2, 2)) for fn in BINARY),
    *(case(fn, rotated(2, 3), rotated(3)) for fn in COMPLEX_BINARY),
    *(case(fn, rotated(2), between(0.5, 2, 2, 2), label="and real") for fn in COMPLEX_BINARY),
    *(case(fn, between(0.5, 2, 2), rotated(2, 2), label="real and") for fn in COMPLEX_BINARY),
    *(case(fn, reversed_columns(POSITIVE), POSITIVE.T[::-1].T, label="strided") for fn in BINARY),
    *(case(fn, AWAY, f=square_twice, label="both the same") for fn in [np.add]),
    *(case(np.power, AWAY, n) for n in (0, 1, 2, 3, -1, -2, 2.0, 0.0)),
    case(np.power, AWAY, np.array([2, 3, 0]), label="integers"),
    case(np.power, POSITIVE, np.array([0.0, 1.0, 2.0]), f=lambda a, b: np.power(a, b), label="0, 1, 2"),
    case(np.square, AWAY, f=lambda x: x**2, label="operator"),
    case(np.power, 2, AWAY, f=lambda a, b: a**b, label="operator"),
    *(case(fn, AWAY, AWAY[0] + 0.12) for fn in (np.maximum, np.minimum)),
    *(case(fn, AWAY[:, :1], AWAY[:1] + 0.12, label="outer") for fn in (np.maximum, np.minimum)),
    *(case(fn, AWAY, 0) for fn in (np.maximum, np.minimum)),
    *(case(fn, 0.01, AWAY) for fn in (np.maximum, np.minimum)),
    case(np.where, np.array([True, False, True]), normal(2, 3), normal(3)),
    case(np.where, np.array([[True], [False]]), normal(2), normal()),
    case(np.where, np.array([True, False]), normal(2), 0),
    case(np.where, np.array([True, False]), 1.0, normal(2)),
    case(np.where, np.array([True, False]), rotated(2), normal(2)),
    case(np.where, True, normal(2), normal(3, 2)),
    case(np.clip, AWAY, -0.3, 0.3),
    case(np.clip, AWAY, np.array([-0.3, -1.0, 0.1]), np.array([[0.3], [0.2]]), label="arrays"),
    case(np.clip, AWAY, np.array(0.3), np.array(-0.3), label="upside down"),
    case(np.clip, AWAY, min=0.05),
    case(np.clip, AWAY, max=0.05),
    case(np.clip, AWAY, a_min=None, a_max=0.05),
    case(np.clip, AWAY, None, np.array([0.06, 0.3, -1.0])),
    case(np.clip, AWAY, np.array([0.06, 0.3, -1.0]), None),
    case(np.clip, AWAY, f=lambda x: x.clip(-0.3, 0.3), label="method"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_gradients(case: Any) -> None:
    check_case(case)


@pytest.mark.parametrize("case", [c for c in CASES if not has_complex(c)], ids=lambda case: case.label)
def test_float32(case: Any) -> None:
    check_float32(case)


@pytest.mark.parametrize("fn", [fn for fn in UNARY if fn not in REAL_ONLY], ids=lambda fn: fn.__name__)
def test_complex_gradient_of_a_real_result(fn: Any) -> None:
    """|f(z)|^2: the convention is seen only where the loss is real."""
    check(lambda z: np.square(np.absolute(fn(z))), rotated(3))


def gradient(f: Any, *inputs: Any) -> list[Any]:
    leaves = [ag.Tensor(np.asarray(x, float), requires_grad=True) for x in inputs]
    f(*leaves).sum().backward()
    return [leaf.grad.data.tolist() for leaf in leaves]


CONVENTIONS = {
    "abs at 0": (np.absolute, [[0.0, -0.0]], [[0.0, 0.0]]),
    "fabs at 0": (np.fabs, [[0.0, -2.0]], [[0.0, -1.0]]),
    "maximum shares ties": (np.maximum, [[1.0, 2.0, 0.0], [1.0, 1.0, 3.0]], [[0.5, 1.0, 0.0], [0.5, 0.0, 1.0]]),
    "minimum shares ties": (np.minimum, [[1.0, 2.0, 0.0], [1.0, 1.0, 3.0]], [[0.5, 0.0, 1.0], [0.5, 1.0, 0.0]]),
    "clip passes at its bounds": (
        lambda x: np.clip(x, 0, 1),
        [[-0.1, 0.0, 0.5, 1.0, 1.1]],
        [[0.0, 1.0, 1.0, 1.0, 0.0]],
    ),
    "clip at equal bounds": (np.clip, [[1.0, 0.0, 2.0], 1.0, 1.0], [[1.0, 0.0, 0.0], 1.0, 1.0]),
    "where to neither": (lambda x: np.where(x > 0, x, 0), [[0.0, 1.0]], [[0.0, 1.0]]),
    "0 ** 0": (np.power, [[0.0], [0.0]], [[0.0], [0.0]]),
    "0 ** 1": (np.power, [[0.0], [1.0]], [[1.0], [0.0]]),
    "0 ** 2": (np.power, [[0.0], [2.0]], [[0.0], [0.0]]),
    "0 ** integer 0": (lambda a: a**0, [[0.0, 5.0]], [[0.0, 0.0]]),
    "0 ** integer 1": (lambda a: a**1, [[0.0]], [[1.0]]),
    "negative ** integer": (lambda a: a**3, [[-2.0]], [[12.0]]),
    "negative ** -1": (lambda a: a**-1, [[-2.0]], [[-0.25]]),
    "0 ** x": (lambda b: 0.0**b, [[2.0, 0.5]], [[0.0, 0.0]]),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions(name: str) -> None:
    f, inputs, expected = CONVENTIONS[name]
    assert gradient(f, *inputs) == expected


def test_gradient_of_a_negative_base_for_its_real_exponent_is_nan_and_warns() -> None:
    with pytest.warns(RuntimeWarning, match="log"):
        (gb,) = gradient(lambda b: np.power(-2.0, b), [3.0])
    assert math.isnan(gb[0])


def test_infinite_slopes_are_infinite() -> None:
    for f in (np.sqrt, np.cbrt, lambda x: x**0.5):
        with pytest.warns(RuntimeWarning):
            assert gradient(f, [0.0]) == [[math.inf]]


def test_where_without_branches_is_nonzero() -> None:
    for condition in (ag.Tensor([True, False, True]), ag.Tensor([1.0, 0.0, 2.0], requires_grad=True)):
        (index,) = np.where(condition)
        assert index.data.tolist() == [0, 2]


def test_where_of_the_condition_alone_has_no_graph() -> None:
    t = ag.Tensor([1.0, 0.0], requires_grad=True)
    assert np.where(t, 1.0, 2.0).node is None


def test_nan_does_not_spread_through_maximum() -> None:
    assert gradient(np.maximum, [math.nan, 1.0], [0.0, 0.0]) == [[0.0, 1.0], [0.0, 0.0]]
