"""Elementwise functions against differences; and their conventions where there is no derivative."""

import math
from typing import Any

import numpy as np
import pytest
from numeric import (
    between,
    case,
    check,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag
from autograd.rules.elementwise import sinc_derivative, softmax_of_two

POSITIVE = between(0.5, 2, 2, 3)
INSIDE = between(-0.7, 0.7, 2, 3)
AWAY = spaced(2, 3)  # from 0 and from each other

# Where the function is real and smooth: its derivative is judged there, at 0-d, at size 1, 0, and on a strided view.
UNARY = {
    np.negative: AWAY, np.positive: AWAY, np.reciprocal: POSITIVE, np.square: AWAY, np.sqrt: POSITIVE,
    np.cbrt: POSITIVE, np.absolute: AWAY, np.fabs: AWAY, np.exp: AWAY, np.exp2: AWAY, np.expm1: AWAY,
    np.log: POSITIVE, np.log2: POSITIVE, np.log10: POSITIVE, np.log1p: INSIDE, np.sin: AWAY, np.cos: AWAY,
    np.tan: INSIDE, np.arcsin: INSIDE, np.arccos: INSIDE, np.arctan: AWAY, np.sinh: AWAY, np.cosh: AWAY,
    np.tanh: AWAY, np.arcsinh: AWAY, np.arccosh: POSITIVE + 1, np.arctanh: INSIDE, np.conjugate: AWAY,
    np.real: AWAY, np.imag: AWAY, np.deg2rad: AWAY, np.radians: AWAY, np.rad2deg: AWAY, np.degrees: AWAY,
    np.sinc: AWAY, np.nan_to_num: AWAY,
}  # fmt: skip
REAL_ONLY = {np.cbrt, np.fabs, np.deg2rad, np.radians, np.rad2deg, np.degrees}
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.logaddexp, np.logaddexp2,
          np.arctan2, np.hypot]  # fmt: skip
COMPLEX_BINARY = [np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power]
SHAPES = [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((1, 1, 1), (2,)), ((), (2,)),
          ((2,), ()), ((), ()), ((0, 3), (1, 3)), ((1,), (0,)), ((2, 1, 2), (3, 1))]  # fmt: skip


def positive_pair(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[Any, Any]:
    return between(0.5, 2, *a), between(0.5, 2, *b)


THREE = np.array([0.29, 0.33, 0.44])  # no element of AWAY is near a multiple of these
MODULI = [
    (AWAY, THREE), (AWAY, -THREE[:2, None]), (AWAY, 0.4), (1.0, np.array([0.36, 0.45])),
    (AWAY[:0], np.array(0.3)), (np.array([7, -7]), np.array([2.2, -1.9])),
]  # fmt: skip


def square_twice(a: Any) -> Any:
    return a + a


CASES = [
    *(case(fn, x) for fn, x in UNARY.items()),
    *(case(fn, reversed_columns(x), label="strided") for fn, x in UNARY.items()),
    *(case(fn, np.full(shape, x[0, 0])) for fn, x in UNARY.items() for shape in [(), (1, 1)]),
    *(case(fn, x[:0]) for fn, x in UNARY.items()),
    *(case(fn, rotated(2, 2)) for fn in UNARY if fn not in REAL_ONLY),
    *(case(fn, *positive_pair(*shapes)) for fn in BINARY for shapes in SHAPES),
    *(case(fn, between(0.5, 2, 2, 2), 1.5, f=lambda x, c, fn=fn: fn(x, c)) for fn in BINARY),
    *(case(fn, 1.5, between(0.5, 2, 2, 2)) for fn in BINARY),
    *(case(fn, rotated(2, 3), rotated(3)) for fn in COMPLEX_BINARY),
    *(case(fn, rotated(2), between(0.5, 2, 2, 2), label="and real") for fn in COMPLEX_BINARY),
    *(case(fn, between(0.5, 2, 2), rotated(2, 2), label="real and") for fn in COMPLEX_BINARY),
    *(case(fn, reversed_columns(POSITIVE), POSITIVE.T[::-1].T, label="strided") for fn in BINARY),
    *(case(fn, AWAY, f=square_twice, label="both the same") for fn in [np.add]),
    *(case(np.power, AWAY, n) for n in (*range(-4, 7), 2.0, 4.0, 0.0)),
    case(np.power, AWAY, np.array([2, 3, 0]), label="integers"),
    case(np.power, POSITIVE, np.array([0.0, 1.0, 2.0]), f=lambda a, b: np.power(a, b), label="0, 1, 2"),
    case(np.square, AWAY, f=lambda x: x**2, label="operator"),
    case(np.power, 2, AWAY, f=lambda a, b: a**b, label="operator"),
    *(case(fn, AWAY, AWAY[0] + 0.12) for fn in (np.maximum, np.minimum)),
    *(case(fn, AWAY[:, :1], AWAY[:1] + 0.12, label="outer") for fn in (np.maximum, np.minimum)),
    *(case(fn, AWAY, 0) for fn in (np.maximum, np.minimum)),
    *(case(fn, 0.01, AWAY) for fn in (np.maximum, np.minimum)),
    case(np.where, np.array([True, False, True]), normal(2, 3), normal(3)),
    case(np.where, np.array([[True], [False]]), normal(2), normal()),
    case(np.where, np.array([True, False]), normal(2), 0),
    case(np.where, np.array([True, False]), 1.0, normal(2)),
    case(np.where, np.array([True, False]), rotated(2), normal(2)),
    case(np.where, True, normal(2), normal(3, 2)),
    case(np.clip, AWAY, -0.3, 0.3),
    case(np.clip, AWAY, np.array([-0.3, -1.0, 0.1]), np.array([[0.3], [0.2]]), label="arrays"),
    case(np.clip, AWAY, np.array(0.3), np.array(-0.3), label="upside down"),
    case(np.clip, AWAY, min=0.05),
    case(np.clip, AWAY, max=0.05),
    case(np.clip, AWAY, a_min=None, a_max=0.05),
    case(np.clip, AWAY, None, np.array([0.06, 0.3, -1.0])),
    case(np.clip, AWAY, np.array([0.06, 0.3, -1.0]), None),
    case(np.clip, AWAY, f=lambda x: x.clip(-0.3, 0.3), label="method"),
    *(case(fn, *pair) for fn in (np.remainder, np.fmod) for pair in MODULI),
    *(case(np.divmod, *pair, f=np.divmod) for pair in MODULI),
    case(np.divmod, AWAY, 0.4, f=lambda a, b: divmod(a, b), label="operator"),
    case(np.divmod, AWAY, np.array(0.4), f=lambda a, b: np.divmod(a, b)[1], label="rest alone"),
    case(np.remainder, AWAY, 0.4, f=lambda a, b: a % b, label="operator"),
    case(np.remainder, 1.0, THREE + 0.02, f=lambda a, b: a % b, label="operator, reversed"),
    *(case(fn, AWAY, AWAY[0] + 0.12) for fn in (np.fmax, np.fmin)),
    *(case(fn, AWAY, 0.0) for fn in (np.fmax, np.fmin)),
    *(case(fn, AWAY[:, :1], AWAY[:1] + 0.12, label="outer") for fn in (np.fmax, np.fmin)),
    case(np.copysign, AWAY, -AWAY),
    case(np.copysign, AWAY, -1.0),
    case(np.copysign, AWAY[0], -AWAY, label="broadcast"),
    case(np.nextafter, AWAY[0], AWAY + 9, label="broadcast"),
    case(np.heaviside, np.array([-1, 0, 2]), normal(3)),
    case(np.heaviside, np.array([[-1], [0]]), normal(3), label="broadcast"),
    case(np.nextafter, AWAY, 9.0),
    case(np.ldexp, AWAY, np.array([-2, 0, 3])),
    case(np.ldexp, AWAY[:1, 0], np.array([-2, 0, 3])),
    case(np.frexp, AWAY * 1.5, f=lambda x: np.frexp(x)[0]),
    case(np.frexp, AWAY * 1.5, f=lambda x: np.ldexp(*np.frexp(x)), label="and back"),
    case(np.modf, AWAY * 1.7, f=np.modf, label="both"),
    case(np.modf, AWAY * 1.7, f=lambda x: np.modf(x)[0] * x, label="times x"),
    case(np.sign, rotated(2, 3)),
    case(np.sign, rotated(2), f=lambda z: np.square(np.absolute(np.sign(z) + 1)), label="real loss"),
    case(np.angle, rotated(2, 3)),
    case(np.angle, rotated(3), deg=True),
    case(np.angle, AWAY, label="of real numbers"),
    *(case(np.sinc, x, label=f"{x}") for x in map(np.array, (0.0, 1e-9, 1e-3, 0.5, 1.0, 1.001, -2.3, 17.4))),
    *(case(sinc_derivative, np.array([0.0, 1e-4, 0.7, -3.2]), n=n) for n in (1, 2, 3)),
    *(case(softmax_of_two, AWAY, AWAY[0] + 0.12, exp=exp, label=exp.__name__) for exp in (np.exp, np.exp2)),
    case(np.nan_to_num, np.array([1.0, np.nan, np.inf, -np.inf]), nan=3.0, posinf=1.0, neginf=-2.0),
    case(np.nan_to_num, np.array([1 + 2j, complex(np.nan, 3), complex(2, np.inf)]), posinf=1.0),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


@pytest.mark.parametrize("fn", [fn for fn in UNARY if fn not in REAL_ONLY], ids=lambda fn: fn.__name__)
def test_complex_gradient_of_a_real_result(fn: Any) -> None:
    """|f(z)|^2: the convention is seen only where the loss is real."""
    check(lambda z: np.square(np.absolute(fn(z))), rotated(3))


def gradient(f: Any, *inputs: Any) -> list[Any]:
    leaves = [ag.Tensor(np.asarray(x, float), requires_grad=True) for x in inputs]
    f(*leaves).sum().backward()
    return [None if leaf.grad is None else leaf.grad.data.tolist() for leaf in leaves]


CONVENTIONS = {
    "abs at 0": (np.absolute, [[0.0, -0.0]], [[0.0, 0.0]]),
    "fabs at 0": (np.fabs, [[0.0, -2.0]], [[0.0, -1.0]]),
    "maximum shares ties": (np.maximum, [[1.0, 2.0, 0.0], [1.0, 1.0, 3.0]], [[0.5, 1.0, 0.0], [0.5, 0.0, 1.0]]),
    "minimum shares ties": (np.minimum, [[1.0, 2.0, 0.0], [1.0, 1.0, 3.0]], [[0.5, 0.0, 1.0], [0.5, 1.0, 0.0]]),
    "maximum selects nan": (
        np.maximum,
        [[math.nan, 1.0, math.nan, 1.0], [0.0, math.nan, math.nan, 0.0]],
        [[1.0, 0.0, 0.5, 1.0], [0.0, 1.0, 0.5, 0.0]],
    ),
    "minimum selects nan": (np.minimum, [[math.nan, 1.0], [0.0, math.nan]], [[1.0, 0.0], [0.0, 1.0]]),
    "fmax of nan alone": (np.fmax, [[math.nan, 1.0], [math.nan, math.nan]], [[0.5, 1.0], [0.5, 0.0]]),
    "clip of nan": (
        np.clip,
        [[math.nan, 0.5, 0.5, -2.0], [0.0, math.nan, 0.0, math.nan], [1.0, 1.0, math.nan, math.nan]],
        [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]],
    ),
    "clip passes at its bounds": (
        lambda x: np.clip(x, 0, 1),
        [[-0.1, 0.0, 0.5, 1.0, 1.1]],
        [[0.0, 1.0, 1.0, 1.0, 0.0]],
    ),
    "clip upside down": (np.clip, [[-0.3, 0.3, 0.0], 0.3, -0.3], [[0.0, 0.0, 0.0], 0.0, 3.0]),
    "clip at equal bounds": (np.clip, [[1.0, 0.0, 2.0], 1.0, 1.0], [[1.0, 0.0, 0.0], 1.0, 1.0]),
    "where to neither": (lambda x: np.where(x > 0, x, 0), [[0.0, 1.0]], [[0.0, 1.0]]),
    "0 ** 0": (np.power, [[0.0], [0.0]], [[0.0], [0.0]]),
    "0 ** 1": (np.power, [[0.0], [1.0]], [[1.0], [0.0]]),
    "0 ** 2": (np.power, [[0.0], [2.0]], [[0.0], [0.0]]),
    "0 ** integer 0": (lambda a: a**0, [[0.0, 5.0]], [[0.0, 0.0]]),
    "0 ** integer 1": (lambda a: a**1, [[0.0]], [[1.0]]),
    "fmax shares ties": (np.fmax, [[1.0, 2.0], [1.0, 1.0]], [[0.5, 1.0], [0.5, 0.0]]),
    "fmin passes over nan": (np.fmin, [[math.nan, 2.0], [1.0, math.nan]], [[0.0, 1.0], [1.0, 0.0]]),
    "hypot at 0": (np.hypot, [[0.0, 3.0], [0.0, 4.0]], [[0.0, 0.6], [0.0, 0.8]]),
    "remainder at a jump": (lambda x: x % 1.0, [[2.0, -1.0]], [[1.0, 1.0]]),
    "modf at an integer": (lambda x: np.modf(x)[0], [[2.0, -1.0]], [[1.0, 1.0]]),
    "copysign at 0": (np.copysign, [[0.0, -0.0], [1.0, 1.0]], [[1.0, -1.0], None]),
    "heaviside at 0": (np.heaviside, [[0.0, 1.0], [0.5, 0.5]], [None, [1.0, 0.0]]),
    "nan_to_num of what it replaced": (np.nan_to_num, [[math.nan, 1.0, math.inf]], [[0.0, 1.0, 0.0]]),
    "negative ** integer": (lambda a: a**3, [[-2.0]], [[12.0]]),
    "negative ** -1": (lambda a: a**-1, [[-2.0]], [[-0.25]]),
    "0 ** x": (lambda b: 0.0**b, [[2.0, 0.5]], [[0.0, 0.0]]),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions(name: str) -> None:
    f, inputs, expected = CONVENTIONS[name]
    assert gradient(f, *inputs) == expected


INF = math.inf
SHARES = {
    (3.0, 3.0): (0.5, 0.5), (1e4, -1e4): (1, 0), (-1e4, 1e4): (0, 1), (INF, 1.0): (1, 0), (1.0, INF): (0, 1),
    (-INF, 1.0): (0, 1), (INF, -INF): (1, 0), (INF, INF): (0.5, 0.5), (-INF, -INF): (0, 0),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2])
def test_the_logarithm_of_a_sum_of_infinities_and_of_far_numbers_as_its_reduction(ufunc: np.ufunc, dtype: Any) -> None:
    for f in (ufunc, lambda a, b: ufunc.reduce(np.stack([a, b]))):
        both = ag.grad(f, (0, 1))
        compiled = ag.compile(both)
        for pair, expected in SHARES.items():
            a, b = np.array(pair, dtype)
            assert both(a, b) == compiled(a, b) == pytest.approx(expected, rel=1e-6)
    hessian = ag.hessian(lambda x: ufunc(x[0], x[1]))
    for pair in SHARES:
        assert np.isfinite(hessian(np.array(pair, dtype))).all()


def test_the_second_derivative_of_logaddexp_keeps_the_digits_of_the_smaller() -> None:
    small = math.exp(-40)
    hessian = ag.hessian(lambda x: np.logaddexp(x[0], x[1]))(np.array([0.0, -40.0]))
    np.testing.assert_allclose(hessian, [[small, -small], [-small, small]], rtol=1e-12)


def test_gradient_of_a_negative_base_for_its_real_exponent_is_nan_and_warns() -> None:
    with pytest.warns(RuntimeWarning, match="log"):
        (gb,) = gradient(lambda b: np.power(-2.0, b), [3.0])
    assert math.isnan(gb[0])


def test_infinite_slopes_are_infinite() -> None:
    for f in (np.sqrt, np.cbrt, lambda x: x**0.5):
        with pytest.warns(RuntimeWarning):
            assert gradient(f, [0.0]) == [[math.inf]]


def test_where_without_branches_is_nonzero() -> None:
    for condition in (ag.Tensor([True, False, True]), ag.Tensor([1.0, 0.0, 2.0], requires_grad=True)):
        (index,) = np.where(condition)
        assert index.data.tolist() == [0, 2]


def test_where_of_the_condition_alone_has_no_graph() -> None:
    t = ag.Tensor([1.0, 0.0], requires_grad=True)
    assert np.where(t, 1.0, 2.0).node is None


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")
@pytest.mark.parametrize("fn", [np.sign, np.fix])
def test_steps_of_real_numbers_have_no_graph(fn: Any) -> None:
    assert fn(ag.Tensor([1.0, -2.0], requires_grad=True)).node is None


def test_sinc_to_the_sixth_order() -> None:
    """At 0, by its power series."""
    f: Any = np.sinc
    for order, value in enumerate([1, 0, -(np.pi**2) / 3, 0, np.pi**4 / 5, 0, -(np.pi**6) / 7]):
        assert float(f(np.array(0.0))) == pytest.approx(value, rel=1e-12, abs=1e-12), order
        f = ag.grad(f)


def test_sinc_is_smooth_where_its_two_forms_meet() -> None:
    fourth = ag.grad(ag.grad(ag.grad(ag.grad(np.sinc))))
    for edge in (1.0, 4 / np.pi):
        below, above = (fourth(edge * factor) for factor in (1 - 1e-9, 1 + 1e-9))
        assert below == pytest.approx(above, rel=1e-7)


@pytest.mark.parametrize(("f", "x", "expected"), [
    (lambda x: np.arctan2(x, np.uint8(200)), 1.0, 200 / 40001),
    (lambda x: np.arctan2(np.int16(300), x), 1.0, -300 / 90001),
    (lambda x: np.arctan2(x, 1e-170), 1e-170, 5e169), (lambda x: np.arctan2(x, 1e160), 0.0, 1e-160),
    (lambda x: np.power(np.uint8(3), x), 2.0, 9 * math.log(3)),
    (lambda x: np.power(np.int8(2), x), 3.0, 8 * math.log(2)),
    (lambda x: np.power(x, np.int8(-128)), 1.1, -128 * 1.1**-129), (lambda x: np.power(x, np.uint8(0)), 2.0, 0.0),
])  # fmt: skip
def test_constants_of_few_bits_do_not_overflow(f: Any, x: float, expected: float) -> None:
    assert float(ag.grad(f)(x)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("a", "b", "expected"), [
    (0.0, INF, 0.0), (2.0, -INF, 0.0), (-INF, 2.0, 0.0), (INF, INF, 0.0), (math.nan, INF, math.nan),
])  # fmt: skip
def test_the_angle_of_a_far_point_stands_still(a: float, b: float, expected: float) -> None:
    with np.errstate(invalid="ignore" if math.isnan(expected) else "raise"):
        np.testing.assert_array_equal(ag.grad(np.arctan2, argnums=(0, 1))(a, b), (expected, expected))


@pytest.mark.parametrize("base", [-2.0, np.float64(-2.0), np.array(-2.0), np.int64(-2)])
def test_a_negative_base_may_have_a_complex_exponent(base: Any) -> None:
    check(lambda z: np.power(base, z), rotated(2), order=2)
