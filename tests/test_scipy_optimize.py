"""scipy.optimize: solutions, whose gradients are those of the implicit function theorem."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import optimize as scipy_optimize

import autograd as ag
from autograd.scipy import optimize

A = np.array([2.0, 5.0, 0.7])
T = np.linspace(0, 1, 5)
Y = 2 * np.exp(-1.5 * T) + 0.05 * np.cos(9 * T)
SIGMA = np.linspace(0.5, 1.5, 5)
COVARIANCE = 0.3 * np.diag(SIGMA) + 0.1 * np.exp(-(np.subtract.outer(T, T) ** 2))

cubic = lambda x, a: x * x * x + x - a
coupled = lambda x, a: x + x * x * x + 0.3 * x[::-1] * x[1] - a
bowl = lambda x, a: np.sum((x - a) ** 4 + (x - a) ** 2) + np.sum(x) ** 2
slope_of_bowl = lambda x, a: 4 * (x - a) ** 3 + 2 * (x - a) + 2 * np.sum(x)
decay = lambda t, a, b: a * np.exp(-b * t)
residuals = lambda p, y: p[0] * np.exp(-p[1] * T) - y

# By name: the function of what a gradient is taken of, with the functions of a module.
SOLUTIONS: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "root": (lambda o, a: o.root(coupled, np.ones(3), args=(a,)).x, A),
    "root, lm": (lambda o, a: o.root(coupled, np.ones(3), (a,), method="lm", tol=1e-13).x, A),
    "root, krylov": (lambda o, a: o.root(cubic, np.ones(3), (a,), method="krylov", tol=1e-11).x, A),
    "root, own jac": (lambda o, a: o.root(cubic, np.ones(3), (a,), jac=lambda x, a: np.diag(3 * x * x + 1)).x, A),
    "root, one number": (lambda o, a: o.root(cubic, 1.0, args=a).x, np.array(2.0)),
    "fsolve": (lambda o, a: o.fsolve(coupled, np.ones(3), args=(a,)), A),
    "fixed_point": (lambda o, a: o.fixed_point(lambda x, a: np.cos(a * x), 0.5 * np.ones(3), (a,), xtol=1e-13), A / 6),
    "newton": (lambda o, a: o.newton(cubic, np.ones(3), args=(a,)), A),
    "newton, own fprime": (lambda o, a: o.newton(cubic, 1.0, lambda x, a: 3 * x * x + 1, (a,), tol=1e-14),
                           np.array(2.0)),
    "root_scalar": (lambda o, a: o.root_scalar(cubic, (a,), bracket=[0, 3], xtol=1e-14).root, np.array(2.0)),
    **{f"{name}": (lambda o, a, name=name: getattr(o, name)(cubic, 0, 3, args=(a,), xtol=1e-14), np.array(2.0))
       for name in ("bisect", "brenth", "brentq", "ridder", "toms748")},
    "minimize": (lambda o, a: o.minimize(bowl, np.zeros(3), args=(a,), tol=1e-11).x, A),
    "minimize, smallest value": (lambda o, a: o.minimize(bowl, np.zeros(3), args=(a,), tol=1e-11).fun, A),
    "minimize, both": (lambda o, a: o.minimize(lambda x, a: (bowl(x, a), slope_of_bowl(x, a)), np.zeros(3), (a,),
                                               jac=True, tol=1e-7).x, A),
    "minimize, own jac": (lambda o, a: o.minimize(bowl, np.zeros(3), (a,), "CG", slope_of_bowl, tol=1e-7).x, A),
    "minimize, bounds": (lambda o, a: o.minimize(bowl, np.zeros(3), (a,), bounds=[(None, None), (0, 1.5), (0.1, None)],
                                                 tol=1e-12).x, A),
    "minimize, Bounds": (lambda o, a: o.minimize(bowl, np.ones(3), (a,), tol=1e-12,
                                                 bounds=scipy_optimize.Bounds([0.5, 0, 0.1], [3, 1.5, 9])).x, A),
    "minimize_scalar": (lambda o, a: o.minimize_scalar(lambda x, a: (x - a) ** 2 + x**4, args=(a,), tol=1e-12).x,
                        np.array(1.0)),
    **{f"least_squares, {loss}": (lambda o, y, loss=loss: o.least_squares(
        residuals, [1.0, 1.0], args=(y,), loss=loss, f_scale=0.1, xtol=1e-15, ftol=1e-15, gtol=1e-15).x, Y)
       for loss in ("linear", "soft_l1", "cauchy", "arctan", "huber")},
    "least_squares, cost": (lambda o, y: o.least_squares(residuals, [1.0, 1.0], kwargs={"y": y}, gtol=1e-14).cost, Y),
    "least_squares, bounds": (lambda o, y: o.least_squares(residuals, [1.0, 1.0], args=(y,), xtol=1e-15, gtol=1e-15,
                                                           bounds=([0, 0], [1.8, 9])).x, Y),
    "curve_fit": (lambda o, y: o.curve_fit(decay, T, y, xtol=1e-14, ftol=1e-14)[0], Y),
    "curve_fit, covariance": (lambda o, y: o.curve_fit(decay, T, y, xtol=1e-14, ftol=1e-14)[1], Y),
    "curve_fit, sigma": (lambda o, s: o.curve_fit(decay, T, Y, [1.0, 1.0], s, True, xtol=1e-14, ftol=1e-14)[1], SIGMA),
    "curve_fit, correlated": (lambda o, s: o.curve_fit(decay, T, Y, [1.0, 1.0], s, xtol=1e-14, ftol=1e-14)[0],
                              COVARIANCE),
}  # fmt: skip


@pytest.mark.parametrize("name", SOLUTIONS)
def test_solutions_are_those_of_scipy(name: str) -> None:
    f, a = SOLUTIONS[name]
    expected = f(scipy_optimize, a)
    np.testing.assert_allclose(f(optimize, a), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(f(optimize, ag.Tensor(a, requires_grad=True)).data, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_gradients(name: str) -> None:
    """Against differences of the solutions; which elements lie at a bound does not change within their steps."""
    f, a = SOLUTIONS[name]
    rng = np.random.default_rng(0)
    v = rng.uniform(0.5, 1, a.shape)
    v = v + v.T if v.ndim == 2 else v  # a covariance stays symmetric
    y, slope = ag.jvp(lambda a: f(optimize, a), (a,), (v,))
    h = 1e-4
    expected = (f(optimize, a + h * v) - f(optimize, a - h * v)) / (2 * h)
    np.testing.assert_allclose(slope, expected, rtol=2e-4, atol=2e-5 * np.abs(y).max())
    assert np.abs(slope).max() > 1e-3


EXACT = {
    "root": lambda a: optimize.root(lambda x: x * x - a, np.array(1.0)).x,
    "brentq": lambda a: optimize.brentq(lambda x: x * x - a, 0, 9),
    "minimize": lambda a: optimize.minimize(lambda x: np.sum(x * x * x / 3 - a * x), [1.0], tol=1e-12).x[0],
}


@pytest.mark.parametrize("name", EXACT)
def test_derivatives_of_a_square_root_to_the_third_order(name: str) -> None:
    """Of what the function reads from outside, too."""
    f = EXACT[name]
    for order, expected in enumerate((2**0.5, 0.5 * 2**-0.5, -0.25 * 2**-1.5, 0.375 * 2**-2.5)):
        derivative: Any = f
        for _ in range(order):
            derivative = ag.grad(derivative)
        np.testing.assert_allclose(derivative(2.0), expected, rtol=1e-7)


def test_an_element_at_a_bound_stays_there() -> None:
    f, a = SOLUTIONS["minimize, bounds"]
    jacobian = ag.jacobian(lambda a: f(optimize, a))(a)
    assert f(optimize, a)[1] == 1.5
    assert not jacobian[1].any()
    assert jacobian[0, 0] > 0.5


def test_a_start_has_no_gradient() -> None:
    t = ag.Tensor(np.ones(3), requires_grad=True)
    assert isinstance(optimize.root(cubic, t, args=(A,)).x, np.ndarray)


def test_where_no_gradient_is_at_stake_the_result_is_of_arrays() -> None:
    found = optimize.minimize(bowl, np.zeros(3), args=(A,))
    assert type(found) is scipy_optimize.OptimizeResult
    assert isinstance(found.x, np.ndarray)
    with ag.no_grad():
        assert isinstance(optimize.fsolve(coupled, np.ones(3), ag.Tensor(A, requires_grad=True)), np.ndarray)


def test_a_function_that_takes_no_tensors_is_minimised_as_by_scipy() -> None:
    f = lambda x: float(np.sum(np.asarray(x) ** 2) + np.asarray(x)[0])
    expected = scipy_optimize.minimize(f, np.ones(2))
    np.testing.assert_array_equal(optimize.minimize(f, np.ones(2)).x, expected.x)


def test_what_else_is_returned() -> None:
    _, info, flag, message = optimize.fsolve(coupled, np.ones(3), args=(A,), full_output=True)
    assert flag == 1
    assert info["nfev"] > 0
    assert "converged" in message
    root, results = optimize.brentq(cubic, 0, 3, args=(2.0,), full_output=True)
    assert results.converged
    assert root == results.root
    assert len(optimize.curve_fit(decay, T, Y, full_output=True)) == 5
    assert optimize.newton(cubic, np.ones(3), args=(A,), full_output=True)[1].all()


def test_what_is_no_solution_is_told() -> None:
    with pytest.warns(RuntimeWarning, match=r"optimize\.root did not converge \(.*derivative .* start it closer by"):
        optimize.root(
            lambda x, a: x * x - a, [1000.0], args=ag.Tensor([1.0], requires_grad=True), options={"maxfev": 2}
        )
    with pytest.warns(RuntimeWarning, match=r"minimize did not converge \(Maximum"):
        optimize.minimize(bowl, np.zeros(3), (ag.Tensor(A, requires_grad=True),), options={"maxiter": 1})


def test_a_singular_jacobian_is_told() -> None:
    twice = lambda x, a: np.stack([x[0] + x[1] - a, 2 * x[0] + 2 * x[1] - 2 * a])
    with pytest.raises(np.linalg.LinAlgError, match=r"optimize\.root .* shape \(2, 2\), is singular .* fewer unknowns"):
        optimize.root(twice, np.array([1.0, 1.0]), args=(ag.Tensor(2.0, requires_grad=True),))


def test_constraints_are_refused_where_a_gradient_is_at_stake() -> None:
    constraint = {"type": "eq", "fun": lambda x: x[0] - 1}
    optimize.minimize(bowl, np.zeros(3), args=(A,), constraints=constraint)
    with pytest.raises(TypeError, match="was given constraints beside a function that depends on Tensors"):
        optimize.minimize(bowl, np.zeros(3), args=(ag.Tensor(A, requires_grad=True),), constraints=constraint)


def test_a_loss_of_ones_own_is_refused_where_a_gradient_is_at_stake() -> None:
    own = lambda z: np.array([z, np.ones_like(z), np.zeros_like(z)])
    optimize.least_squares(residuals, [1.0, 1.0], args=(Y,), loss=own)
    with pytest.raises(TypeError, match=r"was given loss=.*, of which no gradient is known; use one of 'linear', "):
        optimize.least_squares(residuals, [1.0, 1.0], args=(ag.Tensor(Y, requires_grad=True),), loss=own)


def test_parameters_are_those_of_scipy_and_other_names_its_own() -> None:
    for name in optimize.__all__:
        ours = [*inspect.signature(getattr(optimize, name), follow_wrapped=False).parameters.values()]
        theirs = [*inspect.signature(getattr(scipy_optimize, name)).parameters]
        named = [p.name for p in ours if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert theirs[: len(named)] == named, name
        assert {p.name for p in ours if p.kind is p.KEYWORD_ONLY} <= {*theirs}, name
        assert len(named) > 1
    assert optimize.linprog is scipy_optimize.linprog


def test_scipys_own_function_names_the_one_to_use() -> None:
    t = ag.Tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"use autograd\.scipy\.optimize\.brentq"):
        scipy_optimize.brentq(lambda x, a: x - a, 0, 3, args=(t,))
