"""Moving, copying, joining and splitting elements, against differences."""

from typing import Any

import numpy as np
import pytest
from numeric import (
    case,
    check,
    check_case,
    check_float32,
    has_complex,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag

X = normal(2, 3, 4)
STRIDED = reversed_columns(X)
EMPTY = normal(0, 3)
POINT = normal()


def parts(f: Any, *kept: int) -> Any:
    """`f`, of whose outputs only some are used: to the others no gradient flows."""
    return lambda x: [f(x)[k] for k in kept]


def like(x: Any) -> Any:
    """np.full_like sees only what its first argument is."""
    return ag.Tensor(np.zeros((2, 3))) if isinstance(x, ag.Tensor) else np.zeros((2, 3))


CASES = [
    *(case(np.reshape, x, shape=shape) for x in (X, STRIDED) for shape in [(6, 4), -1, (4, -1, 2), (1, 24, 1)]),
    case(np.reshape, X, shape=(4, 6), order="F"),
    case(np.reshape, X, f=lambda x: np.reshape(x, (8, 3)), label="positional"),
    case(np.reshape, X, f=lambda x: x.reshape(3, -1, 4), label="method of several"),
    case(np.reshape, X, f=lambda x: x.reshape((3, 8), order="F"), label="method"),
    *(case(np.reshape, POINT, shape=shape) for shape in [(), (1, 1)]),
    case(np.reshape, normal(1, 1), shape=()),
    case(np.reshape, EMPTY, shape=(3, 5, 0)),
    *(case(np.ravel, x) for x in (X, STRIDED, POINT, EMPTY)),
    case(np.ravel, STRIDED, order="F"),
    case(np.ravel, X, f=lambda x: x.flatten(order="F"), label="method"),
    *(case(np.squeeze, normal(1, 2, 1), axis=axis) for axis in (None, 0, -1, (0, 2), ())),
    case(np.squeeze, normal(1, 1)),
    case(np.squeeze, POINT),
    case(np.squeeze, normal(1, 2), f=lambda x: x.squeeze(0), label="method"),
    *(case(np.expand_dims, X, axis=axis) for axis in (0, -1, 2, (0, -1), (1, 0, 3))),
    case(np.expand_dims, POINT, axis=0),
    case(np.expand_dims, EMPTY, axis=1),
    *(case(np.transpose, X, axes=axes) for axes in (None, (2, 0, 1), (-1, 0, -2), [1, 2, 0])),
    case(np.transpose, STRIDED, axes=(1, 2, 0), label="strided"),
    case(np.transpose, POINT),
    case(np.transpose, EMPTY),
    case(np.transpose, X, f=lambda x: x.T, label="T"),
    case(np.transpose, X, f=lambda x: x.transpose(1, 2, 0), label="method of several"),
    case(np.transpose, X, f=lambda x: x.transpose((2, 0, 1)), label="method"),
    case(np.transpose, X, f=lambda x: x.transpose(), label="method without axes"),
    case(np.matrix_transpose, X),
    case(np.matrix_transpose, X, f=lambda x: x.mT, label="mT"),
    *(case(np.swapaxes, X, axis1=a, axis2=b) for a, b in [(0, 2), (-1, 0), (1, 1)]),
    case(np.swapaxes, X, f=lambda x: x.swapaxes(0, -1), label="method"),
    *(case(np.moveaxis, X, source=s, destination=d) for s, d in
      [(0, 2), (-1, 0), ((0, 1), (-1, 0)), ([2, 0], [0, 1]), ((0, 1, 2), (1, 2, 0))]),
    *(case(np.copy, x) for x in (X, STRIDED, POINT)),
    case(np.copy, X, f=lambda x: x.copy(), label="method"),
    case(np.astype, X, f=lambda x: np.astype(x, np.float64)),
    case(np.astype, X, f=lambda x: x.astype("f8"), label="method"),
    case(np.astype, X, f=lambda x: x.astype(complex), label="to complex"),
    case(np.astype, X, f=lambda x: np.astype(x, np.float64, copy=False), label="no copy"),
    *(case(np.broadcast_to, normal(*a), shape=b) for a, b in
      [((3,), (2, 3)), ((2, 1), (2, 3)), ((), (2, 2)), ((1, 1), (4, 1)), ((1,), (0,)), ((1, 3), (0, 3)), ((2,), (2,))]),
    *(case(np.full_like, normal(*shape), f=lambda v: np.full_like(like(v), v), label="in (2, 3)")
      for shape in [(3,), (), (2, 1), (2, 3)]),
    case(np.full_like, normal(2), f=lambda v: np.full_like(like(v), v, shape=(4, 2)), label="in (4, 2)"),
    *(case(np.concatenate, normal(2, 3), normal(n, 3), f=lambda *xs: np.concatenate(xs), label=f"{n}")
      for n in (1, 4, 0)),
    *(case(np.concatenate, X, STRIDED, X[:, :, ::-1], f=lambda *xs, axis=axis: np.concatenate(xs, axis=axis),
           label=f"axis={axis}") for axis in (1, -1, -3, None)),
    case(np.concatenate, X, POINT, EMPTY, f=lambda *xs: np.concatenate(xs, axis=None), label="axis=None, of any shape"),
    case(np.concatenate, normal(2), f=lambda x: np.concatenate([x, np.ones(2), [3.0], x]), label="with constants"),
    case(np.concatenate, X, f=np.concatenate, label="along its own first axis"),
    case(np.concatenate, rotated(2), normal(2), f=lambda *xs: np.concatenate(xs), label="and real"),
    *(case(np.stack, X, STRIDED, f=lambda *xs, axis=axis: np.stack(xs, axis=axis), label=f"axis={axis}")
      for axis in (0, 1, -1)),
    case(np.stack, POINT, normal(), f=lambda *xs: np.stack([*xs, 1.0, xs[0]]), label="of points"),
    case(np.stack, EMPTY, f=lambda x: np.stack((x, x)), label="of nothing"),
    *(case(np.split, X, f=lambda x, axis=axis, n=n: np.split(x, n, axis=axis), label=f"{n}, axis={axis}")
      for n, axis in [(2, 0), (3, 1), (4, -1), ([1, 3], 2), ([], 0), ([0, 1, 1, 9], 1)]),
    case(np.split, X, f=lambda x: np.split(x, ag.Tensor([1, 3]), -1), label="at a Tensor"),
    *(case(np.array_split, X, f=lambda x, axis=axis: np.array_split(x, 3, axis=axis), label=f"uneven, axis={axis}")
      for axis in (0, -1)),
    *(case(np.split, normal(6), f=parts(lambda x: np.split(x, 3), *kept), label=f"only {kept}")
      for kept in [(0,), (1,), (2, 0)]),
    case(np.array_split, normal(5), f=parts(lambda x: np.array_split(x, 2), 1), label="only 1"),
    case(np.split, normal(4), f=lambda x: np.split(x, 2)[0] * np.split(x, 2)[1], label="product of halves"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_gradients(case: Any) -> None:
    check_case(case)


ONES = [c for c in CASES if not has_complex(c) and "astype" not in c.label]


@pytest.mark.parametrize("case", ONES, ids=lambda case: case.label)
def test_float32(case: Any) -> None:
    check_float32(case)


@pytest.mark.parametrize("order", ["A", "K"])
def test_an_order_that_depends_on_memory_is_refused(order: Any) -> None:
    t = ag.Tensor(STRIDED, requires_grad=True)
    with pytest.raises(ValueError, match=f"order='{order}'"):
        np.ravel(t, order=order).sum().backward()


def test_astype_changes_the_dtype_of_the_value_and_not_of_the_gradient() -> None:
    t = ag.Tensor(np.ones(2, np.float32), requires_grad=True)
    y = t.astype(np.float64)
    assert y.dtype == np.float64
    (y * np.pi).sum().backward()
    assert t.grad is not None
    assert t.grad.dtype == np.float32


@pytest.mark.parametrize("cut", [
    lambda t: t.astype(np.int64), lambda t: np.sum(t, dtype=int), lambda t: np.full_like(ag.Tensor([1]), t[0]),
    lambda t: np.add(t, 1, dtype=int, casting="unsafe"), lambda t: t.astype(bool),
], ids=["astype", "sum", "full_like", "add", "to bool"])  # fmt: skip
def test_a_conversion_to_integers_has_no_gradient(cut: Any) -> None:
    y = cut(ag.Tensor([1.7, 2.2], requires_grad=True))
    assert y.node is None
    assert (y * 2.0).node is None


def test_a_part_of_a_split_is_differentiated_twice() -> None:
    """To one part nothing flows in the first pass, and something in the second."""
    check(lambda x: np.split(x, 2)[0] * np.split(x, 2)[0] * x[2:], normal(4), order=2)
