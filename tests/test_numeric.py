"""The cases of the rules are judged: what `check_case` and `check_float32` see besides what the gradient check does."""

from typing import Any

import numpy as np
import pytest
from numeric import Case, case, check_case, check_float32, normal

import autograd as ag


def test_a_wrong_rule_is_rejected() -> None:
    @ag.primitive
    def cube(x: Any) -> Any:
        return x * x * x

    ag.rule(cube, x=lambda g, x: 3 * g * x * x)
    check_case(case(cube, normal(2, 3)))
    ag.rule(cube, x=lambda g, x: 3.003 * g * x * x)
    with pytest.raises(AssertionError, match="wrong: gradient of input 0"):
        check_case(case(cube, normal(2, 3)))


def test_a_case_of_another_function_is_rejected() -> None:
    with pytest.raises(AssertionError, match="no case of the function"):
        check_case(case(np.exp, normal(2), f=np.sin))


def test_a_gradient_in_float64_is_rejected() -> None:
    @ag.primitive
    def wide(x: Any) -> Any:
        return x * x * x

    ag.rule(wide, x=lambda g, x: 3 * g * x * x * np.float64(1))
    with pytest.raises(AssertionError, match="float64"):
        check_float32(case(wide, normal(2)))
    check_float32(Case(np.exp, np.exp, (normal(2),), "exp"))
