"""primitive: a function that is one call of the graph, and the gradients of that call by rules of HIPS's kind.

Its inputs are all Tensors among the arguments, in lists, tuples and dicts, too; a rule is asked for each argument that
has a differentiable one in it, and returns a gradient that is like that argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves, tree_leaves_like, tree_map, tree_unflatten
from autograd.engine.tensor import Tensor
from autograd.rules.operation import Operation

from ._vspaces import vspace

Function = Callable[..., Any]
Box = Tensor

TENSOR = object()  # what stands for one in the arguments of a call

primitive_vjps: dict[Function, Function] = {}  # (argnums, ans, args, kwargs) to the function of g
primitive_jvps: dict[Function, Function] = {}  # (argnums, gs, ans, args, kwargs) to the derivative of ans


class SparseObject:
    """A gradient most of which is 0: `mut_add` adds it to an array, and returns that; `vs` is its space."""

    def __init__(self, vs: Any, mut_add: Function) -> None:
        self.vs, self.mut_add = vs, mut_add


class Call:
    """A call of a primitive: its arguments, without the Tensors in them."""

    def __init__(self, of: Function, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.of, self.kwargs = of, kwargs
        self.args = tree_map(list(args), lambda leaf: TENSOR if isinstance(leaf, Tensor) else leaf)
        self.structure: Any = ...  # of what it returned

    def filled(self, xs: Iterable[Any]) -> list[Any]:
        """The arguments, with arrays in place of the Tensors; of no axes, with numbers."""
        rest = (x if isinstance(x, Tensor) else x[()] for x in xs)
        filled: list[Any] = tree_map(self.args, lambda leaf: next(rest) if leaf is TENSOR else leaf)
        return filled

    def output(self, parts: Any) -> Any:
        """What the graph has of the output, or of its gradient, as the primitive returned it."""
        return parts if self.structure is ... else tree_unflatten(self.structure, list(parts))


def primitive(f_raw: Function) -> Function:
    """A function that is one call of the graph, and is called with arrays; its gradients are what `defvjp` says."""

    def compute(xs: Sequence[Any], call: Call) -> Any:
        y = f_raw(*call.filled(xs), **call.kwargs)
        call.structure = tree_map(y, lambda _: ...)
        return y if call.structure is ... else tuple(map(np.asarray, tree_leaves(y)))

    functools.update_wrapper(compute, f_raw, updated=())
    operation = Operation(compute, xs=_gradients, several=True, signature="(xs, call)")

    @functools.wraps(f_raw, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not (tensors := [leaf for leaf in tree_leaves(list(args)) if isinstance(leaf, Tensor)]):
            return f_raw(*args, **kwargs)
        call = Call(wrapped, args, kwargs)
        return call.output(Tensor._call(operation, tensors, {"call": call}))

    vars(wrapped)["_is_of_hips"] = True
    return wrapped


def notrace_primitive(f: Function) -> Function:
    """A function that is called with the values, through which no gradient flows."""
    return functools.wraps(f, updated=())(lambda *args, **kwargs: f(*map(getval, args), **kwargs))


def getval(x: Any) -> Any:
    """The array of a Tensor, of one without axes the number; anything else as it is."""
    return x.data[()] if type(x) is Tensor else x


# -- the rules of a call -----------------------------------------------------------------------------------------------


def _gradients(g: Any, y: Any, xs: Sequence[Any], call: Call, node: Any) -> list[Any]:
    """The gradients of the Tensors among the arguments of a call, by what defvjp says of these."""
    if call.structure is not ...:
        g = [np.zeros_like(part) if at is None else at for part, at in zip(y, g, strict=True)]
    holders = [k for k, arg in enumerate(call.args) for leaf in tree_leaves(arg) if leaf is TENSOR]
    wanted = sorted({k for k, parent in zip(holders, node.parents, strict=True) if parent is not None})
    args = call.filled(xs)
    pullback = _vjp_maker(call.of)(wanted, call.output(y), args, call.kwargs)
    found = dict(zip(wanted, pullback(call.output(g)), strict=True))
    return [gx for k, arg in enumerate(call.args) for gx in _of_tensors(arg, found.get(k))]


def _of_tensors(arg: Any, gradient: Any) -> list[Any]:
    """Of the gradient of an argument the parts that belong to its Tensors."""
    if isinstance(gradient, SparseObject):
        gradient = gradient.mut_add(gradient.vs.zeros())
    leaves = tree_leaves(arg)
    parts = [None] * len(leaves) if gradient is None else tree_leaves_like(arg, gradient)
    if parts is None:
        raise ValueError(
            f"a rule returned {gradient!r} for {arg!r}; return a gradient of the structure of the argument"
        )
    return [part for leaf, part in zip(leaves, parts, strict=True) if leaf is TENSOR]


def _vjp_maker(of: Function) -> Function:
    """What defvjp said of a primitive, or the transpose of what defjvp said: a call of that for each element."""
    if (maker := primitive_vjps.get(of)) is not None:
        return maker
    if (jvp := primitive_jvps.get(of)) is None:
        raise NotImplementedError(f"{of.__name__} has no rule; write it: defvjp(fun, lambda ans, x: lambda g: ...)")

    def transposed(k: int, ans: Any, *call: Any) -> Function:
        of_x, of_y = vspace(call[0][k]), vspace(ans)

        def part(g: Any, unit: Any) -> Any:
            along = jvp((k,), (unit,), ans, *call)
            return of_x.scalar_mul(of_x.covector(unit), of_y.inner_prod(of_y.covector(g), along))

        return lambda g: functools.reduce(of_x.add, (part(g, unit) for unit in of_x.standard_basis()), of_x.zeros())

    return one_by_one(transposed)


def one_by_one(vjpmaker: Function) -> Function:
    def of_all(argnums: Sequence[int], *call: Any) -> Function:
        vjps = [vjpmaker(k, *call) for k in argnums]
        return lambda g: [vjp(g) for vjp in vjps]

    return of_all
