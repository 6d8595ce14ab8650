"""SciPy's functions as primitives, and the rules of those that are made of others."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd._util.functions import parameter_names
from autograd.functional.transforms import vjp
from autograd.rules.products import conj
from autograd.rules.registry import primitive


def primitive_of(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function of SciPy's as a primitive, of which no array is overwritten.

    The options `overwrite_...` are taken and ignored: a Tensor must not change, as other rules may have saved it.
    """
    places = [k for k, name in enumerate(inspect.signature(fn).parameters) if name.startswith("overwrite_")]

    @functools.wraps(fn)
    def compute(*args: Any, **options: Any) -> Any:
        kept = {name: value for name, value in options.items() if not name.startswith("overwrite_")}
        return fn(*(False if k in places else arg for k, arg in enumerate(args)), **kept)

    return primitive(compute)


def drawing_nothing(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function of SciPy's as a primitive, which estimates norms by random vectors of np.random's own generator.

    Where that stood before, it stands after it: a gradient must not change what the user draws next, and a compiled
    program must do what it was traced to do.
    """

    @functools.wraps(fn)
    def compute(*args: Any, **options: Any) -> Any:
        state = np.random.get_state()
        try:
            return fn(*args, **options)
        finally:
            np.random.set_state(state)

    return primitive(compute)


def rules_by(f: Callable[..., Any], *inputs: str) -> dict[str, Any]:
    """The rules of a function of SciPy's whose value is that of f, made of functions with rules.

        rule(detrended, **rules_by(f, "x"))

    SciPy computes the value. f is called where the gradient is wanted, and is given all that a rule of its parameters
    is: inputs, options, `x_shape`; an input that is not among `inputs` is taken as a constant.
    """
    names = parameter_names(f)

    def rule_for(wanted: str) -> Callable[..., Any]:
        def gx(g: Any, *values: Any) -> Any:
            given = dict(zip(names, values, strict=True))
            return pulled_back(lambda x: f(**{**given, wanted: x}), g, given[wanted])

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        gx.__module__ = f.__module__  # the group in which `python -m autograd rules` shows it
        vars(gx)["__signature__"] = inspect.Signature([inspect.Parameter(name, kind) for name in ("g", *names)])
        return gx

    return {name: rule_for(name) for name in inputs}


def pulled_back(f: Callable[..., Any], g: Any, x: Any) -> Any:
    """The gradient of x, from g, that of y = f(x). Of several outputs g is a tuple, None where no gradient came in."""
    if not isinstance(g, tuple):
        _, pullback = vjp(f, x)
        return conj(pullback(conj(g))[0])
    wanted = [k for k, g_part in enumerate(g) if g_part is not None]
    _, pullback = vjp(lambda x: [part for k, part in enumerate(f(x)) if k in wanted], x)
    return conj(pullback([conj(g[k]) for k in wanted])[0])
