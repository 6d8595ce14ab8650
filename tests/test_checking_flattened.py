"""The gradient check of functions whose arguments are pytrees of arrays."""

from typing import Any

import numpy as np
import pytest

import autograd as ag


def rosenbrock(p: Any) -> Any:
    return (1 - p["x"]) ** 2 + 100 * (p["y"] - p["x"] ** 2) ** 2


def test_the_parts_of_containers_are_moved() -> None:
    check = ag.gradcheck(rosenbrock, {"x": 0.0, "y": 0.5}, order=2)
    assert check
    assert check.count == 4
    assert ag.gradcheck(lambda a, b: a["w"] @ b[0] * b[1], {"w": np.ones(3)}, [np.ones(3), 2], order=2).count == 12


def test_a_part_is_named_by_the_way_to_it() -> None:
    def f(p: Any, x: Any) -> Any:
        return np.sum(p["w"][1] * getattr(p["w"][1], "data", p["w"][1]) * x)

    check = ag.gradcheck(f, {"w": [np.ones(2), np.array([2.0, 3.0])]}, np.array([1.0, 5.0]))
    assert check.verdict == "wrong"
    assert "(p['w'][1])" in str(check)
    with pytest.raises(AssertionError, match=r"p\['w'\]\[1\]"):
        ag.assert_gradients(f, {"w": [np.ones(2), np.array([2.0, 3.0])]}, np.array([1.0, 5.0]))


def test_lists_of_numbers_stay_what_they_are() -> None:
    assert ag.gradcheck(lambda x, knots: np.interp(x, knots, [1.0, 3.0]), np.array([0.25, 0.5]), [0.0, 1.0]).count == 2


def test_tiny_elements_beside_others_agree() -> None:
    assert ag.gradcheck(lambda p: p * np.log(p), np.array([1e-17, 0.5]))
    assert ag.gradcheck(np.log, np.array([1e-15, 1.0]))


@pytest.mark.parametrize(("inputs", "options", "error", "message"), [
    ((3,), {}, TypeError, "given int, of which none has a gradient; expected are floats"),
    ((np.arange(3),), {}, TypeError, "ndarray of int64"), ((), {}, TypeError, "given no inputs"),
    ((1.0,), {"order": 1.5}, ValueError, r"order=1\.5"), ((1.0,), {"order": 0}, ValueError, "order=0"),
])  # fmt: skip
def test_what_cannot_be_checked(inputs: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        ag.gradcheck(np.square, *inputs, **options)
