"""Statistics of data: means, moments, scores. They keep float32; of SciPy's options they know those that they name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special, stats

from autograd.scipy.stats.beta_gamma import beta
from autograd.scipy.stats.distribution import as_array, nan_unless, on_tensors

__all__ = [
    "entropy", "gmean", "gstd", "gzscore", "hmean", "kurtosis", "moment", "pearsonr", "pmean", "sem", "skew",
    "variation", "zmap", "zscore",
]  # fmt: skip


def of(scipys: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The definition of a function of SciPy's for Tensors."""
    return lambda definition: on_tensors(scipys, definition, scipys.__name__)


def mean(a: Any, axis: Any, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    weights = as_array(weights)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / np.sum(weights + 0 * a, axis=axis, keepdims=keepdims)


# -- means -------------------------------------------------------------------------------------------------------------


@of(stats.gmean)
def gmean(a: Any, axis: Any = 0, dtype: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    return np.exp(mean(np.log(as_array(a, dtype)), axis, weights, keepdims))


@of(stats.hmean)
def hmean(a: Any, axis: Any = 0, dtype: Any = None, *, weights: Any = None, keepdims: bool = False) -> Any:
    (a,) = nan_unless(as_array(a) >= 0, as_array(a, dtype))
    return 1 / mean(1 / a, axis, weights, keepdims)


@of(stats.pmean)
def pmean(a: Any, p: Any, *, axis: Any = 0, dtype: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if p == 0:
        return gmean(a, axis, dtype, weights, keepdims=keepdims)
    (a,) = nan_unless(as_array(a) >= 0, as_array(a, dtype))
    return np.power(mean(np.power(a, p), axis, weights, keepdims), 1 / p)


# -- moments -----------------------------------------------------------------------------------------------------------


@of(stats.moment)
def moment(a: Any, order: int = 1, axis: Any = 0, *, center: Any = None, keepdims: bool = False) -> Any:
    a = as_array(a)
    if order == 1 and center is None:
        return np.mean(0 * a, axis=axis, keepdims=keepdims)
    center = np.mean(a, axis=axis, keepdims=True) if center is None else center
    return np.mean(np.power(a - center, order), axis=axis, keepdims=keepdims)


def central(a: Any, axis: Any, keepdims: bool) -> tuple[Any, Any, int]:
    """a less its mean, its variance, NaN where it is 0 but for rounding, and the number of elements."""
    middle = np.mean(a, axis=axis, keepdims=True)
    dev = a - middle
    var = np.mean(dev * dev, axis=axis, keepdims=True)
    (var,) = nan_unless(var > np.square(np.finfo(a.dtype).eps * middle), var)
    return dev, var if keepdims else np.squeeze(var, axis=axis), dev.size if axis is None else dev.shape[axis]


@of(stats.skew)
def skew(a: Any, axis: Any = 0, bias: bool = True, *, keepdims: bool = False) -> Any:
    dev, var, n = central(as_array(a), axis, keepdims)
    y = np.mean(dev * dev * dev, axis=axis, keepdims=keepdims) / (var * np.sqrt(var))
    return y if bias or n < 3 else y * (math.sqrt((n - 1) * n) / (n - 2))


@of(stats.kurtosis)
def kurtosis(a: Any, axis: Any = 0, fisher: bool = True, bias: bool = True, *, keepdims: bool = False) -> Any:
    dev, var, n = central(as_array(a), axis, keepdims)
    square = dev * dev
    y = np.mean(square * square, axis=axis, keepdims=keepdims) / (var * var)
    if not bias and n > 3:
        y = ((n * n - 1) * y - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3)) + 3
    return y - 3 if fisher else y


@of(stats.sem)
def sem(a: Any, axis: Any = 0, ddof: int = 1, *, keepdims: bool = False) -> Any:
    a = as_array(a)
    n = a.size if axis is None else a.shape[axis]
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / math.sqrt(n)


@of(stats.variation)
def variation(a: Any, axis: Any = 0, *, ddof: int = 0, keepdims: bool = False) -> Any:
    a = as_array(a)
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / np.mean(a, axis=axis, keepdims=keepdims)


@of(stats.gstd)
def gstd(a: Any, axis: Any = 0, ddof: int = 1, *, keepdims: bool = False) -> Any:
    return np.exp(np.std(np.log(as_array(a)), axis=axis, ddof=ddof, keepdims=keepdims))


# -- scores ------------------------------------------------------------------------------------------------------------


@of(stats.zmap)
def zmap(scores: Any, compare: Any, axis: Any = 0, ddof: int = 0) -> Any:
    compare = as_array(compare)
    middle = np.mean(compare, axis=axis, keepdims=True)
    return (as_array(scores) - middle) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@of(stats.zscore)
def zscore(a: Any, axis: Any = 0, ddof: int = 0) -> Any:
    a = as_array(a)
    middle, std = np.mean(a, axis=axis, keepdims=True), np.std(a, axis=axis, ddof=ddof, keepdims=True)
    (std,) = nan_unless(std > abs(np.finfo(a.dtype).eps * middle), std)
    return (a - middle) / std


@of(stats.gzscore)
def gzscore(a: Any, *, axis: Any = 0, ddof: int = 0) -> Any:
    return zscore(np.log(as_array(a)), axis, ddof)


# -- of two ------------------------------------------------------------------------------------------------------------


@of(stats.entropy)
def entropy(pk: Any, qk: Any = None, base: Any = None, axis: Any = 0, *, keepdims: bool = False) -> Any:
    pk = as_array(pk)
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        terms = special.entr(pk)
    else:
        qk = as_array(qk)
        terms = special.rel_entr(pk, qk / np.sum(qk, axis=axis, keepdims=True))
    y = np.sum(terms, axis=axis, keepdims=keepdims)
    return y if base is None else y / math.log(base)


class PearsonRResult(NamedTuple):
    statistic: Any
    pvalue: Any


@of(stats.pearsonr)
def pearsonr(x: Any, y: Any, *, axis: Any = 0) -> PearsonRResult:
    """The p-value is that of two sides, by the beta distribution of r (Student 1908)."""
    x, y = as_array(x), as_array(y)
    x, y = x - np.mean(x, axis=axis, keepdims=True), y - np.mean(y, axis=axis, keepdims=True)
    r = np.sum(x * y, axis=axis) / np.sqrt(np.sum(x * x, axis=axis) * np.sum(y * y, axis=axis))
    r = np.clip(r, -1, 1)
    n = x.size if axis is None else x.shape[axis]
    return PearsonRResult(r, 2 * beta.sf(abs(r), n / 2 - 1, n / 2 - 1, -1, 2) if n > 2 else 1 + 0 * r)
