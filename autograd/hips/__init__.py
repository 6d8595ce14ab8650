"""What code that was written for HIPS autograd imports: autograd.numpy, autograd.extend, autograd.core and their kin.

The package `autograd` looks for its modules in this folder, too. So they bear HIPS's names, and no others; nothing of
them is imported before it is asked for.

Both call `grad` and its kin by the same names, and have other conventions. A module that imports `autograd.numpy` was
written for HIPS autograd: what it calls, and what is called with a function of it, has HIPS's conventions (a number for
a number, no conjugate of complex gradients). So has a call with `argnum=`, which is HIPS's word. All others have ours.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar, cast

Transform = TypeVar("Transform", bound=Callable[..., Any])

__path__.clear()  # or autograd.hips.numpy would be a second autograd.numpy

# What `import autograd` alone gives in HIPS autograd, by the module that it is in; "" for the modules.
NAMES = {
    "": "builtins core differential_operators extend misc numpy tracer util wrap_util",
    "builtins": "dict isinstance list tuple type",
    "differential_operators": "deriv grad_and_aux grad_named hessian_tensor_product hessian_vector_product "
    "holomorphic_grad make_ggnvp make_hvp make_jvp make_vjp tensor_jacobian_product "
    "vector_jacobian_product",
}
OURS = ("argnums", "has_aux", "holomorphic")  # options that HIPS autograd has not


def find(name: str) -> Any:
    """A module or function of this room that `import autograd` alone gives; None if it has none of that name."""
    for module, names in NAMES.items():
        if name in names.split():
            found = importlib.import_module(f"autograd.{module or name}")
            return getattr(found, name) if module else found
    return None


def by_caller(transform: Transform, module: str = "differential_operators") -> Transform:
    """Our transform, or for code written for HIPS autograd theirs of the same name."""

    @functools.wraps(transform)
    def call(*args: Any, **kwargs: Any) -> Any:
        if "argnum" in kwargs or (
            "autograd.numpy" in sys.modules
            and not any(name in kwargs for name in OURS)
            and any(
                map(_imports_numpy, (sys._getframe(1).f_globals, *(getattr(f, "__globals__", {}) for f in args[:1])))
            )
        ):
            return getattr(importlib.import_module(f"autograd.{module}"), transform.__name__)(*args, **kwargs)
        return transform(*args, **kwargs)

    return cast(Transform, call)


def _imports_numpy(names: Mapping[str, Any]) -> bool:
    """Whether these are the names of a module that imports autograd.numpy, or a module of it."""
    return any(isinstance(x, ModuleType) and x.__name__.startswith("autograd.numpy") for x in list(names.values()))
