"""scipy.integrate: integrals and differential equations, with gradients in limits, times and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numeric import between, normal
from scipy import integrate as scipy_integrate

import autograd as ag
from autograd.scipy import integrate

# -- of samples --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("name", ["trapezoid", "simpson", "cumulative_trapezoid"])
def test_integrals_of_samples_are_those_of_scipy(name: str, n: int) -> None:
    ours, theirs = getattr(integrate, name), getattr(scipy_integrate, name)
    y, x = normal(3, n), np.cumsum(between(0.1, 1, n))
    for options in ({}, {"dx": 0.3}, {"x": x}, {"x": np.cumsum(between(0.1, 1, 3, n), axis=1)}):
        np.testing.assert_allclose(ours(y, **options), theirs(y, **options), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours(y[0].tolist(), x.tolist()), theirs(y[0], x), rtol=1e-12)
    np.testing.assert_allclose(ours(y.T, x, axis=0), theirs(y.T, x, axis=0), rtol=1e-12, atol=1e-14)
    ag.assert_gradients(ours, y, x, order=2, fast=True)


def test_a_cumulative_integral_begins_with_zero_if_asked() -> None:
    y = normal(2, 4)
    expected = scipy_integrate.cumulative_trapezoid(y, axis=0, initial=0)
    np.testing.assert_array_equal(integrate.cumulative_trapezoid(y, axis=0, initial=0), expected)
    with pytest.raises(ValueError, match="was given initial=2; it must be 0 or None"):
        integrate.cumulative_trapezoid(y, initial=2)


# -- of functions ------------------------------------------------------------------------------------------------------

INTEGRALS: dict[str, tuple[Callable[..., Any], Any]] = {
    "finite": (lambda i, a, b, k: i.quad(lambda x: np.exp(-k * x * x), a, b)[0], (0.1, 1.3, 2.0)),
    "reversed": (lambda i, a, b, k: i.quad(lambda x: np.exp(-k * x * x), b, a)[0], (0.1, 1.3, 2.0)),
    "args": (lambda i, a, k: i.quad(lambda x, k, n: np.cos(k * x) ** n, a, 2.0, args=(k, 3))[0], (0.1, 2.0)),
    "one argument": (lambda i, k: i.quad(lambda x, k: np.sin(k * x), 0, 2.0, args=k)[0], (2.0,)),
    "to infinity": (lambda i, a, k: i.quad(lambda x: np.exp(-k * x * x), a, np.inf)[0], (0.3, 2.0)),
    "from infinity": (lambda i, b, k: i.quad(lambda x: np.exp(k * x), -np.inf, b)[0], (0.3, 2.0)),
    "from end to end": (lambda i, k: i.quad(lambda x: np.exp(x - k * x * x), -np.inf, np.inf)[0], (2.0,)),
    "down from infinity": (lambda i, k: i.quad(lambda x: np.exp(-k * x), np.inf, 1.0)[0], (2.0,)),
    "infinite at an end": (lambda i, k: i.quad(lambda x: np.exp(k * x) * x**-0.5, 0, 1)[0], (1.5,)),
    "a corner": (lambda i, k: i.quad(lambda x: k * np.abs(x - 0.3), 0, 1, points=[0.3])[0], (1.5,)),
    "fixed": (lambda i, a, b, k: i.fixed_quad(lambda x, k: np.exp(-k * x * x), a, b, (k,), n=7)[0], (0.1, 1.3, 2.0)),
    "fixed, several": (lambda i, b, k: i.fixed_quad(lambda x: np.stack([x, k * x * x]), 0.0, b)[0], (1.3, 2.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", INTEGRALS)
def test_integrals_of_functions(name: str) -> None:
    f, given = INTEGRALS[name]
    np.testing.assert_allclose(f(integrate, *given), f(scipy_integrate, *given), rtol=1e-15)
    arrays = [np.array(x) for x in given]
    tolerance = {"rtol": 1e-5} if "an end" in name else {}
    ag.assert_gradients(lambda *xs: f(integrate, *xs), *arrays, order=2, **tolerance)


def test_what_else_quad_returns() -> None:
    t = ag.Tensor(2.0, requires_grad=True)
    y, error = integrate.quad(lambda x: x * x, 0, t)
    assert isinstance(y, ag.Tensor)
    assert 0 < error < 1e-10
    assert integrate.quad(lambda x: x * x, 0, t, full_output=1)[2]["last"] == 1
    assert integrate.quad(lambda x: x * x, t, t)[0] == 0
    assert isinstance(integrate.quad(lambda x: x * x, 0, 2.0)[0], float)


def test_a_weight_is_refused_where_a_gradient_is_at_stake() -> None:
    f = lambda k: integrate.quad(lambda x: k * x, 0, 1, weight="cos", wvar=2.0)[0]
    assert f(2.0) == scipy_integrate.quad(lambda x: 2 * x, 0, 1, weight="cos", wvar=2.0)[0]
    with pytest.raises(TypeError, match=r"was given weight='cos' beside .*; multiply the function by the weight"):
        f(ag.Tensor(2.0, requires_grad=True))
    with pytest.raises(ValueError, match="infinite limit, and takes finite ones; use quad"):
        integrate.fixed_quad(np.exp, 0, np.inf)


# -- differential equations --------------------------------------------------------------------------------------------

TIGHT = {"rtol": 1e-9, "atol": 1e-10}
Y0, TIMES = np.array([1.0, 2.0]), np.array([0.0, 0.4, 1.1, 1.5])
METHODS = [("RK23", "discrete"), ("RK45", "discrete"), ("RK45", "adjoint"), ("DOP853", "adjoint"), ("LSODA", "adjoint")]


def agree(f: Callable[..., Any], *xs: Any, rtol: float = 1e-5) -> None:
    """The slope in a random direction, by the gradient and by differences, of the outputs with random weights."""
    rng = np.random.default_rng(0)
    weights, directions = rng.normal(size=np.shape(f(*xs))), [rng.normal(size=np.shape(x)) for x in xs]
    total = lambda *xs: np.sum(weights * f(*xs))
    gradient = ag.grad(total, argnums=tuple(range(len(xs))))(*xs)
    slope = sum(np.sum(gx * v) for gx, v in zip(gradient, directions, strict=True))
    ends = [total(*(x + h * v for x, v in zip(xs, directions, strict=True))) for h in (1e-4, -1e-4)]
    np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2e-4, rtol=rtol)


def prey(t: Any, y: Any, a: Any, b: Any) -> list[Any]:
    """Lotka and Volterra's, driven."""
    return [a * y[0] - b * y[0] * y[1], -y[1] + 0.5 * y[0] * y[1] + 0.1 * np.sin(t)]


def at_times(y0: Any, a: Any, b: Any, times: Any, **options: Any) -> Any:
    return integrate.solve_ivp(prey, (0.0, 2.0), y0, t_eval=times, args=(a, b), **options).y


@pytest.mark.parametrize(("method", "gradient"), METHODS)
def test_solutions_at_given_times(method: str, gradient: str) -> None:
    tight = TIGHT if method != "RK23" else {"rtol": 1e-5}
    options: dict[str, Any] = {"method": method, "gradient": gradient, **tight}
    expected = scipy_integrate.solve_ivp(prey, (0.0, 2.0), Y0, method, TIMES, args=(1.1, 0.4), **tight).y
    leaf = ag.Tensor(Y0, requires_grad=True)
    np.testing.assert_allclose(at_times(leaf, 1.1, 0.4, TIMES, **options).data, expected, rtol=1e-14)
    given = (Y0, np.array(1.1), np.array(0.4))
    # The derivative of the steps that are taken is that of the solution up to the tolerance of the steps.
    agree(lambda *xs: at_times(*xs, TIMES, **options), *given, rtol=1e-5 if method != "RK23" else 1e-2)


@pytest.mark.parametrize("gradient", ["discrete", "adjoint"])
def test_solutions_follow_their_times(gradient: str) -> None:
    f = lambda times: at_times(Y0, 1.1, 0.4, times, gradient=gradient, **TIGHT)
    agree(f, TIMES[1:])
    end = lambda *span: integrate.solve_ivp(prey, span, Y0, args=(1.1, 0.4), gradient=gradient, **TIGHT).y[:, -1]
    agree(end, np.array(0.1), np.array(1.5))
    agree(end, np.array(1.5), np.array(0.1))


def test_both_gradients_agree_to_the_second_order() -> None:
    def last(gradient: str) -> Any:
        return lambda a: integrate.solve_ivp(
            prey, (0.0, 1.0), Y0, args=(a, np.array([0.4])[0]), gradient=gradient, **TIGHT
        ).y[0, -1]

    first, second = (ag.hessian(last(gradient))(1.1) for gradient in ("discrete", "adjoint"))
    np.testing.assert_allclose(first, second, rtol=1e-7)
    slopes = [ag.grad(last("discrete"))(a) for a in (1.1 - 1e-4, 1.1 + 1e-4)]
    np.testing.assert_allclose(first, (slopes[1] - slopes[0]) / 2e-4, rtol=1e-5)


def test_steps_alone_see_what_is_read_from_outside() -> None:
    rate = ag.Tensor(-0.5, requires_grad=True)
    y = integrate.solve_ivp(lambda t, y: rate * y, (0, 1), [2.0], **TIGHT).y[0, -1]
    y.backward()
    np.testing.assert_allclose(rate.grad.data, 2 * np.exp(-0.5), rtol=1e-8)
    with pytest.raises(TypeError, match=r'not among its arguments, .*; pass them in args=.* gradient="discrete"'):
        integrate.solve_ivp(lambda t, y: rate * y, (0, 1), [2.0], gradient="adjoint")


def test_what_is_refused_where_a_gradient_is_at_stake() -> None:
    leaf = ag.Tensor(Y0, requires_grad=True)
    for options in ({"dense_output": True}, {"events": lambda t, y, a, b: y[0]}, {"gradient": "backward"}):
        with pytest.raises(TypeError, match='it takes neither of the first, and "discrete" or "adjoint"'):
            integrate.solve_ivp(prey, (0.0, 1.0), leaf, args=(1.1, 0.4), **options)
    with pytest.raises(TypeError, match=r"method='BDF', whose steps .* gradient=\"adjoint\""):
        integrate.solve_ivp(prey, (0.0, 1.0), leaf, "BDF", args=(1.1, 0.4))
    assert integrate.solve_ivp(prey, (0.0, 1.0), Y0, args=(1.1, 0.4), dense_output=True).sol is not None


def test_a_solution_that_stops_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"stopped at t = .*no solution to differentiate; use another method"):
        integrate.solve_ivp(lambda t, y: y * y, (0, 2), ag.Tensor([1.0], requires_grad=True), max_step=0.5)


@pytest.mark.parametrize("tfirst", [True, False])
def test_odeint(tfirst: bool) -> None:
    f = prey if tfirst else lambda y, t, a, b: prey(t, y, a, b)
    solve = lambda module, *given: module.odeint(f, given[0], TIMES, args=given[1:], tfirst=tfirst, **TIGHT)
    given = (Y0, np.array(1.1), np.array(0.4))
    expected = solve(scipy_integrate, *given)
    np.testing.assert_array_equal(solve(integrate, *given), expected)
    agree(lambda *xs: solve(integrate, *xs), *given)
    agree(lambda t: integrate.odeint(f, Y0, t, (1.1, 0.4), tfirst=tfirst, **TIGHT), TIMES)


def test_parameters_are_those_of_scipy_and_other_names_its_own() -> None:
    for name in integrate.__all__:
        ours = inspect.signature(getattr(integrate, name)).parameters.values()
        theirs = [*inspect.signature(getattr(scipy_integrate, name)).parameters]
        named = [p.name for p in ours if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert len(named) > 1
        assert theirs[: len(named)] == named, name
    assert integrate.romb is scipy_integrate.romb
