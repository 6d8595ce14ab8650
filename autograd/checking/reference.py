"""A function that is named in a text, as on the command line: "module:function"; and inputs to call it with."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.nn.module import Module

SHAPE = (3, 3)  # of inputs that nobody has given: it suits elementwise functions, products and inverses alike


def resolved(reference: str, command: str = "gradcheck") -> tuple[Any, Callable[..., Any]]:
    """The module and the function that a reference names; `command` is the one that asks, for the errors."""
    name, colon, path = reference.partition(":")
    if not (name and colon and path):
        raise ValueError(
            f"{command} was given {reference!r}; it takes a module and a function in it, as in numpy.linalg:inv"
        )
    try:
        module = importlib.import_module(name)
    except TypeError:  # of a relative name
        raise ValueError(
            f"{command} was given {reference!r}; name the module as Python imports it: package.module, not a path"
        ) from None
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and fails to import another one
        raise ValueError(
            f"{command} was given {reference!r}, and there is no module {error.name}; "
            f"run it where the module can be imported: in its folder, or with that in PYTHONPATH"
        ) from None
    f: Any = module
    for part in path.split("."):
        if not hasattr(f, part):
            raise ValueError(
                f"{command} was given {reference!r}, and {getattr(f, '__name__', f)} has no {part!r}; "
                f"name a function that the module has"
            )
        f = getattr(f, part)
    if not callable(f):
        raise ValueError(f"{command} was given {reference!r}, which is a {type(f).__name__}; name a function")
    return module, f


def inputs_of(f: Callable[..., Any], module: Any, shapes: Sequence[tuple[int, ...]], seed: int) -> tuple[Any, ...]:
    """The inputs for a function: random ones of the given shapes, those that it or its module offers, or a guess."""
    rng = np.random.default_rng(seed)
    if not shapes:
        offered = getattr(f, "inputs", None)
        if offered is None:
            offered = getattr(module, "inputs", None)
            if isinstance(offered, dict):
                offered = offered.get(getattr(f, "__name__", ""))
        if offered is not None:
            offered = offered() if callable(offered) else offered
            return tuple(offered) if isinstance(offered, list | tuple) else (offered,)
        shapes = [SHAPE] * parameter_count(f)
    return tuple(np.asarray(rng.normal(size=shape)) for shape in shapes)


def parameter_count(f: Callable[..., Any]) -> int:
    """How many arguments a function must be given; 1 if it does not tell."""
    if isinstance(f, np.ufunc):
        return f.nin
    try:
        parameters = inspect.signature(f.forward if isinstance(f, Module) else f).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return sum(p.default is p.empty for p in positional) or 1
