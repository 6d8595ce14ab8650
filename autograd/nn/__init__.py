"""Layers, activations, losses and initial weights, named as in PyTorch."""

from autograd.nn import init
from autograd.nn.activations import log_softmax, relu, sigmoid, softmax
from autograd.nn.containers import ModuleDict, ModuleList, Sequential
from autograd.nn.convolution import conv1d, conv2d, conv_transpose2d
from autograd.nn.convolution_layers import Conv1d, Conv2d, ConvTranspose2d
from autograd.nn.layers import Dropout, Flatten, Identity, Linear, ReLU, Sigmoid, Tanh
from autograd.nn.losses import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, mse_loss
from autograd.nn.module import Module, Parameter
from autograd.nn.normalization import batch_norm, group_norm, layer_norm, rms_norm
from autograd.nn.normalization_layers import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from autograd.nn.pooling import adaptive_avg_pool2d, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from autograd.nn.pooling_layers import AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from autograd.nn.resampling import Upsample, interpolate

__all__ = [
    "AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "Conv1d", "Conv2d", "ConvTranspose2d",
    "Dropout", "Flatten", "GroupNorm", "Identity", "LayerNorm", "Linear", "MaxPool1d", "MaxPool2d", "Module",
    "ModuleDict", "ModuleList", "Parameter", "RMSNorm", "ReLU", "Sequential", "Sigmoid", "Tanh", "Upsample",
    "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "conv1d", "conv2d", "conv_transpose2d", "cross_entropy", "group_norm", "init",
    "interpolate", "layer_norm", "log_softmax", "max_pool1d", "max_pool2d", "mse_loss", "relu", "rms_norm", "sigmoid",
    "softmax",
]  # fmt: skip
