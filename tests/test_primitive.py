"""What `ag.rule` and `@ag.primitive` promise to whoever adds a function."""

from typing import Any

import numpy as np
import pytest
from numeric import check, normal

import autograd as ag
from autograd.rules import OPERATIONS

# -- ag.rule ---------------------------------------------------------------------------------------------------------


def fresh(fn: Any, **rules: Any) -> Any:
    wrapped = ag.primitive(fn)
    if rules:
        ag.rule(wrapped, **rules)
    return wrapped


def leaf(*values: float) -> ag.Tensor:
    return ag.Tensor(np.array(values), requires_grad=True)


def grad(f: Any, *leaves: ag.Tensor) -> list[Any]:
    f(*leaves).sum().backward()
    return [None if t.grad is None else t.grad.data.tolist() for t in leaves]


class Opaque:
    """A callable without a signature."""

    __name__ = "opaque"

    @property
    def __signature__(self) -> Any:
        raise ValueError("none")

    def __call__(self, x: Any) -> Any:
        return x


BAD_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "no inputs": ({}, "names no input"),
    "unknown name": ({"x": lambda g, wat: g}, r"names 'wat'.*double.*rename it"),
    "unknown option": ({"x": lambda g: g, "accepts": ("sorted",)}, "names 'sorted'"),
    "hidden output that is none": ({"x": lambda g, g_p: g}, "names 'g_p'"),
    "i of one input": ({"x": lambda g, i: g}, "names 'i'"),
}


@pytest.mark.parametrize("name", BAD_RULES)
def test_a_bad_rule_is_refused_when_it_is_made(name: str) -> None:
    rules, message = BAD_RULES[name]

    def double(x: Any) -> Any:
        return x * 2

    with pytest.raises(TypeError, match=message):
        ag.rule(ag.primitive(double), **rules)


def test_a_function_without_a_signature_is_given_one() -> None:
    opaque = ag.primitive(Opaque())
    with pytest.raises(TypeError, match=r"signature of opaque.*signature='"):
        ag.rule(opaque, x=lambda g: g)
    ag.rule(opaque, x=lambda g: g, signature="(x, axis=None)")
    assert OPERATIONS.pop(opaque).binder.parameters == ("x", "axis")


def test_a_rule_of_a_function_that_the_engine_never_hears_of_is_refused() -> None:
    def plain(x: Any) -> Any:
        return x

    with pytest.raises(TypeError, match=r"plain, of whose calls .* @ag\.primitive"):
        ag.rule(plain, x=lambda g: g)


def test_a_later_rule_replaces_an_earlier_one_in_place() -> None:
    triple = fresh(lambda x: x * 3, x=lambda g: g)
    operation = OPERATIONS[triple]
    assert grad(triple, leaf(1.0)) == [[1.0]]
    ag.rule(triple, x=lambda g: 3 * g)
    assert OPERATIONS[triple] is operation
    assert grad(triple, leaf(1.0)) == [[3.0]]


# -- @ag.primitive ---------------------------------------------------------------------------------------------------


def scale(x: Any, factor: Any = 2, *, shift: float = 0) -> Any:
    return x * factor + shift


@pytest.mark.parametrize(("args", "options", "expected"), [((), {}, 2.0), ((5,), {}, 5.0), ((), {"factor": 4}, 4.0),
                                                         ((3,), {"shift": 1}, 3.0)])  # fmt: skip
def test_a_primitive_takes_options_by_position_and_by_name(args: Any, options: Any, expected: float) -> None:
    scaled = fresh(scale, x=lambda g, factor: g * factor, accepts=("shift",))
    x = leaf(1.0)
    y = scaled(x, *args, **options)
    assert y.data.tolist() == scale(np.array([1.0]), *args, **options).tolist()
    y.backward()
    assert x.grad is not None
    assert x.grad.data.tolist() == [expected]


def test_a_primitive_takes_its_array_by_name() -> None:
    scaled = fresh(scale, x=lambda g, factor: g * factor)
    assert grad(lambda x: scaled(x=x, factor=3), leaf(1.0)) == [[3.0]]


def test_an_option_that_no_rule_knows_is_refused() -> None:
    scaled = fresh(scale, x=lambda g, factor: g * factor)
    with pytest.raises(TypeError, match="scale was given shift=1"):
        scaled(leaf(1.0), shift=1)
    assert scaled(ag.Tensor([1.0]), shift=1).tolist() == [3.0]
    with ag.no_grad():
        assert scaled(leaf(1.0), shift=1).tolist() == [3.0]


def test_a_tensor_of_a_graph_as_an_option_is_refused() -> None:
    scaled = fresh(scale, x=lambda g, factor: g * factor)
    with pytest.raises(TypeError, match=r"option 'factor'.*factor=t\.detach\(\)"):
        scaled(leaf(1.0), leaf(2.0))
    assert grad(lambda x: scaled(x, ag.Tensor(3.0)), leaf(1.0)) == [[3.0]]


def test_a_primitive_without_rules_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"scale has no rule.*ag\.rule\(scale, x=lambda"):
        fresh(scale)(leaf(1.0))
    y = fresh(scale)(ag.Tensor([1.0]))
    assert isinstance(y, ag.Tensor)


def test_a_primitive_of_arrays_returns_arrays() -> None:
    scaled = fresh(scale, x=lambda g, factor: g * factor)
    assert type(scaled(np.ones(2))) is np.ndarray
    assert scaled.__name__ == "scale"


# Hidden outputs


def positive_part(x: Any) -> Any:
    mask = x > 0
    return x * mask, mask


def softmax(x: Any) -> Any:
    p = np.exp(x - x.max())
    p = p / p.sum()
    return np.log(p), p


def test_a_hidden_mask_is_constant_and_never_seen() -> None:
    f = fresh(positive_part, x=lambda g, mask: g * mask, hidden=("mask",))
    assert f(np.array([-1.0, 2.0])).tolist() == [0.0, 2.0]
    assert f(ag.Tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]
    check(lambda x: f(x) * x, np.array([-1.0, 2.0, 0.5]), order=2)


def test_a_hidden_float_is_differentiated_if_its_gradient_is_named() -> None:
    def gx(g: Any, g_p: Any, p: Any) -> Any:
        through_p = 0 if g_p is None else p * (g_p - np.sum(g_p * p))
        return through_p if g is None else g - p * np.sum(g) + through_p

    f = fresh(softmax, x=gx, hidden=("p",))
    check(f, normal(4), order=2)


def test_a_hidden_float_without_a_rule_has_no_second_derivative() -> None:
    f = fresh(softmax, x=lambda g, p: g - p * np.sum(g), hidden=("p",))
    check(f, normal(4))
    x = leaf(1.0, 2.0)
    with pytest.raises(TypeError, match=r"softmax cannot be differentiated again.*'p'.*g_p"):
        f(x).sum().backward(create_graph=True)


# Several outputs


def both(x: Any) -> Any:
    return np.exp(x), x * x


def both_gx(g: Any, x: Any, y: Any) -> Any:
    """As `svd` will: out of the outputs, and None where nothing flowed."""
    total = 0
    if g[0] is not None:
        total = g[0] * y[0]
    return total if g[1] is None else total + g[1] * 2 * x


@pytest.mark.parametrize("use", [lambda a, b: a * b, lambda a, b: a, lambda a, b: b, lambda a, b: (a, b)])
def test_several_outputs(use: Any) -> None:
    f = fresh(both, x=both_gx, several=True)
    check(lambda x: use(*f(x)), normal(3), order=2)


def test_of_several_outputs_without_a_gradient_nothing_is_run() -> None:
    seen: list[Any] = []
    f = fresh(both, x=lambda g: seen.append([part is None for part in g]) or g[1], several=True)
    f(leaf(1.0))[1].sum().backward()
    assert seen == [[True, False]]


# Many inputs


def dot(xs: Any) -> Any:
    return xs[0] * xs[1] * xs[2]


def by_index(g: Any, i: int, xs: Any) -> Any:
    return g * xs[(i + 1) % 3] * xs[(i + 2) % 3]


def at_once(g: Any, xs: Any) -> Any:
    return [by_index(g, i, xs) for i in range(3)]


@pytest.mark.parametrize("rule", [by_index, at_once])
def test_variadic(rule: Any) -> None:
    f = fresh(dot, xs=rule, broadcasts=True)
    check(lambda *xs: f(xs), normal(2, 3), normal(3), normal(), order=2)
    check(lambda x, y: f([x, 2.0, y]), normal(2), normal(2), order=2)


def test_a_variadic_rule_by_index_is_run_for_what_needs_it() -> None:
    seen: list[int] = []
    f = fresh(dot, xs=lambda g, i: seen.append(i) or g)
    f([np.ones(1), leaf(1.0), leaf(2.0)]).backward()
    assert seen == [1, 2]


def test_a_variadic_rule_that_returns_too_few_gradients_is_refused() -> None:
    f = fresh(dot, xs=lambda g, xs: [g])
    with pytest.raises((ValueError, TypeError), match="dot"):
        f([leaf(1.0), leaf(1.0), leaf(1.0)]).backward()


# What rules return


def test_a_gradient_of_a_wrong_shape_is_refused() -> None:
    f = fresh(scale, x=lambda g: g[:1])
    with pytest.raises(ValueError, match=r"rule of scale for x .*\(1,\).*\(2,\).*correct the rule, or give it broad"):
        grad(f, leaf(1.0, 2.0))
    ag.rule(f, x=lambda g: g[:1], broadcasts=True)
    with pytest.raises(ValueError, match=r"must have the same: correct the rule$"):
        grad(f, leaf(1.0, 2.0))


def test_none_is_no_gradient() -> None:
    f = fresh(lambda x, y: x * y, x=lambda g: None, y=lambda g, x: g * x)
    assert grad(f, leaf(2.0), leaf(3.0)) == [None, [2.0]]


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), [3.0], np.array([3])])
def test_a_gradient_may_be_any_number(value: Any) -> None:
    f = fresh(lambda x: x[0] * 3, x=lambda g, x_shape: np.reshape(value, x_shape) if type(value) is not list else value)
    x = leaf(1.0)
    f(x).backward()
    assert x.grad is not None
    assert (x.grad.dtype, x.grad.tolist()) == (np.float64, [3.0])
