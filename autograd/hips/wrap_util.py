"""autograd.wrap_util: from an operator on functions of one argument to the same for one, or several, of many."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .util import subvals

Function = Callable[..., Any]


def unary_to_nary(unary_operator: Callable[..., Any]) -> Callable[..., Any]:
    """operator(f, x) as operator(f, argnum)(*args): x is args[argnum], or a tuple of them for a list of numbers."""

    @functools.wraps(unary_operator)
    def nary_operator(fun: Function, argnum: Any = 0, *op_args: Any, **op_kwargs: Any) -> Any:
        numbers = [argnum] if type(argnum) is int else argnum
        if not isinstance(numbers, list | tuple):
            raise TypeError(f"argnum was given {argnum!r}; it takes the number of an argument, or a list of them")

        def nary_f(*args: Any, **kwargs: Any) -> Any:
            def unary_f(x: Any) -> Any:
                given = zip((k % len(args) for k in numbers), [x] if numbers is not argnum else x, strict=True)
                return fun(*subvals(args, given), **kwargs)

            unary_f.__name__ = get_name(fun)
            x = args[argnum] if numbers is not argnum else tuple(args[k] for k in numbers)
            return unary_operator(unary_f, x, *op_args, **op_kwargs)

        of, name = unary_operator.__name__, get_name(fun)
        nary_f.__name__ = f"{of}_of_{name}_wrt_argnum_{argnum}"
        nary_f.__doc__ = f"    {of} of function {name} with respect to argument number {argnum}, of what {name} takes."
        return nary_f

    return nary_operator


def get_name(f: Any) -> str:
    return str(getattr(f, "__name__", "[unknown name]"))
