"""Order statistics, averages and reductions that skip NaN, against differences; and what holds at ties and NaN."""

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
from autograd.rules.statistics import nonzero_total

X = spaced(2, 3, 2)
STRIDED = reversed_columns(X)
HOLES = X.copy()
HOLES[0, 0, 1] = HOLES[0, 2, 0] = HOLES[1, 1, 1] = np.nan
COMPLEX = HOLES[:, :2] + 1j * normal(2, 2, 2)
MASK = np.arange(12).reshape(2, 3, 2) % 5 > 0
AXES: list[Any] = [None, 0, -1, 1, (0, 2), (-1, 0), (2, 1, 0), ()]
MIDDLE = [np.median, np.nanmedian]
QUANTILES = [np.quantile, np.nanquantile]
PERCENTILES = [np.percentile, np.nanpercentile]
NAN = [np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd, np.nanmax, np.nanmin]
EXTREMA = {np.nanmax: -9.0, np.nanmin: 9.0}
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
]  # fmt: skip


def smooth(fn: Any, axis: Any) -> bool:
    """Over no axes every variance is 0, where std has a kink."""
    return not (fn is np.nanstd and axis == ())


def start(fn: Any) -> Any:
    """Under a mask max and min must be told where to start."""
    return {"initial": EXTREMA[fn]} if fn in EXTREMA else {}


CASES = [
    *(case(fn, X, axis=axis, keepdims=keepdims) for fn in MIDDLE for axis in AXES for keepdims in (False, True)),
    *(case(fn, STRIDED, axis=axis) for fn in MIDDLE for axis in (None, 1, (2, 0))),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, 1), label="positional axis") for fn in MIDDLE),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, np.int64(1)), label="axis of np.int64") for fn in MIDDLE),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, [0, 2]), label="axes in a list") for fn in MIDDLE),
    *(case(fn, x) for fn in MIDDLE for x in (np.array(1.5), np.array([1.5]), spaced(4), spaced(5))),
    *(case(fn, normal(0, 3), axis=1) for fn in MIDDLE),
    *(case(fn, X[:, :, 0] + 1j * normal(2, 3), axis=axis) for fn in MIDDLE for axis in (None, 0, 1)),
    *(case(np.nanmedian, HOLES, axis=axis, label="NaN") for axis in AXES[:-1]),

    *(case(np.quantile, X, q=0.3, axis=axis) for axis in AXES),
    *(case(fn, X, q=[0.0, 0.4, 1.0], axis=axis, keepdims=keepdims) for fn in QUANTILES
      for axis, keepdims in [(None, True), (0, True), (-1, False), ((0, 2), True), ((-1, 0), False), ((), True)]),
    *(case(fn, X, q=[[0.1, 0.5, 0.9], [0.2, 0.0, 1.0]], axis=axis) for fn in QUANTILES for axis in (None, 1)),
    case(np.quantile, X, q=[[0.1, 0.5]], axis=(0, 2)),
    *(case(fn, X, f=lambda x, fn=fn, q=q: fn(x, q, 1, method="hazen"), label=f"positional, q of {type(q).__name__} {q}")
      for fn in QUANTILES for q in (0.3, np.array(0.3), np.array([0.3, 0.8]), np.float64(0.6), np.zeros(0))),
    *(case(fn, X, f=lambda x, fn=fn: fn(x, [0, 1], 1), label="q of integers") for fn in QUANTILES),
    *(case(fn, STRIDED, q=[0.3, 0.6], axis=axis) for fn in QUANTILES for axis in (None, 1, (2, 0))),
    *(case(fn, x, q=q) for fn in QUANTILES for x in (np.array(1.5), np.array([1.5])) for q in (0.3, [0.5, 1])),
    case(np.quantile, normal(0, 3), q=[0.5, 0.1], axis=1),
    *(case(np.quantile, X, q=[0.0, 0.35, 0.5, 1.0], axis=axis, method=method) for method in METHODS
      for axis in (None, 1)),
    *(case(fn, X, q=q, axis=axis) for fn in PERCENTILES for axis in (None, (1, 2)) for q in (30, [0, 45.5, 100])),
    *(case(fn, X, q=[20, 55.5], method=method, keepdims=True) for fn in PERCENTILES for method in METHODS[::4]),
    *(case(fn, HOLES, q=q, axis=axis, label="NaN") for fn in (np.nanquantile, np.nanpercentile)
      for axis in (None, 0, 1, (0, 2)) for q in (0.7, [0.3, 0.9])),
    *(case(np.nanquantile, HOLES, q=[0.4, 0.8], axis=1, method=method, label="NaN") for method in METHODS),

    *(case(np.average, X, axis=axis, keepdims=keepdims) for axis in AXES for keepdims in (False, True)),
    *(case(np.average, X, axis=axis, returned=True) for axis in (None, 1, (0, 2))),
    *(case(np.average, X, between(0.2, 1, *X.shape), f=lambda x, w, axis=axis, keepdims=keepdims:
           np.average(x, axis, w, keepdims=keepdims), label=f"axis={axis}, keepdims={keepdims}")
      for axis in AXES for keepdims in (False, True)),
    *(case(np.average, STRIDED, between(0.2, 1, *(X.shape[k] for k in axis)),
           f=lambda x, w, axis=axis, returned=returned: np.average(x, axis=axis, weights=w, returned=returned),
           label=f"axis={axis}, returned={returned}")
      for axis in [(0,), (1,), (-1,), (0, 2), (2, 0), (2, 0, 1)] for returned in (False, True)),
    case(np.average, X, between(0.2, 1, 3), f=lambda x, w: np.average(x, 1, w, True, keepdims=True), label="order"),
    case(nonzero_total, normal(2, 3)),
    case(np.average, X, f=lambda x: np.average(x, axis=1, weights=[1, 2, 3]), label="integer weights"),
    case(np.average, X, f=lambda x: np.average(x, weights=np.ones(3), axis=1, returned=True), label="constants"),
    case(np.average, between(0.2, 1, 3), f=lambda w: np.average([[1, 2, 3], [0, 1, 5]], weights=w, axis=1),
         label="of constant integers"),
    case(np.average, between(0.2, 1, 3), f=lambda w: np.average(np.ones((2, 3)), weights=w, axis=1, returned=True),
         label="of constants"),
    case(np.average, np.array(1.5), np.array(0.5), f=lambda x, w: np.average(x, weights=w)),
    case(np.average, np.array([1.5]), np.array([-0.5]), f=lambda x, w: np.average(x, weights=w), label="negative"),
    case(np.average, normal(0, 3), between(0.2, 1, 3), f=lambda x, w: np.average(x, 1, w), label="of nothing"),
    case(np.average, rotated(2, 3), f=lambda x: np.average(x, axis=0, returned=True)),
    case(np.average, rotated(2, 3), rotated(3), f=lambda x, w: np.average(x, 1, w, True), label="complex weights"),
    case(np.average, rotated(2, 3), between(0.2, 1, 3), f=lambda x, w: np.average(x, 1, w, True), label="real weights"),
    case(np.average, normal(2, 3), rotated(2, 3), f=lambda x, w: np.average(x, weights=w), label="of real numbers"),

    *(case(fn, HOLES, axis=axis, keepdims=keepdims) for fn in NAN for axis in AXES[:-1] for keepdims in (False, True)),
    *(case(fn, X, axis=axis) for fn in NAN for axis in (0, (0, 2), ()) if smooth(fn, axis)),
    *(case(fn, reversed_columns(HOLES), axis=axis) for fn in NAN for axis in (None, 1)),
    *(case(fn, HOLES, f=lambda x, fn=fn: fn(x, np.int64(1)), label="axis of np.int64, by position") for fn in NAN),
    *(case(fn, np.array([1.5, np.nan]), label="1 number") for fn in NAN if fn is not np.nanstd),
    *(case(fn, np.array(1.5)) for fn in NAN if fn is not np.nanstd),
    *(case(fn, normal(0, 3), axis=1) for fn in NAN),
    *(case(fn, normal(0)) for fn in (np.nansum, np.nanprod)),
    *(case(fn, HOLES, axis=1, ddof=0.5) for fn in (np.nanvar, np.nanstd)),
    *(case(fn, HOLES, axis=(0, 1), correction=1) for fn in (np.nanvar, np.nanstd)),
    *(case(fn, HOLES, axis=(0, 2), mean=0.3, label="constant mean") for fn in (np.nanvar, np.nanstd)),
    *(case(fn, HOLES, f=lambda x, fn=fn, axis=axis: fn(x, axis=axis, where=MASK, **start(fn)),
           label=f"where, axis={axis}") for fn in NAN for axis in (None, 1, (0, 2))),
    *(case(fn, HOLES, axis=1, initial=2.5) for fn in (np.nansum, np.nanprod, np.nanmax, np.nanmin)),
    *(case(fn, COMPLEX, axis=axis) for fn in NAN[:5] for axis in (None, 1)),
    case(np.nanprod, np.array([2.0, 0.0, np.nan, 3.0, 0.0]), label="zeros"),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


# -- order statistics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fn", MIDDLE, ids=lambda fn: fn.__name__)
def test_the_median_is_the_element_in_the_middle_or_the_mean_of_two(fn: Any) -> None:
    assert gradient(fn, [3.0, 1.0, 2.0]) == [0.0, 0.0, 1.0]
    assert gradient(fn, [3.0, 1.0, 2.0, 9.0]) == [0.5, 0.0, 0.5, 0.0]


def test_equal_elements_stand_in_the_order_of_a_stable_sort() -> None:
    assert gradient(np.median, [2.0, 2.0, 2.0]) == [0.0, 1.0, 0.0]
    assert gradient(np.median, [2.0, 1.0, 2.0, 2.0]) == [0.5, 0.0, 0.5, 0.0]
    assert gradient(lambda x: np.quantile(x, 0.25), [[1.0, 1.0], [1.0, 1.0]]) == [[0.25, 0.75], [0.0, 0.0]]
    assert gradient(lambda x: np.median(x, axis=0), [[1.0, 2.0], [1.0, 2.0]]) == [[0.5, 0.5], [0.5, 0.5]]


def test_an_element_takes_the_gradients_of_all_the_quantiles_that_it_makes() -> None:
    assert gradient(lambda x: np.quantile(x, [0.0, 0.0, 0.5, 1.0]), [1.0, 2.0]) == [2.5, 1.5]


def test_of_a_row_with_nan_it_takes_the_gradient() -> None:
    nan = np.nan
    assert gradient(lambda x: np.median(x, axis=1), [[nan, 1.0, 2.0], [3.0, 1.0, 2.0]]) == [[1, 0, 0], [0, 0, 1]]
    assert gradient(lambda x: np.quantile(x, [0.0, 0.3]), [1.0, nan, nan]) == [0.0, 0.0, 2.0]


@pytest.mark.parametrize("fn", [np.nanmedian, lambda x, **options: np.nanquantile(x, [0.3, 0.6], **options)])
@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_rows_of_nothing_but_nan_have_gradient_0(fn: Any) -> None:
    found = gradient(lambda x: fn(x, axis=1), [[np.nan, np.nan], [1.0, np.nan], [np.nan, np.nan]])
    assert found[0] == found[2] == [0.0, 0.0]
    assert found[1][0] > 0
    assert gradient(fn, [np.nan]) == [0.0]


@pytest.mark.parametrize("fn", QUANTILES + PERCENTILES, ids=lambda fn: fn.__name__)
def test_a_q_that_requires_a_gradient_is_refused(fn: Any) -> None:
    q = ag.Tensor(0.5, requires_grad=True)
    for x in (X, ag.Tensor(X), ag.Tensor(X, requires_grad=True)):
        with pytest.raises(TypeError, match=rf"{fn.__name__} .* option 'q'.*detach"):
            fn(x, q)
    t = ag.Tensor([1.0, 2.0, 4.0], requires_grad=True)
    fn(t, q.detach(), method="higher").backward()
    assert t.grad is not None
    assert t.grad.tolist() == ([0.0, 1.0, 0.0])


@pytest.mark.parametrize("options", [{"weights": [1.0, 2.0], "method": "inverted_cdf"}, {"overwrite_input": True}])
@pytest.mark.parametrize("fn", QUANTILES, ids=lambda fn: fn.__name__)
def test_options_that_no_rule_knows_are_refused(fn: Any, options: Any) -> None:
    with pytest.raises(TypeError, match=f"was given {next(iter(options))}="):
        fn(ag.Tensor([1.0, 2.0], requires_grad=True), 0.5, **options)


def test_a_mean_that_requires_a_gradient_is_refused_where_nan_is_skipped() -> None:
    t = ag.Tensor(HOLES, requires_grad=True)
    for fn in (np.nanvar, np.nanstd):
        with pytest.raises(TypeError, match="option 'mean'"):
            fn(t, mean=t[0, 0, 0])


def test_a_median_does_not_overwrite_its_input() -> None:
    for fn in MIDDLE:
        with pytest.raises(TypeError, match="overwrite_input"):
            fn(ag.Tensor([1.0, 2.0], requires_grad=True), overwrite_input=True)


def test_where_numpy_mixes_up_the_axes_there_is_no_gradient() -> None:
    t = ag.Tensor(X, requires_grad=True)
    y = np.nanquantile(t, [[0.1, 0.2]], axis=(0, 1))
    with pytest.raises(ValueError, match="nanquantile was given a q of shape"):
        y.sum().backward()


@settings(max_examples=25, deadline=None)
@given(data=st.data(), fn=st.sampled_from(QUANTILES), method=st.sampled_from(METHODS), keepdims=st.booleans())
def test_any_quantiles_over_any_axes(data: Any, fn: Any, method: str, keepdims: bool) -> None:
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))
    axis = tuple(data.draw(st.permutations([k - len(shape) * data.draw(st.booleans()) for k in axes])))
    q = data.draw(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5, 0.75, 1.0]), min_size=1, max_size=3))
    check(lambda x: fn(x, q, axis=axis, keepdims=keepdims, method=method), spaced(*shape), order=2)


# -- averages --------------------------------------------------------------------------------------------------------


def test_averages_come_in_the_container_of_numpy() -> None:
    t = ag.Tensor(X, requires_grad=True)
    assert type(np.average(t, returned=True)) is tuple
    assert type(np.average(t)) is ag.Tensor
    total = np.average(t, axis=1, returned=True)[1]
    assert (total.tolist(), total.requires_grad) == (np.average(X, axis=1, returned=True)[1].tolist(), False)


def test_weights_that_do_not_fit_are_refused() -> None:
    t = ag.Tensor(X, requires_grad=True)
    for axis, shape in [(None, (4,)), (1, (2,)), ((0, 1), (3, 2))]:
        with pytest.raises(
            ValueError, match=r"average was given weights of shape .* for an array of shape \(2, 3, 2\)"
        ):
            np.average(t, axis=axis, weights=np.ones(shape))


def test_weights_whose_sum_is_0_are_refused() -> None:
    with pytest.raises(ZeroDivisionError, match="average was given weights whose sum is 0"):
        np.average(ag.Tensor([1.0, 2.0], requires_grad=True), weights=[1.0, -1.0])


def test_an_average_of_equal_weights_is_a_mean() -> None:
    np.testing.assert_allclose(
        gradient(lambda x: np.average(x, axis=1, weights=np.ones(3)), X), gradient(lambda x: np.mean(x, axis=1), X)
    )


# -- skipping NaN ----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fn", NAN, ids=lambda fn: fn.__name__)
def test_nan_has_gradient_0(fn: Any) -> None:
    x = [[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [2.0, 5.0, np.nan]]
    for options in [{}, {"ddof": 1}] if fn in (np.nanvar, np.nanstd) else [{}]:
        found = np.array(gradient(lambda x, options=options: fn(x, axis=1, **options), x))
        np.testing.assert_array_equal(found[np.isnan(x)], 0)
        assert found[0].any()
        assert found[2].any()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fn", NAN, ids=lambda fn: fn.__name__)
def test_the_backward_pass_of_rows_of_nan_warns_of_nothing(fn: Any) -> None:
    t = ag.Tensor(np.array([[np.nan, np.nan], [1.0, 2.0]]), requires_grad=True)
    y = fn(t, axis=1)
    with np.errstate(all="raise"):
        y.sum().backward()


@pytest.mark.parametrize(("fn", "sign"), [(np.nanmax, 1), (np.nanmin, -1)])
def test_ties_share_equally(fn: Any, sign: int) -> None:
    x = sign * np.array([3.0, np.nan, 3.0, 1.0])
    assert gradient(fn, x) == [0.5, 0.0, 0.5, 0.0]
    assert gradient(lambda x: fn(x, initial=sign * 3.0), x) == [1 / 3, 0.0, 1 / 3, 0.0]


def test_nanstd_of_constant_data_has_gradient_0() -> None:
    assert gradient(np.nanstd, [2.0, np.nan, 2.0]) == [0.0, 0.0, 0.0]


@settings(max_examples=25, deadline=None)
@given(data=st.data(), k=st.integers(0, len(NAN) - 1))
def test_what_skips_nan_is_as_if_it_were_not_there(data: Any, k: int) -> None:
    plain = [np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min][k]
    x = spaced(data.draw(st.integers(2, 6)))
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=x.size, max_size=x.size).filter(lambda v: sum(v) > 1)))
    expected = np.zeros_like(x)
    expected[kept] = gradient(plain, x[kept])
    np.testing.assert_allclose(gradient(NAN[k], np.where(kept, x, np.nan)), expected)
