"""autograd.scipy.stats as a whole: its names, what it leaves to SciPy, what errors say, compiled steps."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

import autograd as ag
from autograd import optim
from autograd.scipy import stats

# What HIPS autograd has, whose users find it here.
OF_HIPS = {
    "norm": "pdf cdf sf logpdf logcdf logsf", "t": "pdf cdf logpdf logcdf", "beta": "cdf logpdf pdf",
    "gamma": "cdf logpdf pdf", "chi2": "cdf logpdf pdf", "poisson": "cdf logpmf pmf", "dirichlet": "logpdf pdf rvs",
    "multivariate_normal": "pdf logpdf entropy",
}  # fmt: skip


def leaf(*values: float) -> ag.Tensor:
    return ag.Tensor(np.array(values), requires_grad=True)


# -- names -------------------------------------------------------------------------------------------------------------


def test_all_names_what_has_a_gradient_here() -> None:
    assert len(stats.__all__) == len(set(stats.__all__)) > 70
    for name in stats.__all__:
        assert getattr(stats, name) is not getattr(scipy.stats, name)
        for method in getattr(getattr(stats, name), "__all__", ()):
            assert callable(getattr(getattr(scipy.stats, name), method))


def test_what_hips_autograd_has_is_here() -> None:
    for name, methods in OF_HIPS.items():
        for method in methods.split():
            assert method == "rvs" or method in getattr(stats, name).__all__


def test_the_rest_is_scipys() -> None:
    assert stats.rankdata is scipy.stats.rankdata
    assert stats.hypergeom is scipy.stats.hypergeom
    with pytest.raises(AttributeError, match="no_such"):
        stats.no_such  # noqa: B018  # the attribute is what is asked for
    with pytest.raises(AttributeError, match="no_such"):
        stats.norm.no_such  # noqa: B018  # the attribute is what is asked for


# -- what SciPy does ---------------------------------------------------------------------------------------------------


def test_arrays_and_numbers_are_scipys_affair() -> None:
    x = np.linspace(-1, 3, 5)
    for ours, theirs in (
        (stats.norm.pdf(x, 0.3, scale=2), scipy.stats.norm.pdf(x, 0.3, scale=2)),
        (stats.gamma.ppf(0.3, a=2), scipy.stats.gamma.ppf(0.3, a=2)),
        (stats.binom.pmf([1, 2], 3, 0.5), scipy.stats.binom.pmf([1, 2], 3, 0.5)),
        (stats.zscore(x, ddof=1, nan_policy="omit"), scipy.stats.zscore(x, ddof=1, nan_policy="omit")),
        (stats.norm.rvs(size=3, random_state=0), scipy.stats.norm.rvs(size=3, random_state=0)),
        (stats.t(3).rvs(size=3, random_state=0), scipy.stats.t(3).rvs(size=3, random_state=0)),
        (stats.t(3, scale=2).var(), scipy.stats.t(3, scale=2).var()),
        (stats.norm.fit(x), scipy.stats.norm.fit(x)),
    ):
        assert type(ours) is type(theirs)
        np.testing.assert_array_equal(ours, theirs)


def test_frozen_parameters() -> None:
    loc, x = leaf(0.5), np.array([1.0, 2.0])
    for frozen, method in ((stats.norm(loc, scale=2), "logpdf"), (stats.norm(scale=2, loc=loc), "pdf")):
        expected = getattr(stats.norm, method)(x, loc, 2)
        np.testing.assert_array_equal(getattr(frozen, method)(x).data, expected.data)
        assert ag.grads(getattr(frozen, method)(x).sum(), loc).data == ag.grads(expected.sum(), loc).data
    dist = stats.multivariate_normal(mean=loc, cov=np.array([[2.0]]), seed=0)
    assert dist.logpdf(x).shape == (2,)
    assert stats.multivariate_normal(seed=0).rvs() == scipy.stats.multivariate_normal(seed=0).rvs()
    assert repr(stats.norm(1, scale=2)) == "norm(1, scale=2)"
    assert repr(stats.norm) == "<autograd.scipy.stats.norm>"


def test_a_distribution_is_one_object_in_every_copy() -> None:
    assert pickle.loads(pickle.dumps(stats.norm)) is copy.deepcopy(stats.norm) is stats.norm


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("norm.logpdf", lambda t: scipy.stats.norm.logpdf(t)),
        ("norm.pdf", lambda t: scipy.stats.norm.pdf(x=1, loc=t)),
        ("norm.cdf", lambda t: scipy.stats.norm(0, 1).cdf(t)),
        ("poisson.pmf", lambda t: scipy.stats.poisson.pmf(2, t)),
        ("multivariate_normal.logpdf", lambda t: scipy.stats.multivariate_normal.logpdf(t)),
        ("multivariate_normal.logpdf", lambda t: scipy.stats.multivariate_normal(np.zeros(2)).logpdf(t)),
        ("zscore", lambda t: scipy.stats.zscore(t)),
    ],
)
def test_scipys_own_names_what_is_here(function: str, call: Callable[[Any], Any]) -> None:
    told = f"^scipy.stats.{function} was given a Tensor .* or else use autograd.scipy.stats.{function}, which has"
    with pytest.raises(TypeError, match=told):
        call(leaf(0.5, 0.2))


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("vonmises.cdf", lambda t: stats.vonmises.cdf(t, 1.0)),
        ("betabinom.cdf", lambda t: stats.betabinom.cdf(1, 3, t, t)),
        ("multivariate_normal.cdf", lambda t: stats.multivariate_normal.cdf(t)),
        ("gamma.fit", lambda t: stats.gamma.fit(t)),
        ("rankdata", lambda t: stats.rankdata(t)),
    ],
)
def test_what_has_no_gradient_is_refused(function: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=f"^scipy.stats.{function} was given a Tensor .* an operation of your own"):
        call(leaf(0.5, 0.2))


def test_other_arguments_are_refused_with_those_that_there_are() -> None:
    t = leaf(0.5, 0.2)
    for call, told in (
        (
            lambda: stats.gamma.logpdf(t),
            r"gamma\.logpdf .*: missing a required argument: 'a'; .*\(x, a, loc=0, scale=1",
        ),
        (lambda: stats.norm.ppf(t, 1, 2, 3), r"norm\.ppf .*: too many .*; with gradients it takes \(q, loc=0, scale=1"),
        (lambda: stats.zscore(t, nan_policy="omit"), r"zscore .*'nan_policy'; .* takes \(a, axis=0, ddof=0\)"),
        (
            lambda: stats.dirichlet.pdf(t),
            r"dirichlet\.pdf .*: missing .* 'alpha'; with gradients it takes \(x, alpha\)",
        ),
    ):
        with pytest.raises(TypeError, match=told):
            call()


# -- compiled ----------------------------------------------------------------------------------------------------------


def test_a_compiled_step_fits_a_distribution() -> None:
    x = scipy.stats.gamma.rvs(2.5, scale=0.7, size=400, random_state=0)
    log_a, log_scale = leaf(0.0), leaf(0.0)
    optimizer = optim.Adam([log_a, log_scale], lr=0.1)

    @ag.compile
    def step(x: Any) -> Any:
        loss = -np.mean(stats.gamma.logpdf(x, np.exp(log_a), scale=np.exp(log_scale)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(200):
        step(x)
    assert "gammaln" in step.source
    a, _, scale = scipy.stats.gamma.fit(x, floc=0)
    np.testing.assert_allclose(np.exp([log_a.data[0], log_scale.data[0]]), [a, scale], rtol=1e-3)


@pytest.mark.parametrize("method", ["logpdf", "pdf", "cdf", "logsf", "ppf"])
def test_compiled_functions_give_the_same_bits(method: str) -> None:
    """Of arrays alone, too, which SciPy computes; and another call has other elements beyond the ends."""
    f = getattr(stats.weibull_min, method)
    for function in (f, ag.grad(lambda x, c, loc, scale: np.sum(f(x, c, loc, scale)), argnums=(0, 1, 2, 3))):
        compiled = ag.compile(function)
        for x in ([0.2, 0.5, 0.9], [0.1, 0.3, 0.8], [0.0, 0.05, 1.0]):
            given = np.array(x), np.array(1.7), np.array(0.1), np.array(0.5)
            for actual, expected in zip(compiled(*given), function(*given), strict=True):
                np.testing.assert_array_equal(actual, expected)
