"""The transforms: against formulas; what they return, and how they refuse."""

import doctest
import functools
import gc
import inspect
import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from numeric import Calls

import autograd as ag
from autograd._util.pytree import tree_leaves_with_path
from autograd.functional import transforms

X3 = np.array([0.5, -1.0, 2.0])


def leaf(x: Any) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


# -- grad ------------------------------------------------------------------------------------------------------------

FORMULAS: dict[str, tuple[Callable[..., Any], Any, Any]] = {
    "of a number": (lambda x: x**3, 2.0, 12.0),
    "of a NumPy scalar": (lambda x: x**3, np.float64(2.0), 12.0),
    "0-d": (lambda x: np.exp(x), np.array(1.0), math.e),
    "one element": (lambda x: x * x, np.array([3.0]), [6.0]),
    "sum of squares": (lambda x: (x * x).sum(), X3, 2 * X3),
    "norm": (lambda x: np.linalg.norm(x), X3, X3 / np.linalg.norm(X3)),
    "log-sum-exp": (lambda x: np.log(np.exp(x).sum()), X3, np.exp(X3) / np.exp(X3).sum()),
    "quadratic form": (lambda x: x @ np.diag(X3) @ x, X3, 2 * X3 * X3),
    "a loop": (lambda x: functools.reduce(lambda y, _: y * x, range(4), 1.0), 2.0, 32.0),
    "a branch": (lambda x: x * x if x > 0 else -x, -2.0, -1.0),
    "a constant": (lambda x: 3.0, X3, [0, 0, 0]),
    "size 0": (lambda x: x.sum(), np.zeros((0, 2)), np.zeros((0, 2))),
    "the input itself": (lambda x: x, 2.0, 1.0),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_grad_is_the_formula(name: str) -> None:
    f, x, expected = FORMULAS[name]
    gradient = ag.grad(f)(x)
    assert isinstance(gradient, np.ndarray)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)
    value, again = ag.value_and_grad(f)(x)
    assert isinstance(value, np.ndarray)
    np.testing.assert_array_equal(value, f(x))
    np.testing.assert_array_equal(again, gradient)


def product(a: Any, b: Any, c: Any = 1.0) -> Any:
    return a * b * b * c * c * c


ARGNUMS: dict[str, tuple[Any, Any]] = {
    "the first": (0, 9.0),
    "the second": (1, 12.0),
    "the last": (-1, 54.0),
    "the last but one": (-2, 12.0),
    "a tuple": ((0, 2), (9.0, 54.0)),
    "out of order": ((2, 0), (54.0, 9.0)),
    "a tuple of one": ((1,), (12.0,)),
    "a list": ([1, -1], (12.0, 54.0)),
    "one twice": ((0, 0, -3), (9.0, 9.0, 9.0)),
    "none": ((), ()),
    "an integer of NumPy's": (np.int64(1), 12.0),
    "a range": (range(2), (9.0, 12.0)),
}


@pytest.mark.parametrize("name", ARGNUMS)
def test_argnums(name: str) -> None:
    argnums, expected = ARGNUMS[name]
    for gradient in (
        ag.grad(product, argnums)(2.0, 3.0, 1.0),
        ag.value_and_grad(product, argnums)(2.0, 3.0, 1.0)[1],
        ag.elementwise_grad(product, argnums)(2.0, 3.0, 1.0),
        ag.jacobian(product, argnums)(2.0, 3.0, 1.0),
    ):
        assert type(gradient) is (tuple if isinstance(expected, tuple) else np.ndarray)
        assert gradient == expected


def test_an_argument_asked_for_twice_has_two_gradients_in_memory_of_their_own() -> None:
    a, b = ag.grad(lambda x: (x * x).sum(), (0, 0))(X3)
    a += 1
    np.testing.assert_array_equal(b, 2 * X3)


def test_keywords_pass_through() -> None:
    def f(x: Any, *, power: int, scale: Any) -> Any:
        return (scale * x**power).sum()

    np.testing.assert_allclose(ag.grad(f)(X3, power=3, scale=2.0), 6 * X3**2)
    np.testing.assert_allclose(ag.hessian(f)(X3, power=3, scale=2.0), np.diag(12 * X3))
    np.testing.assert_allclose(ag.elementwise_grad(f)(X3, power=2, scale=1), 2 * X3)
    np.testing.assert_allclose(ag.jacobian(f)(X3, power=2, scale=1), 2 * X3)


def test_other_arguments_may_be_anything() -> None:
    def f(x: Any, mode: str, counts: Any, fn: Any) -> Any:
        return fn(x).sum() * counts[0] if mode == "sum" else x

    np.testing.assert_allclose(ag.grad(f)(X3, "sum", np.array([2, 3]), np.sin), 2 * np.cos(X3))


def test_has_aux() -> None:
    def f(x: Any) -> Any:
        return (x * x).sum(), {"twice": 2 * x, "text": "hello", "none": None, "count": 3}

    gradient, aux = ag.grad(f, has_aux=True)(X3)
    np.testing.assert_allclose(gradient, 2 * X3)
    np.testing.assert_array_equal(aux["twice"], 2 * X3)
    assert isinstance(aux["twice"], np.ndarray)
    assert (aux["text"], aux["none"], aux["count"]) == ("hello", None, 3)
    (value, aux), again = ag.value_and_grad(f, has_aux=True)(X3)
    assert (value, aux["text"]) == ((X3 * X3).sum(), "hello")
    np.testing.assert_array_equal(again, gradient)
    y, pullback, aux = ag.vjp(f, X3, has_aux=True)
    assert (y, aux["text"]) == (value, "hello")
    np.testing.assert_array_equal(pullback(1.0)[0], gradient)
    y, slope, aux = ag.jvp(f, (X3,), (X3,), has_aux=True)
    assert (y, slope, aux["text"]) == (value, gradient @ X3, "hello")
    jacobian, aux = ag.jacobian(f, has_aux=True)(X3)
    np.testing.assert_array_equal(jacobian, gradient)
    assert aux["text"] == "hello"
    hessian, aux = ag.hessian(f, has_aux=True)(X3)
    np.testing.assert_allclose(hessian, 2 * np.eye(3))
    assert isinstance(aux["twice"], np.ndarray)


def test_aux_takes_part_in_an_outer_gradient() -> None:
    def f(x: Any) -> Any:
        gradient, aux = ag.grad(lambda y: (y**3, y * x), has_aux=True)(x)
        return gradient * aux  # 3 x**2 * x**2

    assert ag.grad(f)(2.0) == 96.0


def test_elementwise_grad() -> None:
    np.testing.assert_allclose(ag.elementwise_grad(np.sin)(X3), np.cos(X3))
    np.testing.assert_allclose(ag.elementwise_grad(ag.elementwise_grad(np.sin))(X3), -np.sin(X3))
    by_a, by_b = ag.elementwise_grad(np.multiply, (0, 1))(X3, 2.0)
    np.testing.assert_allclose(by_a, [2.0, 2.0, 2.0])
    np.testing.assert_allclose(by_b, X3.sum())
    assert ag.elementwise_grad(np.exp)(np.zeros((0,))).shape == (0,)


# -- dtypes and memory -------------------------------------------------------------------------------------------------


def spiral(x: Any) -> Any:
    return (np.sin(2.0 * x) * np.exp(-0.5 * x) + x**3 / 3).mean()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_results_have_the_dtype_of_the_inputs(dtype: Any) -> None:
    x, v = X3.astype(dtype), np.ones(3)  # tangents and gradients may be of another
    found = [
        ag.grad(spiral)(x),
        ag.value_and_grad(spiral)(x),
        ag.elementwise_grad(np.sin)(x),
        ag.vjp(np.sin, x)[1](v),
        ag.jvp(np.sin, (x,), (v,)),
        ag.jvp(np.sin, (x,), (ag.Tensor(v),)),
        ag.jacobian(np.sin)(x),
        ag.hessian(spiral)(x),
        ag.hvp(spiral, (x,), (v,)),
        ag.hvp(spiral, (x,), (ag.Tensor(v),)),
        ag.jacobian(lambda x: np.ones(2))(x),
        ag.grads(spiral(leaf(x)), leaf(x)),
    ]
    for result in found:
        assert all(value.dtype == dtype for _, value in tree_leaves_with_path(result))
    np.testing.assert_allclose(ag.hessian(spiral)(x), ag.hessian(spiral)(X3), rtol=1e-2, atol=1e-2)


def test_gradients_and_tangents_are_cast_before_they_are_used() -> None:
    x, calls = X3.astype(np.float32), Calls()
    _, pullback = ag.vjp(np.sin, x)
    with ag.observe(calls):
        pullback(np.ones(3))
        ag.jvp(np.sin, (x,), (np.ones(3),))
    seen = [g.dtype for _, g, *_ in calls.propagated_calls] + [y.dtype for _, _, _, y, *_ in calls.recorded_calls]
    assert set(seen) == {np.dtype(np.float32)}


def test_each_input_has_its_own_dtype() -> None:
    a, b = ag.grad(lambda a, b: (a * b).sum(), (0, 1))(np.ones(2, np.float32), np.ones(2))
    assert (a.dtype, b.dtype) == (np.float32, np.float64)
    a, b = ag.hvp(lambda a, b: (a * b).sum(), (np.ones(2, np.float32), np.ones(2)), (np.ones(2), np.ones(2)))
    assert (a.dtype, b.dtype) == (np.float32, np.float64)
    y, dy = ag.jvp(lambda a, b: (a, b, a * b), (np.float32(1), np.complex64(1j)), (1.0, 1.0))
    assert [part.dtype for part in dy] == [part.dtype for part in y] == [np.float32, np.complex64, np.complex64]


FREE = leaf(1.0)
OWNERS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda x, v: ag.vjp(lambda x: x, x)[1](v),
    "broadcast": lambda x, v: ag.grad(lambda x: x.sum())(x),
    "the same gradient for both": lambda x, v: ag.vjp(lambda a, b: a + b, x, x)[1](v),
    "views": lambda x, v: ag.vjp(lambda x: x[::-1].reshape(3, 1), x)[1](v.reshape(3, 1)),
    "with a closure": lambda x, v: ag.vjp(lambda x: x + FREE, x)[1](v),
    "broadcast with a closure": lambda x, v: ag.grad(lambda x: x.sum() + FREE)(x),
    "identity of jvp": lambda x, v: ag.jvp(lambda x: +x, (x,), (v,)),
    "identity of hvp": lambda x, v: ag.hvp(lambda x: (x * x).sum() / 2, (x,), (v,)),
    "constant": lambda x, v: ag.jacobian(lambda x: v)(x),
    "jacobian of identity": lambda x, v: ag.jacobian(lambda x: x)(x),
    "constant tangent": lambda x, v: ag.jvp(lambda x: v, (x,), (v,))[1],
}


@pytest.mark.parametrize("name", OWNERS)
def test_results_lie_in_memory_of_their_own(name: str) -> None:
    x, v = X3.copy(), np.array([1.0, 2.0, 3.0])
    found = [value for _, value in tree_leaves_with_path(OWNERS[name](x, v))]
    for k, value in enumerate(found):
        assert isinstance(value, np.ndarray)
        assert value.flags.writeable
        value += 1
        assert not any(np.shares_memory(value, other) for other in (x, v, *found[:k]))
    np.testing.assert_array_equal(x, X3)
    np.testing.assert_array_equal(v, [1, 2, 3])


def everything() -> Any:
    x = {"a": np.ones((3, 3)), "b": [np.ones(3)]}
    f = lambda p: (np.tanh(p["a"] @ p["b"][0]) ** 2).sum()
    _, pullback = ag.vjp(f, x)
    pullback(1.0)
    w = leaf(np.ones(3))
    y = (w * w).sum()
    return (
        ag.grad(f)(x), ag.value_and_grad(lambda p: (f(p), p), has_aux=True)(x), ag.jvp(f, (x,), (x,)),
        ag.hvp(f, (x,), (x,)), ag.jacobian(f)(x), ag.hessian(f)(x), ag.elementwise_grad(np.sin)(x["a"]),
        ag.grads(y, w, create_graph=True), ag.grad(lambda v: (v * w).sum())(np.ones(3)), ag.checkpoint(f)(x),
        ag.grad(lambda v: ag.checkpoint(np.sin)(v * w).sum())(np.ones(3)),
    )  # fmt: skip


def test_no_reference_cycles_are_left() -> None:
    everything()  # plans of new operations are made once
    gc.collect()
    gc.disable()
    try:
        everything()
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- names and documentation -------------------------------------------------------------------------------------------


def test_the_examples_in_the_documentation() -> None:
    failed, attempted = doctest.testmod(transforms)
    assert not failed
    assert attempted >= 8


def test_transformed_functions_have_names() -> None:
    def loss(x: Any, scale: float = 1.0) -> Any:
        """What it costs."""
        return x * scale

    for transform in (ag.grad, ag.value_and_grad, ag.elementwise_grad, ag.jacobian, ag.hessian):
        transformed = transform(loss)
        assert transformed.__name__ == transformed.__qualname__ == f"{transform.__name__}(loss)"
        assert transformed.__doc__ == "What it costs."
        assert transformed.__wrapped__ is loss
        assert inspect.signature(transformed) == inspect.signature(loss)
    assert ag.grad(ag.grad(np.sin)).__name__ == "grad(grad(sin))"
    assert ag.grad(functools.partial(loss, scale=2.0)).__name__ == "grad(partial)"
    assert ag.grad(ag.nn.Tanh()).__name__ == "grad(Tanh)"
    assert ag.grad(functools.partial(loss, scale=2.0))(1.0) == 2.0


# -- errors ------------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a vector": (lambda: ag.grad(np.sin)(X3), TypeError, r"real scalar.*float64 of shape \(3,\).*\.sum\(\)"),
    "a complex output": (lambda: ag.grad(np.sin)(1j), TypeError, r"real scalar.*complex128 of shape \(\).*np\.real"),
    "a pytree": (lambda: ag.grad(lambda x: [x])(1.0), TypeError, "scalar.*returned list.*has_aux=True"),
    "another mapping": (lambda: ag.grad(lambda x: MappingProxyType({"a": x}))(1.0), TypeError, "scalar.*mappingproxy"),
    "nothing": (lambda: ag.grad(lambda x: None)(1.0), TypeError, "scalar.*returned NoneType"),
    "size 0": (lambda: ag.grad(lambda x: x)(np.ones(0)), TypeError, r"real scalar.*of shape \(0,\)"),
    "no pair": (lambda: ag.grad(np.sin, has_aux=True)(1.0), TypeError, r"gradient of sin.*pair \(y, aux\).*Tensor"),
    "no pair for vjp": (lambda: ag.vjp(np.sin, 1.0, has_aux=True), TypeError, r"vjp of sin.*pair \(y, aux\)"),
    "an integer": (lambda: ag.grad(np.sin)(1), TypeError, r"argument 0 has dtype int64.*give 2\.0 in place of 2"),
    "a bool": (lambda: ag.grad(np.sin)(True), TypeError, "argument 0 has dtype bool"),
    "a text": (lambda: ag.grad(np.sin)("a"), TypeError, "argument 0 has dtype <U1"),
    "an integer deep inside": (
        lambda: ag.grad(lambda a, p: p["w"][1], 1)(1.0, {"w": (1.0, np.arange(2))}),
        TypeError, r"argument 1\['w'\]\[1\] has dtype int64",
    ),
    "an integer Tensor": (lambda: ag.grad(np.sin)(ag.Tensor(1)), TypeError, "argument 0 has dtype int64"),
    "an integer in jvp": (lambda: ag.jvp(np.sin, (1,), (1.0,)), TypeError, "the jvp of sin: argument 0 has dtype int"),
    "an integer in hvp": (lambda: ag.hvp(np.sin, (1,), (1.0,)), TypeError, "argument 0 has dtype int64"),
    "an integer in elementwise_grad": (
        lambda: ag.elementwise_grad(np.sin)(1), TypeError, "the gradient of sin: argument 0 has dtype int64",
    ),
    "a masked array": (lambda: ag.grad(np.sum)(np.ma.masked_array([1.0], [True])), TypeError, "mask"),
    "argnums too large": (lambda: ag.grad(np.sin, 1)(1.0), TypeError, "gradient of sin.*argument 1 of 1"),
    "argnums too small": (lambda: ag.grad(np.sin, -2)(1.0), TypeError, "argument -2 of 1"),
    "argnums of a keyword": (lambda: ag.grad(lambda x: x)(x=1.0), TypeError, "argument 0 of 0"),
    "argnums of text": (lambda: ag.grad(np.sin, "x")(1.0), TypeError, r"argnums was given 'x'.*argnums=\(0, 1\)"),
    "argnums of floats": (lambda: ag.grad(np.sin, (0.0,))(1.0), TypeError, r"argnums was given \(0\.0,\)"),
    "argnums of None": (lambda: ag.jacobian(np.sin, None)(1.0), TypeError, "argnums was given None"),
    "no primals": (lambda: ag.hvp(np.sin), TypeError, r"no primals; unlike grad\(f\).*hvp\(f, \(x,\), \(v,\)\)"),
    "no primals of a jvp": (lambda: ag.jvp(np.sin), TypeError, r"jvp was given no primals; .*jvp\(f, \(x,\), \(v,\)\)"),
    "no tangents": (lambda: ag.hvp(np.sin, (X3,)), TypeError, "hvp was given no tangents"),
    "primals no tuple": (lambda: ag.jvp(np.sin, X3, (X3,)), TypeError, r"jvp.*primals of type ndarray.*tuple.*\(x,\)"),
    "tangents no tuple": (lambda: ag.hvp(np.sin, (X3,), 1.0), TypeError, "hvp.*tangents of type float.*tuple"),
    "tangents too many": (
        lambda: ag.jvp(np.sin, (1.0,), (1.0, 2.0)),
        ValueError, r"structure.*\(\(\), \(\)\), expected \(\(\),\); give one",
    ),
    "tangents of another structure": (
        lambda: ag.jvp(lambda p: p["a"], ({"a": X3},), ({"b": X3},)),
        ValueError, r"structure.*'b': \(3,\).*'a': \(3,\)",
    ),
    "tangents of another shape": (
        lambda: ag.jvp(lambda p: p["a"], ({"a": X3},), ({"a": 1.0},)),
        ValueError, r"tangents\[0\]\['a'\] of shape \(\) for an array of shape \(3,\); give",
    ),
    "hvp tangents of another shape": (
        lambda: ag.hvp(np.sum, (X3,), (np.ones(2),)), ValueError, r"hvp was given tangents\[0\] of shape \(2,\)",
    ),
    "complex tangents": (
        lambda: ag.jvp(np.sin, (X3,), (1j * X3,)),
        TypeError, r"tangents\[0\] of dtype complex128 for .*float64; give.*real",
    ),
    "complex tangents of a Tensor": (lambda: ag.hvp(np.sum, (X3,), (ag.Tensor(1j * X3),)), TypeError, "complex128"),
    "a complex gradient": (lambda: ag.vjp(np.sin, X3)[1](1j * X3), TypeError, "pullback.*complex128.*float64"),
    "a gradient of another shape": (
        lambda: ag.vjp(np.sin, X3)[1](1.0), ValueError, r"pullback was given a gradient of shape \(\).*\(3,\); give",
    ),
    "a gradient of another structure": (
        lambda: ag.vjp(lambda x: [x, x], X3)[1](X3),
        ValueError, r"structure.*\(3,\), expected \[\(3,\), \(3,\)\]; give one",
    ),
    "complex outputs of a jacobian": (
        lambda: ag.jacobian(np.exp)(1j * X3), TypeError, r"jacobian\(exp\).*complex outputs.*holomorphic=True",
    ),
    "complex outputs of real inputs": (
        lambda: ag.jacobian(lambda x: 1j * x, holomorphic=True)(X3), TypeError, "complex outputs.*complex inputs",
    ),
    "a hessian of complex inputs": (
        lambda: ag.hessian(lambda z: np.abs(z) ** 2)(1j),
        TypeError, r"jacobian\(grad\(<lambda>\)\).*real and imaginary parts",
    ),
    "a hessian of a vector": (lambda: ag.hessian(np.sin)(X3), TypeError, "real scalar.*float64 of shape"),
    "grads of an array": (lambda: ag.grads(leaf(1.0) * 2, X3), TypeError, "a ndarray without a graph.*requires_grad"),
    "grads of a constant": (
        lambda: ag.grads(leaf(1.0) * 2, {"a": [ag.Tensor(1.0)]}),
        TypeError, r"xs\['a'\]\[0\], a Tensor without a graph",
    ),
    "grads of a constant y": (lambda: ag.grads(ag.Tensor(1.0), leaf(1.0)), TypeError, "y without a graph; compute"),
    "grads of an array y": (lambda: ag.grads(X3, leaf(1.0)), TypeError, "y without a graph"),
    "grads of a vector": (lambda: ag.grads(leaf(X3) * 2, leaf(1.0)), ValueError, "needs the gradient"),
    "grads with another shape": (lambda: ag.grads(leaf(X3) * 2, leaf(1.0), np.ones(2)), ValueError, r"\(2,\).*\(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    f, error, message = ERRORS[name]
    with pytest.raises(error, match=f"(?s){message}"):
        f()


def test_an_error_in_the_function_leaves_everything_as_it_was() -> None:
    def f(x: Any) -> Any:
        raise KeyError("mine")

    for transform in (ag.grad, ag.jacobian, ag.hessian):
        with pytest.raises(KeyError, match="mine"), ag.no_grad():
            transform(f)(1.0)
        assert ag.is_grad_enabled()
        assert ag.grad(np.sin)(0.0) == 1.0


@pytest.mark.parametrize("f", [lambda x: np.argmax(x), lambda x: np.sum(x) > 0, lambda x: np.int64(3)])
def test_a_function_of_whole_numbers_has_no_gradient(f: Any) -> None:
    with pytest.raises(TypeError, match="change in steps"):
        ag.grad(f)(np.ones(2))


@pytest.mark.parametrize(
    "name", ["grad", "value_and_grad", "elementwise_grad", "jacobian", "hessian", "vjp", "jvp", "hvp"]
)
def test_what_is_no_function(name: str) -> None:
    """As in ag.grad(f(x)): the error comes at once, and is not that a float cannot be called."""
    more = {"vjp": (1.0,), "jvp": ((1.0,), (1.0,)), "hvp": ((1.0,), (1.0,))}.get(name, ())
    with pytest.raises(
        TypeError, match=r"was given 3\.0, and takes a function; .*not what it returned: ag\.grad\(f\)\(x\)"
    ):
        getattr(ag, name)(3.0, *more)
