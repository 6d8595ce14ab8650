"""Layers, activations, losses and initial weights, named as in PyTorch."""

from typing import TYPE_CHECKING

from autograd.nn import functional, init, layers
from autograd.nn.containers import ModuleDict, ModuleList, Sequential
from autograd.nn.functional import *  # noqa: F403  # the room has its list, __all__  # the names in its __all__
from autograd.nn.layers import *  # noqa: F403  # the room has its list, __all__
from autograd.nn.module import Module
from autograd.nn.state import Parameter
from autograd.nn.torch_names import of_layer as _of_layer

__all__ = ["Module", "ModuleDict", "ModuleList", "Parameter", "Sequential", "functional", "init"]
__all__ += functional.__all__
__all__ += layers.__all__

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Of a name of PyTorch's, an error that says what there is."""
        if name.startswith("_"):
            raise AttributeError(f"module 'autograd.nn' has no attribute {name!r}")
        raise _of_layer(name, __all__)

    functional.__getattr__ = __getattr__  # F.dropout, too
