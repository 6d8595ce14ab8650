"""Where there is no gradient, or none that differences can tell: kinks, edges and noise."""

import warnings
from typing import Any

import numpy as np
import pytest
from numeric import between, normal
from test_checking import cubed

import autograd as ag
from autograd.checking import Verdict, assert_gradients, gradcheck

AGREE, WRONG, KINK, NOISE = Verdict.AGREE, Verdict.WRONG, Verdict.KINK, Verdict.NOISE


# -- kinks -----------------------------------------------------------------------------------------------------------


def test_a_kink_is_told_with_both_slopes_and_whether_the_gradient_lies_between() -> None:
    check = gradcheck(np.abs, np.array([0.5, 0.0]))
    assert (check.verdict, check.index) == (KINK, (1,))
    assert check.left == pytest.approx(-check.right)
    assert check.right > 0.5
    assert check.is_between
    assert [call.function for call in check.blame] == ["absolute"]

    @ag.primitive
    def size(x: Any) -> Any:
        return np.abs(x)

    ag.rule(size, x=lambda g, x: g * np.where(x == 0, 3, np.sign(x)))
    check = gradcheck(size, np.array([0.5, 0.0]), allow_kinks=True)
    assert check.verdict == KINK
    assert not check.is_between
    assert "does not lie between them" in str(check)


KINKS: dict[str, tuple[Any, ...]] = {
    "abs": (np.abs, np.array([0.5, 0.0])),
    "relu": (ag.nn.relu, np.array([0.0, -0.3, 2.0])),
    "a tie": (np.maximum, np.array([0.5, 2.0]), np.array([0.5, 1.0])),
    "max": (np.max, np.array([1.5, -0.5, 1.5])),
    "clip": (lambda x: np.clip(x, 0.0, 1.0), np.array([1.0, 0.5])),
    "among large slopes": (lambda x: np.abs(x) + 1e3 * x, np.array([0.0])),
    "among curvature": (lambda x: np.abs(x) + 1e3 * x * x, np.array([0.0])),
    "deep inside": (lambda x: np.exp(np.sum(np.abs(np.sin(x)))), np.array([0.0, 0.3])),
    "in float32": (lambda x: ag.nn.relu(x.astype(np.float32)), np.array([0.0, 0.3])),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_pass_only_if_they_are_allowed(name: str) -> None:
    f, *inputs = KINKS[name]
    assert gradcheck(f, *inputs).verdict == KINK
    assert gradcheck(f, *inputs, fast=True).verdict == KINK
    with pytest.raises(AssertionError, match="kink: "):
        assert_gradients(f, *inputs)
    allowed = gradcheck(f, *inputs, allow_kinks=True, order=2)
    assert allowed.verdict == AGREE, str(allowed)
    assert "kinks the gradient lies between" in allowed.notes[0]
    assert_gradients(f, *inputs, allow_kinks=True, fast=True, order=2)


def test_beside_kinks_that_are_allowed_what_is_wrong_is_found() -> None:
    wrong = cubed(x=lambda g, x: 3.003 * g * x * x)
    x = np.array([0.0, 0.5, -0.2])
    assert gradcheck(lambda x: np.abs(x) + wrong(x), x, allow_kinks=True).verdict == WRONG
    assert gradcheck(lambda x: np.abs(x) + wrong(x), x).verdict == WRONG


def test_a_kink_that_no_axis_shows_is_found_along_a_direction() -> None:
    check = gradcheck(lambda a, b: np.minimum(np.abs(a), np.abs(b)), np.zeros(1), np.zeros(1))
    assert check.verdict == KINK
    assert "random direction" in check.reason


JUMPS: dict[str, tuple[Any, ...]] = {
    "sign": (np.sign, np.array([0.0])),
    "floor": (np.floor, np.array([2.0])),
    "a condition": (lambda x: np.where(x < 1, x, x + 1), np.array([1.0])),
}


@pytest.mark.parametrize("name", JUMPS)
def test_jumps_are_kinks(name: str) -> None:
    check = gradcheck(*JUMPS[name])
    assert check.verdict == KINK
    assert "jumps" in check.reason
    assert np.isinf([check.left, check.right]).any()


EDGES: dict[str, tuple[Any, ...]] = {
    "sqrt": (np.sqrt, np.array([0.0, 1.0])),
    "cbrt": (np.cbrt, np.array([0.0])),
    "power": (lambda x: np.power(x, 1.5), np.array([0.0])),
    "xlogx": (lambda x: x * np.log(np.where(x == 0, 1, x)), np.array([0.0])),
}


@pytest.mark.parametrize("name", EDGES)
def test_at_the_edge_of_a_domain_there_is_no_slope_on_both_sides(name: str) -> None:
    check = gradcheck(*EDGES[name])
    assert check.verdict == KINK
    assert check.reason


def test_near_the_edge_of_a_domain_smaller_steps_are_tried() -> None:
    for f, x in [(np.sqrt, 1e-3), (np.sqrt, 1e-9), (np.log, 1e-4), (np.arccos, 1 - 1e-6), (np.arctanh, -0.9999)]:
        check = gradcheck(lambda x, f=f: f(np.abs(x)) * np.sign(x), np.array([x]), order=2)
        assert check.verdict == AGREE, str(check)


def test_without_a_value_there_is_no_slope() -> None:
    check = gradcheck(np.log, np.array([1.0, 0.0]))
    assert check.verdict == NOISE
    assert "not finite at its inputs: output 0 is -inf at index (1,)" in check.reason


# -- noise -----------------------------------------------------------------------------------------------------------

NOISY: dict[str, Any] = {
    "a large offset": lambda x: np.abs(x) + 1e16,
    "turning too fast": lambda x: np.abs(np.sin(1e15 * x)),
    "float32 with an offset": lambda x: np.sin(x).astype(np.float32) + np.float32(1e6),
}


@pytest.mark.parametrize("name", NOISY)
def test_what_no_step_resolves_is_noise(name: str) -> None:
    check = gradcheck(NOISY[name], np.array([1.3, 0.7]))
    assert check.verdict == NOISE
    assert not check
    assert check.reason.endswith("a call in it computes in less than float64") == ("float32" in name)
    with pytest.raises(AssertionError, match="noise: "):
        assert_gradients(NOISY[name], np.array([1.3, 0.7]))


def test_float32_inside_is_resolved_as_far_as_it_goes() -> None:
    def through_float32(x: Any) -> Any:
        return np.exp(x.astype(np.float32)).astype(np.float64)

    check = gradcheck(through_float32, normal(3), order=2)
    assert check.verdict == AGREE, str(check)
    wrong = cubed(x=lambda g, x: 3.003 * g * x * x)
    assert gradcheck(lambda x: wrong(x.astype(np.float32)), between(0.5, 1.5, 3)).verdict == WRONG


def test_steep_functions_are_resolved() -> None:
    steep = gradcheck(lambda x: np.abs(np.sin(1e6 * x)), np.array([1.3]))
    assert steep.verdict == AGREE, str(steep)


def test_warnings_of_steps_that_leave_the_domain_stay_inside() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradcheck(np.sqrt, np.array([0.0, 1e-3]))
        gradcheck(np.log, np.array([0.0]))
