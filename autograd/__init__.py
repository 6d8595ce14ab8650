"""A tiny reverse-mode autodiff engine on NumPy: a Tensor records the NumPy calls made on it.

>>> import numpy as np, autograd as ag
>>> x = ag.Tensor([1.0, 2.0], requires_grad=True)
>>> np.sum(np.exp(x)).backward()
>>> x.grad
Tensor([2.71828183, 7.3890561 ])
"""

from typing import TYPE_CHECKING

from autograd import data, hips, nn, optim
from autograd._util.memory import keep_freed_memory as _keep_freed_memory
from autograd.checking import assert_gradients, gradcheck
from autograd.compiler import Compiled, TraceError, compile  # noqa: A004  # JAX and PyTorch, too, call it so
from autograd.drawing import Picture, draw
from autograd.engine.graph import Leaf, Node
from autograd.engine.modes import enable_grad, is_grad_enabled, no_grad, observe
from autograd.engine.observer import Observer
from autograd.engine.random import seed
from autograd.engine.tensor import Tensor
from autograd.engine.torch_names import of_function as _of_function
from autograd.functional import transforms as _transforms
from autograd.functional.checkpointing import checkpoint
from autograd.functional.transforms import grads, hvp, jvp, vjp
from autograd.io import load, load_torch, save, save_torch
from autograd.profiling.profiler import Profile, profile
from autograd.rules import primitive as _primitive
from autograd.rules import rule

__all__ = [
    "Compiled", "Leaf", "Node", "Observer", "Picture", "Profile", "Tensor", "TraceError", "assert_gradients",
    "checkpoint", "compile", "data", "draw", "elementwise_grad", "enable_grad", "grad", "gradcheck", "grads", "hessian",
    "hvp", "is_grad_enabled", "jacobian", "jvp", "load", "load_torch", "nn", "no_grad", "observe", "optim", "primitive",
    "profile", "rule", "save", "save_torch", "seed", "value_and_grad", "vjp",
]  # fmt: skip

_keep_freed_memory()

# What HIPS autograd has by the same names, with other conventions (autograd/hips/README.md).
__path__.insert(0, f"{__path__[0]}/hips")  # first, or HIPS autograd, installed before, would lie in front of it
elementwise_grad, grad = hips.by_caller(_transforms.elementwise_grad), hips.by_caller(_transforms.grad)
hessian, jacobian = hips.by_caller(_transforms.hessian), hips.by_caller(_transforms.jacobian)
value_and_grad = hips.by_caller(_transforms.value_and_grad)
primitive = hips.by_caller(_primitive, "core")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What HIPS autograd has; of a name of PyTorch's or NumPy's, an error that says how it is written here."""
        if (found := hips.find(name)) is not None:
            return found
        error = None if name.startswith("_") else _of_function(name)
        raise error or AttributeError(f"module 'autograd' has no attribute {name!r}")
