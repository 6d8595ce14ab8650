"""Moving, copying, padding and cutting elements, against differences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    between,
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
from autograd.rules.shapes import PAD_MODES

sliding_window_view = np.lib.stride_tricks.sliding_window_view

X = normal(2, 3, 4)
STRIDED = reversed_columns(X)
EMPTY = normal(0, 3)
POINT = normal()
IS_NEW = np.lib.NumpyVersion(np.__version__) >= "2.4.0"  # before, np.pad takes no dict, trim_zeros no several axes


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
    # atleast_1d, 2d, 3d, broadcast_arrays, meshgrid: one array or several
    *(case(fn, normal(*(2, 3, 2, 2)[:n])) for fn in (np.atleast_1d, np.atleast_2d, np.atleast_3d) for n in range(5)),
    *(case(fn, POINT, normal(2), EMPTY, f=lambda *xs, fn=fn: fn(*xs, 5.0, [1, 2]), label="several, some constant")
      for fn in (np.atleast_1d, np.atleast_2d, np.atleast_3d)),
    case(np.atleast_2d, rotated(2), STRIDED),
    case(np.broadcast_arrays, normal(3), normal(2, 1), POINT),
    case(np.broadcast_arrays, normal(2)),
    case(np.broadcast_arrays, normal(2, 3), normal(2, 3)),
    case(np.broadcast_arrays, normal(2, 1), f=lambda x: np.broadcast_arrays(x, 1.0, [1, 2, 3]), label="with constants"),
    case(np.broadcast_arrays, normal(1, 1), normal(0, 1), rotated(1)),
    case(np.broadcast_arrays, normal(3), normal(2, 1), f=lambda *xs: np.broadcast_arrays(*xs)[0], label="only 0"),
    *(case(np.meshgrid, normal(2), normal(3), indexing=indexing, sparse=sparse)
      for indexing in ("xy", "ij") for sparse in (False, True)),
    *(case(np.meshgrid, normal(2), POINT, normal(3), indexing=indexing) for indexing in ("xy", "ij")),
    case(np.meshgrid, normal(2), normal(3), copy=False),
    case(np.meshgrid, normal(2), normal(3), copy=False, sparse=True),
    case(np.meshgrid, normal(3)),
    case(np.meshgrid, normal(2, 2), normal(0)),
    case(np.meshgrid, rotated(2), f=lambda x: np.meshgrid([1, 2, 3], x, 4.0), label="with constants"),
    case(np.meshgrid, normal(2), normal(3), f=lambda *xs: np.meshgrid(*xs)[1], label="only 1"),
    # Other orders
    *(case(np.rollaxis, X, axis=axis, start=start) for axis in (0, 1, 2, -1) for start in (0, 1, 3, -1)),
    case(np.rollaxis, STRIDED, f=lambda x: np.rollaxis(x, 2), label="positional"),
    *(case(np.flip, X, axis=axis) for axis in (None, 0, -1, (0, 2), (-1, 0), ())),
    case(np.flip, STRIDED),
    *(case(np.flip, x) for x in (POINT, EMPTY, rotated(2, 2))),
    *(case(fn, x) for fn in (np.flipud, np.fliplr) for x in (X, STRIDED, EMPTY)),
    case(np.flipud, normal(3)),
    *(case(np.roll, X, shift=shift, axis=axis) for shift, axis in
      [(2, None), (-3, 0), (1, -1), ((1, -2), (0, 2)), (1, (0, 1)), ((1, 2), 1), ((1, 2), None), (50, 2)]),
    case(np.roll, normal(4), f=lambda x: np.roll(x, np.uint8(1)), label="unsigned shift"),
    case(np.roll, normal(4), f=lambda x: np.roll(x, ag.Tensor([1, 2]), 0), label="shift of a Tensor"),
    *(case(np.roll, x, shift=1) for x in (STRIDED, POINT, EMPTY, rotated(3))),
    *(case(np.rot90, X, k=k, axes=axes) for k in (1, 2, -1, 4) for axes in [(0, 1), (2, 0)]),
    case(np.rot90, STRIDED),
    case(np.rot90, EMPTY, axes=[1, 0]),
    # Repeated
    *(case(np.tile, x, reps=reps) for x in (normal(2, 3), normal(3))
      for reps in (2, (2,), (2, 3), (1, 2, 2), (0, 2), ())),
    *(case(np.tile, POINT, reps=reps) for reps in ((), 3, (2, 1))),
    case(np.tile, STRIDED, reps=(2, 1)),
    case(np.tile, EMPTY, reps=2),
    case(np.tile, normal(2), f=lambda x: np.tile(x, np.array([2, 2])), label="reps of an array"),
    case(np.tile, normal(2), f=lambda x: np.tile(x, ag.Tensor([2, 2])), label="reps of a Tensor"),
    *(case(np.repeat, x, repeats=n, axis=axis) for x in (X, STRIDED) for n, axis in
      [(2, None), (3, 1), (2, -1), ([2], 0), (0, 0), ([1, 0, 2], 1), ([1, 2, 0, 1], -1)]),
    case(np.repeat, normal(2, 2), repeats=[0, 1, 2, 1]),
    case(np.repeat, normal(3), f=lambda x: np.repeat(x, np.array([2, 0, 1])), label="an array"),
    case(np.repeat, normal(3), f=lambda x: np.repeat(x, ag.Tensor([2, 0, 1])), label="a Tensor"),
    *(case(np.repeat, POINT, repeats=3, axis=axis) for axis in (None, 0)),
    case(np.repeat, EMPTY, repeats=2, axis=1),
    case(np.repeat, EMPTY, repeats=[], axis=0),
    case(np.repeat, rotated(2), repeats=2),
    *(case(np.resize, x, new_shape=shape) for x in (normal(2, 3), POINT) for shape in (4, (3, 5), (2, 0), ())),
    case(np.resize, STRIDED, new_shape=(5, 6)),
    case(np.resize, EMPTY, new_shape=(2, 2)),
    *(case(sliding_window_view, normal(4, 3), window_shape=shape, axis=axis) for shape, axis in
      [((2, 2), None), (2, 0), (3, -1), ((2, 2), (0, 0)), ((2, 3), (-1, 0)), ((), ())]),
    case(sliding_window_view, normal(5), window_shape=3),
    case(sliding_window_view, rotated(3), f=lambda x: sliding_window_view(x, 2) * sliding_window_view(x, (2,)),
         label="of products"),
    case(sliding_window_view, STRIDED, window_shape=2, axis=2),
    # Parts
    *(case(fn, normal(3, 4), k=k) for fn in (np.tril, np.triu) for k in (0, 1, -1, 5, -5)),
    *(case(fn, x) for fn in (np.tril, np.triu)
      for x in (STRIDED, normal(3), EMPTY, normal(0), normal(1, 1), rotated(2, 2))),
    *(case(np.diag, normal(*shape), k=k) for shape in [(3,), (3, 4), (3, 2)] for k in (0, 1, -2, 6)),
    *(case(np.diag, x) for x in (normal(0), EMPTY, normal(1), normal(1, 1), rotated(2), rotated(2, 3), STRIDED[0])),
    *(case(np.diagflat, x, k=k) for x in (normal(2, 2), normal(3)) for k in (0, 1, -2)),
    *(case(np.diagflat, x) for x in (POINT, EMPTY, STRIDED[0])),
    *(case(np.diagonal, X, offset=k, axis1=a, axis2=b) for k, a, b in
      [(0, 0, 1), (1, 0, 2), (-1, 2, 0), (0, -1, 1), (2, -2, -1), (5, 0, 1)]),
    *(case(np.diagonal, x) for x in (STRIDED, EMPTY, rotated(2, 3))),
    *(case(np.delete, X, obj=obj, axis=axis) for obj, axis in
      [(1, 1), (-1, None), ([0, 2], -1), (slice(None, None, 2), 2), ([True, False, False], 1), ([], 0), ([0, 0], 0)]),
    case(np.delete, normal(3), f=lambda x: np.delete(x, ag.Tensor([0, 1])), label="a Tensor"),
    *(case(np.delete, x, obj=0, axis=1) for x in (STRIDED, rotated(2, 2))),
    *(case(np.insert, normal(*shape), normal(*values), f=lambda x, v, obj=obj, axis=axis: np.insert(x, obj, v, axis),
           label=f"{obj}, axis={axis}")
      for shape, values, obj, axis in [
          ((3,), (), 1, None), ((3,), (2,), 1, None), ((3,), (2,), [0, -1], 0), ((3,), (), [3, 0, 0], None),
          ((3,), (1,), 0, -1), ((), (2,), 0, None), ((0, 3), (3,), 0, 0), ((2, 2), (0, 2), [], 0),
          ((2, 3), (), 1, None), ((2, 3), (2,), [1, 4], None), ((2, 3), (3,), 1, 0), ((2, 3), (2,), 1, 1),
          ((2, 3), (1, 3), 0, 0), ((2, 3), (2, 2), [0, 2], 1), ((2, 3), (2, 2), 1, 1), ((2, 3), (2, 1), [0, 2], -1),
          ((2, 3), (2, 1), [1], 1), ((2, 3), (1,), slice(0, 3, 2), 1),
          ((2, 3), (2, 1), np.array([True, False, True]), 1),
      ]),
    case(np.insert, normal(2, 2), f=lambda x: np.insert(x, 1, 5, axis=0), label="a constant"),
    case(np.insert, normal(2), f=lambda v: np.insert([1.0, 2.0, 3.0], [0, 2], v), label="into a constant"),
    case(np.insert, STRIDED, normal(2, 3), f=lambda x, v: np.insert(x, 2, v, axis=2), label="strided"),
    case(np.insert, rotated(3), normal(2), f=lambda x, v: np.insert(x, [1, 2], v), label="and real"),
    *(case(np.trim_zeros, normal(len(kept)), label=f"{kept}, {trim}",
           f=lambda x, kept=kept, trim=trim: np.trim_zeros(x * np.array(kept), trim))
      for kept in ([0, 1, 0, 1, 0, 0], [0, 0, 0], [1, 1]) for trim in ("fb", "f", "B")),
    *(case(np.trim_zeros, normal(5, 3), label=f"axis={axis}",
           f=lambda x, axis=axis: np.trim_zeros(x * np.pad(np.eye(2), ((1, 2), (0, 1))), axis=axis))
      for axis in (None, 0, -1, (1, 0), ()) if IS_NEW or not isinstance(axis, tuple)),
    case(np.trim_zeros, rotated(3), f=lambda x: np.trim_zeros(x * np.array([0, 1, 1])), label="complex"),
    case(np.trim_zeros, normal(0)),
    case(np.real_if_close, rotated(3)),
    case(np.real_if_close, normal(3)),
    case(np.real_if_close, np.array([1.5 + 1e-3j, 2.5]), tol=0.5),
    # Padding
    *(case(np.pad, normal(3, 4), pad_width=width, mode=mode)
      for mode in PAD_MODES if mode != "empty"
      for width in (1, (2, 0), ((1, 2), (0, 3)), ((2,), (1,)), {-1: (1, 2)}, 0)
      if IS_NEW or not isinstance(width, dict)),
    *(case(np.pad, normal(n), pad_width=(4, 7), mode=mode) for mode in PAD_MODES if mode != "empty" for n in (1, 2, 3)),
    *(case(np.pad, normal(2, n), pad_width=((0, 1), (5, 8)), mode=mode, reflect_type="odd")
      for mode in ("reflect", "symmetric") for n in (1, 2, 3)),
    *(case(np.pad, normal(3, 2), pad_width=2, mode="mean", stat_length=n)
      for n in (1, 2, (2, 1), ((1, 2), (3, 1)), None)),
    *(case(np.pad, normal(2, 2), pad_width=1, constant_values=v) for v in (3, (1, 2), ((1, 2), (3, 4)))),
    *(case(np.pad, normal(2, 2), pad_width=2, mode="linear_ramp", end_values=v) for v in (3.0, ((1, 2), (3, 4)))),
    *(case(np.pad, x, pad_width=2, mode=mode) for x in (STRIDED[0], rotated(2, 2))
      for mode in ("constant", "reflect", "mean")),
    *(case(np.pad, x, pad_width=1) for x in (POINT, EMPTY)),
    case(np.pad, EMPTY, pad_width=((0, 0), (1, 2)), mode="edge"),
    case(np.pad, normal(2), f=lambda x: np.pad(x, (1, 2), "empty")[1:-2], label="empty"),
    case(np.pad, normal(2), f=lambda x: np.pad(x, ag.Tensor([1, 2])), label="width of a Tensor"),
    # From one number to another
    *(case(np.linspace, normal(*a), normal(*b), num=4, axis=axis) for a, b in
      [((), ()), ((2,), ()), ((2, 1), (3,)), ((2, 1), (2, 3)), ((0,), ())] for axis in (0, -1)),
    *(case(np.linspace, normal(2), normal(2), num=num, endpoint=endpoint, retstep=retstep)
      for num in (0, 1, 2, 3) for endpoint in (True, False) for retstep in (True, False)
      if not (retstep and num < 1 + endpoint)),
    case(np.linspace, POINT, normal()),
    case(np.linspace, normal(2, 2), normal(2), num=3, axis=1, retstep=True),
    case(np.linspace, normal(2), f=lambda x: np.linspace(x, 5, 3, retstep=True)[1], label="only the step"),
    case(np.linspace, normal(2), f=lambda x: np.linspace(0, x, 3, retstep=True)[0], label="only the numbers"),
    case(np.linspace, POINT, f=lambda x: np.linspace(0, x, 3, False), label="from a constant"),
    case(np.linspace, rotated(2), POINT, num=3),
    *(case(np.geomspace, between(1, 3, *a), between(2, 5, *b), num=4, axis=axis, endpoint=endpoint) for a, b in
      [((), ()), ((2, 1), (3,))] for axis in (0, -1) for endpoint in (True, False)),
    *(case(np.geomspace, between(1, 3, 2), between(2, 5), num=num) for num in (0, 1, 2)),
    case(np.geomspace, -between(1, 3, 2), -between(2, 5), num=3, label="negative"),
    case(np.geomspace, rotated(2), rotated(), num=3),
    case(np.geomspace, between(1, 3), f=lambda x: np.geomspace(1, x, 3), label="from a constant"),
    *(case(np.logspace, normal(*a), normal(*b), num=3, axis=axis, endpoint=endpoint) for a, b in
      [((), ()), ((2, 1), (3,))] for axis in (0, -1) for endpoint in (True, False)),
    case(np.logspace, POINT, normal(2), f=lambda a, b: np.logspace(a, b, 3, base=2), label="base 2"),
    *(case(np.logspace, POINT, normal(2), base, label=f"base of shape {base.shape}, axis={axis}",
           f=lambda a, b, base, axis=axis: np.logspace(a, b, 3, base=base, axis=axis))
      for base in (between(1, 3), between(1, 3, 2), between(1, 3, 3, 1)) for axis in (0, -1)),
    case(np.logspace, POINT, f=lambda x: np.logspace(x, 1, 3, dtype=complex), label="to complex"),
    case(np.logspace, POINT, f=lambda x: np.logspace(x, 1, 3, dtype=np.float64), label="dtype"),
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if not has_complex(c) and c.fn is not np.astype and "to complex" not in c.label]
)


def test_containers_are_those_of_numpy() -> None:
    for _, f, inputs, label in CASES:
        y, wanted = f(*leaves_of(inputs)), f(*inputs)
        if "copy=False-sparse=True" in label:  # where NumPy returned a list before 2.5
            wanted = tuple(wanted)
        assert type(y) is type(wanted) if isinstance(wanted, list | tuple) else isinstance(y, ag.Tensor), label


@pytest.mark.parametrize(("fn", "order"), [
    (np.ravel, "A"), (np.ravel, "K"), (lambda t, order: np.reshape(t, -1, order=order), "A"),
    (lambda t, order: t.reshape(-1, order=order), "K"),
], ids=["ravel A", "ravel K", "reshape A", "reshape K"])  # fmt: skip
def test_an_order_that_depends_on_memory_is_refused(fn: Any, order: Any) -> None:
    with pytest.raises(TypeError, match=f"order='{order}'.*'C', 'F'"):
        fn(ag.Tensor(STRIDED, requires_grad=True), order=order)


@pytest.mark.parametrize("mode", ["maximum", "minimum", "median", "reflex", max], ids=str)
def test_padding_whose_gradient_is_not_known_is_refused(mode: Any) -> None:
    with pytest.raises(TypeError, match=r"pad was given mode=.*give one of 'constant', "):
        np.pad(ag.Tensor([1.0, 2.0], requires_grad=True), 1, mode)


@pytest.mark.parametrize("mode", ["maximum", "median"])
def test_padding_of_a_constant_is_of_any_mode(mode: Any) -> None:
    assert np.pad(ag.Tensor([1.0, 2.0]), 1, mode).data.tolist() == np.pad([1.0, 2.0], 1, mode).tolist()
    with ag.no_grad():
        np.pad(ag.Tensor([1.0, 2.0], requires_grad=True), 1, mode)


def test_options_are_those_of_the_mode() -> None:
    with pytest.raises(ValueError, match="constant_values"):
        np.pad(ag.Tensor([1.0, 2.0], requires_grad=True), 1, "edge", constant_values=1)


def test_a_tensor_as_a_constant_to_pad_with_is_refused() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    for value in (t[0], (t[0], 1.0)):
        with pytest.raises(TypeError, match="requires a gradient"):
            np.pad(t, 1, constant_values=value)


def test_meshgrid_refuses_an_unknown_indexing() -> None:
    with pytest.raises(ValueError, match="indexing='ji'; expected is 'xy' or 'ij'"):
        np.meshgrid(ag.Tensor([1.0], requires_grad=True), indexing="ji")


def test_meshgrid_shares_memory_only_if_asked_to() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    for sparse in (False, True):
        assert not any(np.shares_memory(y.data, t.data) for y in np.meshgrid(t, t, sparse=sparse))
        assert all(np.shares_memory(y.data, t.data) for y in np.meshgrid(t, t, sparse=sparse, copy=False))


def test_the_step_of_a_linspace_without_steps_is_nan_and_has_no_gradient() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    y, step = np.linspace(t, 5, 1, retstep=True)
    assert np.isnan(step.data).all()
    (y.sum() + step.sum()).backward()
    assert t.grad is not None
    assert t.grad.data.tolist() == [1.0, 1.0]


def test_elements_of_value_0_that_trim_zeros_leaves_out_have_gradient_0() -> None:
    t = ag.Tensor([0.0, 0.0, 3.0, 0.0, 2.0, 0.0], requires_grad=True)
    np.trim_zeros(t).sum().backward()
    assert t.grad is not None
    assert t.grad.data.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0, 0.0]


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


MODES = [(mode, {}) for mode in PAD_MODES if mode != "empty"] + [
    ("reflect", {"reflect_type": "odd"}), ("symmetric", {"reflect_type": "odd"}), ("mean", {"stat_length": 2}),
]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(data=st.data(), mode=st.sampled_from(MODES))
def test_any_padding(data: Any, mode: Any) -> None:
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    widths = data.draw(st.lists(st.tuples(*[st.integers(0, 7)] * 2), min_size=len(shape), max_size=len(shape)))
    check(lambda x: np.pad(x, widths, mode[0], **mode[1]), normal(*shape))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_moves_one_after_the_other(data: Any) -> None:
    moves = st.sampled_from([
        np.flip, np.transpose, np.atleast_2d, np.ravel, lambda x: np.roll(x, (1, -2), (0, -1)), lambda x: np.tile(x, 2),
        lambda x: np.repeat(x, 2, 0), lambda x: np.delete(x, 0, -1), lambda x: np.insert(x, 1, x[..., 0], -1),
        lambda x: np.resize(x, (3, 2)), lambda x: np.diagonal(np.atleast_2d(x), 1),
    ])  # fmt: skip
    chosen = data.draw(st.lists(moves, min_size=2, max_size=3))

    def moved(x: Any) -> Any:
        for move in chosen:
            x = move(x) if np.size(x) else x
        return x

    check(moved, normal(2, 3))
