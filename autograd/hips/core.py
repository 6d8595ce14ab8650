"""autograd.core: make_vjp and make_jvp of a function of one argument, and what autograd.extend has."""

import warnings
from collections.abc import Callable
from typing import Any

from . import extend
from ._derivatives import make_jvp, make_vjp

__all__ = ["make_jvp", "make_vjp", "primitive"]


def primitive(f_raw: Callable[..., Any]) -> Any:
    """A primitive with the methods defgrad, defvjp and defvjp_is_zero, which HIPS calls deprecated."""
    wrapped: Any = extend.primitive(f_raw)
    rules: dict[int, Any] = {}

    def define(added: dict[int, Any]) -> None:
        warnings.warn("the methods of a primitive are deprecated; call autograd.extend.defvjp", stacklevel=3)
        rules.update(added)
        extend.defvjp(wrapped, *rules.values(), argnums=list(rules))

    def staged(maker: Callable[..., Any], k: int) -> Callable[..., Any]:
        spaces = extend.vspace
        return lambda ans, *args, **kwargs: lambda g: maker(g, ans, spaces(args[k]), spaces(g), *args, **kwargs)

    wrapped.defgrad = lambda maker, argnum=0: define({argnum: maker})
    wrapped.defvjp = lambda maker, argnum=0: define({argnum: staged(maker, argnum)})
    wrapped.defvjp_is_zero = lambda argnums=(0,): define(dict.fromkeys(argnums))
    return wrapped


def __getattr__(name: str) -> Any:
    return getattr(extend, name)
