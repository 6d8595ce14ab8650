"""Slopes from values: how well they are known, kinks, edges and noise, each on functions of one number."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.checking.arrays import quiet
from autograd.checking.differences import LossAlongLine, Sweep, plateau, quick, sweep
from autograd.checking.tolerance import Tolerance
from autograd.checking.verdicts import Comparison, Verdict, judge

EPS = 2.0**-52
AGREE, WRONG, KINK, NOISE = Verdict.AGREE, Verdict.WRONG, Verdict.KINK, Verdict.NOISE


def line(f: Callable[[float], float], x: float, eps: float = EPS) -> LossAlongLine:
    here = float(f(x))
    return LossAlongLine(lambda t: float(f(x + t)), here, abs(here), abs(here), abs(x), eps, EPS)


def swept(f: Callable[[float], float], x: float, eps: float = EPS) -> Sweep:
    with quiet():
        return sweep(line(f, x, eps))


def found(f: Callable[[float], float], x: float, analytic: float, eps: float = EPS) -> Comparison:
    with quiet():
        return judge(sweep(line(f, x, eps)), analytic, Tolerance(1e-7, abs(analytic)))


# -- smooth functions ------------------------------------------------------------------------------------------------

# The function, x, the slope.
SMOOTH: dict[str, tuple[Callable[[float], float], float, float]] = {
    "exp": (np.exp, 0.3, math.exp(0.3)),
    "exp far out": (np.exp, 600.0, math.exp(600)),
    "square of a large number": (lambda x: x * x, 1e8, 2e8),
    "1/x near 0.1": (lambda x: 1 / x, 0.1, -100.0),
    "1/x near its pole": (lambda x: 1 / x, 1e-9, -1e18),
    "sqrt near 0": (np.sqrt, 1e-3, 0.5 / math.sqrt(1e-3)),
    "sqrt nearer to 0": (np.sqrt, 1e-9, 0.5 / math.sqrt(1e-9)),
    "sqrt near an edge far from 0": (lambda x: np.sqrt(x - 1), 1.000001, 500.0),
    "log near 0": (np.log, 1e-4, 1e4),
    "|x|**3 at 0": (lambda x: abs(x) ** 3, 0.0, 0.0),
    "|x|**1.5 at 0": (lambda x: abs(x) ** 1.5, 0.0, 0.0),
    "x|x| at 0": (lambda x: x * abs(x), 0.0, 0.0),
    "abs beside its kink": (abs, 1e-3, 1.0),
    "abs close beside its kink": (abs, -1e-9, -1.0),
    "a corner that is round": (lambda x: np.logaddexp(0, 1e4 * x) / 1e4, 0.0, 0.5),
    "a corner that is hardly round": (lambda x: np.logaddexp(0, 1e8 * x) / 1e8, 0.0, 0.5),
    "a maximum": (np.sin, math.pi / 2, math.cos(math.pi / 2)),
    "a flat maximum": (lambda x: -((x - 1) ** 4), 1.0, 0.0),
    "a constant": (lambda x: 5 + 0 * x, 0.7, 0.0),
    "a constant but for rounding": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, 0.7, 0.0),
    "a step elsewhere": (np.floor, 2.5, 0.0),
    "a small step elsewhere": (lambda x: np.round(x, 3), 0.70004, 0.0),
    "a steep wave": (lambda x: np.sin(1e8 * x), 1.3, 1e8 * math.cos(1.3e8)),
    "tiny": (lambda x: 1e-20 * x * x, 0.7, 1.4e-20),
    "huge": (lambda x: 1e200 * x * x, 0.7, 1.4e200),
    "a large constant beside": (lambda x: 1e9 + x, 0.7, 1.0),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_slope_of_a_smooth_function_is_found(name: str) -> None:
    f, x, slope = SMOOTH[name]
    finding = found(f, x, slope)
    assert finding.verdict == AGREE, finding
    assert abs(finding.numeric - slope) <= 3 * finding.uncertainty + 1e-7 * abs(slope)


@pytest.mark.parametrize("name", SMOOTH)
def test_a_factor_of_1_001_is_not_the_slope(name: str) -> None:
    f, x, slope = SMOOTH[name]
    if abs(slope) > 1e-15:  # the maximum's is 0, but for rounding
        assert found(f, x, 1.001 * slope).verdict == WRONG
        assert found(f, x, -slope).verdict == WRONG
    assert found(f, x, slope + max(1.0, abs(slope))).verdict == WRONG
    assert found(f, x, math.nan).verdict == WRONG


def test_quick_differences_settle_ordinary_functions() -> None:
    for f, x, slope in [SMOOTH[name] for name in ("exp", "1/x near 0.1", "a maximum", "a constant")]:
        estimate = quick(line(f, x))
        assert estimate.is_smooth
        assert abs(estimate.slope - slope) <= 1e-10 * max(1, abs(slope))
    for x in (40.0, 1e3):  # the step grows with x, so that rounding does not
        assert quick(line(lambda x: x * x, x)).slope == pytest.approx(2 * x, rel=1e-12)


def test_quick_differences_know_a_kink_and_its_size() -> None:
    estimate = quick(line(lambda x: 3 * abs(x) + np.exp(x), 0.0))
    assert not estimate.is_smooth
    assert estimate.slope == pytest.approx(1)
    assert estimate.jump == pytest.approx(6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6), st.floats(-100, 100))
def test_polynomials(coefficients: list[float], x: float) -> None:
    slope = float(np.polyval(np.polyder(coefficients), x))
    finding = found(lambda t: np.polyval(coefficients, t), x, slope)
    assert finding.verdict in (AGREE, NOISE)  # noise where the terms cancel
    assert found(lambda t: np.polyval(coefficients, t), x, slope + 1 + abs(slope)).verdict in (WRONG, NOISE)


# -- kinks, jumps and edges ------------------------------------------------------------------------------------------

# The function, x, the slopes on the left and on the right.
KINKS: dict[str, tuple[Callable[[float], float], float, float, float]] = {
    "abs": (abs, 0.0, -1.0, 1.0),
    "relu": (lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
    "max of two": (lambda x: max(x * x, x), 1.0, 1.0, 2.0),
    "a small kink on a slope": (lambda x: abs(x) + 1e4 * x, 0.0, 1e4 - 1, 1e4 + 1),
    "a small kink on a curve": (lambda x: abs(x) + 1e4 * x * x, 0.0, -1.0, 1.0),
    "a kink far from 0": (lambda x: abs(x - 1e3), 1e3, -1.0, 1.0),
    "a cusp": (lambda x: np.sqrt(abs(x)), 0.0, -math.inf, math.inf),
    "cbrt": (np.cbrt, 0.0, math.inf, math.inf),
    "a jump": (np.floor, 2.0, math.inf, 0.0),
    "sqrt": (np.sqrt, 0.0, math.nan, math.inf),
    "an edge": (lambda x: np.exp(x) if x >= 0 else math.nan, 0.0, math.nan, 1.0),
    "an edge on the right": (lambda x: np.arcsin(x), 1.0, math.inf, math.nan),
}


@pytest.mark.parametrize("name", KINKS)
def test_where_there_is_no_slope_both_sides_are_told(name: str) -> None:
    f, x, left, right = KINKS[name]
    finding = found(f, x, 0.0)
    assert finding.verdict == KINK
    assert finding.reason
    np.testing.assert_allclose([finding.left, finding.right], [left, right], rtol=1e-6, atol=1e-6)


def test_a_value_between_the_slopes_is_told_from_one_beside_them() -> None:
    for slope in (-1.0, 0.0, 0.3, 1.0):
        assert found(abs, 0.0, slope).is_between
    for slope in (-1.001, 1.001, math.nan, math.inf):
        assert not found(abs, 0.0, slope).is_between
    assert found(np.sqrt, 0.0, math.inf).is_between
    assert not found(lambda x: np.exp(x) if x >= 0 else math.nan, 0.0, 2.0).is_between


def test_reasons() -> None:
    assert "jumps" in found(np.sign, 0.0, 0.0).reason
    assert "grows without end" in found(np.cbrt, 0.0, 0.0).reason
    assert "not finite on the left" in found(np.sqrt, 0.0, 0.0).reason
    assert "not finite at its inputs" in found(np.log, 0.0, 0.0).reason
    assert "on either side" in found(lambda x: 1.0 if x == 0 else math.nan, 0.0, 0.0).reason


# -- noise -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: 1e16 + x, 1.0),
        (lambda x: math.sin(1e16 * x), 1e16),
        (lambda x: math.sin(1e19 * x), 1e19),
    ],
)
def test_what_no_step_resolves_is_noise(f: Callable[[float], float], slope: float) -> None:
    finding = found(f, 1.3, slope)
    assert finding.verdict == NOISE
    assert finding.reason


@pytest.mark.parametrize("f", [lambda x: x * x, np.exp, np.sin, lambda x: np.float32(1) / x])
def test_in_float32_a_factor_of_1_001_is_told(f: Callable[[np.float32], np.float32]) -> None:
    def short(x: float) -> float:
        return float(f(np.float32(x)))

    slope = swept(lambda x: float(f(np.float64(x))), 1.3).central.value  # type: ignore[arg-type]  # in float64 for once
    assert found(short, 1.3, slope, eps=2.0**-23).verdict == AGREE
    assert found(short, 1.3, 1.001 * slope, eps=2.0**-23).verdict == WRONG
    assert found(lambda x: float(np.float32(1e6) + np.float32(x)), 1.3, 1.0, eps=2.0**-23).verdict == NOISE


@pytest.mark.parametrize("beside", [1e-5, 1e-4, 3e-4])
def test_a_kink_so_near_that_float32_hides_it_is_not_wrong(beside: float) -> None:
    def relu(x: float) -> float:
        return float(np.float32(1) + np.float32(0.03) * np.maximum(np.float32(x), np.float32(0)) + np.float32(0.01 * x))

    for x, slope in ((beside, 0.04), (-beside, 0.01)):
        assert found(relu, x, slope, eps=2.0**-23).verdict in (AGREE, NOISE, KINK)
        opposite = found(relu, x, -slope, eps=2.0**-23)
        assert opposite.verdict == WRONG or (opposite.verdict == KINK and not opposite.is_between)


def test_values_that_scatter_are_known_less_well() -> None:
    rng = np.random.default_rng(0)
    for noise in (1e-12, 1e-9, 1e-6, 1e-3):
        rough = swept(lambda x, noise=noise: np.exp(x) + noise * rng.normal(), 0.3)
        assert noise / 10 < rough.scatter < 20 * noise
        assert abs(rough.central.value - math.exp(0.3)) <= 3 * rough.central.uncertainty
        assert rough.central.uncertainty < 1000 * noise


# -- steps and plateaus ----------------------------------------------------------------------------------------------


def test_steps_reach_from_half_of_x_to_its_last_digits() -> None:
    for x in (0.0, 1.0, -3.0, 1e-9, 1e9, math.inf, math.nan):
        steps = swept(lambda x: x, x).steps
        size = abs(x) if math.isfinite(x) and x else 1.0
        assert max(1, size) / 4 <= steps[0] <= max(1, size)
        assert 2 * EPS * size < steps[-1] < 64 * EPS * size
        assert len(steps) <= 128


def test_there_are_steps_for_the_smallest_and_the_largest_numbers() -> None:
    for x in (5e-324, 1e-300, 1e300):
        assert found(lambda x: 2 * x, x, 2.0).verdict == AGREE
        assert found(lambda x: 2 * x, x, 2.002).verdict == WRONG


def test_a_plateau_that_smaller_steps_contradict_is_none() -> None:
    steps = 2.0 ** -np.arange(40)
    values = np.where(steps > 1e-3, 2.0, 3.0)
    assert plateau(values, steps, np.full(40, 1e-16), (2, 4)).value == 3.0
    assert plateau(values, steps, np.full(40, 1e-2), (2, 4)).value == 2.0  # if those may be nothing but rounding


def test_a_plateau_needs_three_values() -> None:
    steps = 2.0 ** -np.arange(5)
    values = np.array([1.0, 1.0, 1.0, math.nan, 1.0])
    assert math.isnan(plateau(values, steps, np.zeros(5), (2, 4)).value)
    assert plateau(np.array([math.nan, math.inf, 1.0, 1.0, 1.0]), steps, np.zeros(5), (2, 4)).value == 1.0
