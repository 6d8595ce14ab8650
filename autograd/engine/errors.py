"""The texts of the engine's errors: what was given, what was expected, what to do."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd._util.functions import name_of
from autograd._util.locations import library_function
from autograd.engine.foreign import NUMBERS_ONLY, WAYS_OUT, is_foreign, of_foreign

if TYPE_CHECKING:
    from autograd.engine.graph import Node

# -- what a call is given -------------------------------------------------------------------------------------------


def misfit(name: str, args: Sequence[Any], error: str) -> ValueError | None:
    """The error for arrays that do not fit each other; None if NumPy's is about something else."""
    shapes = [np.shape(arg) for arg in args if arg is not None]
    if "must match" in error or "same shape" in error:
        expected = "they must be equal, but for the axis along which arrays are joined"
    elif "core dimension" in error:
        expected = "the last axis of the first must be as long as the last but one (or the only one) of the second"
    elif "broadcast" in error and len(shapes) > 1:
        expected = "counted from the last, axes must be equally long, or 1"
    else:
        return None
    told = [*map(str, shapes[:8]), *([f"{len(shapes) - 8:,} more"] if len(shapes) > 8 else [])]
    return ValueError(
        f"{name} was given arrays of shapes {' and '.join(told)}, which do not fit: {expected}; "
        f"reshape or transpose one of them (NumPy says: {error})"
    )


def of_output_dtype(name: str, dtype: np.dtype[Any]) -> TypeError:
    if dtype.kind == "O":
        return TypeError(
            f"{name} was given an array of Python objects beside a Tensor, whose gradient would be lost in it; "
            f"convert it first: np.asarray(values, dtype=float)"
        )
    return TypeError(
        f"{name} of a Tensor gives {dtype}, in which its gradient would be lost, as only NumPy's floats and complex "
        f"numbers have one; compute in those (np.asarray(x, np.float32)), or say that it may go: t.detach()"
    )


def of_nested_data() -> TypeError:
    return TypeError(
        "the data of a Tensor is a Tensor, and must be an array; with ag.no_grad(): t -= lr * t.grad updates it"
    )


def of_constant(name: str, value: Any) -> TypeError:
    if is_foreign(type(value)):
        return of_foreign(name, value)
    return TypeError(
        f"{name} was given a {type(value).__name__}, {value!r}, which is no number or array; "
        f"convert it: float(...), np.asarray(..., float)"
    )


def no_gradient_through(function: str, name: str, is_joining: bool = False) -> TypeError:
    """The error for a Tensor that was given as the argument `name` of a function that takes a constant there."""
    other_way = f", or, to join Tensors, one list: {function}([t, u])" if is_joining else ""
    return TypeError(
        f"{function} was given a Tensor that requires a gradient as its option {name!r}, through which no gradient is "
        f"known to flow; pass {name}=t.detach() if it is meant as a constant{other_way}"
    )


# -- what a Tensor is made into, or of ---------------------------------------------------------------------------------


def lost(tensor: Any, what: str, message: str) -> TypeError:
    """The error for what a Tensor is made into, whose gradient would be lost in it; `message` if the user does that."""
    if (function := library_function()) and not function.startswith("np."):
        ways = "use functions of NumPy, or an operation of your own: @ag.primitive, ag.rule"
        if is_offered(function):
            ways = f"use autograd.{function}, which has its gradient"
        elif (library := function.partition(".")[0]) in NUMBERS_ONLY:
            ways = f"take the numbers of what is {library}'s, {WAYS_OUT[library]}"
        message = (
            f"{function} was given a Tensor that requires a gradient, and makes {what} of it, in which that would be "
            f"lost; pass t.detach() if it may go, or else {ways}"
        )
    error = TypeError(message)
    vars(error)["tensor"] = tensor
    return error


def is_offered(function: str) -> bool:
    """Whether autograd.scipy has a function of SciPy's, such as "scipy.linalg.inv", with its gradient.

    Or a method, such as "scipy.stats.norm.pdf": what has some with gradients names them in an `__all__`.
    """
    home, _, name = function.rpartition(".")
    if not home.startswith("scipy."):
        return False
    offering: Any
    try:
        offering = importlib.import_module(f"autograd.{home}")
    except ImportError:
        module, _, owner = home.rpartition(".")
        offering = is_offered(home) and getattr(importlib.import_module(f"autograd.{module}"), owner)
    return name in getattr(offering, "__all__", ())


def of_strides() -> AttributeError:
    if is_offered(function := library_function()):
        return AttributeError(
            f"{function} was given a Tensor, and asks for its strides, past which no gradient is known to flow; use "
            f"autograd.{function}, which has its gradient"
        )
    return AttributeError("a Tensor has no strides, which are about memory; those of its array are t.data.strides")


def lost_in_conversion(tensor: Any, what: str) -> TypeError:
    return lost(
        tensor,
        what,
        f"{what} was to be made of a Tensor that requires a gradient, which would be lost in it; "
        f"keep to Tensors (np.stack([t, u]) joins them, t.at[index].set(v) writes into one"
        f"{'' if what == 'an array' else ', np.exp(t) takes them, math.exp(t) does not'}), "
        f"or say that the gradient may go: t.detach(), t.item()",
    )


def of_copied_graph(tensor: Any) -> TypeError:
    text = f"a Tensor that {tensor.node!r} computed was to be copied or pickled, and graphs cannot be; "
    return lost(tensor, "a copy", text + "use t.detach(), or np.copy(t) for a copy within the graph")


def of_dtype(dtype: np.dtype[Any]) -> TypeError:
    return TypeError(
        f"Tensor was given data of dtype {dtype}, and expects numbers; convert it first: np.asarray(data, dtype=float)"
    )


def of_item_assignment() -> TypeError:
    return TypeError(
        "t[index] = v would change a Tensor in place, and Tensors in a graph are values; "
        "make a new one, t = t.at[index].set(v), or update it where nothing is recorded: with ag.no_grad():"
    )


def of_write(fn: Any) -> TypeError:
    function = library_function()
    if function and function != name_of(fn, qualified=True):
        return TypeError(
            f"{function} was given a Tensor that requires a gradient, and writes it into an array, in which that would "
            f"be lost; np.broadcast_to(t, shape) repeats a Tensor, t.at[index].set(v) writes into one; or pass "
            f"t.detach()"
        )
    return TypeError(
        f"{fn.__name__} writes into an array, which cannot be recorded; make a new Tensor with "
        f"t.at[index].set(v), or update one where nothing is recorded: with ag.no_grad(): t[index] = v"
    )


def of_write_at(ufunc: np.ufunc) -> TypeError:
    return TypeError(
        f"{ufunc.__name__}.at writes into an array, which cannot be recorded; make a new Tensor with "
        f"t.at[index].add(v) (or multiply, max, min), or update one where nothing is recorded: with ag.no_grad():"
    )


def of_out(ufunc: np.ufunc) -> TypeError:
    return TypeError(
        f"{ufunc.__name__} was given out=, as in x += t for an array x, and writing into an array cannot be "
        f"recorded; use what it returns, t = {ufunc.__name__}(...), x = x + t, or update where nothing is "
        f"recorded: with ag.no_grad():"
    )


# -- what means something else in PyTorch ------------------------------------------------------------------------------


def of_flatten(order: Any) -> TypeError:
    return TypeError(
        f"t.flatten was given order={order!r}, and expects a text, as in NumPy: 'C' or 'F'; what PyTorch writes "
        f"t.flatten(1) is t.reshape(t.shape[0], -1) here"
    )


def of_transpose(axes: tuple[Any, ...], ndim: int) -> ValueError:
    return ValueError(
        f"t.transpose was given the axes {axes} for {ndim} of them, and takes all, as in NumPy; "
        f"t.swapaxes({', '.join(map(str, axes))}) swaps two"
    )


# -- gradients -------------------------------------------------------------------------------------------------------


def of_requires_grad(node: Any) -> RuntimeError:
    return RuntimeError(
        f"requires_grad was set on a Tensor that {node!r} computed; only a leaf has it to set: "
        f"use t.detach() for a Tensor without the graph"
    )


def of_integers(dtype: np.dtype[Any]) -> TypeError:
    return TypeError(
        f"a Tensor of dtype {dtype} was to require a gradient, which only floats and complex numbers "
        f"can have; convert the data first: Tensor(np.asarray(data, np.float32), requires_grad=True)"
    )


def of_no_leaf() -> RuntimeError:
    return RuntimeError("grad was set on a Tensor that keeps none; set requires_grad or call retain_grad() first")


def of_grad(given: Any, tensor: Any) -> ValueError:
    return ValueError(
        f"grad was set to {given.dtype} of shape {given.shape}; "
        f"it must be {tensor.dtype} of shape {tensor.shape}, like the Tensor"
    )


def of_no_graph() -> RuntimeError:
    return RuntimeError(
        "backward() of a Tensor without a graph; at least one Tensor that it is computed from must have "
        "requires_grad=True, and the computing must not be inside no_grad()"
    )


def of_no_gradient(shape: tuple[int, ...]) -> ValueError:
    return ValueError(
        f"backward() of a Tensor of shape {shape} needs the gradient that comes into it; "
        f"reduce it to a scalar first (t.sum()), or pass one: t.backward(np.ones(t.shape))"
    )


def of_incoming_shape(given: tuple[int, ...], shape: tuple[int, ...]) -> ValueError:
    return ValueError(
        f"backward() was given a gradient of shape {given} for a Tensor of shape {shape}; both must have the same"
    )


def of_other_data(found: tuple[int, ...], before: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(
        f"backward() found a gradient of shape {found} for a Tensor whose .grad has shape {before}; after giving a "
        f"Tensor other data, set its .grad to None"
    )


def of_gradient_shape(node: Node, i: int, shape: tuple[int, ...]) -> ValueError:
    name = "xs" if node.operation.variadic else node.operation.inputs[i]
    return ValueError(
        f"the rule of {node.operation.name} for {name} returned a gradient of shape {shape}; its input has shape "
        f"{node.shapes[i]}, and the gradient must have the same: correct the rule"
        + ("" if node.operation.broadcasts else ", or give it broadcasts=True")
    )


# -- saved values ------------------------------------------------------------------------------------------------------


def of_freed_values(name: str) -> RuntimeError:
    return RuntimeError(
        f"backward() came to a call of {name} whose saved values an earlier backward() has freed; "
        f"compute the output again, or keep them the first time with backward(retain_graph=True)"
    )


def of_updated_value(name: str, value: Any, by: str) -> RuntimeError:
    return RuntimeError(
        f"backward() needs an array of shape {np.shape(value)} as it was when {name} was called, and {by} has updated "
        f"it in place since; update after backward(), or make a new Tensor (t = t + u) instead"
    )


def of_hidden_output(function: str, name: str) -> TypeError:
    return TypeError(
        f"the gradient of {function} cannot be differentiated again: it depends on the hidden output {name!r}, and no "
        f"rule says what happens to its gradient; name g_{name} in the rules"
    )
