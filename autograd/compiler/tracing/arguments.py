"""The parameters of a function, to which the paths of its arguments lead."""

from __future__ import annotations

import inspect
import re
from typing import Any

from autograd.nn.module import Module


def split(fn: Any, path: str) -> tuple[str, str]:
    """The parameter of a function to which a path in [args, kwargs] leads, and the rest of it.

    For f(params, *xs) the path "[0][0]['w']" is ("params", "['w']"), and "[0][2]" is ("*xs", "[1]").
    """
    match = re.match(r"\[([01])\]\[(.*?)\](.*)", path, re.DOTALL)
    assert match is not None  # as `leaves_of` makes it
    kind, first, rest = match.groups()
    if kind == "1":
        return first.strip("'"), rest
    try:
        parameters = list(inspect.signature(fn.forward if isinstance(fn, Module) else fn).parameters.values())
    except (ValueError, TypeError):
        return "*args", f"[{first}]{rest}"
    for k, parameter in enumerate(parameters):
        if parameter.kind is parameter.VAR_POSITIONAL:
            return f"*{parameter.name}", f"[{int(first) - k}]{rest}"
        if k == int(first):
            return parameter.name, rest
    return "*args", f"[{first}]{rest}"
