"""Layers, activations, losses and initial weights, named as in PyTorch."""

from typing import TYPE_CHECKING

from autograd.nn import init
from autograd.nn.containers import ModuleDict, ModuleList, Sequential
from autograd.nn.functional.activations import glu, log_softmax, logsumexp, relu, sigmoid, softmax
from autograd.nn.functional.attention import scaled_dot_product_attention
from autograd.nn.functional.classification import cross_entropy, nll_loss
from autograd.nn.functional.convolution import conv1d, conv2d, conv_transpose2d
from autograd.nn.functional.embeddings import Embedding, embedding
from autograd.nn.functional.gaussian import gelu
from autograd.nn.functional.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_similarity,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from autograd.nn.functional.normalization import batch_norm, group_norm, layer_norm, rms_norm
from autograd.nn.functional.pooling import adaptive_avg_pool2d, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from autograd.nn.functional.rectifiers import elu, hardswish, leaky_relu, mish, silu, softplus
from autograd.nn.functional.resampling import Upsample, interpolate
from autograd.nn.layers.activation import (
    ELU,
    GELU,
    GLU,
    Hardswish,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from autograd.nn.layers.attention import MultiheadAttention
from autograd.nn.layers.convolution import Conv1d, Conv2d, ConvTranspose2d
from autograd.nn.layers.linear import Dropout, Dropout2d, Flatten, Identity, Linear
from autograd.nn.layers.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineSimilarity,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from autograd.nn.layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from autograd.nn.layers.pooling import AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from autograd.nn.layers.recurrence import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from autograd.nn.module import Module
from autograd.nn.state import Parameter
from autograd.nn.torch_names import of_layer as _of_layer

__all__ = [
    "ELU", "GELU", "GLU", "GRU", "LSTM", "RNN", "AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "BCELoss",
    "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Conv1d", "Conv2d", "ConvTranspose2d", "CosineSimilarity",
    "CrossEntropyLoss", "Dropout", "Dropout2d", "Embedding", "Flatten", "GRUCell", "GroupNorm", "Hardswish",
    "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LSTMCell", "LayerNorm", "LeakyReLU", "Linear", "LogSoftmax",
    "MSELoss", "MaxPool1d", "MaxPool2d", "Mish", "Module", "ModuleDict", "ModuleList", "MultiheadAttention", "NLLLoss",
    "Parameter", "RMSNorm", "RNNCell", "ReLU", "Sequential", "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softplus",
    "Tanh", "Upsample", "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "conv1d", "conv2d", "conv_transpose2d", "cosine_similarity", "cross_entropy",
    "elu", "embedding", "gelu", "glu", "group_norm", "hardswish", "huber_loss", "init", "interpolate", "kl_div",
    "l1_loss", "layer_norm", "leaky_relu", "log_softmax", "logsumexp", "max_pool1d", "max_pool2d", "mish", "mse_loss",
    "nll_loss", "relu", "rms_norm", "scaled_dot_product_attention", "sigmoid", "silu", "smooth_l1_loss", "softmax",
    "softplus",
]  # fmt: skip

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Of a name of PyTorch's, an error that says what there is."""
        if name.startswith("_"):
            raise AttributeError(f"module 'autograd.nn' has no attribute {name!r}")
        raise _of_layer(name, __all__)
