"""Reductions over every kind of axis against differences; and their conventions at ties, zeros and constant data."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
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
from autograd.rules.reductions import logaddexp2_reduce, logaddexp_reduce

X = spaced(2, 3, 2)
COMPLEX = spaced(2, 3) + 1j * normal(2, 3)
MASK = np.array([[[1, 1], [1, 0], [0, 1]], [[0, 1], [1, 1], [1, 1]]], bool)
MASKS: dict[str, Any] = {"all": MASK, "(3,1)": MASK[1, :, :1], "(2,)": np.array([True, False]), "True": True}
REDUCTIONS = [np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.amax, np.amin]
AXES: list[Any] = [None, 0, -1, 1, (0, 2), (-1, 0), (0, 1, 2), ()]
NAMED = {np.sum: "sum", np.mean: "mean", np.prod: "prod", np.var: "var", np.std: "std", np.max: "max", np.min: "min"}
VARY = {np.var, np.std}
EXTREMA = {np.max, np.min, np.amax, np.amin}
LOGARITHMS = [logaddexp_reduce, logaddexp2_reduce]


def smooth(fn: Any, axis: Any) -> bool:
    """Over no axes every variance is 0, where std has a kink."""
    return not (fn is np.std and axis == ())


LEAST = {np.mean: 1, np.var: 1, np.std: 2}


def left(axis: Any, mask: Any) -> int:
    """What a mask leaves of X in the slice where it leaves the least."""
    return int(np.sum(np.broadcast_to(mask, X.shape), axis=axis).min())


def start(fn: Any) -> Any:
    """Under a mask max and min must be told where to start."""
    return {"initial": -9.0 if fn in (np.max, np.amax) else 9.0} if fn in EXTREMA else {}


def mean_given(fn: Any, x: Any, mean: Any, **options: Any) -> Any:
    """NumPy looks for a Tensor in the first argument alone."""
    return fn(ag.Tensor(x) if isinstance(mean, ag.Tensor) and not isinstance(x, ag.Tensor) else x, mean=mean, **options)


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
    case(np.prod, X, f=lambda x: np.prod(x, np.int64(1)), label="axis of np.int64"),

    *(case(fn, X, f=lambda x, fn=fn, axis=axis, mask=mask: fn(x, axis=axis, where=mask, **start(fn)),
           label=f"where {name}, axis={axis}")
      for fn in REDUCTIONS for axis in (None, 1, (0, -1)) for name, mask in MASKS.items()
      if left(axis, mask) >= LEAST.get(fn, 0)),
    *(case(fn, reversed_columns(X), f=lambda x, fn=fn:
           fn(x, axis=(2, 0), where=MASK, keepdims=True, **start(fn)), label="where, keepdims") for fn in REDUCTIONS),
    *(case(fn, COMPLEX, f=lambda x, fn=fn: fn(x, axis=-1, where=MASK[:, :, 0]), label="where")
      for fn in (np.sum, np.mean, np.prod, np.var)),
    *(case(fn, X, axis=axis, initial=initial) for fn in (np.sum, np.prod) for axis in (None, 1)
      for initial in (2.5, 3)),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, 1, initial=np.float64(2.5), where=MASK), label="np.float64, where")
      for fn in (np.sum, np.prod)),
    *(case(fn, X, axis=axis, initial=initial) for fn in (np.max, np.min, np.amax, np.amin) for axis in (None, 1)
      for initial in (-9.0, 0, 9.0)),
    *(case(fn, normal(2, 0), axis=1, initial=1.5) for fn in (np.sum, np.prod, np.max, np.min)),
    case(np.prod, COMPLEX, initial=1j),
    *(case(fn, COMPLEX, axis=axis) for fn in (np.max, np.min, np.amax, np.amin) for axis in (None, 0, -1)),

    *(case(fn, X, axis=1, correction=correction) for fn in (np.var, np.std) for correction in (1, 0.5)),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, ddof=np.float64(1)), label="ddof of np.float64") for fn in (np.var, np.std)),
    *(case(fn, X, normal(2, 1, 2), f=lambda x, m, fn=fn, keepdims=keepdims:
           mean_given(fn, x, m, axis=1, ddof=1, keepdims=keepdims), label=f"mean, keepdims={keepdims}")
      for fn in (np.var, np.std) for keepdims in (False, True)),
    *(case(fn, X, normal(1, 1), f=lambda x, m, fn=fn: mean_given(fn, x, m, axis=(0, 2), where=MASK), label="where")
      for fn in (np.var, np.std)),
    *(case(fn, X, normal(), f=lambda x, m, fn=fn: mean_given(fn, x, m), label="mean of 0 dimensions")
      for fn in (np.var, np.std)),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, -1, mean=np.mean(x, -1, keepdims=True)), label="mean of its own")
      for fn in (np.var, np.std)),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, mean=0.3), label="constant mean") for fn in (np.var, np.std)),
    *(case(fn, rotated(2, 3), rotated(2, 1), f=lambda x, m, fn=fn: mean_given(fn, x, m, axis=1), label="mean")
      for fn in (np.var, np.std)),
    case(np.var, normal(2, 3), rotated(2, 1), f=lambda x, m: mean_given(np.var, x, m, axis=1), label="mean, complex"),

    *(case(fn, X, axis=axis, keepdims=keepdims) for fn in LOGARITHMS for axis in AXES for keepdims in (False, True)),
    *(case(fn, reversed_columns(X)) for fn in LOGARITHMS),
    *(case(fn, X, f=lambda x, ufunc=ufunc, options=options: ufunc.reduce(x, **options),
           label=f"ufunc.reduce of {options}")
      for fn, ufunc in zip(LOGARITHMS, (np.logaddexp, np.logaddexp2), strict=True)
      for options in ({}, {"axis": (0, -1), "keepdims": True}, {"axis": None, "initial": 0.5})),
    case(np.sum, X, f=lambda x: np.add.reduce(x, initial=0.5, where=MASK), label="ufunc.reduce, where"),
    case(np.max, X, f=lambda x: np.maximum.reduce(x, axis=1, initial=0, where=MASK), label="ufunc.reduce, where"),
    *(case(fn, x, axis=None) for fn in LOGARITHMS for x in (np.array(1.5), np.array([1.5]), normal(0))),
    *(case(fn, normal(0, 2)) for fn in LOGARITHMS),
    *(case(fn, X, axis=1, initial=initial) for fn in LOGARITHMS for initial in (0.5, 1)),
    *(case(fn, X, f=lambda x, fn=fn, axis=axis: fn(x, axis=axis, where=MASK, initial=0.3),
           label=f"where, axis={axis}") for fn in LOGARITHMS for axis in (None, 1, (2, 0))),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, 2, keepdims=True, where=MASK), label="where") for fn in LOGARITHMS),

    *(case(np.ptp, X, axis=axis, keepdims=keepdims) for axis in AXES for keepdims in (False, True)),
    *(case(np.ptp, x) for x in (X, reversed_columns(X), np.array(1.5), np.array([1.5]))),
    case(np.ptp, X, f=lambda x: np.ptp(x, 1), label="positional axis"),
    case(np.ptp, normal(0, 3), axis=1),
    *(case(np.ptp, COMPLEX, axis=axis) for axis in (None, 1)),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


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


def test_the_gradient_of_an_extremum_that_is_nan_goes_to_what_is_nan() -> None:
    nan = np.nan
    for fn in (np.max, np.amax, np.min, np.amin):
        assert gradient(lambda x, fn=fn: fn(x, axis=1), [[nan, 1.0], [2.0, nan]]) == [[1.0, 0.0], [0.0, 1.0]]
        assert gradient(fn, [[nan, 1.0], [2.0, nan]]) == [[0.5, 0.0], [0.0, 0.5]]
    assert gradient(lambda x: np.max(x, axis=1), [[nan, 1.0], [2.0, 1.0]]) == [[1.0, 0.0], [1.0, 0.0]]
    assert gradient(lambda x: np.max(x, where=np.array([True, False]), initial=0.0), [1.0, nan]) == [1.0, 0.0]
    assert gradient(lambda x: np.max(x, initial=nan), [1.0, nan]) == [0.0, 0.5]


def test_in_ptp_of_nan_the_gradients_of_the_largest_and_the_smallest_do_not_cancel() -> None:
    assert gradient(np.ptp, [3.0, np.nan, 2.0, 4.0]) == [0.0, 1.0, -1.0, 0.0]
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        assert gradient(np.ptp, [np.nan, np.nan]) == [0.5, 0.5]


def test_of_a_long_product_nothing_overflows_on_the_way() -> None:
    x = np.concatenate([np.full(200, 1e-4), np.full(200, 1e4)])
    np.testing.assert_allclose(gradient(np.prod, np.stack([x[::2], x[1::2]]).T.ravel()[:3]), [1e-8, 1e-8, 1e-8])


# -- where= and initial= ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fn", [np.sum, np.mean, np.prod, np.var, np.std], ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("hole", [np.nan, np.inf, 0.0])
def test_what_a_mask_leaves_out_has_gradient_0_whatever_it_is(fn: Any, hole: float) -> None:
    x, where = np.array([[1.0, hole, 3.0], [2.0, 4.0, hole]]), np.array([[True, False, True], [True, True, False]])
    t = ag.Tensor(x, requires_grad=True)
    y = fn(t, axis=1, where=where)
    (y * y).sum().backward(create_graph=True)
    first, t.grad = t.grad, None
    assert first is not None
    assert np.isfinite(first.data).all()
    np.testing.assert_array_equal(first.data[~where], 0)
    assert first.data[where].all()
    (first * first).sum().backward()
    assert t.grad is not None
    assert np.isfinite(t.grad.data).all()
    np.testing.assert_array_equal(t.grad.data[~where], 0)


def test_of_an_extremum_nothing_is_chosen_from_under_a_mask() -> None:
    where = np.array([[True, False, True]])
    assert gradient(lambda x: np.max(x, where=where, initial=-9.0), [[1.0, 3.0, 1.0]]) == [[0.5, 0.0, 0.5]]
    assert gradient(lambda x: np.max(x, where=where, initial=-9.0), [[1.0, 1.0, 0.0]]) == [[1.0, 0.0, 0.0]]


def test_initial_shares_in_a_tie() -> None:
    third = 1 / 3
    assert gradient(lambda x: np.max(x, initial=3.0), [3.0, 1.0, 3.0]) == [third, 0.0, third]
    assert gradient(lambda x: np.min(x, axis=1, initial=2), [[2.0, 3.0], [3.0, 4.0], [1.0, 1.0]]) == [
        [0.5, 0.0], [0.0, 0.0], [0.5, 0.5]]  # fmt: skip
    t = ag.Tensor(np.array([0.1], np.float32), requires_grad=True)
    np.max(t, initial=np.float64(0.1)).backward()  # in float32 they are equal
    assert t.grad is not None
    assert t.grad.tolist() == [0.5]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fn", [np.sum, np.mean, np.prod, np.var, np.std], ids=lambda fn: fn.__name__)
def test_a_row_of_which_nothing_is_left_has_gradient_0(fn: Any) -> None:
    where = np.array([[False, False], [True, True]])
    for options in [{}, {"ddof": 1}] if fn in VARY else [{}]:
        gx = gradient(lambda x, options=options: fn(x, axis=1, where=where, **options), [[1.0, 2.0], [3.0, 5.0]])
        assert gx[0] == [0.0, 0.0]
        assert all(gx[1])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_var_of_what_a_mask_leaves_with_no_degrees_of_freedom_is_nan_as_in_numpy() -> None:
    gx = gradient(lambda x: np.var(x, axis=1, ddof=1, where=np.array([[True, False], [True, True]])), np.ones((2, 2)))
    assert np.isnan(gx[0][0])
    assert gx[0][1] == 0
    assert gx[1] == [0.0, 0.0]


def test_where_is_taken_as_it_is_given() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    t = ag.Tensor(x, requires_grad=True)
    for where in (t > 2, [False, True], True, np.array(True), ag.Tensor([[False], [True]])):
        mask = where.data if isinstance(where, ag.Tensor) else where
        assert gradient(lambda x, where=where: np.sum(x, where=where), x) == np.where(mask, np.ones((2, 2)), 0).tolist()


@pytest.mark.parametrize("option", ["initial", "where"])
def test_an_option_that_would_need_a_gradient_is_refused(option: str) -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=f"option '{option}'"):
        np.sum(t, **{option: t[0]})


def test_ddof_and_its_other_name_are_not_given_both() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="'ddof' twice"):
        np.var(t, ddof=1, correction=1)


# -- logarithms of sums ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fn", [logaddexp_reduce, logaddexp2_reduce], ids=lambda fn: fn.__name__)
def test_a_share_of_nothing_is_0(fn: Any) -> None:
    """exp(-inf) = 0: neither such an element nor a row of them has a gradient, and nothing warns."""
    x = np.array([[-np.inf, 1.0], [-np.inf, -np.inf]])
    t = ag.Tensor(x, requires_grad=True)
    y = fn(t, axis=1)
    assert y.tolist() == [1.0, -np.inf]
    y[0].backward(create_graph=True)
    assert t.grad is not None
    assert t.grad.tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert gradient(lambda x: fn(x, axis=1), x) == [[0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize("fn", [logaddexp_reduce, logaddexp2_reduce], ids=lambda fn: fn.__name__)
def test_nothing_overflows_in_a_logarithm_of_a_sum(fn: Any) -> None:
    np.testing.assert_allclose(gradient(lambda x: fn(x), [1e4, 1e4, -1e4]), [0.5, 0.5, 0.0])
    where = np.array([True, True, False])
    np.testing.assert_allclose(gradient(lambda x: fn(x, where=where), [1.0, 1.0, np.inf]), [0.5, 0.5, 0.0])


# -- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(data=st.data(), fn=st.sampled_from(REDUCTIONS), keepdims=st.booleans())
def test_any_axes_of_any_shape(data: Any, fn: Any, keepdims: bool) -> None:
    shape = data.draw(st.lists(st.integers(2, 3), min_size=1, max_size=3))
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))
    axis = tuple(data.draw(st.permutations([k - len(shape) * data.draw(st.booleans()) for k in axes])))
    check(lambda x: fn(x, axis=axis, keepdims=keepdims), spaced(*shape))


@settings(max_examples=25, deadline=None)
@given(data=st.data(), fn=st.sampled_from([np.sum, np.mean, np.prod, np.max, np.min, np.var]))
def test_a_mask_counts_as_if_the_rest_were_not_there(data: Any, fn: Any) -> None:
    x = spaced(data.draw(st.integers(2, 6)))
    where = np.array(data.draw(st.lists(st.booleans(), min_size=x.size, max_size=x.size).filter(any)))
    more = {"initial": -100.0 if fn is np.max else 100.0} if fn in (np.max, np.min) else {}
    expected = np.zeros_like(x)
    expected[where] = gradient(lambda x: fn(x, **more), x[where])
    np.testing.assert_allclose(gradient(lambda x: fn(x, where=where, **more), x), expected)
