"""Primitives and rules that are called as they are."""

from typing import Any

import numpy as np
import pytest
from compared import assert_same, bits

import autograd as ag
from autograd.compiler.tracing.opaque_steps import GUARDED, OpaqueStep
from autograd.compiler.tracing.refusing import TraceError
from autograd.rules.duck_arrays import asarray, opaque


def test_what_it_returns_keeps_its_shape_and_dtype() -> None:
    step = OpaqueStep(lambda x: (x[x > 0], 3))
    step(np.array([1.0, -1.0]))
    step(np.array([-5.0, 7.0]))
    with pytest.raises(TraceError, match=r"<lambda> returned .*\(2,\).* and .*\(1,\).* when that was traced; let it"):
        step(np.array([1.0, 1.0]))


@ag.primitive
def positive(x: Any) -> Any:
    return x[x > 0]


ag.rule(positive, x=lambda g, x: np.where(x > 0, np.sum(g), 0))


def test_a_primitive_of_another_length_for_other_values() -> None:
    """Is refused when it is called by itself; in others it may be, and is noticed."""
    with pytest.raises(TraceError, match="how long what a boolean index returns"):
        ag.compile(ag.grad(lambda x: np.sum(positive(x))))(np.array([1.0, -1.0]))


@ag.primitive
def number_of_signs(x: Any) -> Any:
    return np.zeros(len({float(v) > 0 for v in x}))


def test_another_length_in_a_later_call_is_an_error() -> None:
    """Of the function, which is called in place of the program, none."""
    f = ag.compile(lambda x: number_of_signs(x) + 1)
    for _ in range(3):
        assert f(np.array([1.0, -1.0])).tolist() == [1, 1]
    assert f(np.array([1.0, 1.0])).tolist() == [1]


def test_rules_that_look_at_values_see_everything_that_their_node_knows() -> None:
    @ag.primitive
    def scaled(x: Any, c: Any, by: Any = 2.0, mode: str = "up") -> Any:
        return x * by * c if mode == "up" else x / by

    def gx(g: Any, x: Any, x_shape: Any, x_dtype: Any, c: Any, by: Any, mode: str) -> Any:
        assert x.shape == x_shape
        assert x.dtype == x_dtype
        assert mode == "up"
        return g * by * c if float(x.sum()) > 0 else g * c * by

    ag.rule(scaled, x=gx, c=lambda g, x, by: np.sum(g * x) * by if x.any() else np.sum(g * by), accepts=("mode",))
    f = ag.value_and_grad(lambda x, c, by: np.sum(scaled(x, c, by=by)), (0, 1))
    rng = np.random.default_rng(0)
    step = assert_same(lambda: (f, []), [(None, (rng.normal(size=3), rng.normal(), np.array(k))) for k in range(5)])
    names = {getattr(call.fn, "__name__", "") for call in step._specializations[0].captured.ops}
    assert "g_scaled" in names


def test_rules_for_many_inputs_at_once() -> None:
    @ag.primitive
    def total(xs: Any) -> Any:
        return xs[0] + xs[1] + xs[2]

    def gxs(g: Any, xs: Any) -> list[Any]:
        return [g if float(np.sum(x)) < 1e9 else None for x in xs]

    ag.rule(total, xs=gxs)
    f = ag.value_and_grad(lambda a, b: np.sum(np.square(total([a, b, 3.0]))), (0, 1))
    step = assert_same(lambda: (f, []), [(None, (np.arange(3.0) * k, np.ones(3))) for k in range(5)], programs=1)
    assert "g_total" in {getattr(call.fn, "__name__", "") for call in step._specializations[0].captured.ops}


def of_dtype(y: Any) -> Any:
    """Another number for real and for complex values."""
    return np.sum(y) if y.dtype.kind == "f" else np.sum(y * np.conj(y)) * 3


PLANE, TURN = np.diag([2.0, 3.0]), np.array([[0.0, -5.0], [5.0, 0.0]])
SCIMATH = ("sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh")
# Of functions whose dtype or length follows values: a call, values in the trace, and others.
FOLLOWING: list[tuple[Any, Any, Any, Any]] = [
    (np.linalg.eigvals, lambda x: of_dtype(np.linalg.eigvals(x)), PLANE, TURN),
    (np.linalg.eig, lambda x: of_dtype(np.linalg.eig(x)[0]), PLANE, TURN),
    (np.linalg.eigvals, ag.grad(lambda x: np.real(of_dtype(np.linalg.eigvals(x)))), PLANE, TURN + PLANE),
    (np.poly, lambda x: of_dtype(np.poly(x)), np.array([1j, -1j]), np.array([1j, 1.0 + 0j])),
    (np.linalg.lstsq, lambda x: np.linalg.lstsq(x, np.arange(3.0))[1], np.vander(np.arange(3.0), 2), np.ones((3, 2))),
    (np.ix_, lambda x: np.ix_(x > 0)[0] * 2, np.array([1.0, 2.0]), np.array([-1.0, 2.0])),
    (np.histogram, lambda x: np.histogram(x, bins="auto")[0] * 2, np.arange(10.0), np.arange(10.0) ** 6),
    (np.histogram_bin_edges, lambda x: np.histogram_bin_edges(x, "auto") * 2, np.arange(10.0), np.arange(10.0) ** 6),
    (np.emath.power, lambda x: of_dtype(np.emath.power(x, 0.5)), np.array([0.2, 0.5]), np.array([-2.0, 0.5])),
    (np.emath.logn, lambda x: of_dtype(np.emath.logn(2, x)), np.array([0.2, 0.5]), np.array([-2.0, 0.5])),
    *(
        (fn, lambda x, fn=fn: of_dtype(fn(x)), np.array([0.2, 0.5]), np.array([-2.0, 0.5]))
        for fn in (getattr(np.emath, name) for name in SCIMATH)
    ),
]


def test_every_function_that_follows_values_has_a_case() -> None:
    assert {fn for fn, *_ in FOLLOWING} == GUARDED


@pytest.mark.parametrize(("fn", "f", "x", "other"), FOLLOWING)
def test_a_dtype_or_length_that_follows_values(fn: Any, f: Any, x: Any, other: Any) -> None:
    expected = [f(x), f(other)]
    step = ag.compile(f)
    for _ in range(3):
        assert bits(step(x)) == bits(expected[0])
    assert bits(step(other)) == bits(expected[1]), "the function is called in place of the program"
    assert bits(step(x)) == bits(expected[0])


def test_the_smallest_type_of_a_value_is_refused() -> None:
    with pytest.raises(TraceError, match="min_scalar_type makes a Float16DType, no array"):
        ag.compile(lambda x: x.astype(np.min_scalar_type(x[0])))(np.ones(2))


def test_opaque_outside_of_a_trace() -> None:
    assert opaque(max, 1, 3, 2) == 3
    assert asarray([1, 2]).tolist() == [1, 2]


def test_errors_of_a_step_are_those_of_the_function() -> None:
    """A rule that fails by itself, not because it was traced, is no step."""

    @ag.primitive
    def broken(x: Any) -> Any:
        raise ZeroDivisionError("broken")

    ag.rule(broken, x=lambda g: g)
    with pytest.raises(ZeroDivisionError, match=r"^broken$"):
        ag.compile(ag.grad(lambda x: np.sum(broken(x))))(np.ones(2))
