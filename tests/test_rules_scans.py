"""Scans, differences and what is built on them, against differences; and their conventions at zeros, NaN and ends."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    between,
    case,
    check,
    gradient,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag
from autograd.rules.scans import recurrence, slope

X = normal(2, 4, 3)
STRIDED = reversed_columns(X)
EMPTY = normal(0, 3)
POINT = normal()
HOLES = np.where(normal(2, 4, 3) > 0.8, np.nan, X)
HOLES[0, :, 1] = np.nan
SCANS = [np.cumsum, np.cumprod, np.nancumsum, np.nancumprod]
CUMULATIVE = [np.cumulative_sum, np.cumulative_prod]
AXES = (None, 0, 1, -1)
ANGLES = 1.1 * (spaced(2, 4, 3) * 4 // 1 % 12)  # no two of them half a period apart, or nearly so
PLACES = np.array([0.0, 0.5, 2.0, 2.5])  # of four points, not at equal distances


def tensor(x: Any, *others: Any) -> Any:
    """NumPy looks for Tensors in the arrays alone: what is none becomes one, if another argument is."""
    return ag.Tensor(x) if any(isinstance(t, ag.Tensor) for t in others) and not isinstance(x, ag.Tensor) else x


def parts(f: Any, *kept: int) -> Any:
    """`f`, of whose outputs only some are used: to the others no gradient flows."""
    return lambda x: [f(x)[k] for k in kept]


CASES = [
    *(case(fn, x, axis=axis) for fn in SCANS for x in (X, STRIDED) for axis in AXES),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, np.int64(1)), label="axis of np.int64, by position") for fn in SCANS),
    *(case(fn, X, f=lambda x, ufunc=ufunc: ufunc.accumulate(x), label="ufunc.accumulate, first axis") for fn, ufunc in
      {np.cumsum: np.add, np.cumprod: np.multiply}.items()),
    *(case(fn, X, f=lambda x, ufunc=ufunc: ufunc.accumulate(x, -1), label="ufunc.accumulate, axis by position")
      for fn, ufunc in {np.cumsum: np.add, np.cumprod: np.multiply}.items()),
    *(case(fn, X, f=lambda x, name=fn.__name__, axis=axis: getattr(x, name)(axis), label=f"method, {axis}")
      for fn in (np.cumsum, np.cumprod) for axis in (None, 1)),
    *(case(fn, x, axis=axis) for fn in SCANS for axis in (None, 0) for x in (normal(1), normal(0))),
    *(case(fn, EMPTY, axis=axis) for fn in SCANS for axis in AXES if axis != 1),
    *(case(fn, np.array(1.5), axis=axis) for fn in SCANS for axis in (None, 0, -1)),
    *(case(fn, np.ones((1, 1)), axis=1) for fn in SCANS),
    *(case(fn, rotated(2, 3), axis=axis) for fn in SCANS for axis in (None, 0, 1)),
    *(case(fn, HOLES, axis=axis, label="with NaN") for fn in (np.nancumsum, np.nancumprod) for axis in AXES),
    *(case(np.cumprod, normal(n), label=f"{n}") for n in (2, 3, 5, 8, 9)),
    *(case(np.cumprod, np.array(zeros), label=f"zeros in {zeros}") for zeros in
      ([0.0], [2.0, 0.0, 3.0], [0.0, 2.0, 0.0, 3.0, 4.0], [2.0, 0.0, 0.0, 3.0], [0.0, 0.0, 0.0])),
    case(np.cumprod, np.array([[2.0, 0.0], [0.0, 0.0], [4.0, 5.0]]), axis=0, label="zeros by column"),
    case(np.cumprod, np.array([1j, 0, 2 - 1j, 0, 1 + 1j]), label="zeros"),

    *(case(fn, X, axis=axis, include_initial=initial) for fn in CUMULATIVE for axis in (0, 1, -1)
      for initial in (False, True)),
    *(case(fn, x, include_initial=initial) for fn in CUMULATIVE for initial in (False, True)
      for x in (normal(4), normal(1), normal(0), np.array(1.5), np.array([2.0, 0.0, 3.0]), rotated(3))),
    *(case(fn, STRIDED, axis=1, include_initial=True) for fn in CUMULATIVE),

    *(case(recurrence, normal(*shape), normal(*shape)) for shape in [(1,), (2,), (3,), (7,), (8,), (2, 5), (0,)]),
    *(case(recurrence, a, b) for a, b in
      [(rotated(5), rotated(5)), (rotated(2, 3), normal(2, 3)), (normal(4), rotated(4))]),
    case(recurrence, np.array([2.0, 0.0, 3.0, 0.0, 1.0]), normal(5), label="zeros"),

    *(case(np.diff, x, n=n, axis=axis) for x in (X, STRIDED) for n in (0, 1, 2) for axis in (0, 1, -1)),
    *(case(np.diff, normal(4), n=n) for n in (3, 4, 5)),
    *(case(np.diff, x) for x in (normal(1), normal(0), EMPTY, rotated(3))),
    case(np.diff, EMPTY, axis=0),
    case(np.diff, X, f=lambda x: np.diff(x, 2, -2), label="positional"),
    *(case(np.diff, X, normal(*first), normal(*last), f=lambda x, p, a, n=n: np.diff(x, n, axis=1, prepend=p, append=a),
           label=f"n={n}, between") for n in (0, 1, 2) for first, last in
      [((), ()), ((2, 1, 3), ()), ((), (2, 2, 3)), ((2, 3, 3), (2, 1, 3))]),
    case(np.diff, X, normal(2, 4, 1), f=lambda x, p: np.diff(x, prepend=p), label="prepend"),
    case(np.diff, X, normal(1, 4, 3), f=lambda x, p: np.diff(x, axis=0, n=3, append=p), label="append"),
    case(np.diff, X, f=lambda x: np.diff(x, prepend=0.0, append=[[[1.0]] * 4] * 2), label="constant ends"),
    case(np.diff, normal(3), f=lambda x: np.diff(x, prepend=0, append=1), label="ends of integers"),
    case(np.diff, normal(), f=lambda p: np.diff(tensor([1.0, 3.0, 4.0], p), prepend=p), label="of a constant"),
    case(np.diff, rotated(3), rotated(), f=lambda x, p: np.diff(x, prepend=p, append=1.0), label="ends"),
    case(np.diff, normal(3), rotated(2), f=lambda x, p: np.diff(x, append=p), label="a real array and a complex end"),

    *(case(np.ediff1d, x) for x in (X, STRIDED, normal(1), normal(0), POINT, rotated(3))),
    *(case(np.ediff1d, x, normal(2, 2), normal(), f=lambda x, b, e: np.ediff1d(x, to_begin=b, to_end=e), label="ends")
      for x in (X, normal(1), normal(0))),
    case(np.ediff1d, normal(4), normal(2), f=lambda x, e: np.ediff1d(x, e), label="to_end by position"),
    case(np.ediff1d, normal(4), normal(2), f=lambda x, b: np.ediff1d(x, to_begin=b, to_end=[9, 8]), label="to_begin"),
    case(np.ediff1d, rotated(4), normal(2), f=lambda x, b: np.ediff1d(x, to_begin=b), label="real end"),

    *(case(np.gradient, x, edge_order=order) for order in (1, 2) for x in (X, reversed_columns(normal(3, 3)))
      if x.shape[0] > order),
    *(case(np.gradient, X, axis=axis, edge_order=order) for order in (1, 2)
      for axis in (1, -1, (2, 1), (-2,))),
    case(np.gradient, X, f=lambda x: np.gradient(x, axis=np.int64(1)), label="axis of np.int64"),
    *(case(np.gradient, normal(n), edge_order=order) for order in (1, 2) for n in (2, 3, 4, 5, 8) if n > order),
    *(case(np.gradient, normal(n), f=lambda x, n=n, order=order:
           np.gradient(x, np.cumsum(np.arange(n) + 1.5), edge_order=order), label=f"places, edge_order={order}")
      for order in (1, 2) for n in (2, 3, 4, 5, 8) if n > order),
    case(np.gradient, X, f=lambda x: np.gradient(x, 0.5), label="one distance"),
    case(np.gradient, X, f=lambda x: np.gradient(x, 2, np.float64(0.5), np.array(0.2)), label="distances"),
    *(case(np.gradient, X, f=lambda x, order=order:
           np.gradient(x, PLACES, 0.5, axis=(1, 2), edge_order=order), label=f"places and a distance, {order}")
      for order in (1, 2)),
    case(np.gradient, X, f=lambda x: np.gradient(x, [0, 1, 3, 4], axis=1), label="places in a list of integers"),
    case(np.gradient, X, f=lambda x: np.gradient(x, np.arange(4) * 2.0, axis=1), label="places at equal distances"),
    case(np.gradient, X, f=lambda x: np.gradient(x, ag.Tensor(PLACES), axis=-2) if isinstance(x, ag.Tensor)
         else np.gradient(x, PLACES, axis=-2), label="places in a Tensor"),
    *(case(np.gradient, X, f=parts(np.gradient, *kept), label=f"only {kept}") for kept in [(0,), (2, 0)]),
    case(np.gradient, normal(0, 3), axis=1),
    *(case(np.gradient, rotated(3, 4), f=lambda x, order=order: np.gradient(x, 0.5, PLACES, edge_order=order),
           label=f"edge_order={order}") for order in (1, 2)),
    case(slope, X, spacing=0.5, axis=1, edge_order=2),

    *(case(np.trapezoid, x, axis=axis) for x in (X, STRIDED) for axis in (0, 1, -1)),
    *(case(np.trapezoid, x, dx=0.5) for x in (X, normal(1), EMPTY, rotated(2, 3))),
    *(case(np.trapezoid, X, normal(X.shape[axis]), f=lambda y, x, axis=axis: np.trapezoid(y, x, axis=axis),
           label=f"axis={axis}") for axis in (0, 1, -1)),
    *(case(np.trapezoid, X, normal(*shape), f=lambda y, x: np.trapezoid(y, x, axis=1)) for shape in
      [(2, 4, 3), (1, 4, 1), (2, 4, 1)]),
    case(np.trapezoid, X, normal(4, 3), f=lambda y, x: np.trapezoid(y, x, axis=-2), label="x of fewer dimensions"),
    case(np.trapezoid, normal(4), normal(3, 4), f=lambda y, x: np.trapezoid(y, x), label="x of more dimensions"),
    case(np.trapezoid, X, f=lambda y: np.trapezoid(y, [0, 1, 3, 4], axis=1), label="at integers"),
    case(np.trapezoid, X, normal(), f=lambda y, dx: np.trapezoid(y, dx=dx), label="dx"),
    case(np.trapezoid, normal(4), f=lambda x: np.trapezoid([1, 2, 0, 1], x=x), label="of a constant list"),
    case(np.trapezoid, rotated(4), normal(4), f=lambda y, x: np.trapezoid(y, x=x), label="at real places"),
    case(np.trapezoid, normal(4), rotated(4), f=lambda y, x: np.trapezoid(y, x=x), label="at complex places"),

    *(case(np.unwrap, x, axis=axis) for x in (ANGLES, reversed_columns(ANGLES)) for axis in (0, 1, -1)),
    *(case(np.unwrap, x) for x in (normal(1), normal(0), EMPTY)),
    case(np.unwrap, ANGLES, period=3.0, discont=2.0),
    case(np.unwrap, ANGLES, f=lambda x: np.unwrap(x, 4.0), label="positional"),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


# -- sums and products -----------------------------------------------------------------------------------------------


def test_a_product_with_zeros_is_differentiated_without_dividing() -> None:
    assert gradient(np.cumprod, [2.0, 0.0, 3.0]) == [1.0, 8.0, 0.0]
    assert gradient(np.cumprod, [0.0, 0.0]) == [1.0, 0.0]


def test_nan_that_is_skipped_has_gradient_0() -> None:
    assert gradient(np.nancumsum, [1.0, np.nan, 2.0]) == [3.0, 0.0, 1.0]
    assert gradient(np.nancumprod, [3.0, np.nan, 2.0]) == [4.0, 0.0, 3.0]
    assert gradient(np.nancumprod, [np.nan, np.nan]) == [0.0, 0.0]


def test_a_recurrence_is_what_it_says() -> None:
    a, b = normal(9), normal(9)
    y, expected = 0.0, []
    for k in range(9):
        y = b[k] + a[k] * y
        expected.append(y)
    np.testing.assert_allclose(recurrence(a, b), expected)


@settings(max_examples=25, deadline=None)
@given(x=st.lists(st.sampled_from([0.0, 0.5, -1.0, 2.0]), min_size=1, max_size=9))
def test_a_cumulative_product_of_anything(x: Any) -> None:
    check(np.cumprod, np.array(x), order=2)


@settings(max_examples=15, deadline=None)
@given(n=st.integers(0, 4), length=st.integers(1, 5), ends=st.tuples(st.booleans(), st.booleans()))
def test_a_difference_is_a_difference_of_cumulative_sums(n: int, length: int, ends: Any) -> None:
    """np.diff undoes np.cumsum, and so do their gradients."""
    options = {"prepend": 0.0} if ends[0] else {}
    x = normal(length)
    restored = gradient(lambda x: np.diff(np.cumsum(x), prepend=0.0) * x.data, x)
    np.testing.assert_allclose(restored, x, atol=1e-12)
    check(lambda x: np.diff(x, n, **options, **({"append": x[:1]} if ends[1] else {})), x)


# -- differences -----------------------------------------------------------------------------------------------------


def test_a_spacing_that_requires_a_gradient_is_refused() -> None:
    places = ag.Tensor(PLACES, requires_grad=True)
    for f in (normal(4), ag.Tensor(normal(4)), ag.Tensor(normal(4), requires_grad=True)):
        with pytest.raises(TypeError, match=r"gradient was given a spacing.*detach"):
            np.gradient(f, places)
        np.gradient(f, places.detach())


@pytest.mark.parametrize("spacings", [(1.0, 2.0), (PLACES,), (1.0, PLACES[:3], 1.0), (1.0, PLACES[:, None], 1.0)])
def test_spacings_that_do_not_fit_are_refused(spacings: Any) -> None:
    t = ag.Tensor(X, requires_grad=True)
    with pytest.raises(ValueError, match=r"spacings of shapes .* of shape \(2, 4, 3\); give one number"):
        np.gradient(t, *spacings)
    with pytest.raises((TypeError, ValueError)):
        np.gradient(X, *spacings)


def test_gradients_along_axes_come_in_the_container_of_numpy() -> None:
    t = ag.Tensor(X, requires_grad=True)
    assert type(np.gradient(t)) is type(np.gradient(X)) is tuple
    assert isinstance(np.gradient(t, axis=(1,)), ag.Tensor)
    assert np.gradient(t, axis=()) == np.gradient(X, axis=()) == ()
    assert np.gradient(ag.Tensor(1.0, requires_grad=True)) == ()


@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 9), order=st.sampled_from([1, 2]), even=st.booleans())
def test_the_adjoint_of_a_linear_function_is_the_transpose_of_its_matrix(n: int, order: int, even: bool) -> None:
    n = max(n, order + 1)
    spacing = 0.3 if even else np.cumsum(between(0.5, 1.5, n))
    t, g = ag.Tensor(normal(n), requires_grad=True), normal(n)
    (np.gradient(t, spacing, edge_order=order) * g).sum().backward()
    assert t.grad is not None
    expected = np.gradient(np.eye(n), spacing, axis=0, edge_order=order).T @ g
    np.testing.assert_allclose(t.grad.data, expected, atol=1e-12)


def test_a_jump_keeps_its_number_of_periods() -> None:
    assert gradient(np.unwrap, [0.0, np.pi, 0.0]) == [1.0, 1.0, 1.0]
    assert gradient(lambda x: np.unwrap(x)[1], [0.0, 9.0, 0.0]) == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("fn", [np.cumsum, np.cumprod, np.nancumsum, np.nancumprod], ids=lambda fn: fn.__name__)
def test_out_is_refused(fn: Any) -> None:
    with pytest.raises(TypeError, match="out="):
        fn(ag.Tensor([1.0, 2.0], requires_grad=True), out=np.zeros(2))


def test_weights_of_a_trapezoid_at_its_ends_are_half() -> None:
    assert gradient(np.trapezoid, [5.0, 6.0, 7.0]) == [0.5, 1.0, 0.5]
