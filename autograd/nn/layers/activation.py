"""Activations as modules: each holds the options of its function."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd._util.functions import arguments_of
from autograd.engine.tensor import Tensor, unary
from autograd.nn.functional import activations, gaussian, rectifiers
from autograd.nn.functional.activations import AnyArray
from autograd.nn.module import Module
from autograd.rules import OPERATIONS
from autograd.rules.binding import takes_axis

RELU, SIGMOID, TANH = (OPERATIONS[fn] for fn in (activations.relu, activations.sigmoid, np.tanh))


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: AnyArray) -> AnyArray:
        return unary(RELU, x) if type(x) is Tensor else activations.relu(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x: AnyArray) -> AnyArray:
        return unary(SIGMOID, x) if type(x) is Tensor else activations.sigmoid(x)


class Tanh(Module):
    """tanh(x)."""

    def forward(self, x: AnyArray) -> AnyArray:
        return unary(TANH, x) if type(x) is Tensor else np.tanh(x)


class _WithOptions(Module):
    def extra_repr(self) -> str:
        return arguments_of(self)


class LeakyReLU(_WithOptions):
    """x where x > 0, else negative_slope * x: see `nn.leaky_relu`."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = float(negative_slope)

    def forward(self, x: Any) -> Any:
        return rectifiers.leaky_relu(x, self.negative_slope)


class ELU(_WithOptions):
    """x where x > 0, else alpha (exp(x) - 1): see `nn.elu`."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = float(alpha)

    def forward(self, x: Any) -> Any:
        return rectifiers.elu(x, self.alpha)


class Softplus(_WithOptions):
    """log(1 + exp(beta x)) / beta, but x where beta x > threshold: see `nn.softplus`."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta, self.threshold = float(beta), float(threshold)

    def forward(self, x: Any) -> Any:
        return rectifiers.softplus(x, self.beta, self.threshold)


class SiLU(Module):
    """x sigmoid(x): see `nn.silu`."""

    def forward(self, x: Any) -> Any:
        return rectifiers.silu(x)


class Mish(Module):
    """x tanh(softplus(x)): see `nn.mish`."""

    def forward(self, x: Any) -> Any:
        return rectifiers.mish(x)


class Hardswish(Module):
    """x clip(x + 3, 0, 6) / 6: see `nn.hardswish`."""

    def forward(self, x: Any) -> Any:
        return rectifiers.hardswish(x)


class GELU(_WithOptions):
    """x times the probability that a normal variable is at most x; approximate="tanh" is faster: see `nn.gelu`."""

    def __init__(self, approximate: str = "none") -> None:
        gaussian.check_approximate("GELU", approximate)
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        return gaussian.gelu(x, self.approximate)


class _AlongAxis(_WithOptions):
    @takes_axis
    def __init__(self, axis: int = -1) -> None:
        self.axis = axis


class Softmax(_AlongAxis):
    """exp(x) / sum(exp(x)) along `axis`: see `nn.softmax`."""

    def forward(self, x: Any) -> Any:
        return activations.softmax(x, self.axis)


class LogSoftmax(_AlongAxis):
    """log(softmax(x)) along `axis`: see `nn.log_softmax`."""

    def forward(self, x: Any) -> Any:
        return activations.log_softmax(x, self.axis)


class GLU(_AlongAxis):
    """a * sigmoid(b), where a and b are the halves of x along `axis`: see `nn.glu`."""

    def forward(self, x: Any) -> Any:
        return activations.glu(x, self.axis)
