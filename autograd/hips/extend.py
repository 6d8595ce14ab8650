"""autograd.extend: primitives, and their rules by the numbers of their arguments.

@primitive
def cube(x):
    return x**3

defvjp(cube, lambda ans, x: lambda g: 3 * g * x**2)
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from autograd.rules.registry import COMPOSED, composed, takes_rules

from ._primitives import (
    Box,
    Function,
    SparseObject,
    notrace_primitive,
    one_by_one,
    primitive,
    primitive_jvps,
    primitive_vjps,
)
from ._vspaces import VSpace, vspace
from .util import subval

__all__ = [
    "Box", "SparseObject", "VSpace", "def_linear", "defjvp", "defjvp_argnum", "defjvp_argnums", "defvjp",
    "defvjp_argnum", "defvjp_argnums", "notrace_primitive", "primitive", "vspace",
]  # fmt: skip


def defvjp_argnums(fun: Function, vjpmaker: Function) -> None:
    """vjpmaker(argnums, ans, args, kwargs) returns the function from g to the gradients of the arguments argnums."""
    primitive_vjps[_checked(fun)] = vjpmaker


def defvjp_argnum(fun: Function, vjpmaker: Function) -> None:
    """vjpmaker(argnum, ans, args, kwargs) returns the function from g to the gradient of one argument."""

    defvjp_argnums(fun, one_by_one(vjpmaker))


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
    """What rules are kept by: a primitive, or that which one made with `ag.primitive` is composed of from then on.

    A function that is none is what it is made of, as in HIPS autograd, and its rules are not asked for.
    """
    if hasattr(fun, "_primitive"):
        if fun not in COMPOSED:
            composed(fun)(primitive(fun._primitive))
        return COMPOSED[fun]
    if not hasattr(fun, "_is_of_hips") and (takes_rules(fun) or takes_rules(getattr(fun, "__wrapped__", fun))):
        raise TypeError(
            f"{fun.__name__} was given a rule, and has the engine's; call it in a function of your own under @primitive"
        )
    return fun


def _known(rules: dict[int, Any], k: int, fun: Function) -> Any:
    if k not in rules:
        raise NotImplementedError(
            f"{fun.__name__} has no rule for its argument {k}; write one, or None for no gradient"
        )
    return rules[k]
