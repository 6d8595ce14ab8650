"""LBFGS: the trajectories of torch.optim's, on Rosenbrock's valley; errors leave everything as it was."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_reference import cases
from torch_reference.cases import Case

import autograd as ag
from autograd import optim
from autograd.optim.line_search import Trial, strong_wolfe

CASES = {
    name.removeprefix("LBFGS: "): (json.loads(str(case["options"])), case)
    for name, case in cases.read("optimizers").items()
    if name.startswith("LBFGS: ")
}
ROWS = pytest.mark.parametrize(("options", "case"), CASES.values(), ids=CASES)
START = [-1.2, 1.0, 0.7, -0.3]
WOLFE: Any = {"line_search_fn": "strong_wolfe"}


def rosenbrock(x: Any) -> Any:
    ahead, here = x[1:], x[:-1]
    return ((1 - here) * (1 - here) + 100 * (ahead - here * here) * (ahead - here * here)).sum()


def leaf(start: Any = START, dtype: Any = np.float64) -> ag.Tensor:
    return ag.Tensor(np.array(start, dtype), requires_grad=True)


def closure_of(optimizer: optim.Optimizer, f: Callable[[], ag.Tensor]) -> Callable[[], ag.Tensor]:
    def closure() -> ag.Tensor:
        optimizer.zero_grad()
        loss = f()
        loss.backward()
        return loss

    return closure


def valley(x: ag.Tensor, **options: Any) -> tuple[optim.LBFGS, Callable[[], ag.Tensor]]:
    optimizer = optim.LBFGS([x], **options)
    return optimizer, closure_of(optimizer, lambda: rosenbrock(x))


@ROWS
def test_five_steps_are_those_of_torch(options: dict[str, Any], case: Case) -> None:
    x = leaf()
    optimizer, closure = valley(x, **options)
    for k in range(5):
        loss = optimizer.step(closure)
        assert loss.item() == pytest.approx(case["losses"][k], rel=1e-8)
        np.testing.assert_allclose(x.data, case["x"][k], rtol=1e-8)
        assert optimizer.state[x]["func_evals"] == case["calls"][k]


@ROWS
def test_a_state_that_is_loaded_goes_on_bit_for_bit(options: dict[str, Any], case: Case) -> None:
    x, y = leaf(), leaf()
    optimizer, closure = valley(x, **{**options, "max_iter": 3})
    other, other_closure = valley(y, **options)
    for _ in range(2):
        optimizer.step(closure)
    y.data[...] = x.data
    other.load_state_dict(optimizer.state_dict())
    for _ in range(3):
        optimizer.step(closure)
        other.step(other_closure)
        assert x.data.tobytes() == y.data.tobytes()
    np.testing.assert_equal(other.state_dict(), optimizer.state_dict())


def test_the_valley_is_descended_to_its_end() -> None:
    x = leaf([-1.2, 1.0])
    optimizer, closure = valley(x, max_iter=100, tolerance_change=1e-15, **WOLFE)
    optimizer.step(closure)
    np.testing.assert_allclose(x.data, [1, 1], rtol=1e-6)
    optimizer.step(closure)  # at the end of it there is nothing left to do
    np.testing.assert_allclose(x.data, [1, 1], rtol=1e-6)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float32), (np.float16, np.float32), (np.complex128, np.float64),
                                    (np.float32, np.float64)], ids=str)  # fmt: skip
def test_parameters_of_several_dtypes_and_shapes_are_one_vector(dtypes: Any) -> None:
    a = leaf(np.array([[1.5, -0.5], [0.25, 2.0]]) + (1j if dtypes[0] is np.complex128 else 0), dtypes[0])
    b, idle = leaf([[3.0]], dtypes[1]), leaf([7.0], dtypes[1])
    optimizer = optim.LBFGS([a, idle, b], max_iter=30, tolerance_grad=1e-4, **WOLFE)
    square = lambda z: (z * z.conj()).real if z.dtype.kind == "c" else z * z
    optimizer.step(closure_of(optimizer, lambda: np.sum(square(a - 0.5)) + 3 * np.sum(square(b + 1)) + 0 * idle.sum()))
    rtol = 2e-3 if dtypes[0] is np.float16 else 1e-4
    np.testing.assert_allclose(a.data, np.full((2, 2), 0.5), rtol=rtol, atol=rtol)
    np.testing.assert_allclose(b.data, [[-1]], rtol=rtol)
    assert (a.dtype, b.dtype, idle.data.tolist()) == (*dtypes, [7.0])


def test_a_parameter_without_a_gradient_stays() -> None:
    x, idle = leaf(), leaf([1.0])
    optimizer = optim.LBFGS([idle, x], **WOLFE)
    optimizer.step(closure_of(optimizer, lambda: rosenbrock(x)))
    assert idle.data.tolist() == [1.0]
    assert rosenbrock(x).item() < 4


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("options", [{}, WOLFE])
def test_if_the_closure_fails_nothing_has_changed(options: dict[str, Any], error: type[BaseException]) -> None:
    x = leaf()
    optimizer, closure = valley(x, **options)
    optimizer.step(closure)
    before, state, calls = x.data.copy(), optimizer.state_dict(), 0

    def failing() -> ag.Tensor:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise error
        return closure()

    x.data[0] += 0.5  # so that there is something left to do
    before[0] += 0.5
    with pytest.raises(error):
        optimizer.step(failing)
    assert calls == 3
    np.testing.assert_array_equal(x.data, before)
    np.testing.assert_equal(optimizer.state_dict(), state)


def test_a_compiled_closure_leads_to_the_same_place() -> None:
    x, y = leaf(), leaf()
    optimizer, closure = valley(x, **WOLFE)
    other, other_closure = valley(y, **WOLFE)
    compiled = ag.compile(other_closure)
    for _ in range(3):
        assert optimizer.step(closure).data.tobytes() == other.step(compiled).data.tobytes()
    assert x.data.tobytes() == y.data.tobytes()


def test_a_compiled_step_is_refused() -> None:
    optimizer, closure = valley(leaf())
    with pytest.raises(
        TypeError, match=r"test_optim_lbfgs.py:\d+: LBFGS.step .*: optimizer.step\(ag.compile\(closure\)\)"
    ):
        ag.compile(lambda: optimizer.step(closure))()


def test_a_pending_backward_notices_a_step() -> None:
    x = leaf()
    pending = rosenbrock(x)
    optimizer, closure = valley(x)
    optimizer.step(closure)
    with pytest.raises(RuntimeError, match="updated it in place since"):
        pending.backward()


def test_the_closure_is_recorded_inside_no_grad() -> None:
    x = leaf()
    optimizer, closure = valley(x)
    with ag.no_grad():
        optimizer.step(closure)
    assert rosenbrock(x).item() < 95


X = leaf()
ERRORS: dict[str, tuple[type[Exception], str, Callable[[], Any]]] = {
    "two groups": (
        ValueError,
        "LBFGS was given a second group; all its parameters are one vector",
        lambda: optim.LBFGS([{"params": [X]}, {"params": [leaf()]}]),
    ),
    "another search": (
        ValueError,
        "line_search_fn='armijo'; it takes 'strong_wolfe', or None",
        lambda: optim.LBFGS([X], line_search_fn="armijo"),
    ),
    "no iterations": (ValueError, "max_iter=0; it must be at least 1", lambda: optim.LBFGS([X], max_iter=0)),
    "no memory": (ValueError, "history_size=0; it must be", lambda: optim.LBFGS([X], history_size=0)),
    "negative tolerance": (ValueError, "tolerance_grad=-1; it must not", lambda: optim.LBFGS([X], tolerance_grad=-1)),
    "no loss": (TypeError, "closure that returned None; let it return the loss", lambda: step_of(lambda: None)),
    "no gradients": (ValueError, "left no gradients; call loss.backward", lambda: step_of(lambda: rosenbrock(X))),
}


def step_of(closure: Callable[[], Any]) -> Any:
    X.grad = None
    return optim.LBFGS([X]).step(closure)


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Callable[[], Any]) -> None:
    with pytest.raises(kind, match=message):
        make()


def state() -> Any:
    optimizer, closure = valley(leaf(), max_iter=3)
    optimizer.step(closure)
    return optimizer.state_dict()


CHANGES: dict[str, Callable[[Any], Any]] = {
    "of another parameter": lambda kept: {1: kept},
    "of other sizes": lambda kept: {0: {**kept, "direction": np.ones(3)}},
    "without the moves": lambda kept: {0: {key: value for key, value in kept.items() if key != "moves"}},
    "a negative count": lambda kept: {0: {**kept, "n_iter": -1}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_state_that_does_not_fit_is_refused_whole(change: Callable[[Any], Any]) -> None:
    optimizer, closure = valley(leaf(), lr=0.3, max_iter=2)
    optimizer.step(closure)
    before, given = optimizer.state_dict(), state()
    with pytest.raises(ValueError, match="LBFGS was given a state of parameter"):
        optimizer.load_state_dict({**given, "state": change(given["state"][0])})
    np.testing.assert_equal(optimizer.state_dict(), before)


# -- the line search ---------------------------------------------------------------------------------------------------

LINES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "a parabola": (lambda t: (t - 3) * (t - 3), lambda t: 2 * (t - 3)),
    "a quartic": (lambda t: t**4 - t, lambda t: 4 * t**3 - 1),
    "a wave": (lambda t: -np.sin(t), lambda t: -np.cos(t)),
    "a wall": (lambda t: -t + 1e-3 / (2 - t) if t < 2 else 1e9, lambda t: -1 + 1e-3 / (2 - t) ** 2 if t < 2 else 1e9),
}


@pytest.mark.parametrize("first", [1e-3, 0.3, 1.0, 1.9, 40.0])
@pytest.mark.parametrize(("f", "slope"), LINES.values(), ids=LINES)
def test_a_step_that_is_found_satisfies_the_conditions(f: Any, slope: Any, first: float) -> None:
    tried = []

    def evaluate(t: float) -> Trial:
        tried.append(t)
        return Trial(t, f(t), np.array([slope(t)]), slope(t))

    start = Trial(0.0, f(0), np.array([slope(0)]), slope(0))
    found, count = strong_wolfe(evaluate, start, first, 1.0, 1e-9, 60)
    assert count == len(tried)
    assert found.t in tried
    assert found.loss <= start.loss + 1e-4 * found.t * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)


def test_a_line_search_that_may_not_go_on_takes_the_best() -> None:
    found, count = strong_wolfe(
        lambda t: Trial(t, t * t - t, np.zeros(1), 2 * t - 1), Trial(0.0, 0.0, np.zeros(1), -1.0), 40.0, 1.0, 1e-9, 0
    )
    assert (found.t, count) == (0.0, 1)
