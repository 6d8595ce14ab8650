"""Which call is to be blamed, and where in the user's code it stands."""

import linecache
from pathlib import Path
from typing import Any

import numpy as np
from numeric import between, normal

import autograd as ag
from autograd.checking import Check, gradcheck
from autograd.engine.tensor import Tensor


def broken(fn: Any, **rules: Any) -> Any:
    """A primitive with the rules given."""
    primitive = ag.primitive(fn)
    ag.rule(primitive, **rules)
    return primitive


def cube(x: Any) -> Any:
    return x * x * x


def times(a: Any, b: Any) -> Any:
    return a * b


def join(arrays: Any) -> Any:
    return np.concatenate(arrays)


def test_the_call_is_named_with_its_line_in_the_users_code() -> None:
    wrong = broken(cube, x=lambda g, x: 3.003 * g * x * x)

    def model(x: Any, w: Any) -> Any:
        hidden = np.exp(x @ w)
        cubes = wrong(hidden)  # the line to find
        return np.sum(cubes) * 2

    check = gradcheck(model, normal(2, 3), normal(3, 2))
    (call,) = check.blame
    assert call.function == "cube"
    assert Path(call.file) == Path(__file__)
    assert linecache.getline(call.file, call.line).strip() == call.source
    assert call.source == "cubes = wrong(hidden)  # the line to find"
    assert call.input == "x"
    assert call.index is not None
    np.testing.assert_allclose(call.analytic, 1.001 * call.numeric, rtol=1e-6)
    assert f"cube, called at {__file__}:{call.line}: cubes = wrong(hidden)" in str(check)
    assert "its rule for x gives " in str(check)


def test_the_input_and_the_index_are_those_of_the_call() -> None:
    def second_row_wrong(g: Any, a: Any) -> Any:
        return g * a * np.array([[1.0], [1.01]])

    wrong = broken(times, a=lambda g, b: g * b, b=second_row_wrong, broadcasts=True)
    check = gradcheck(lambda x: wrong(2.0, x[::-1]), normal(2, 2))
    assert check.index is not None
    assert check.index[0] == 0
    assert check.blame[0].input == "b"
    assert check.blame[0].index is not None
    assert check.blame[0].index[0] == 1


def test_a_wrong_input_among_many_is_numbered() -> None:
    wrong = broken(join, xs=lambda g, i, xs_shape: g[2 * i : 2 * i + 2] * (1.5 if i == 1 else 1))
    check = gradcheck(lambda x, y: wrong([x, y]), normal(2), normal(2))
    assert [(call.function, call.input) for call in check.blame] == [("join", "xs[1]")]


def test_every_call_that_is_wrong_is_named_once() -> None:
    wrong = broken(cube, x=lambda g, x: 3.003 * g * x * x)

    def model(x: Any) -> Any:
        for _ in range(5):
            x = np.sqrt(wrong(x))
        return np.tanh(wrong(x))

    check = gradcheck(model, between(0.8, 1.2, 3))
    assert [call.source for call in check.blame] == ["x = np.sqrt(wrong(x))", "return np.tanh(wrong(x))"]


def test_at_most_three_are_named() -> None:
    wrong = broken(cube, x=lambda g, x: 3.003 * g * x * x)

    def model(x: Any) -> Any:
        a = wrong(x)
        b = wrong(x)
        c = wrong(x)
        d = wrong(x)
        return a + b + c + d

    assert [call.source[0] for call in gradcheck(model, normal(3)).blame] == ["a", "b", "c"]


def test_a_call_deep_in_a_function_is_found_by_its_second_order() -> None:
    def only_values(g: Any, x: Any) -> Any:
        return 3 * g * np.square(x.data if isinstance(x, Tensor) else x)

    wrong = broken(cube, x=only_values)
    check = gradcheck(lambda x: np.sin(wrong(np.exp(x))), normal(3), order=2)
    assert check.order == 2
    assert [(call.function, call.input) for call in check.blame] == [("cube", "x")]
    assert "its rule for x leads to " in str(check)


def test_the_call_that_has_the_kink_is_named() -> None:
    def model(x: Any) -> Any:
        y = np.exp(x) - 1
        z = np.maximum(y, 0)  # at 0 itself
        return z * 3

    check = gradcheck(model, np.array([0.0, 0.5]))
    assert [(call.function, call.source) for call in check.blame] == [
        ("maximum", "z = np.maximum(y, 0)  # at 0 itself")
    ]


def test_the_call_whose_rule_fails_is_named_with_the_error() -> None:
    def fails(g: Any, x: Any) -> Any:
        raise ZeroDivisionError("of the rule")

    wrong = broken(cube, x=fails)
    check = gradcheck(lambda x: wrong(np.exp(x)), normal(3))
    assert [(call.function, call.reason) for call in check.blame] == [("cube", "ZeroDivisionError: of the rule")]
    assert "ZeroDivisionError: of the rule" in str(check)


def test_large_calls_are_checked_along_directions() -> None:
    def one_wrong(g: Any, x: Any) -> Any:
        return 3 * g * x * x * np.where(np.arange(x.size).reshape(x.shape) == 777, 2, 1)

    wrong = broken(cube, x=one_wrong)
    check = gradcheck(lambda x: wrong(np.outer(x, x)), 1 + np.arange(30) / 30)
    (call,) = check.blame
    assert call.function == "cube"
    assert call.index == np.unravel_index(777, (30, 30))


def test_layers_are_blamed_on_the_line_that_uses_them() -> None:
    wrong = broken(cube, x=lambda g, x: 3.003 * g * x * x)

    class Layer(ag.nn.Module):
        def __call__(self, x: Any) -> Any:
            return wrong(x)

    net = ag.nn.Sequential(ag.nn.Linear(3, 2, dtype=np.float64), Layer())
    check = gradcheck(net, normal(2, 3))
    assert check.blame[0].source == "return wrong(x)"


def test_where_no_call_is_to_blame_the_report_says_where_gradients_are_lost() -> None:
    def model(x: Any) -> Any:
        mean = x.detach() if isinstance(x, Tensor) else x
        return x * np.exp(mean)

    check = gradcheck(model, normal(3))
    assert check.blame == ()
    assert "each recorded call's rule is right by itself" in str(check)
    assert "detach()" in str(check)


def test_the_function_itself_is_blamed_where_it_was_checked() -> None:
    wrong = broken(cube, x=lambda g, x: 3.003 * g * x * x)
    check: Check = gradcheck(wrong, normal(3))
    assert check.blame[0].source == "check: Check = gradcheck(wrong, normal(3))"
