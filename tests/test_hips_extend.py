"""Primitives with the rules that defvjp and defjvp give them."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import (
    SparseObject,
    def_linear,
    defjvp,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
    vspace,
)
from autograd.test_util import check_grads

import autograd as ag

X, Y = np.array([0.5, 1.5]), np.array([2.0, -1.0])


def product() -> Any:
    @primitive
    def product(x: Any, y: Any, scale: float = 1.0) -> Any:
        assert isinstance(x, np.ndarray)
        return x * y * scale

    return product


def by_defvjp(fn: Any) -> None:
    defvjp(
        fn, lambda ans, x, y, scale=1.0: lambda g: g * y * scale, lambda ans, x, y, scale=1.0: lambda g: g * x * scale
    )


def by_argnum(fn: Any) -> None:
    defvjp_argnum(fn, lambda k, ans, args, kwargs: lambda g: g * args[1 - k] * kwargs.get("scale", 1.0))


def by_argnums(fn: Any) -> None:
    defvjp_argnums(fn, lambda ks, ans, args, kwargs: lambda g: [g * args[1 - k] * kwargs.get("scale", 1.0) for k in ks])


def by_jvp(fn: Any) -> None:
    defjvp(fn, "same", lambda g, ans, x, y, scale=1.0: g * x * scale)


def by_jvp_argnums(fn: Any) -> None:
    defjvp_argnums(fn, lambda ks, gs, ans, args, kw: sum(
        g * args[1 - k] * kw.get("scale", 1.0) for k, g in zip(ks, gs, strict=True)))  # fmt: skip


@pytest.mark.parametrize("define", [by_defvjp, by_argnum, by_argnums, by_jvp, by_jvp_argnums, def_linear])
def test_each_way_to_give_a_rule(define: Callable[[Any], None]) -> None:
    fn = product()
    define(fn)
    check_grads(fn, (0, 1))(X, Y)
    check_grads(lambda x: fn(x, x, scale=3.0))(X)
    check_grads(lambda y: fn(X, y))(Y)
    np.testing.assert_array_equal(fn(X, Y, scale=2.0), 2 * X * Y)


def test_a_call_is_one_node_and_constants_are_not_asked_for() -> None:
    fn, asked = product(), []
    defvjp_argnums(
        fn, lambda ks, ans, args, kwargs: asked.append(list(ks)) or (lambda g: [g * args[1 - k] for k in ks])
    )
    t = ag.Tensor(X, requires_grad=True)
    y = fn(Y, t)
    assert y.node.fn.__name__ == "product"
    np.sum(y).backward()
    assert asked == [[1]]
    np.testing.assert_array_equal(t.grad.data, Y)


def test_none_is_no_gradient_and_other_arguments_are_refused() -> None:
    fn = product()
    defvjp(fn, None, argnums=[0])
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(fn(x, Y)))(X), [0.0, 0.0])
    with pytest.raises(NotImplementedError, match="product has no rule for its argument 1"):
        ag.grad(lambda y: np.sum(fn(X, y)))(Y)
    with pytest.raises(NotImplementedError, match="product has no rule; write it"):
        ag.grad(lambda y: np.sum(product()(X, y)))(Y)


def test_arguments_and_outputs_may_be_pytrees() -> None:
    @primitive
    def swap(pair: Any, options: Any) -> Any:
        assert options == ["a name", None]
        return {"b": pair["a"] * 2, "a": (pair["b"], 1.0)}

    defvjp(swap, lambda ans, pair, options: lambda g: {"a": g["b"] * 2, "b": g["a"][0]})

    def f(x: Any, y: Any) -> Any:
        found = swap({"a": x, "b": y}, ["a name", None])
        return np.sum(found["b"] * found["a"][0])

    check_grads(f, (0, 1))(X, Y)
    np.testing.assert_array_equal(
        ag.grad(lambda x: np.sum(swap({"a": x, "b": Y}, ["a name", None])["b"]))(X), [2.0, 2.0]
    )


def test_a_complex_primitive() -> None:
    fn = product()
    by_defvjp(fn)
    check_grads(fn, (0, 1))(X + 1j * Y, Y - 0.5j)


def test_a_sparse_gradient() -> None:
    @primitive
    def first(x: Any) -> Any:
        return x[0]

    def rule(ans: Any, x: Any) -> Any:
        def add(g: Any) -> Callable[[Any], Any]:
            return lambda total: np.concatenate([np.reshape(total[0] + g, 1), total[1:]])

        return lambda g: SparseObject(vspace(x), add(g))

    defvjp(first, rule)
    np.testing.assert_array_equal(ag.grad(lambda x: first(x) * 3.0)(X), [3.0, 0.0])


def test_a_gradient_of_another_structure_is_refused() -> None:
    fn = product()
    defvjp(fn, lambda ans, x, y: lambda g: [g, g], None)
    with pytest.raises(ValueError, match="return a gradient of the structure of the argument"):
        ag.grad(lambda x: np.sum(fn(x, Y)))(X)


def test_a_primitive_of_ours_takes_rules_of_hips() -> None:
    @ag.primitive
    def cube(x: Any) -> Any:
        return x * x * x

    defvjp(cube, lambda ans, x: lambda g: g * 3 * x * x)
    defjvp(cube, lambda g, ans, x: g * 3 * x * x)
    check_grads(cube)(X)
    np.testing.assert_array_equal(cube(X), X * X * X)


def test_functions_of_numpy_have_rules_of_their_own() -> None:
    for define in (defvjp, defjvp):
        for fn in (np.sin, anp.sum, np.sum):
            with pytest.raises(TypeError, match=f"{fn.__name__} was given a rule, and has the engine's"):
                define(fn, lambda ans, x: lambda g: g)
    defvjp(primitive(np.sin), lambda ans, x: lambda g: g * np.cos(x))


def test_a_function_that_is_no_primitive_is_what_it_is_made_of() -> None:
    def cube(x: Any) -> Any:
        return x * x * x

    defvjp(cube, lambda ans, x: lambda g: 1 / 0)
    check_grads(cube)(X)


def test_a_function_without_a_trace_is_given_values() -> None:
    seen = []
    notrace_primitive(seen.append)(ag.Tensor(2.0, requires_grad=True))
    assert seen == [2.0]
    assert not isinstance(seen[0], ag.Tensor)
