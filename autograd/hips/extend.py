"""autograd.extend: primitives, and their rules by the numbers of their arguments.

    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda ans, x: lambda g: 3 * g * x**2)

A call is one node of the graph. Its inputs are all Tensors among the arguments, in lists, tuples and dicts, too; a rule
is asked for each argument that has a differentiable one in it, and returns a gradient that is like that argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves, tree_leaves_like, tree_map, tree_unflatten
from autograd.engine.tensor import Tensor
from autograd.rules.operation import Operation

from ._vspaces import VSpace, vspace
from .util import subval

__all__ = [
    "Box", "SparseObject", "VSpace", "def_linear", "defjvp", "defjvp_argnum", "defjvp_argnums", "defvjp",
    "defvjp_argnum", "defvjp_argnums", "notrace_primitive", "primitive", "vspace",
]  # fmt: skip

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

    return _one_by_one(transposed)


def _one_by_one(vjpmaker: Function) -> Function:
    def of_all(argnums: Sequence[int], *call: Any) -> Function:
        vjps = [vjpmaker(k, *call) for k in argnums]
        return lambda g: [vjp(g) for vjp in vjps]

    return of_all


# -- what users say of primitives --------------------------------------------------------------------------------------


def defvjp_argnums(fun: Function, vjpmaker: Function) -> None:
    """vjpmaker(argnums, ans, args, kwargs) returns the function from g to the gradients of the arguments argnums."""
    primitive_vjps[_checked(fun)] = vjpmaker


def defvjp_argnum(fun: Function, vjpmaker: Function) -> None:
    """vjpmaker(argnum, ans, args, kwargs) returns the function from g to the gradient of one argument."""

    defvjp_argnums(fun, _one_by_one(vjpmaker))


def defvjp(fun: Function, *vjpmakers: Function | None, argnums: Iterable[int] | None = None) -> None:
    """A rule for each argument, in order or by `argnums`: vjpmaker(ans, *args, **kwargs)(g); None for none."""
    makers = dict(zip(count() if argnums is None else argnums, vjpmakers, strict=False))

    def of_one(k: int, ans: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Function:
        maker = _known(makers, k, fun)
        return maker(ans, *args, **kwargs) if maker else lambda g: vspace(args[k]).zeros()

    defvjp_argnum(fun, of_one)


def defjvp_argnums(fun: Function, jvpmaker: Function) -> None:
    """jvpmaker(argnums, gs, ans, args, kwargs) returns the derivative of ans in the direction gs of the arguments."""
    primitive_jvps[_checked(fun)] = jvpmaker


def defjvp_argnum(fun: Function, jvpmaker: Function) -> None:
    """jvpmaker(argnum, g, ans, args, kwargs) returns the derivative in the direction g of one argument."""

    def of_all(argnums: Sequence[int], gs: Sequence[Any], ans: Any, *call: Any) -> Any:
        return functools.reduce(vspace(ans).add, (jvpmaker(k, g, ans, *call) for k, g in zip(argnums, gs, strict=True)))

    defjvp_argnums(fun, of_all)


def defjvp(fun: Function, *jvpfuns: Function | str | None, argnums: Iterable[int] | None = None) -> None:
    """A rule for each argument: jvpfun(g, ans, *args, **kwargs); "same": fun itself, which is linear in it."""
    rules = dict(zip(count() if argnums is None else argnums, jvpfuns, strict=False))

    def of_one(k: int, g: Any, ans: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if (rule := _known(rules, k, fun)) == "same":
            return fun(*subval(args, k, g), **kwargs)
        return rule(g, ans, *args, **kwargs) if rule else vspace(ans).zeros()

    defjvp_argnum(fun, of_one)


def def_linear(fun: Function) -> None:
    """Say that a primitive is linear in each of its arguments."""
    defjvp_argnum(fun, lambda k, g, ans, args, kwargs: fun(*subval(args, k, g), **kwargs))


def _checked(fun: Any) -> Any:
    if not hasattr(fun, "_is_of_hips"):
        raise TypeError(
            f"{getattr(fun, '__name__', fun)} was given a rule, and is no primitive; wrap it, f = primitive(f), or "
            f"write the rule with ag.rule"
        )
    return fun


def _known(rules: dict[int, Any], k: int, fun: Function) -> Any:
    if k not in rules:
        raise NotImplementedError(
            f"{fun.__name__} has no rule for its argument {k}; write one, or None for no gradient"
        )
    return rules[k]
