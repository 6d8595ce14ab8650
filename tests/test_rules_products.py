"""Products of arrays in every combination of dimensions, against differences."""

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    case,
    check,
    has_complex,
    judged,
    leaves_of,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag

SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)),
    ((5, 2, 3), (3, 2)), ((2, 3), (5, 3, 2)), ((5, 2, 3), (5, 3, 2)), ((1, 2, 3), (5, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)), ((4, 1, 2, 3), (1, 2, 3, 1)), ((1, 1), (1, 1)), ((1, 3), (3, 1)), ((1,), (1,)),
    ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0,), (0,)), ((2, 3), (3, 0)), ((0, 2, 3), (3,)), ((2, 0), (0,)),
    ((3,), (0, 3, 2)), ((1, 2, 3), (0, 3, 2)), ((2, 2, 2, 3), (3, 2)), ((0, 2, 3), (3, 2)), ((2, 0, 3), (3, 2)),
    ((2, 2, 0), (0, 3)), ((2, 2, 3), (3, 0)),
]  # fmt: skip
# What np.dot and np.inner take in place of some of these: numbers, and stacks that are not broadcast.
DOT_SHAPES = [
    *SHAPES[:9], *SHAPES[12:19], ((), ()), ((), (3,)), ((2, 2), ()), ((), (2, 1, 2)), ((2, 1, 3), (2, 3, 2)),
    ((2, 0), (3, 0, 2)),
]  # fmt: skip
INNER_SHAPES = [(a, (*b[:-2], b[-1], b[-2]) if len(b) > 1 else b) for a, b in DOT_SHAPES if b != (2, 1, 2)]
MIXED = [(rotated, rotated), (rotated, normal), (normal, rotated)]
LINES = [
    ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((4, 1, 3), (2, 3)), ((1,), (1,)),
    ((2, 0), (2, 0)), ((0, 3), (3,)), ((1, 3), (2, 3)),
]  # fmt: skip
KRONS = [
    ((2,), (3,)), ((2, 2), (1, 3)), ((2,), (2, 3)), ((2, 3), (2,)), ((2, 1, 2), (2,)), ((3,), (2, 1, 2)), ((), ()),
    ((), (2, 2)), ((3,), ()), ((1,), (1, 1)), ((0, 2), (2, 3)), ((2,), (0,)),
]  # fmt: skip
AXES = [
    ((2, 3), (3, 2), 1), ((2, 3), (2, 3), 2), ((2, 3), (2, 3), ([1, 0], [1, 0])), ((2, 3), (2, 3), ([1, 0], (-1, -2))),
    ((2, 3), (4,), 0), ((2, 3), (2, 3), (0, 0)), ((2, 3), (3, 2), (1, [0])), ((2, 3, 4), (4, 2, 2), ([0, 2], [1, 0])),
    ((2, 3, 4), (4, 5, 2), ([2, 0], [0, 2])), ((2, 3, 4), (2, 3), ([0, 1], [0, 1])), ((2, 3), (2, 3, 2), (-1, -2)),
    ((), (), 0), ((), (2,), 0), ((2,), (2,), (0, 0)), ((2,), (2,), ([], [])), ((1, 3), (3, 1), 1), ((2, 0), (0, 2), 1),
    ((0, 2), (2, 3), 1), ((2, 3), (3, 2), (np.array([1]), np.array([0]))),
]  # fmt: skip
CROSSES: list[tuple[Any, Any, dict[str, int]]] = [
    ((3,), (3,), {}), ((2, 3), (2, 3), {}), ((3,), (2, 3), {}), ((2, 3), (3,), {}), ((4, 1, 3), (2, 3), {}),
    ((3, 2), (3, 2), {"axis": 0}), ((3, 2), (3, 2), {"axis": -2}), ((3, 2), (2, 3), {"axisa": 0}),
    ((2, 3), (3, 2), {"axisb": 0}), ((2, 3), (2, 3), {"axisc": 0}), ((3, 4), (2, 4, 3), {"axisa": 0, "axisc": 1}),
    ((2, 4, 3), (3, 4), {"axisb": -2, "axisc": -3}), ((4, 3, 2), (2, 3), {"axisa": 1}), ((0, 3), (3,), {}),
    ((3, 1), (3, 2), {"axisa": 0, "axisb": 0, "axisc": 0}), ((1, 3), (1, 3), {}),
]  # fmt: skip

CASES = [
    *(case(np.matmul, normal(*a), normal(*b)) for a, b in SHAPES),
    *(case(np.matmul, rotated(*a), rotated(*b)) for a, b in SHAPES[:7]),
    case(np.matmul, rotated(2, 3), normal(3, 2), label="and real"),
    case(np.matmul, normal(3), rotated(3, 2), label="real and"),
    case(np.matmul, reversed_columns(normal(2, 3)), normal(4, 3).T[:, ::-2], label="strided"),
    case(np.matmul, normal(2, 4, 3).mT[::-1], normal(5, 4).T[:, ::2], label="strided stack"),
    case(np.matmul, normal(2, 3), normal(3, 2), f=lambda a, b: np.broadcast_to(a, (4, 2, 3)) @ b, label="broadcast"),
    case(np.matmul, normal(3, 2, 4), normal(3, 5), f=lambda a, b: np.moveaxis(a, 0, -1) @ b, label="moved"),
    case(np.matmul, normal(2, 2), f=lambda a: a @ a, label="both the same"),
    case(np.matmul, normal(2, 2), f=lambda a: a @ a.mT @ a, label="chain"),
    case(np.matmul, normal(2, 2), f=lambda a: a @ [[1.0, 2.0], [3.0, 4.0]], label="list"),
    case(np.matmul, normal(2, 2), f=lambda a: [1.0, 2.0] @ a, label="list on the left"),
    case(np.matmul, normal(2, 3), np.array([1, 0, 2]), label="integers"),
    *(case(np.linalg.matmul, normal(*a), normal(*b)) for a, b in SHAPES[:4]),
    *(case(np.dot, normal(*a), normal(*b)) for a, b in DOT_SHAPES),
    *(case(np.dot, np.asarray(rotated(*a)), rotated(*b)) for a, b in [*SHAPES[:4], ((2, 1, 3), (2, 3, 2)), ((), (2,))]),
    *(case(np.inner, normal(*a), normal(*b)) for a, b in INNER_SHAPES),
    *(case(np.inner, np.asarray(rotated(*a)), rotated(*b)) for a, b in [((3,), (3,)), ((2, 3), (1, 2, 3)), ((), (2,))]),
    *(case(np.vdot, normal(*a), normal(*b)) for a, b in
      [((3,), (3,)), ((2, 3), (3, 2)), ((), (1,)), ((), ()), ((0,), (2, 0))]),
    *(case(np.vdot, f(3), g(3), label=f"{f.__name__} {g.__name__}") for f, g in MIXED),
    case(np.vdot, rotated(2, 3), rotated(6), label="of other shapes"),
    *(case(np.outer, normal(*a), normal(*b)) for a, b in
      [((3,), (2,)), ((2, 2), (3,)), ((2,), (1, 2, 2)), ((), (3,)), ((2,), ()), ((0,), (3,)), ((), ())]),
    case(np.outer, rotated(2), rotated(3)),
    case(np.linalg.outer, normal(2), normal(3)),
    case(np.linalg.outer, normal(2), f=lambda x: np.linalg.outer(x, [1.0, 2.0]), label="list"),
    *(case(np.vecdot, normal(*a), normal(*b)) for a, b in LINES),
    *(case(np.vecdot, f(2, 3), g(3), label=f"{f.__name__} {g.__name__}") for f, g in MIXED),
    *(case(np.linalg.vecdot, rotated(3, 2), rotated(3, 2), axis=axis) for axis in (0, -1, 1, -2)),
    case(np.linalg.vecdot, rotated(3), rotated(3, 2), axis=0),
    *(case(np.matvec, normal(*a), normal(*b)) for a, b in
      [((2, 3), (3,)), ((2, 3), (4, 3)), ((4, 2, 3), (3,)), ((4, 1, 2, 3), (2, 3)), ((0, 3), (3,)), ((2, 0), (0,))]),
    *(case(np.matvec, f(2, 3), g(3), label=f"{f.__name__} {g.__name__}") for f, g in MIXED),
    *(case(np.vecmat, normal(*a), normal(*b)) for a, b in
      [((3,), (3, 2)), ((4, 3), (3, 2)), ((3,), (4, 3, 2)), ((2, 3), (4, 1, 3, 2)), ((3,), (3, 0)), ((0,), (0, 2))]),
    *(case(np.vecmat, f(3), g(3, 2), label=f"{f.__name__} {g.__name__}") for f, g in MIXED),
    *(case(np.tensordot, normal(*a), normal(*b), axes=axes) for a, b, axes in AXES),
    case(np.tensordot, normal(2, 3), normal(2, 3)),
    case(np.tensordot, rotated(2, 3), rotated(3, 2), axes=([1, 0], [0, 1])),
    case(np.tensordot, reversed_columns(normal(2, 3)), normal(2, 3).T, axes=1),
    case(np.tensordot, normal(2, 2), f=lambda x: np.tensordot(x, x, (0, 1)), label="both the same"),
    case(np.tensordot, normal(2), f=lambda x: np.tensordot(x, 2.0, 0), label="by a number"),
    case(np.linalg.tensordot, normal(2, 3), normal(3, 2), axes=1),
    *(case(np.kron, normal(*a), normal(*b)) for a, b in KRONS),
    case(np.kron, rotated(2), rotated(1, 2)),
    case(np.kron, normal(2), f=lambda x: np.kron(x, x) + np.kron(3.0, np.kron(x, [1.0, 2.0])), label="lists, numbers"),
    *(case(np.cross, normal(*a), normal(*b), **axes) for a, b, axes in CROSSES),
    case(np.cross, rotated(3), rotated(2, 3)),
    case(np.cross, normal(3), f=lambda x: np.cross(x, [1, 2, 3]) * np.cross([0.5, 1.0, -1.0], x), label="list"),
    case(np.linalg.cross, normal(2, 3), normal(2, 3)),
    *(case(np.linalg.cross, normal(3, 2), normal(3, 2), axis=axis) for axis in (0, -2)),
    *(case(np.trace, normal(3, 4), offset=offset) for offset in (0, 1, -1, 3, -2, 5)),
    *(case(np.trace, normal(2, 3, 2), axis1=a, axis2=b) for a, b in [(0, 1), (0, 2), (2, 0), (-1, -2), (1, 0)]),
    case(np.trace, normal(2, 3, 2), offset=-1, axis1=2, axis2=1),
    *(case(np.trace, normal(*shape)) for shape in [(1, 1), (0, 2), (2, 2, 0)]),
    case(np.trace, rotated(2, 2)),
    case(np.trace, reversed_columns(normal(3, 2))),
    case(np.trace, normal(2, 2), f=lambda x: np.trace(x @ x, dtype=np.float64), label="of a square"),
    *(case(np.linalg.trace, normal(2, 3, 2), offset=offset) for offset in (0, -1)),
    *(case(np.linalg.diagonal, normal(2, 3, 2), offset=offset) for offset in (0, -1)),
    case(np.linalg.matrix_transpose, normal(2, 3, 2)),
    *(case(np.linalg.multi_dot, *(normal(*shape) for shape in shapes), f=lambda *xs: np.linalg.multi_dot(xs))
      for shapes in
      [((2, 3), (3, 2)), ((2, 3), (3, 2), (2, 2)), ((3,), (3, 2), (2, 2)), ((2, 3), (3, 2), (2,)),
       ((2,), (2, 2), (2,)), ((1, 3), (3, 1), (1, 3), (3, 2)), ((2, 1), (1, 3), (3, 1), (1, 2)),
       ((3,), (3, 1), (1, 2), (2,)), ((2,), (2, 1), (1, 3), (3, 1), (1, 2)), ((2,), (2,)),
       ((2, 0), (0, 2), (2, 1))]),
    case(np.linalg.multi_dot, rotated(2, 2), f=lambda x: np.linalg.multi_dot([x, x, [[1.0, 2.0], [0.0, 1.0]], x]),
         label="the same"),
    *(case(np.linalg.matrix_power, normal(2, 2), n=n) for n in (0, 1, 2, 3, 4, 7)),
    *(case(np.linalg.matrix_power, normal(2, 2) + 2 * np.eye(2), n=n) for n in (-1, -2, -3)),
    *(case(np.linalg.matrix_power, normal(2, 2, 2), n=n) for n in (0, 2, 5)),
    case(np.linalg.matrix_power, rotated(2, 2), n=3),
    case(np.linalg.matrix_power, np.array([[1.5]]), n=5),
    case(np.linalg.matrix_power, np.zeros((2, 2)), n=3, label="of zeros"),
    case(np.linalg.matrix_power, np.zeros((2, 0, 0)), n=2, label="of nothing"),
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if not has_complex(c) and "list" not in c.label and "number" not in c.label]
)


# -- cross products of pairs -----------------------------------------------------------------------------------------


def takes_pairs() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            np.cross([1, 2], [3, 4])
        except ValueError:
            return False
    return True


PAIRS: list[Any] = [
    ((2,), (2,), {}), ((2,), (3,), {}), ((3,), (2,), {}), ((4, 2), (2,), {}), ((2,), (4, 2), {}), ((2,), (4, 3), {}),
    ((2, 4), (2, 4), {"axis": 0}), ((2, 4), (4, 3), {"axisa": 0, "axisc": 0}), ((4, 3), (2, 4), {"axisb": -2}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize(("a", "b", "axes"), PAIRS if takes_pairs() else [((3,), (4, 3), {})])
def test_cross_of_pairs(a: Any, b: Any, axes: Any) -> None:
    """Vectors of two numbers, where this NumPy still takes them."""
    check(lambda a, b: np.cross(a, b, **axes), normal(*a), normal(*b), order=2)
    check(lambda a, b: np.cross(a, b, **axes), rotated(*a), rotated(*b))


# -- what a product reads, saves and refuses -------------------------------------------------------------------------


def test_no_gradient_flows_off_the_diagonal() -> None:
    """Not even the NaN that 0 * inf would be."""
    t = ag.Tensor(np.ones((2, 2)), requires_grad=True)
    np.trace(t).backward(np.full((), np.inf))
    assert t.grad is not None
    assert t.grad.data.tolist() == [[np.inf, 0.0], [0.0, np.inf]]


def saved_by(y: Any) -> tuple[Any, ...]:
    assert y.node.saved is not None
    return y.node.saved


def test_one_factor_is_saved_for_the_gradient_of_the_other() -> None:
    a, b = normal(2, 2), normal(2, 2)
    (t,) = leaves_of([a])
    for fn in (np.dot, np.inner, np.vdot, np.outer, np.tensordot, np.kron, np.vecdot, np.matvec):
        assert [x is b for x in saved_by(fn(t, b))] == [True]
        assert [x is b for x in saved_by(fn(b, t))] == [True]
    assert saved_by(np.trace(t)) == ()


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: np.linalg.outer(t, t), ValueError, "expects vectors"),
    (lambda t: np.linalg.cross(t, t), ValueError, "must have length 3"),
    (lambda t: np.linalg.matrix_power(t[:1], 2), np.linalg.LinAlgError, "equally long"),
    (lambda t: np.linalg.matrix_power(t, 0.5), TypeError, "integer"),
    (lambda t: np.linalg.multi_dot([t, t[None], t]), np.linalg.LinAlgError, "all must be matrices"),
    (lambda t: np.linalg.multi_dot([t]), ValueError, "at least two"),
    (lambda t: np.tensordot(t, np.ones(3), 1), ValueError, "shape-mismatch"),
    (lambda t: np.dot(t, t, out=np.zeros((2, 2))), TypeError, "out="),
    (lambda t: np.vecdot(t, t, axis=0), TypeError, "axis=0"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones((2, 2)), requires_grad=True))


# -- the same bits as NumPy ------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=4, max_size=8), st.booleans(), st.booleans())
def test_multi_dot_multiplies_in_the_order_of_numpy(sizes: list[int], row: bool, column: bool) -> None:
    rng = np.random.default_rng(sum(sizes))
    xs: list[Any] = [rng.normal(size=shape) for shape in itertools.pairwise(sizes)]
    xs[0], xs[-1] = xs[0][0] if row else xs[0], xs[-1][:, 0] if column else xs[-1]
    np.testing.assert_array_equal(np.linalg.multi_dot(leaves_of(xs)).data, np.linalg.multi_dot(xs))


@pytest.mark.parametrize("n", range(-9, 18))
def test_matrix_power_multiplies_in_the_order_of_numpy(n: int) -> None:
    x = normal(3, 5, 5)
    np.testing.assert_array_equal(np.linalg.matrix_power(leaves_of([x])[0], n).data, np.linalg.matrix_power(x, n))


# -- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_tensordot_over_any_axes(data: Any) -> None:
    a_shape = data.draw(st.lists(st.integers(1, 3), max_size=3))
    axes_a = data.draw(st.permutations(range(len(a_shape))))[: data.draw(st.integers(0, len(a_shape)))]
    b_ndim = len(axes_a) + data.draw(st.integers(0, 2))
    axes_b = data.draw(st.permutations(range(b_ndim)))[: len(axes_a)]
    b_shape = [a_shape[axes_a[axes_b.index(k)]] if k in axes_b else 2 for k in range(b_ndim)]
    signed = [k - b_ndim if data.draw(st.booleans()) else k for k in axes_b]
    check(lambda a, b: np.tensordot(a, b, (axes_a, signed)), normal(*a_shape), normal(*b_shape))


def test_the_gradient_of_a_matrix_adds_up_a_stack_of_float16_in_float32() -> None:
    a, b = np.ones((64, 64, 2), np.float16), ag.Tensor(np.ones((2, 3), np.float16), requires_grad=True)
    (a @ b).backward(np.ones((64, 64, 3), np.float16))
    assert b.grad is not None
    assert b.grad.dtype == np.float16
    assert b.grad.data.tolist() == [[4096] * 3] * 2  # in float16 it would stop at 2048
