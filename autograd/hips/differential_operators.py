"""autograd.differential_operators: grad and its kin with HIPS's conventions, operator(f, argnum)(*args)."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.functional.checkpointing import checkpoint

from . import _derivatives
from ._vspaces import vspace
from .wrap_util import unary_to_nary

__all__ = [
    "checkpoint", "deriv", "elementwise_grad", "grad", "grad_and_aux", "grad_named", "hessian",
    "hessian_tensor_product", "hessian_vector_product", "holomorphic_grad", "jacobian", "make_ggnvp", "make_hvp",
    "make_jvp", "make_jvp_reversemode", "make_vjp", "tensor_jacobian_product", "value_and_grad",
    "vector_jacobian_product",
]  # fmt: skip

Function = Callable[..., Any]

make_vjp = unary_to_nary(_derivatives.make_vjp)
make_jvp = unary_to_nary(_derivatives.make_jvp)


@unary_to_nary
def value_and_grad(f: Function, x: Any) -> tuple[Any, Any]:
    """(f(x), gradient) of a function that returns a real scalar: what SciPy's minimize takes with jac=True."""
    vjp, y = _derivatives.make_vjp(f, x)
    if (space := vspace(y)).size != 1:
        raise TypeError(
            f"grad is for functions that return a real scalar, and this one returned {space}; use jacobian, "
            f"elementwise_grad or holomorphic_grad"
        )
    return y, vjp(space.ones())


@unary_to_nary
def grad(f: Function, x: Any) -> Any:
    """The gradient of a function that returns a real scalar, like x."""
    return value_and_grad(f)(x)[1]


@unary_to_nary
def elementwise_grad(f: Function, x: Any) -> Any:
    """The gradient of the sum of the outputs: of a function that treats each element by itself, its derivative."""
    vjp, y = _derivatives.make_vjp(f, x)
    if np.iscomplexobj(y):
        raise TypeError("elementwise_grad is for real outputs, and found complex ones; take np.real or np.imag first")
    return vjp(vspace(y).ones())


@unary_to_nary
def deriv(f: Function, x: Any) -> Any:
    """The derivative of f in the direction of ones."""
    return _derivatives.make_jvp(f, x)(vspace(x).ones())[1]


@unary_to_nary
def jacobian(f: Function, x: Any) -> Any:
    """The matrix of derivatives, of shape y.shape + x.shape, by one backward pass for each element of y."""
    vjp, y = _derivatives.make_vjp(f, x)
    rows = [vjp(unit) for unit in vspace(y).standard_basis()]
    shape = np.shape(y) + np.shape(x)
    return np.reshape(np.stack(rows), shape) if rows else np.zeros(shape)


@unary_to_nary
def hessian(f: Function, x: Any) -> Any:
    """The second derivatives, of shape y.shape + x.shape + x.shape."""
    return jacobian(jacobian(f))(x)


@unary_to_nary
def holomorphic_grad(f: Function, x: Any) -> Any:
    """The derivative of an analytic function."""
    return grad(lambda z: np.real(f(z)))(x)


@unary_to_nary
def grad_and_aux(f: Function, x: Any) -> tuple[Any, Any]:
    """Of a function that returns (y, aux), the gradient of y, and aux."""
    vjp, (y, aux) = _derivatives.make_vjp(f, x)
    return vjp((vspace(y).ones(), vspace(aux).zeros())), aux


def grad_named(f: Function, argname: str) -> Any:
    return grad(f, list(inspect.signature(f).parameters).index(argname))


@unary_to_nary
def make_hvp(f: Function, x: Any) -> tuple[Function, Any]:
    """(v -> the Hessian at x times v, the gradient at x)."""
    return _derivatives.make_vjp(grad(f), x)


@unary_to_nary
def make_jvp_reversemode(f: Function, x: Any) -> Function:
    """v -> the Jacobian at x times v."""
    along = _derivatives.make_jvp(f, x)
    return lambda v: along(v)[1]


def hessian_tensor_product(f: Function, argnum: int = 0) -> Any:
    """product(*args, v): the Hessian times v, which has the shape of the argument."""

    def along(*args: Any, **kwargs: Any) -> Any:
        return np.tensordot(grad(f, argnum)(*args[:-1], **kwargs), args[-1], np.ndim(args[-1]))

    return grad(along, argnum)


def tensor_jacobian_product(f: Function, argnum: int = 0) -> Any:
    """product(*args, v): v times the Jacobian, summed over the axes of v, which are the first of the output."""

    def weighted(*args: Any, **kwargs: Any) -> Any:
        return np.tensordot(args[-1], f(*args[:-1], **kwargs), np.ndim(args[-1]))

    return jacobian(weighted, argnum)


hessian_vector_product, vector_jacobian_product = hessian_tensor_product, tensor_jacobian_product


def make_ggnvp(f: Function, g: Function = lambda y: 0.5 * np.sum(y * y, axis=-1), f_argnum: int = 0) -> Any:
    """v -> J' H J v: the generalized Gauss-Newton matrix of g(f(x)), J the Jacobian of f, H the Hessian of g."""

    def make(f: Function, x: Any) -> Function:
        transposed, y = _derivatives.make_vjp(f, x)
        along, (curved, _) = _derivatives.make_jvp(f, x), make_hvp(g)(y)
        return lambda v: transposed(curved(along(v)[1]))

    return unary_to_nary(make)(f, f_argnum)
