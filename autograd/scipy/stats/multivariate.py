"""Distributions of vectors and matrices.

A covariance is taken by its Cholesky decomposition, which reads its lower triangle, as SciPy does: the gradient lies
there. It must be positive definite.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from autograd.rules.registry import primitive
from autograd.scipy.stats.distribution import Distribution, as_float, constant, nan_unless, on_tensors

__all__ = [
    "dirichlet", "dirichlet_multinomial", "invwishart", "matrix_normal", "multinomial", "multivariate_normal",
    "multivariate_t", "wishart",
]  # fmt: skip

LOG_2, LOG_PI, LOG_TAU = math.log(2), math.log(math.pi), math.log(2 * math.pi)


class Multivariate(Distribution):
    """A distribution by definitions of its methods; pdf and pmf are the exponentials of their logarithms."""

    def __init__(self, scipys: Any, name: str, **methods: Callable[..., Any]) -> None:
        for log in ("logpdf", "logpmf"):
            if log in methods:
                methods[log.removeprefix("log")] = exponential(methods[log])
        super().__init__(scipys, name, list(methods))
        for method, definition in methods.items():
            vars(self)[method] = on_tensors(getattr(scipys, method), definition, f"{name}.{method}")


def exponential(log: Callable[..., Any]) -> Callable[..., Any]:
    return functools.wraps(log)(lambda *args: np.exp(log(*args)))


# -- normal, and t -----------------------------------------------------------------------------------------------------


def as_covariance(cov: Any, size: int, name: str) -> Any:
    """A matrix of itself, of its diagonal, or of the number on that."""
    cov = as_float(cov)
    if np.ndim(cov) > 1:
        return of_shape(cov, (size, size), name)
    return (of_shape(cov, (size,), name)[:, None] if np.ndim(cov) else cov) * np.eye(size)


def of_shape(x: Any, shape: tuple[int, ...], name: str) -> Any:
    if x.shape != shape:
        raise ValueError(f"{name} was given with shape {x.shape}; by the other arguments it must have shape {shape}")
    return x


def size_of(mean: Any, cov: Any) -> int:
    return np.size(mean) if mean is not None else 1 if np.ndim(cov) < 2 else np.shape(cov)[0]


def log_det(factor: Any) -> Any:
    """Of the matrix whose Cholesky factor it is."""
    return 2 * np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)


def squares(factor: Any, dev: Any) -> Any:
    """dev @ inv(cov) @ dev, of each vector in dev (..., n)."""
    white = np.linalg.solve(factor, dev.reshape(-1, dev.shape[-1]).T)
    return np.sum(white * white, axis=0).reshape(dev.shape[:-1])


def vectors(x: Any, size: int) -> Any:
    """(..., size): a vector of numbers if size is 1, else one vector."""
    x = as_float(x)
    return x.reshape(-1, 1) if np.ndim(x) < 2 and size == 1 else x


def centred(x: Any, mean: Any, cov: Any, name: str) -> tuple[Any, Any, int]:
    """x - mean, the Cholesky factor of the covariance, and their size."""
    size = size_of(mean, cov)
    factor = np.linalg.cholesky(as_covariance(cov, size, name))
    dev = vectors(x, size) - (0 if mean is None else as_float(mean).reshape(size))
    return dev, factor, size


def multivariate_normal_logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    cov = cov.covariance if isinstance(cov, stats.Covariance) else cov
    if allow_singular:
        return singular_normal_logpdf(x, mean, cov)
    dev, factor, size = centred(x, mean, cov, "cov")
    return np.squeeze(-0.5 * (size * LOG_TAU + log_det(factor) + squares(factor, dev)))


def singular_normal_logpdf(x: Any, mean: Any, cov: Any) -> Any:
    """The density in the subspace that a constant covariance spans, and 0 outside, where SciPy draws its lines."""
    if getattr(cov, "node", None) is not None:
        raise ValueError(
            "multivariate_normal was given allow_singular=True and a covariance that requires a gradient, and a "
            "singular one has none; pass cov.detach(), or make it positive definite, as by adding 1e-6 * np.eye(n)"
        )
    size = size_of(mean, cov)
    dev = vectors(x, size) - (0 if mean is None else as_float(mean).reshape(size))
    variances, axes = np.linalg.eigh(as_covariance(getattr(cov, "data", cov), size, "cov"))
    least = 1e6 * np.finfo(float).eps * np.max(np.absolute(variances))
    spanned, rest = variances > least, axes[:, variances <= least]
    white = dev @ (axes[:, spanned] / np.sqrt(variances[spanned]))
    logs = -0.5 * (np.sum(LOG_TAU + np.log(variances[spanned])) + np.sum(white * white, axis=-1))
    outside = np.linalg.norm(getattr(dev, "data", dev) @ rest, axis=-1) >= least
    return np.squeeze(np.where(outside, -math.inf, logs))


def multivariate_normal_entropy(mean: Any = None, cov: Any = 1) -> Any:
    size = size_of(mean, cov)
    return 0.5 * (size * (LOG_TAU + 1) + log_det(np.linalg.cholesky(as_covariance(cov, size, "cov"))))


def multivariate_t_logpdf(x: Any, loc: Any = None, shape: Any = 1, df: Any = 1) -> Any:
    dev, factor, size = centred(x, loc, shape, "shape")
    if isinstance(df, int | float) and df == math.inf:
        return multivariate_normal_logpdf(x, loc, shape)
    df = as_float(df)
    (df,) = nan_unless(df > 0, df)
    more = (df + size) / 2
    logs = special.gammaln(more) - special.gammaln(df / 2) - 0.5 * (size * np.log(df * math.pi) + log_det(factor))
    return np.squeeze(logs - more * np.log1p(squares(factor, dev) / df))


def matrix_normal_logpdf(X: Any, mean: Any = None, rowcov: Any = 1, colcov: Any = 1) -> Any:
    shape = np.shape(X)[-2:]
    rows, columns = (
        np.linalg.cholesky(as_covariance(cov, n, name))
        for cov, n, name in zip((rowcov, colcov), shape, ("rowcov", "colcov"), strict=True)
    )
    dev = as_float(X) if mean is None else as_float(X) - of_shape(as_float(mean), shape, "mean")
    white = np.linalg.solve(columns, np.linalg.solve(rows, dev).mT)
    logs = shape[0] * shape[1] * LOG_TAU + shape[1] * log_det(rows) + shape[0] * log_det(columns)
    return np.squeeze(-0.5 * (logs + np.sum(white * white, axis=(-2, -1))))


# -- matrices that are covariances -------------------------------------------------------------------------------------


def checked(scipys: Callable[..., Any], *args: Any) -> Any:
    """What SciPy returns for the arguments, as a constant; it raises ValueError for those that it refuses."""
    return of_scalars(scipys)(*map(constant, args))


@functools.cache
def of_scalars(scipys: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy's method, given numbers for arrays of one number, which it would not take."""
    return primitive(lambda *args: scipys(*(x[()] if isinstance(x, np.ndarray) else x for x in args)))


def multigammaln(a: Any, d: int) -> Any:
    """DLMF 35.3.4."""
    return d * (d - 1) / 4 * LOG_PI + np.sum(special.gammaln(np.stack([a - j / 2 for j in range(d)])))


def matrices(x: Any, size: int) -> Any:
    """(n, size, size) of SciPy's (size, size, n), of a matrix, its diagonal, or a number."""
    x = as_float(x)
    if np.ndim(x) == 3:
        return np.moveaxis(x, -1, 0)
    if np.ndim(x) == 1 and size == 1:
        return x[:, None, None]
    return as_covariance(x, size, "x")[None]


def wishart_logpdf(x: Any, df: Any, scale: Any) -> Any:
    checked(stats.wishart.logpdf, x, df, scale)
    size = size_of(None, scale) if np.ndim(scale) != 1 else np.size(scale)
    factor, xs, df = np.linalg.cholesky(as_covariance(scale, size, "scale")), matrices(x, size), as_float(df)
    inverse = np.linalg.inv(factor)
    traces = np.sum((inverse.T @ inverse) * xs.mT, axis=(-2, -1))
    norm = 0.5 * df * (size * LOG_2 + log_det(factor)) + multigammaln(df / 2, size)
    return np.squeeze(0.5 * ((df - size - 1) * log_det(np.linalg.cholesky(xs)) - traces) - norm)


def invwishart_logpdf(x: Any, df: Any, scale: Any) -> Any:
    checked(stats.invwishart.logpdf, x, df, scale)
    size = size_of(None, scale) if np.ndim(scale) != 1 else np.size(scale)
    factor, df = np.linalg.cholesky(as_covariance(scale, size, "scale")), as_float(df)
    factors = np.linalg.cholesky(matrices(x, size))
    white = np.linalg.solve(factors, factor)
    logs = df * (log_det(factor) - size * LOG_2) - (df + size + 1) * log_det(factors)
    return np.squeeze(0.5 * (logs - np.sum(white * white, axis=(-2, -1))) - multigammaln(df / 2, size))


# -- probabilities, and counts -----------------------------------------------------------------------------------------


def dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    checked(stats.dirichlet.logpdf, x, alpha)
    x, alpha = as_float(x), as_float(alpha)
    if len(x) < len(alpha):
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    alpha = alpha.reshape((-1,) + (1,) * (np.ndim(x) - 1))
    log_beta = np.sum(special.gammaln(alpha)) - special.gammaln(np.sum(alpha))
    return np.squeeze(np.sum(special.xlogy(alpha - 1, x), axis=0) - log_beta)


def dirichlet_entropy(alpha: Any) -> Any:
    checked(stats.dirichlet.entropy, alpha)
    alpha = as_float(alpha)
    total = np.sum(alpha)
    log_beta = np.sum(special.gammaln(alpha)) - special.gammaln(total)
    return log_beta + (total - len(alpha)) * special.psi(total) - np.sum((alpha - 1) * special.psi(alpha))


def multinomial_logpmf(x: Any, n: Any, p: Any) -> Any:
    """With p as it is: SciPy makes its last element the rest, to which it is equal where they add up to 1."""
    value = checked(stats.multinomial.logpmf, x, n, p)
    x, n = as_float(constant(x)), as_float(constant(n))
    y = special.gammaln(n + 1) + np.sum(special.xlogy(x, as_float(p)) - special.gammaln(x + 1), axis=-1)
    (y,) = nan_unless(~np.isnan(value), y)
    return np.where(np.isneginf(value), value, y)


def dirichlet_multinomial_logpmf(x: Any, alpha: Any, n: Any) -> Any:
    value = checked(stats.dirichlet_multinomial.logpmf, x, alpha, n)
    x, alpha, n = as_float(constant(x)), as_float(alpha), as_float(constant(n))
    total = np.sum(alpha, axis=-1)
    y = special.gammaln(total) + special.gammaln(n + 1) - special.gammaln(n + total)
    of_each = special.gammaln(x + alpha) - special.gammaln(alpha) - special.gammaln(x + 1)
    return np.where(np.isneginf(value), value, y + np.sum(of_each, axis=-1))


multivariate_normal = Multivariate(
    stats.multivariate_normal,
    "multivariate_normal",
    logpdf=multivariate_normal_logpdf,
    entropy=multivariate_normal_entropy,
)
multivariate_t = Multivariate(stats.multivariate_t, "multivariate_t", logpdf=multivariate_t_logpdf)
matrix_normal = Multivariate(stats.matrix_normal, "matrix_normal", logpdf=matrix_normal_logpdf)
wishart = Multivariate(stats.wishart, "wishart", logpdf=wishart_logpdf)
invwishart = Multivariate(stats.invwishart, "invwishart", logpdf=invwishart_logpdf)
dirichlet = Multivariate(stats.dirichlet, "dirichlet", logpdf=dirichlet_logpdf, entropy=dirichlet_entropy)
multinomial = Multivariate(stats.multinomial, "multinomial", logpmf=multinomial_logpmf)
dirichlet_multinomial = Multivariate(
    stats.dirichlet_multinomial,
    "dirichlet_multinomial",
    logpmf=dirichlet_multinomial_logpmf,
)
