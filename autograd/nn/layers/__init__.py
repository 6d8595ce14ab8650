"""Layers: Modules that have parameters, or options, and call a function of `nn.functional`."""

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
from autograd.nn.layers.dropout import Dropout, Dropout2d
from autograd.nn.layers.embedding import Embedding
from autograd.nn.layers.flatten import Flatten, Identity
from autograd.nn.layers.linear import Linear
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
from autograd.nn.layers.resampling import Upsample

__all__ = [
    "ELU", "GELU", "GLU", "GRU", "LSTM", "RNN", "AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "BCELoss",
    "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Conv1d", "Conv2d", "ConvTranspose2d", "CosineSimilarity",
    "CrossEntropyLoss", "Dropout", "Dropout2d", "Embedding", "Flatten", "GRUCell", "GroupNorm", "Hardswish",
    "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LSTMCell", "LayerNorm", "LeakyReLU", "Linear", "LogSoftmax",
    "MSELoss", "MaxPool1d", "MaxPool2d", "Mish", "MultiheadAttention", "NLLLoss", "RMSNorm", "RNNCell", "ReLU",
    "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softplus", "Tanh", "Upsample",
]  # fmt: skip
