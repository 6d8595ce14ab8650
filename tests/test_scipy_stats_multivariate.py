"""Distributions of vectors and matrices: SciPy's values and shapes, gradients in all arguments, what is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.stats

import autograd as ag
from autograd.scipy import stats

RNG = np.random.default_rng(0)


def covariance(n: int) -> Any:
    a = RNG.normal(size=(n, n))
    return a @ a.T + n * np.eye(n)


def softmax(z: Any) -> Any:
    return np.exp(z) / np.sum(np.exp(z))


X, MEAN, COV, TWO = RNG.normal(size=(4, 3)), RNG.normal(size=3), covariance(3), covariance(2)
MATRICES = np.stack([covariance(2), covariance(2)], axis=-1)
Z, ALPHA = np.array([0.1, 0.5, 0.7]), np.array([1.5, 2.0, 0.7])
DF = np.array(3.5)
COUNTS = np.array([[1, 2, 3], [6, 0, 0]])

SINGULAR = np.array([[2.0, 1.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 3.0]])  # of rank 2

# A distribution, its method, the arguments; where a function of the first stands for it, that function.
CASES: list[tuple[str, str, tuple[Any, ...], Callable[..., Any] | None]] = [
    ("multivariate_normal", "logpdf", (X, MEAN, COV), None),
    ("multivariate_normal", "logpdf", (X[0], MEAN, COV), None),
    ("multivariate_normal", "logpdf", (X[:3].reshape(3, 1, 3), MEAN, np.array(2.0)), None),
    ("multivariate_normal", "logpdf", (X, MEAN, np.array([2.0, 3.0, 1.0])), None),
    ("multivariate_normal", "logpdf", (X[0], np.array([0.5]), np.array([[2.0]])), None),
    ("multivariate_normal", "logpdf", (np.array(0.3),), None),
    ("multivariate_normal", "pdf", (X[0], MEAN, COV), None),
    ("multivariate_normal", "entropy", (MEAN, COV), None),
    ("multivariate_t", "logpdf", (X, MEAN, COV, DF), None),
    ("multivariate_t", "pdf", (X[0],), None),
    ("matrix_normal", "logpdf", (X[:2], X[2:], TWO, COV), None),
    ("matrix_normal", "pdf", (X.reshape(2, 2, 3), None, TWO, COV), None),
    ("wishart", "logpdf", (TWO, 3.5, covariance(2)), None),
    ("wishart", "logpdf", (MATRICES, 3.5, TWO), None),
    ("wishart", "pdf", (np.array([0.5, 0.8]), 3.5, np.array(2.0)), None),
    ("invwishart", "logpdf", (TWO, 3.5, covariance(2)), None),
    ("invwishart", "pdf", (MATRICES, 3.5, np.array([0.5, 2.0])), None),
    ("dirichlet", "logpdf", (Z, ALPHA), softmax),
    ("dirichlet", "logpdf", (np.array([0.2, 0.3]), ALPHA), None),
    ("dirichlet", "pdf", (np.array([[0.2, 0.3], [0.1, 0.4]]), ALPHA), None),
    ("dirichlet", "entropy", (ALPHA,), None),
    ("multinomial", "logpmf", (Z, COUNTS[0], 6), softmax),
    ("multinomial", "pmf", (Z, COUNTS, 6), softmax),
    ("dirichlet_multinomial", "logpmf", (ALPHA, COUNTS, 6), None),
]


@pytest.mark.parametrize(("name", "method", "inputs", "through"), CASES)
def test_values_and_gradients(name: str, method: str, inputs: Any, through: Any) -> None:
    def call(dist: Any, first: Any, *rest: Any) -> Any:
        first = first if through is None else through(first)
        if "multinomial" in name:  # the counts come first
            return getattr(dist, method)(rest[0], *((rest[1], first) if name == "multinomial" else (first, rest[1])))
        return getattr(dist, method)(first, *rest)

    ours, theirs = (partial(call, getattr(module, name)) for module in (stats, scipy.stats))
    expected = theirs(*inputs)
    actual = ours(*(ag.Tensor(x) if isinstance(x, np.ndarray) else x for x in inputs))
    assert (actual.shape, actual.dtype) == (np.shape(expected), np.float64)
    np.testing.assert_allclose(actual.data, expected, rtol=1e-12)
    ag.assert_gradients(ours, *inputs, order=2)


def test_degrees_of_freedom() -> None:
    """SciPy takes a number there, and no array of one."""
    for dist, x in ((stats.wishart, MATRICES), (stats.invwishart, TWO), (stats.multivariate_t, TWO)):
        scale = {"shape": TWO} if dist is stats.multivariate_t else {"scale": TWO}
        f = lambda df, dist=dist, x=x, scale=scale: dist.logpdf(x, df=df, **scale)
        slope = ag.grad(lambda df, f=f: np.sum(f(df)))(3.5)
        step = np.sum(f(3.5 + 1e-5)) - np.sum(f(3.5 - 1e-5))
        np.testing.assert_allclose(slope, step / 2e-5, rtol=1e-8)
    x = ag.Tensor(X, requires_grad=True)
    np.testing.assert_allclose(stats.multivariate_t.logpdf(x, df=np.inf, loc=MEAN).data,
                               scipy.stats.multivariate_normal.logpdf(X, MEAN), rtol=1e-14)  # fmt: skip


def test_the_gradient_of_a_covariance_lies_in_the_triangle_that_is_read() -> None:
    g = ag.grad(lambda cov: stats.multivariate_normal.logpdf(X[0], MEAN, cov))(COV)
    assert (g[np.triu_indices(3, 1)] == 0).all()
    inverse = np.linalg.inv(COV)
    dev = inverse @ (X[0] - MEAN)
    whole = 0.5 * (np.outer(dev, dev) - inverse)
    np.testing.assert_allclose(g, np.tril(2 * whole) - np.diag(np.diag(whole)), rtol=1e-11)


def test_a_covariance_object_is_its_matrix() -> None:
    x, cov = ag.Tensor(X, requires_grad=True), scipy.stats.Covariance.from_cholesky(np.linalg.cholesky(COV))
    y = stats.multivariate_normal.logpdf(x, MEAN, cov)
    np.testing.assert_allclose(y.data, scipy.stats.multivariate_normal.logpdf(X, MEAN, COV), rtol=1e-12)


def test_counts_of_no_chance_and_invalid_chances() -> None:
    p = ag.Tensor([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [-0.2, 0.7, 0.5]], requires_grad=True)
    y = stats.multinomial.logpmf([[1, 2, 3], [1, 2, 2], [1, 2, 3]], 6, p)
    np.testing.assert_array_equal(np.isfinite(y.data), [True, False, False])
    assert (y.data[1], np.isnan(y.data[2])) == (-np.inf, True)
    g = _grad(y, p)
    np.testing.assert_allclose(g[0], [5, 20 / 3, 6])
    np.testing.assert_array_equal(g[1:], [[0, 0, 0], [np.nan] * 3])
    alpha = ag.Tensor([1.0, 2.0], requires_grad=True)
    y = stats.dirichlet_multinomial.pmf([[1, 2], [1, 1]], alpha, 3)
    assert y.data[1] == 0
    assert np.isfinite(_grad(y, alpha)).all()


def _grad(y: Any, leaf: ag.Tensor) -> Any:
    y.backward(np.ones(y.shape))
    assert leaf.grad is not None
    return leaf.grad.data


def test_what_scipy_refuses_is_refused() -> None:
    t = ag.Tensor(np.array([0.5, 0.7]), requires_grad=True)
    for call, told in (
        (lambda: stats.dirichlet.logpdf(t, [1, 2]), "must lie within the normal simplex"),
        (lambda: stats.dirichlet.pdf([0.5, 0.5], -t), "must be greater than 0"),
        (lambda: stats.wishart.logpdf(np.eye(2), 0.5, np.diag([1, 2]) * t), "greater than the dimension"),
        (lambda: stats.multivariate_normal.logpdf(t, [0, 0], np.eye(3)), r"cov was given with shape \(3, 3\)"),
    ):
        with pytest.raises(ValueError, match=told):
            call()
    with pytest.raises(np.linalg.LinAlgError):
        stats.multivariate_normal.logpdf(t, [0, 0], np.ones((2, 2)))


def test_a_singular_covariance_has_a_density_in_the_subspace_that_it_spans() -> None:
    x = np.array([[1.0, 0.5, -0.3], [0.2, 0.1, 0.0], [1.0, 1.0, 1.0]])  # the last lies outside
    mean = np.array([0.4, 0.2, 0.1])
    expected = scipy.stats.multivariate_normal.logpdf(x, mean, SINGULAR, allow_singular=True)
    t, m = ag.Tensor(x, requires_grad=True), ag.Tensor(mean, requires_grad=True)
    y = stats.multivariate_normal.logpdf(t, m, SINGULAR, allow_singular=True)
    np.testing.assert_allclose(y.data, expected)
    assert y.data[2] == -np.inf
    np.sum(y[:2]).backward()
    slope = -(x[:2] - mean) @ np.linalg.pinv(SINGULAR)
    assert t.grad is not None
    assert m.grad is not None
    np.testing.assert_allclose(t.grad.data[:2], slope, atol=1e-12)
    np.testing.assert_allclose(m.grad.data, -slope.sum(0), atol=1e-12)
    with pytest.raises(ValueError, match=r"a covariance that requires a gradient, and a singular one has none.*1e-6"):
        stats.multivariate_normal.logpdf(x, mean, ag.Tensor(SINGULAR, requires_grad=True), allow_singular=True)
