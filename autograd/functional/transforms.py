"""Transforms: from a function of arrays to the function that computes its derivative.

    grad(f)(x)               the gradient of a real scalar
    vjp(f, x)                y, and the function that takes the gradient of y to that of x
    jvp(f, (x,), (v,))       y, and its derivative in the direction v
    jacobian(f)(x)           of shape y.shape + x.shape
    hessian(f)(x)            of shape x.shape + x.shape
    hvp(f, (x,), (v,))       the Hessian times v, without the Hessian

They take and return arrays, or nested lists, tuples and dicts of arrays, and they nest: grad(grad(f)). Given Tensors of
a graph they return Tensors that continue it; so they do where the result depends on such Tensors by other ways.

Complex numbers: a gradient is the conjugate of the derivative, as that of `backward` is (PyTorch's convention).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from autograd._util.pytree import tree_leaves, tree_leaves_with_path, tree_map, tree_unflatten
from autograd.engine.graph import next_order
from autograd.engine.modes import enable_grad, is_grad_enabled, no_grad
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import (
    GIVEN_NONE,
    Argnums,
    Linearized,
    argument_numbers,
    called,
    check_function,
    conjugate,
    cotangents_of,
    has_tensor,
    linearize,
    propagate,
    pull_back,
    scalar_output,
    tangents_of,
    unwrap,
)

Tree = TypeVar("Tree")  # a pytree of Tensors
Transformed = TypeVar("Transformed", bound=Callable[..., Any])

# -- gradients ---------------------------------------------------------------------------------------------------------


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """From f to the function that returns (f(x), gradient); with has_aux ((f(x), aux), gradient). See `grad`."""

    @_renamed("value_and_grad", f)
    def compute(*args: Any, **kwargs: Any) -> Any:
        this = linearize(f, args, kwargs, argument_numbers(argnums), has_aux, "the gradient")
        y = scalar_output(this.y, "grad")
        result = this.gradients(this.pullback([np.ones(y.shape, y.dtype)], retain_graph=False), argnums)
        value = this.result(y)
        return ((value, this.aux) if has_aux else value), result

    return compute


def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """From a function that returns a real scalar to the function that computes its gradient.

    >>> grad(lambda x: x**3)(2.0), grad(grad(lambda x: x**3))(2.0)
    (array(12.), array(12.))

    argnums  the argument, or several, for which to take it: the result is like that argument, or a tuple. An argument
             may be a nested list, tuple or dict of arrays.
    has_aux  f returns (y, aux), and the result is (gradient, aux).
    """
    both = value_and_grad(f, argnums, has_aux)

    @_renamed("grad", f)
    def compute(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return compute


def elementwise_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The derivative of a function that treats each element by itself: of shape x.shape, f'(x) element by element.

    >>> elementwise_grad(np.tanh)(np.array([0.0, 1.0]))
    array([1.        , 0.41997434])

    It is the gradient of the sum of the outputs.
    """

    @functools.wraps(f, updated=())
    def summed(*args: Any, **kwargs: Any) -> Any:
        return np.sum(f(*args, **kwargs))

    return _renamed("elementwise_grad", f)(grad(summed, argnums))


def grads(y: Tensor, xs: Tree, gradient: Tensor | ArrayLike | None = None, create_graph: bool = False) -> Tree:
    """The gradients of y with respect to the Tensors xs, leaves or computed ones; no `.grad` is touched.

    y             a scalar, or a Tensor of any shape with its `gradient` given.
    xs            a Tensor, or a nested list, tuple or dict of Tensors; what is returned is like it. Where y does not
                  depend on one, its gradient is zero.
    create_graph  record the pass, so that the gradients can be differentiated.
    """
    for path, x in tree_leaves_with_path(xs):
        if not isinstance(x, Tensor) or x.node is None:
            raise TypeError(
                f"ag.grads was given xs{path}, a {type(x).__name__} without a graph, to which no gradient can flow; "
                f"make it with requires_grad=True before y is computed from it"
            )
    if not isinstance(y, Tensor) or y.node is None:
        raise TypeError("ag.grads was given a y without a graph; compute it from xs, outside no_grad()")
    sources = tree_leaves(xs)
    roots = [(y, y._incoming(gradient))]
    since = min((x.node.order + 1 for x in sources), default=0)  # what came before xs need not be walked
    found = propagate(roots, [x.node for x in sources], since, record=create_graph, retain_graph=True)
    with enable_grad() if create_graph else nullcontext():
        return tree_unflatten(
            xs,
            [
                Tensor(np.zeros_like(x.data)) if gx is None else conjugate(gx)
                for x, gx in zip(sources, found, strict=True)
            ],
        )


# -- products with the Jacobian ----------------------------------------------------------------------------------------


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """(y, pullback): pullback(g) takes the gradient of y to a tuple of gradients, one for each of the primals.

    >>> y, pullback = vjp(np.sin, np.array([0.0, 1.0]))
    >>> pullback(np.array([1.0, 2.0]))
    (array([1.        , 1.08060461]),)

    The pullback can be called any number of times. With has_aux f returns (y, aux), and this (y, pullback, aux).
    """
    this = linearize(f, primals, {}, tuple(range(len(primals))), has_aux, "the vjp")
    y = tree_map(this.y, this.result)

    def pullback(g: Any) -> tuple[Any, ...]:
        gs = cotangents_of(g, this.y, "the pullback was given a gradient")
        outer = this._replace(is_open=is_grad_enabled() and (this.is_open or any(t.node is not None for t in gs)))
        gradients = outer.pullback([conjugate(t) for t in gs], retain_graph=True)
        outer = outer._replace(of_tensors=this.of_tensors or has_tensor(g))
        tuple_of: tuple[Any, ...] = outer.gradients(gradients, range(len(primals)))
        return tuple_of

    return (y, pullback, this.aux) if has_aux else (y, pullback)


def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any] = GIVEN_NONE,
    tangents: Sequence[Any] = GIVEN_NONE,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """(y, derivative of y in the direction of the tangents), each as f returns it; with has_aux (y, derivative, aux).

    >>> jvp(np.sin, (0.0,), (2.0,))
    (array(0.), array(2.))

    The engine goes backward only; but the vjp is linear in g, and its derivative with respect to g is the jvp
    (Townsend 2017, "A new trick for calculating Jacobian vector products").
    """
    directions = tangents_of(primals, tangents, "jvp")
    this = linearize(f, primals, {}, tuple(range(len(primals))), has_aux, "the jvp")
    sources = [t.node for t in tree_leaves(this.inputs)]
    outputs = [t if isinstance(t, Tensor) else Tensor(t) for t in tree_leaves(this.y)]
    is_open = is_grad_enabled() and (this.is_open or any(v.node is not None for v in directions))
    since = next_order()
    # The gradient of each output; where these are does not matter, since all is linear in them.
    us = [Tensor(np.zeros_like(t.data), requires_grad=t.node is not None) for t in outputs]
    gradients = propagate(list(zip(outputs, us, strict=True)), sources, this.since, record=True, retain_graph=True)
    roots = [(gx, v) for gx, v in zip(gradients, directions, strict=True) if gx is not None]
    slopes = pull_back(roots, us, since, record=is_open, retain_graph=False)
    y = tree_map(this.y, this.result)
    dy = tree_unflatten(this.y, unwrap(slopes, this.of_tensors or has_tensor(tangents)))
    return (y, dy, this.aux) if has_aux else (y, dy)


def hvp(
    f: Callable[..., Any], primals: Sequence[Any] = GIVEN_NONE, tangents: Sequence[Any] = GIVEN_NONE
) -> tuple[Any, ...]:
    """The Hessian of a real scalar function times the tangents, a tuple like the primals; the Hessian is never made.

    >>> hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([6., 0.]),)

    It is the gradient of the product of gradient and tangents (Pearlmutter 1994): the vjp of the gradient, since the
    Hessian is symmetric.
    """
    tangents_of(primals, tangents, "hvp")  # its errors speak of tangents
    _, pullback = vjp(grad(f, tuple(range(len(primals)))), *primals)
    return pullback(tuple(tangents))


# -- matrices ----------------------------------------------------------------------------------------------------------


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """From f to the function that computes dy/dx, of shape y.shape + x.shape, one backward pass for each element of y.

    >>> jacobian(lambda x: x[:1] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])

    Where f returns a pytree, so does this: of y's structure, with one Jacobian (or pytree of them) for each leaf.

    has_aux      f returns (y, aux), and the result is (jacobian, aux).
    holomorphic  for complex outputs: f is analytic, and the result is its complex derivative, without a conjugate. A
                 real output of complex inputs has gradients for rows (conjugates, as everywhere).
    """

    @_renamed("jacobian", f)
    def compute(*args: Any, **kwargs: Any) -> Any:
        this = linearize(f, args, kwargs, argument_numbers(argnums), has_aux, "the Jacobian")
        result = tree_map(this.y, lambda y: _jacobian_of(y if isinstance(y, Tensor) else Tensor(y), this))
        return (result, this.aux) if has_aux else result

    def _jacobian_of(y: Tensor, this: Linearized) -> Any:
        sources = tree_leaves(this.inputs)
        if y.dtype.kind == "c" and not (holomorphic and all(t.dtype.kind == "c" for t in sources)):
            raise TypeError(
                f"jacobian({called(f)}) found complex outputs, which have a Jacobian only if f is analytic in complex "
                f"inputs: pass holomorphic=True then; otherwise let the real and imaginary parts be inputs and outputs"
            )
        rows = []
        for k in range(y.size):
            unit = np.zeros(y.size, y.dtype)
            unit[k] = 1
            row = this._replace(y=y).pullback([unit.reshape(y.shape)], retain_graph=True)
            rows.append(row if y.dtype.kind == "c" else [conjugate(gx) for gx in row])
        with enable_grad() if this.is_open else no_grad():
            columns: list[Any] = [
                np.stack([row[k] for row in rows]).reshape(y.shape + t.shape)
                if rows
                else Tensor(np.zeros(y.shape + t.shape, t.dtype))
                for k, t in enumerate(sources)
            ]
        return this.like_arguments(columns, argnums)

    return compute


def hessian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """From a real scalar function to its matrix of second derivatives, of shape x.shape + x.shape.

    >>> hessian(lambda x: x[0] * x[1] ** 2)(np.array([1.0, 2.0]))
    array([[0., 4.],
           [4., 2.]])

    Of a pytree of arrays, a pytree of pytrees: result["a"]["b"] has shape a.shape + b.shape. With has_aux f
    returns (y, aux), and the result is (hessian, aux).
    """
    return _renamed("hessian", f)(jacobian(grad(f, argnums, has_aux), argnums, has_aux))


def _renamed(what: str, f: Callable[..., Any]) -> Callable[[Transformed], Transformed]:
    """Give a transformed function the name of the one that it is made of."""
    check_function(f, what)

    def rename(compute: Transformed) -> Transformed:
        functools.update_wrapper(compute, f, updated=())
        compute.__name__ = compute.__qualname__ = f"{what}({called(f)})"
        return compute

    return rename
