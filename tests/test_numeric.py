"""The judge is judged: it must accept right rules, and reject each kind of wrong one."""

import math
from typing import Any

import numpy as np
import pytest
from numeric import Case, case, check, check_case, check_float32, normal, rotated

import autograd as ag


def cubed(**rules: Any) -> Any:
    """A primitive, x * x * x, with the rules given."""

    @ag.primitive
    def cube(x: Any) -> Any:
        return x * x * x

    ag.rule(cube, **rules)
    return cube


def product(**rules: Any) -> Any:
    @ag.primitive
    def times(a: Any, b: Any) -> Any:
        return a * b

    ag.rule(times, **rules)
    return times


def test_a_right_rule_is_accepted() -> None:
    check(cubed(x=lambda g, x: 3 * g * x * x), normal(2, 3), order=2)
    check(product(a=lambda g, b: g * b, b=lambda g, a: g * a, broadcasts=True), normal(2, 3), normal(3), order=2)


WRONG_CUBES = {
    "factor": lambda g, x: 3.003 * g * x * x,
    "tiny factor": lambda g, x: 3 * g * x * x * (1 + 1e-6),
    "sign": lambda g, x: -3 * g * x * x,
    "zero": lambda g, x: 0 * g * x,
    "ignores g": lambda g, x: 3 * x * x + 0 * g,
    "transposed": lambda g, x: (3 * g * x * x).T,
    "one element": lambda g, x: np.where(np.arange(9).reshape(3, 3) == 7, 0, 3 * g * x * x),
    "None": lambda g, x: None,
    "mean of g": lambda g, x: 3 * g.mean() * x * x,
}


@pytest.mark.parametrize("wrong", WRONG_CUBES)
def test_a_wrong_rule_is_rejected(wrong: str) -> None:
    with pytest.raises(AssertionError):
        check(cubed(x=WRONG_CUBES[wrong]), normal(3, 3))


def test_a_missing_sum_over_a_broadcast_is_rejected() -> None:
    first_row = product(a=lambda g, b: g * b, b=lambda g, a: (g * a)[0])
    with pytest.raises(AssertionError, match="gradient of input 1"):
        check(first_row, normal(2, 3), normal(3))


def test_swapped_inputs_are_rejected() -> None:
    with pytest.raises(AssertionError, match=r"gradient of input \d"):
        check(product(a=lambda g, a: g * a, b=lambda g, b: g * b), normal(3), normal(3))


def test_a_gradient_that_shows_only_where_the_other_input_is_constant_is_rejected() -> None:
    x, y = normal(3), normal(3)

    def f(a: Any, b: Any) -> Any:
        both = isinstance(a, ag.Tensor) and isinstance(b, ag.Tensor)
        return a * b if both or type(a) is type(b) else product(a=lambda g, b: 2 * g * b, b=lambda g, a: g * a)(a, b)

    with pytest.raises(AssertionError, match="constants"):
        check(f, x, y)


def test_a_missing_conjugate_is_rejected() -> None:
    @ag.primitive
    def size(z: Any) -> Any:
        return (z * z.conj()).real

    ag.rule(size, x=lambda g, x: 2 * g * x)
    with pytest.raises(AssertionError):
        check(size, rotated(3))


def test_a_wrong_second_derivative_is_rejected() -> None:
    # Right values, from arrays that the recorded pass takes for constants: the second derivative is lost.
    def from_values(g: Any, x: Any) -> Any:
        return 3 * g * np.square(getattr(x, "data", x) if isinstance(x, ag.Tensor) else x)

    check(cubed(x=from_values), normal(3))
    with pytest.raises(AssertionError, match="gradient of order 2"):
        check(cubed(x=from_values), normal(3), order=2)


def test_one_wrong_output_of_several_is_rejected() -> None:
    @ag.primitive
    def both(x: Any) -> Any:
        return x * 2, x * 3

    def weighed(*factors: int) -> Any:
        return lambda g: sum(k * part for k, part in zip(factors, g, strict=True) if part is not None)

    ag.rule(both, several=True, x=weighed(2, 3))
    check(both, normal(2), order=2)
    ag.rule(both, several=True, x=weighed(3, 2))
    with pytest.raises(AssertionError, match="gradient of input 0"):
        check(both, normal(2))


def test_a_changed_input_is_rejected() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        if isinstance(x, ag.Tensor):
            x.data[0] += 1e-13
        return y

    with pytest.raises(AssertionError, match="changes input 0"):
        check(f, np.ones(2))


def test_another_value_on_tensors_is_rejected() -> None:
    with pytest.raises(AssertionError):
        check(lambda x: x * 2 if isinstance(x, ag.Tensor) else x * 2.0000001, normal(2))


def test_a_case_of_another_function_is_rejected() -> None:
    with pytest.raises(AssertionError, match="no case of the function"):
        check_case(case(np.exp, normal(2), f=np.sin))


def test_a_gradient_in_float64_is_rejected() -> None:
    wide = cubed(x=lambda g, x: 3 * g * x * x * np.float64(1))
    with pytest.raises(AssertionError, match="float64"):
        check_float32(case(wide, normal(2)))
    check_float32(Case(np.exp, np.exp, (normal(2),), "exp"))


def test_inputs_of_size_0_pass() -> None:
    check(lambda x: x * math.pi, normal(0, 3), order=2)
