"""How far apart numbers may be: by the relative error that is asked for, by rounding, by what is known."""

import math

import pytest

from autograd.checking.tolerance import TWICE, Tolerance, of_repetition

EPS = 2.0**-52
USUAL = Tolerance(rtol=1e-7, scale=1.0)


def test_a_sweep_is_let_be_off_by_rtol_by_its_uncertainty_and_by_rounding() -> None:
    assert USUAL.of_sweep(2.0, 0.0, EPS) == pytest.approx(2e-7)
    assert USUAL.of_sweep(2.0, 1e-3, EPS) == pytest.approx(3e-3, rel=1e-3)
    assert Tolerance(0.0, 1e10).of_sweep(0.0, 0.0, EPS) == pytest.approx(1e10 * 16 * EPS)
    assert 0 < Tolerance(0.0, 0.0).of_sweep(0.0, 0.0, EPS) < 1e-30


def test_quick_differences_are_let_be_off_by_their_rounding_as_long_as_that_is_negligible() -> None:
    assert USUAL.of_quick(1.0, 0.0) == 1e-7
    assert USUAL.of_quick(0.0, 1e-12) == 1e-12
    assert USUAL.of_quick(0.0, 1.0) == 1e-9


def test_the_complex_step_is_nearly_exact() -> None:
    assert Tolerance(rtol=1.0, scale=1.0).of_complex_step(1.0) == pytest.approx(2e-10)


@pytest.mark.parametrize(("size", "uncertainty", "is_known"), [
    (1.0, 1e-3, True), (1.0, 0.1, False), (0.0, 1e-9, True), (0.0, 1e-7, False), (1.0, math.inf, False),
])  # fmt: skip
def test_what_is_known_well_enough_for_a_verdict(size: float, uncertainty: float, is_known: bool) -> None:
    assert USUAL.is_known(size, uncertainty) == is_known


@pytest.mark.parametrize(("left", "right", "uncertainty", "is_kink"), [
    (-1.0, 1.0, 1e-9, True), (-1.0, 1.0, 1.0, False), (1.0, 1.0 + 1e-7, 0.0, False), (1.0, 1.0, 0.0, False),
])  # fmt: skip
def test_slopes_that_differ_by_more_than_an_error_are_a_kink(
    left: float, right: float, uncertainty: float, is_kink: bool
) -> None:
    assert USUAL.is_kink(left, right, uncertainty) == is_kink


def test_what_is_computed_twice_may_round_differently() -> None:
    assert of_repetition(EPS) == TWICE
    assert of_repetition(2.0**-23) == 2.0**-19
