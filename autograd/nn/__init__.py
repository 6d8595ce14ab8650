"""Layers, activations, losses and initial weights, named as in PyTorch."""

from autograd.nn import init
from autograd.nn.activations import log_softmax, relu, sigmoid, softmax
from autograd.nn.containers import ModuleDict, ModuleList, Sequential
from autograd.nn.layers import Dropout, Linear, ReLU, Sigmoid, Tanh
from autograd.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
)
from autograd.nn.module import Module, Parameter

__all__ = [
    "Dropout", "Linear", "Module", "ModuleDict", "ModuleList", "Parameter", "ReLU", "Sequential", "Sigmoid", "Tanh",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "init", "log_softmax", "mse_loss",
    "relu", "sigmoid", "softmax",
]  # fmt: skip
