"""Functions of arrays, with their rules: what the layers compute. All stand in `nn` itself, too: `nn.relu`."""

from autograd.nn.functional.activations import glu, log_softmax, logsumexp, relu, sigmoid, softmax
from autograd.nn.functional.attention import scaled_dot_product_attention
from autograd.nn.functional.classification import cross_entropy, nll_loss
from autograd.nn.functional.convolution import conv1d, conv2d, conv_transpose2d
from autograd.nn.functional.embeddings import embedding
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
from autograd.nn.functional.resampling import interpolate

__all__ = [
    "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "conv1d", "conv2d", "conv_transpose2d", "cosine_similarity",
    "cross_entropy", "elu", "embedding", "gelu", "glu", "group_norm", "hardswish", "huber_loss", "interpolate",
    "kl_div", "l1_loss", "layer_norm", "leaky_relu", "log_softmax", "logsumexp", "max_pool1d", "max_pool2d", "mish",
    "mse_loss", "nll_loss", "relu", "rms_norm", "scaled_dot_product_attention", "sigmoid", "silu", "smooth_l1_loss",
    "softmax", "softplus",
]  # fmt: skip
