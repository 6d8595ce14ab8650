"""The gradient check is checked: it must accept right gradients, and reject each kind of wrong one."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import between, normal, rotated, spaced

import autograd as ag
from autograd.checking import Check, Verdict, assert_gradients, gradcheck
from autograd.engine.tensor import Tensor

AGREE, WRONG, KINK, NOISE = Verdict.AGREE, Verdict.WRONG, Verdict.KINK, Verdict.NOISE


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


# -- what is right ---------------------------------------------------------------------------------------------------

RIGHT: dict[str, tuple[Any, ...]] = {
    "elementwise": (np.exp, normal(2, 3)),
    "two inputs": (np.matmul, normal(2, 3), normal(3, 2)),
    "broadcasting": (np.multiply, normal(2, 1), normal(3)),
    "0-d": (np.sin, np.array(0.3)),
    "size 0": (np.exp, normal(0, 3)),
    "no contiguous memory": (np.sin, normal(4, 3)[::-2, ::-1].T),
    "read-only": (np.sin, np.broadcast_to(0.5, (2, 2))),
    "complex": (np.linalg.inv, rotated(2, 2) + np.eye(2)),
    "complex to real": (np.abs, rotated(3)),
    "real to complex": (np.fft.fft, normal(3)),
    "several outputs": (lambda x: (np.sin(x), [x * 2, {"y": np.exp(x)}]), normal(3)),
    "outputs of integers beside": (lambda x: (np.argmax(x), np.exp(x), x > 0), normal(3)),
    "an output without a gradient": (lambda x: (np.exp(x), np.floor(x)), spaced(3)),
    "an output that is the input": (lambda x: x, normal(3)),
    "no gradient at all": (np.floor, spaced(3)),
    "primitive": (cubed(x=lambda g, x: 3 * g * x * x), normal(3)),
    "as Tensors": (np.multiply, Tensor(normal(3), requires_grad=True), Tensor(normal(3))),
    "integers beside": (lambda x, k: x[k], normal(4), np.array([0, 0, 2])),
    "a Tensor of integers beside": (np.multiply, normal(3), Tensor([1, 2, 3])),
    "a mask and text beside": (lambda x, m, _: np.where(m, x, 2 * x), normal(2), np.array([True, False]), "text"),
    "the same array twice": (np.multiply, *[normal(3)] * 2),
    "what only Tensors have": (lambda x: x.at[0].set(x[1] * 2), normal(3)),
    "a gradient inside": (lambda x: np.exp(x) * ag.grads(np.sum(x * x * x), x, create_graph=True), Tensor(normal(2))),
    "a singular point of the second order": (np.linalg.det, np.zeros((2, 2))),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_agree(name: str) -> None:
    f, *inputs = RIGHT[name]
    for order, fast in itertools.product((1, 2), (False, True)):
        check = gradcheck(f, *inputs, order=order, fast=fast)
        assert check.verdict == AGREE, str(check)
        assert check.order == order
        assert not check.notes


def test_third_order() -> None:
    assert gradcheck(np.sin, normal(2), order=3)
    assert gradcheck(lambda a, b: np.exp(a) * b, normal(2), normal(2), order=3)


def test_closed_over_tensors_are_constants_and_keep_their_grad() -> None:
    w = Tensor(normal(3), requires_grad=True)
    assert gradcheck(lambda x: x @ w, normal(2, 3), order=2)
    assert w.grad is None
    layer = ag.nn.Linear(3, 2, dtype=np.float64)
    assert gradcheck(layer, normal(2, 3), order=2)
    assert layer.weight.grad is None


def test_inside_no_grad() -> None:
    with ag.no_grad():
        assert gradcheck(np.exp, normal(2), order=2)


def test_numbers_alone_are_inputs_and_beside_arrays_constants() -> None:
    assert gradcheck(lambda x: x * x, 3.0).index == ()
    assert gradcheck(np.multiply, 3.0, 1 + 2j).count == 3
    assert gradcheck(np.multiply, np.float64(3.0), 2).count == 1
    check = gradcheck(np.power, -(normal(2) ** 2), 2.0, order=2)
    assert check
    assert check.notes == ("input 1 is a number beside arrays, and was held constant; give it as an array to check it, "
                           "too",)  # fmt: skip


def test_float32_inputs_are_checked_in_float64_unless_their_dtype_is_to_be_kept() -> None:
    seen = set()

    def f(x: Any) -> Any:
        seen.add(x.dtype)
        return np.exp(x)

    x = normal(3).astype(np.float32)
    assert gradcheck(f, x).largest < 1e-9
    assert seen == {np.dtype(np.float64), np.dtype(np.complex128)}  # complex by the complex step
    check = gradcheck(f, x, keep_dtype=True)
    assert check.verdict == AGREE, str(check)
    assert np.dtype(np.float32) in seen
    assert gradcheck(f, normal(3).astype(np.longdouble), order=2)


@settings(max_examples=25, deadline=None)
@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(0, 4))
def test_smooth_functions_agree_wherever_they_are_looked_at(a: float, b: float, which: int) -> None:
    functions = [lambda x: np.exp(a * x), lambda x: np.sin(x * x + b), lambda x: 1 / (2 + np.cos(a * x)),
                 lambda x: np.log(4 + a + x * x), lambda x: x * x * x - a * x + b]  # fmt: skip
    check = gradcheck(functions[which], np.array([a, b]), order=2)
    assert check.verdict == AGREE, str(check)


# -- what is wrong ---------------------------------------------------------------------------------------------------

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
    "NaN": lambda g, x: 3 * g * x * x + np.nan,
    "offset": lambda g, x: 3 * g * x * x + 1e-5,
}


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("wrong", WRONG_CUBES)
def test_a_wrong_rule_is_rejected(wrong: str, fast: bool) -> None:
    check = gradcheck(cubed(x=WRONG_CUBES[wrong]), normal(3, 3), fast=fast)
    assert check.verdict == WRONG
    assert not check
    assert check.input == 0
    assert check.index is not None
    assert [call.function for call in check.blame] == ["cube"]
    with pytest.raises(AssertionError, match="wrong: gradient of input 0"):
        assert_gradients(cubed(x=WRONG_CUBES[wrong]), normal(3, 3), fast=fast)


def test_the_worst_element_is_named_with_both_values() -> None:
    x = normal(3, 3)
    check = gradcheck(cubed(x=WRONG_CUBES["one element"]), x)
    assert check.index == (2, 1)
    assert check.analytic == 0.0
    assert check.numeric == pytest.approx(check.left) == pytest.approx(check.right)
    assert check.relative_error == 2.0
    x[0, 0] = 1e-3  # where an offset is most of the gradient
    assert gradcheck(cubed(x=WRONG_CUBES["offset"]), x).index == (0, 0)


@pytest.mark.parametrize("factor", [1.001, 1 + 1e-6])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_a_factor_is_found_at_every_scale(factor: float, scale: float) -> None:
    x = normal(3) * scale
    assert gradcheck(cubed(x=lambda g, x: g * (3 * x * x)), x, order=2)
    assert gradcheck(cubed(x=lambda g, x: g * (3 * x * x) * factor), x).verdict == WRONG


def test_a_wrong_element_among_many_is_found_along_random_directions() -> None:
    x = between(0.5, 1.5, 50, 40)
    wrong = cubed(x=lambda g, x: np.where(np.arange(2000).reshape(50, 40) == 1234, 1.01, 1) * (3 * g * x * x))
    check = gradcheck(wrong, x, fast=True)
    assert check.verdict == WRONG
    assert check.index == np.unravel_index(1234, (50, 40))
    assert gradcheck(cubed(x=lambda g, x: 3 * g * x * x), x, fast=True, order=2)


def test_a_missing_sum_over_a_broadcast_is_rejected() -> None:
    check = gradcheck(product(a=lambda g, b: g * b, b=lambda g, a: (g * a)[0]), normal(2, 3), normal(3))
    assert (check.verdict, check.input, check.name) == (WRONG, 1, "b")


def test_swapped_inputs_are_rejected() -> None:
    swapped = product(a=lambda g, a: g * a, b=lambda g, b: g * b)
    assert gradcheck(swapped, normal(3), normal(3)).verdict == WRONG


def test_a_missing_conjugate_is_rejected() -> None:
    @ag.primitive
    def size(z: Any) -> Any:
        return (z * z.conj()).real

    ag.rule(size, x=lambda g, x: 2 * g * x)
    check = gradcheck(size, rotated(3))
    assert (check.verdict, check.part) == (WRONG, "imaginary")
    ag.rule(size, x=lambda g, x: 2 * g * np.conj(x))
    assert gradcheck(size, rotated(3), order=2)


def test_one_wrong_output_of_several_is_rejected() -> None:
    @ag.primitive
    def both(x: Any) -> Any:
        return x * 2, x * 3

    def weighed(g: Any, a: float, b: float) -> Any:
        return sum(w * part for w, part in zip((a, b), g, strict=True) if part is not None)

    ag.rule(both, several=True, x=lambda g: weighed(g, 2, 3))
    assert gradcheck(both, normal(2), order=2)
    ag.rule(both, several=True, x=lambda g: weighed(g, 3, 2))
    assert gradcheck(both, normal(2)).verdict == WRONG
    ag.rule(both, several=True, x=lambda g: 2 * g[0] + 3 * g[1])  # as if a gradient came in through all of them, always
    assert "where output 0 is used alone" in gradcheck(both, normal(2)).reason


def test_a_wrong_second_derivative_is_rejected() -> None:
    # Right values, from arrays that the recorded pass takes for constants: the second derivative is lost.
    def from_values(g: Any, x: Any) -> Any:
        return 3 * g * np.square(x.data if isinstance(x, Tensor) else x)

    wrong = cubed(x=from_values)
    assert gradcheck(wrong, normal(3))
    check = gradcheck(lambda x: np.exp(wrong(x)), normal(3), order=2)
    assert (check.verdict, check.order) == (WRONG, 2)
    assert [call.function for call in check.blame] == ["cube"]


def test_a_rule_that_is_right_but_for_the_derivative_along_a_direction_is_rejected() -> None:
    def other_on_tensors(g: Any, x: Any) -> Any:
        return 3 * g * x * x * (1.01 if isinstance(g, Tensor) else 1)

    check = gradcheck(cubed(x=other_on_tensors), normal(3))
    assert check.verdict == WRONG
    assert "ag.jvp" in check.reason


def test_a_rule_that_gives_something_else_where_the_pass_is_recorded_is_rejected() -> None:
    def other_by_values(g: Any, x: Any) -> Any:
        return 3 * g * x * x + (1e-3 if isinstance(x, Tensor) else 0)

    wrong = cubed(x=other_by_values)
    assert gradcheck(wrong, normal(3))
    check = gradcheck(wrong, normal(3), order=2)
    assert check.verdict == WRONG
    assert "another one where it is recorded" in check.reason


def test_where_a_rule_cannot_run_on_tensors_it_says_what_was_not_checked() -> None:
    once = cubed(x=lambda g, x: 3 * g * x * np.asarray(x))
    check = gradcheck(once, normal(3))
    assert check
    assert "ag.jvp was not checked: an array was to be made of a Tensor" in check.notes[0]
    second = gradcheck(once, normal(3), order=2)
    assert second.verdict == WRONG
    assert "the gradient of order 2 cannot be computed: TypeError" in second.reason
    assert [call.function for call in second.blame] == ["cube"]


def test_an_error_in_a_rule_is_a_verdict_with_its_text() -> None:
    bad = cubed(x=lambda g, x: np.zeros(7))
    check = gradcheck(lambda x: bad(x) + 1, normal(3))
    assert check.verdict == WRONG
    assert "ValueError: the rule of cube for x returned a gradient of shape (7,)" in check.reason
    assert "shape (7,)" in check.blame[0].reason
    assert isinstance(check.error, ValueError)
    with pytest.raises(AssertionError, match=r"shape \(7,\)") as caught:
        assert_gradients(bad, normal(3))
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_gradient_that_is_lost_on_the_way_is_rejected() -> None:
    def half_lost(x: Any) -> Any:
        return x * (x.data if isinstance(x, Tensor) else x)

    def all_lost(x: Any) -> Any:
        return np.exp(x.data if isinstance(x, Tensor) else x)

    check = gradcheck(half_lost, normal(3))
    assert check.verdict == WRONG
    assert not check.blame
    assert ".data" in str(check)
    assert "no gradient arrives" not in str(check)
    check = gradcheck(all_lost, normal(3))
    assert check.verdict == WRONG
    assert "no gradient arrives at this input at all" in check.reason


def test_the_complex_step_tells_where_differences_cannot() -> None:
    def f(x: Any) -> Any:
        return x + 1e16

    check = gradcheck(f, normal(2))  # no step shows it, but the calls are analytic
    assert check.verdict == AGREE
    assert gradcheck(lambda x: x + 0 * (x.data if isinstance(x, Tensor) else x) + 1e16, normal(2)).verdict == AGREE
    lost = gradcheck(lambda x: x + (x.data if isinstance(x, Tensor) else x) + 1e16, normal(2))
    assert lost.verdict == WRONG
    assert "complex step" in lost.reason


# -- what it can't take ----------------------------------------------------------------------------------------------


def test_what_cannot_be_checked_is_refused() -> None:
    with pytest.raises(TypeError, match=r"gradcheck was given list, of which none has a gradient.*np\.asarray"):
        gradcheck(np.sum, [1.0, 2.0])
    with pytest.raises(TypeError, match="no inputs"):
        gradcheck(lambda: 1.0)
    with pytest.raises(TypeError, match="returned no float or complex array"):
        gradcheck(np.argmax, normal(3))
    with pytest.raises(TypeError, match="returned no float or complex array"):
        gradcheck(lambda x: None, normal(3))
    with pytest.raises(ValueError, match="order=0"):
        gradcheck(np.exp, normal(3), order=0)


def test_errors_of_the_function_itself_are_raised_as_they_are() -> None:
    def fails(x: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        gradcheck(fails, normal(3))
    with pytest.raises(TypeError, match="a float was to be made of a Tensor"):
        gradcheck(lambda x: x * float(np.sum(x)), normal(3))
    with pytest.raises(AttributeError, match="wat"):
        gradcheck(lambda x: x.wat, normal(3))


def test_points_beside_x_where_the_function_fails_are_left_out() -> None:
    def only_near(x: Any) -> Any:
        if abs(float(x if isinstance(x, np.ndarray) else x.data) - 1) > 1e-4:
            raise ValueError("too far")
        return np.exp(x)

    check = gradcheck(only_near, np.array(1.0))
    assert check.verdict == AGREE, str(check)


def test_a_check_is_true_where_gradients_agree() -> None:
    assert Check(AGREE)
    assert not any(Check(verdict) for verdict in (WRONG, KINK, NOISE))
    assert gradcheck(np.exp, normal(2)).verdict == "agree"


def test_a_rule_for_a_scalar_that_does_not_use_g_is_rejected() -> None:
    """The gradient that comes in is 1, so that its value alone would not show it."""

    @ag.primitive
    def total(x: Any) -> Any:
        return np.sum(x * x)

    ag.rule(total, x=lambda g, x: 2 * x)
    check = gradcheck(total, normal(3))
    assert check.verdict == "wrong"
    assert "twice the loss" in check.reason
    ag.rule(total, x=lambda g, x: 2 * g * x)
    assert gradcheck(total, normal(3))


def test_the_gradient_of_a_scalar_is_reported_as_it_is() -> None:
    check = gradcheck(lambda x: abs(x), np.array(0.0))
    assert (check.left, check.right) == pytest.approx((-1, 1))
