"""What functions are called, where they are found, and which parameters they have."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

# -- names -------------------------------------------------------------------------------------------------------------


def name_of(fn: Callable[..., Any], qualified: bool = False) -> str:
    """What errors call a function: `multiply`, `linalg.inv`, `gammaln`; `scipy.special.gammaln` if qualified."""
    module, name = getattr(fn, "__module__", None) or "", getattr(fn, "__name__", type(fn).__name__)
    if isinstance(fn, np.ufunc):
        return ".".join(filter(None, (module_of(fn).replace("numpy", "np", 1), name))) if qualified else name
    prefix = {"numpy.linalg": "linalg.", "numpy.fft": "fft.", "numpy.lib.scimath": "emath."}.get(module, "")
    return ("np." if qualified and module.split(".")[0] == "numpy" else "") + prefix + name


def module_of(ufunc: np.ufunc, private: bool = False) -> str:
    """The module in which a ufunc is found, because it does not tell; "" if it is in none under its name.

    private  whether one may be named that is no user's, if no other has it.
    """
    name = ufunc.__name__
    if getattr(np, name, None) is ufunc:
        return "numpy"
    homes = [
        (re.search(r"(^|\.)_", home) is not None, name not in getattr(module, "__all__", ()), home.count("."), home)
        for home, module in list(sys.modules.items())
        if getattr(module, "__dict__", {}).get(name) is ufunc
    ]
    is_private, *_, home = min(homes, default=(True, ""))
    return home if private or not is_private else ""


def home_of(value: Any) -> str:
    """The package that a function or class says it is from: "numpy"; "" if it says none."""
    module = getattr(value, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else ""


# -- parameters --------------------------------------------------------------------------------------------------------


def parameter_names(fn: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(fn).parameters)


def arguments_of(made: object, but: Collection[str] = ()) -> str:
    """What an object was made with, as far as it keeps it under the names of the parameters: "lr=0.1, gamma=0.5".

    but  what is not to be told; nor is None.
    """
    kept = {name: getattr(made, name, None) for name in parameter_names(type(made)) if name not in but}
    return ", ".join(f"{name}={value!r}" for name, value in kept.items() if value is not None)


def parameters_of(
    fn: Callable[..., Any], inputs: tuple[str, ...], signature: str | None
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names of a function's parameters, array inputs first, and the defaults of those that have one."""
    if isinstance(fn, np.ufunc):
        return inputs, {"out": None, "where": True}
    if signature is not None:
        fn = eval(f"lambda {signature.strip()[1:-1]}: None", {"np": np})
    try:
        parameters = inspect.signature(fn).parameters
    except ValueError:
        raise TypeError(
            f"Python cannot tell the signature of {name_of(fn)}; "
            f"give it as a string: ag.rule(fn, signature='(x, axis=None)', x=...)"
        ) from None
    defaults = {name: p.default for name, p in parameters.items() if p.default is not inspect.Parameter.empty}
    return tuple(parameters), defaults


def places_of(inputs: tuple[str, ...], parameters: tuple[str, ...]) -> tuple[str, ...]:
    """For each input the parameter that it is: the one of the same name, or else the first that is not taken."""
    rest = iter([name for name in parameters if name not in inputs])
    return tuple(name if name in parameters else next(rest, name) for name in inputs)
