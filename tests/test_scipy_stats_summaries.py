"""Statistics of data: SciPy's values and dtypes along every axis, gradients to the second order."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

import autograd as ag
from autograd.scipy import stats

A, B, W = np.random.default_rng(0).uniform(0.5, 2, (3, 4, 3))
ONE = {"gmean": [{}, {"weights": W}], "hmean": [{}, {"weights": W}], "pmean": [{"p": 2.5}, {"p": 0}, {"p": -1}],
       "moment": [{}, {"order": 2}, {"order": 3, "center": 1.0}], "skew": [{}, {"bias": False}],
       "kurtosis": [{}, {"bias": False, "fisher": False}], "sem": [{}, {"ddof": 0}], "variation": [{}, {"ddof": 1}],
       "gstd": [{}], "entropy": [{}, {"base": 2}]}  # fmt: skip
KEEPING = {"zscore": [{}, {"ddof": 1}], "gzscore": [{}]}
CALLS = [(name, options) for name, several in {**ONE, **KEEPING}.items() for options in several]


def called(name: str, *inputs: Any, **options: Any) -> tuple[Any, Any]:
    """What it returns for Tensors, and what SciPy's returns for arrays."""
    actual = getattr(stats, name)(*map(ag.Tensor, inputs), **options)
    return actual, getattr(scipy.stats, name)(*inputs, **options)


@pytest.mark.parametrize(("name", "options"), CALLS)
def test_of_one_array(name: str, options: dict[str, Any]) -> None:
    for axis in (0, 1, None):
        for kept in ({}, {"keepdims": True}) if name in ONE else ({},):
            for dtype in (np.float64, np.float32):
                actual, expected = called(name, A.astype(dtype), axis=axis, **options, **kept)
                assert (actual.dtype, actual.shape) == (expected.dtype, np.shape(expected))
                tolerance = 1e-13 if dtype is np.float64 else 1e-5
                np.testing.assert_allclose(actual.data, expected, rtol=tolerance, atol=tolerance)
    ag.assert_gradients(lambda a: getattr(stats, name)(a, **options), A, order=2)
    ag.assert_gradients(lambda a: getattr(stats, name)(a, axis=None, **options), A)


def test_of_two() -> None:
    for name, options in (("entropy", {"base": 3, "axis": 1}), ("zmap", {"ddof": 1}), ("zmap", {"axis": None})):
        actual, expected = called(name, A, B, **options)
        np.testing.assert_allclose(actual.data, expected, rtol=1e-13)
        ag.assert_gradients(lambda a, b, name=name, o=options: getattr(stats, name)(a, b, **o), A, B, order=2)
    ag.assert_gradients(lambda a, w: stats.gmean(a, weights=w), A, W, order=2)


@pytest.mark.parametrize("axis", [0, 1])
def test_pearsonr(axis: int) -> None:
    actual, expected = called("pearsonr", A, B, axis=axis)
    np.testing.assert_allclose(actual.statistic.data, expected.statistic, rtol=1e-13)
    np.testing.assert_allclose(actual.pvalue.data, expected.pvalue, rtol=1e-12)
    ag.assert_gradients(lambda a, b: stats.pearsonr(a, b, axis=axis).statistic, A, B, order=2)
    ag.assert_gradients(lambda a, b: stats.pearsonr(a, b, axis=axis)[1], A, B)
    assert stats.pearsonr(ag.Tensor([1.0, 2.0]), [3.0, 1.0]) == (-1, 1)


def test_where_there_is_no_spread_scores_are_nan() -> None:
    same = ag.Tensor(np.full(3, 0.1), requires_grad=True)
    for f in (stats.zscore, stats.skew, stats.kurtosis):
        y = f(same)
        assert np.isnan(y.data).all()
        assert np.isnan(ag.grads(np.sum(y), same).data).all()
    assert np.isnan(stats.hmean(ag.Tensor([-1.0, 2.0])).data)
    assert np.isnan(stats.pmean(ag.Tensor([-1.0, 2.0]), 3).data)
