"""What calls are given that no gradient flows to: numbers, arrays, and Tensors as options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.engine import foreign
from autograd.engine.errors import no_gradient_through
from autograd.rules.operation import Operation

if TYPE_CHECKING:
    from autograd.engine.tensor import Tensor

# What is a constant as it stands, and needs no further question.
CONSTANTS = frozenset({np.ndarray, float, int, bool, complex, type(None), np.float64, np.float32})


def constant(value: Any) -> Any:
    """A value that is no Tensor, as an array. NotImplemented if it is to be asked itself, or nothing that NumPy knows.

    Raises TypeError for what would lose more than its type in it: see foreign.py.
    """
    if isinstance(value, np.generic) or hasattr(type(value), "__opaque__"):
        return value
    if isinstance(value, list | tuple):
        foreign.check_list(value)
    else:
        foreign.check(value)
        if foreign.is_foreign(type(value)) or not hasattr(value, "__array__"):
            return NotImplemented
    return np.asarray(value)  # raises, with the way out, if a Tensor of a graph is among them


def option_of(operation: Operation, name: str, value: Tensor) -> Any:
    """The array of a Tensor that was given as an option. Raises TypeError for one that requires a gradient."""
    if value.node is not None:
        raise no_gradient_through(operation.name, name, operation.variadic)
    return value.data
