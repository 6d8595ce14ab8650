"""Second and higher derivatives where a rule divides 0 by 0: right if the function is smooth there, a kink if not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.engine import limits

la, I2 = np.linalg, np.eye(2)
F = Callable[..., Any]


def squared(fn: F, **options: Any) -> F:
    return lambda x: np.sum(fn(x, **options) ** 2)


# Smooth functions, a point where a rule is 0 / 0, and the Hessian there.
SMOOTH: dict[str, tuple[F, Any, Any]] = {
    "absolute": (squared(np.absolute), [0.0, 1.0], 2 * I2),
    "fabs": (squared(np.fabs), [0.0, 1.0], 2 * I2),
    "absolute, of more": (lambda x: np.cosh(abs(x[0])) * x[1] ** 3, [0.0, 2.0], [[8, 0], [0, 12]]),
    "hypot": (lambda x: np.hypot(x[0], x[1]) ** 2, [0.0, 0.0], 2 * I2),
    "hypot with a constant": (squared(lambda x: np.hypot(x, 0)), [0.0, 0.0], 2 * I2),
    "hypot, broadcast": (lambda x: np.sum(np.hypot(x, np.zeros((3, 2))) ** 2), [0.0, 0.0], 6 * I2),
    "norm": (squared(la.norm), [0.0, 0.0], 2 * I2),
    "norm of rows": (squared(lambda x: la.norm(np.outer([0.0, 1.0, 2.0], x), axis=1)), [0.0, 0.0], 10 * I2),
    "norm, axes kept": (squared(lambda x: la.norm(x.reshape(2, 1), axis=1, keepdims=True)), [0.0, 0.0], 2 * I2),
    "Frobenius norm": (squared(lambda x: la.norm(np.diag(x), "fro")), [0.0, 0.0], 2 * I2),
    "vector_norm": (squared(la.vector_norm), [0.0, 0.0], 2 * I2),
    "matrix_norm": (squared(lambda x: la.matrix_norm(np.diag(x))), [0.0, 0.0], 2 * I2),
    "norm of order 4": (lambda x: la.norm(x, 4) ** 4, [3.0, 0.0], [[108, 0], [0, 0]]),
    "norm, of the mean": (lambda x: 1 - np.exp(-(la.norm(x) ** 2)), [0.0, 0.0], 2 * I2),
    "std": (squared(np.std), [1.0, 1.0], [[0.5, -0.5], [-0.5, 0.5]]),
    "std of each row": (squared(np.std, axis=0, ddof=1), [[1.0], [1.0]], np.reshape([[1, -1], [-1, 1]], (2, 1, 2, 1))),
    "nanstd": (squared(np.nanstd), [1.0, 1.0, np.nan], [[0.5, -0.5, 0], [-0.5, 0.5, 0], [0, 0, 0]]),
    "std with a mask": (squared(np.std, where=[True, True, False]), [1.0, 1.0, 7.0],
                        [[0.5, -0.5, 0], [-0.5, 0.5, 0], [0, 0, 0]]),
    "power spectrum": (squared(lambda x: np.absolute(np.fft.fft(x))), np.ones(4), 8 * np.eye(4)),
    "complex absolute": (squared(lambda x: np.absolute(x * (1 + 2j))), [0.0, 1.0], 10 * I2),
    "complex norm": (squared(lambda x: la.norm(x * (1 + 2j))), [0.0, 0.0], 10 * I2),
    "norm, computed twice": (lambda x: la.norm(x) * la.norm(x), [0.0, 0.0], 2 * I2),
    "absolute, computed twice": (lambda x: np.sum(np.absolute(x) * np.sin(np.absolute(x))), [0.0, 0.0], 2 * I2),
    "norm of rows, computed twice": (lambda x: np.sum(la.norm(x, axis=1) * la.norm(x, axis=1)), [[0.0], [0.0]],
                                     np.reshape(2 * I2, (2, 1, 2, 1))),
    "norms of norms": (squared(lambda x: la.norm(np.stack([la.norm(x), abs(x[0])]))), [0.0, 0.0], [[4, 0], [0, 2]]),
}  # fmt: skip
ZERO = np.zeros(2)
norm_squared = squared(la.norm)


@pytest.mark.parametrize("name", SMOOTH)
def test_hessian(name: str) -> None:
    f, x, expected = SMOOTH[name]
    x = np.asarray(x)
    np.testing.assert_allclose(ag.hessian(f)(x), expected, atol=1e-12)
    v = np.linspace(1, 2, x.size).reshape(x.shape)
    product = np.tensordot(expected, v, x.ndim)
    np.testing.assert_allclose(ag.hvp(f, (x,), (v,))[0], product, atol=1e-12)
    np.testing.assert_allclose(ag.jvp(ag.grad(f), (x,), (v,))[1], product, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_a_compiled_hessian_has_the_same_bits(name: str) -> None:
    """Also for other values, for which nothing is 0 / 0."""
    f, x, _ = SMOOTH[name]
    hessian = ag.hessian(f)
    program = ag.compile(hessian)
    x = np.asarray(x)
    for point in (x, x, x, x + np.linspace(0.5, 1, x.size).reshape(x.shape), x):
        assert program(point).tobytes() == hessian(point).tobytes()


@pytest.mark.parametrize("f", [lambda x: la.norm(np.absolute(x)) ** 2, lambda x: np.sum(x * np.cos(la.norm(x)))])
def test_a_compiled_hessian_has_the_same_zeros(f: F) -> None:
    """What is added for the limits would make 0 of -0."""
    for x in ([1.0, 2.0, -1.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]):
        hessian = ag.hessian(f)
        program = ag.compile(hessian)
        for point in (x, x, [1.0, -1.0, 3.0], [0.0, 0.0, 0.0], x):
            assert program(np.array(point)).tobytes() == hessian(np.array(point)).tobytes()


def test_a_program_has_limits_only_where_they_were_needed() -> None:
    """Each limit is differentiated with those of the norms before it: a chain of them has limits of limits."""

    def chain(n: int) -> int:
        def f(x: Any) -> Any:
            for _ in range(n):
                x = x / (1 + la.norm(x))
            return np.sum(x)

        program = ag.compile(lambda x: ag.hvp(f, (x,), (np.ones(3),))[0])
        x = np.array([1.0, 2.0, 3.0])
        program(x)
        assert program(x).tobytes() == ag.hvp(f, (x,), (np.ones(3),))[0].tobytes()
        return len(str(program.source).splitlines())

    two, four, six = (chain(n) for n in (2, 4, 6))
    assert six - four < 1.5 * (four - two)


@pytest.mark.parametrize("name", [name for name in SMOOTH if "nan" not in name])
def test_the_gradient_check_agrees(name: str) -> None:
    f, x, _ = SMOOTH[name]
    assert ag.gradcheck(f, np.asarray(x), order=2).verdict == "agree"


@pytest.mark.parametrize(("f", "x"), [
    (lambda x: np.sum(np.absolute(x)), [0.0, 1.0]), (lambda x: np.absolute(x[0]) + la.norm(x) ** 2, [0.0, 0.0]),
    (la.norm, [0.0, 0.0]), (np.std, [1.0, 1.0]), (lambda x: np.hypot(x[0], x[1]), [0.0, 0.0]),
    (lambda x: np.absolute(x[0]) * x[1], [0.0, 1.0]),
])  # fmt: skip
def test_a_kink_is_one(f: F, x: Any) -> None:
    """Its gradient is 0 there, in a recorded pass, too."""
    assert ag.gradcheck(f, np.asarray(x), order=2).verdict == "kink"
    t = ag.Tensor(np.asarray(x), requires_grad=True)
    f(t).backward(create_graph=True)
    assert t.grad is not None
    assert t.grad.data[0] == 0


def derivatives(f: F, n: int) -> list[float]:
    """Of order 1 to n, at 0."""
    found = []
    for _ in range(n):
        f = ag.grad(f)
        found.append(float(f(0.0)))
    return found


@pytest.mark.parametrize("fn", [np.absolute, lambda x: np.hypot(x, 0), lambda x: la.norm(x[None])])
@pytest.mark.parametrize(("f", "expected"), [
    (lambda y: y**4, [0, 0, 0, 24]), (np.cosh, [0, 1, 0, 1]), (lambda y: np.exp(y * y), [0, 2, 0, 12]),
    (lambda y: y**2 + y**4, [0, 2, 0, 24]),
])  # fmt: skip
def test_the_first_four_orders(fn: F, f: F, expected: list[float]) -> None:
    np.testing.assert_allclose(derivatives(lambda x: f(fn(x)), 4), expected, rtol=1e-12, atol=1e-12)


def test_the_fourth_order_of_several_variables() -> None:
    """Of |x|**4 the Hessian of the trace of W times the Hessian is 8 tr(W) I + 16 W."""
    w = np.array([[1.0, 0.3], [0.3, 2.0]])
    inner = ag.hessian(lambda x: la.norm(x) ** 4)
    np.testing.assert_allclose(ag.hessian(lambda x: np.sum(w * inner(x)))(ZERO), 8 * 3 * I2 + 16 * w, atol=1e-12)


def test_the_fourth_order_of_a_component() -> None:
    assert derivatives(lambda x: la.norm(np.stack([x, x * 0 + 3]), 4) ** 4, 4) == pytest.approx([0, 0, 0, 24])


def test_third_derivatives_with_respect_to_others() -> None:
    """Of z**3 |x|**2: the limit has a graph of its own, through all that the loss depends on."""
    f = ag.hessian(lambda x: x[2] ** 3 * la.norm(x[:2]) ** 2)
    third = ag.jacobian(f)(np.array([0.0, 0.0, 2.0]))
    expected = np.zeros((3, 3, 3))
    for k in (0, 1):
        expected[k, k, 2] = expected[k, 2, k] = expected[2, k, k] = 24
    np.testing.assert_allclose(third, expected)


def test_one_smooth_point_after_another() -> None:
    """Of p(p(p(x))), where p(x) = |x|**2 + x."""

    def f(x: Any) -> Any:
        for _ in range(3):
            x = np.absolute(x) ** 2 + x
        return x

    assert derivatives(f, 4) == pytest.approx([1, 6, 36, 216])
    assert derivatives(lambda x: np.absolute(np.absolute(x) ** 2) ** 2, 4) == [0, 0, 0, 24]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=4), st.data())
def test_any_even_polynomial_of_a_norm(coefficients: list[float], data: Any) -> None:
    """Its Hessian at 0 is twice the coefficient of the square, whatever the higher ones."""
    n = data.draw(st.integers(1, 3))
    zeros = np.zeros(n, data.draw(st.sampled_from([float, np.float32])))
    found = ag.hessian(lambda x: sum(c * la.norm(x) ** (2 * k + 2) for k, c in enumerate(coefficients)))(zeros)
    assert found.dtype == zeros.dtype
    np.testing.assert_allclose(found, 2 * coefficients[0] * np.eye(n), rtol=1e-6, atol=1e-30)


# -- other ways to the same --------------------------------------------------------------------------------------------


def test_backward_with_a_graph() -> None:
    x = ag.Tensor(ZERO, requires_grad=True)
    norm_squared(x).backward(create_graph=True)
    g, x.grad = x.grad, None
    (g * np.array([1.0, 3.0])).sum().backward()
    assert x.grad.data.tolist() == [2.0, 6.0]


def test_grads_and_passes_that_are_repeated() -> None:
    """The graph serves several passes, some recorded and some not."""
    x = ag.Tensor(ZERO, requires_grad=True)
    (gx,) = ag.grads(norm_squared(x), (x,), create_graph=True)
    for create_graph in (False, True, False, True):
        (row,) = ag.grads(gx, (x,), np.array([1.0, 3.0]), create_graph=create_graph)
        assert row.data.tolist() == [2.0, 6.0]


def test_checkpoint() -> None:
    f = ag.checkpoint(lambda x: la.norm(x) ** 2)
    np.testing.assert_array_equal(ag.hessian(f)(ZERO), 2 * I2)


def test_an_update_in_between_is_noticed() -> None:
    x = ag.Tensor(np.zeros(2), requires_grad=True)
    (gx,) = ag.grads(norm_squared(x), (x,), create_graph=True)
    with ag.no_grad():
        x += 1
    with pytest.raises(RuntimeError, match="has updated it in place"):
        gx.sum().backward()


def test_a_pass_that_frees_the_graph_says_so() -> None:
    x = ag.Tensor(ZERO, requires_grad=True)
    (gx,) = ag.grads(norm_squared(x), (x,), create_graph=True)
    gx.sum().backward()
    with pytest.raises(RuntimeError, match="freed"):
        gx.sum().backward()


def test_nothing_is_computed_in_a_pass_that_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "slope_of", lambda *_: pytest.fail("a limit was taken"))
    x = ag.Tensor(ZERO, requires_grad=True)
    norm_squared(x).backward()
    assert x.grad is not None
    assert x.grad.data.tolist() == [0.0, 0.0]


def test_an_infinite_second_derivative_leaves_the_gradient_alone() -> None:
    """Of |x|**1.5, whose gradient is 0 at 0."""
    t = ag.Tensor([0.0], requires_grad=True)
    np.sum(np.absolute(t) ** 1.5).backward(create_graph=True)
    assert t.grad is not None
    assert t.grad.data.tolist() == [0.0]


def test_newton_on_a_ridge_loss_from_zero_weights() -> None:
    """One step of a quadratic loss solves it."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=20)

    def loss(w: Any) -> Any:
        return la.norm(x @ w - y) ** 2 + 0.5 * la.norm(w) ** 2

    start = np.zeros(3)
    step = np.linalg.solve(ag.hessian(loss)(start), ag.grad(loss)(start))
    np.testing.assert_allclose(start - step, np.linalg.solve(x.T @ x + 0.5 * np.eye(3), x.T @ y), rtol=1e-12)
