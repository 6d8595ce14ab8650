"""Normalisation: to mean 0 and variance 1 over some axes, then scaled and shifted. Functions of Tensors and of arrays.

One recorded call each, weight and bias included. What it saves is the normalised input and rstd: see moments.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.engine.dispatch import plain
from autograd.engine.graph import Array
from autograd.engine.modes import no_grad
from autograd.engine.recomputation import is_recomputing
from autograd.engine.tensor import Tensor
from autograd.engine.unbroadcast import sum_of_rows
from autograd.nn.functional.moments import (
    CHANNELS,
    ROWS,
    as_channels,
    as_rows,
    mean_of,
    mean_product,
    normalized_rows,
    reciprocal_std,
    scaled,
    shaped,
    through_statistics,
    widened,
)  # fmt: skip
from autograd.rules import primitive, rule

TensorOrArray = Tensor | Array


# -- of the last axes ------------------------------------------------------------------------------------------------


@primitive
def layer_norm(x: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(variance + eps) * weight + bias, of the last axes (Ba, Kiros and Hinton 2016, eq. 4).

    x (..., *normalized_shape); weight and bias have normalized_shape, or are None. The variance is that of n elements,
    not of n - 1. float16 is computed in float32.
    """
    check_last_axes("layer_norm", x, normalized_shape, weight, bias)
    x_hat, rstd = normalized_rows(as_rows(widened(x), len(normalized_shape)), eps)
    y = scaled(x_hat, flat(weight), flat(bias))
    return y.reshape(x.shape).astype(y_dtype(x, y), copy=False), x_hat, rstd


@primitive
def rms_norm(x: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """x / sqrt(mean(x**2) + eps) * weight, of the last axes (Zhang and Sennrich 2019, eq. 4).

    x (..., *normalized_shape); weight has normalized_shape, or is None. Without eps it is np.finfo(dtype).eps, of the
    dtype in which it is computed: float32 for float16.
    """
    check_last_axes("rms_norm", x, normalized_shape, weight, None)
    rows = as_rows(widened(x), len(normalized_shape))
    eps = float(np.finfo(rows.dtype).eps if eps is None else eps)
    x_hat, rstd = normalized_rows(rows, eps, is_centred=False)
    y = scaled(x_hat, flat(weight), None)
    return y.reshape(x.shape).astype(y_dtype(x, y), copy=False), x_hat, rstd


def flat(weight: Any) -> Any:
    return None if weight is None else weight.reshape(-1)


def y_dtype(x: Any, y: Any) -> Any:
    return np.float16 if x.dtype == np.float16 else y.dtype


def layer_norm_gx(g: Any, g_x_hat: Any, g_rstd: Any, x_hat: Any, rstd: Any, weight: Any, x_shape: Any) -> Any:
    g = rows_of_scaled(g, weight, x_hat)
    return through_statistics(g, g_x_hat, g_rstd, x_hat, rstd, ROWS, x_shape)


def rms_norm_gx(g: Any, g_x_hat: Any, g_rstd: Any, x_hat: Any, rstd: Any, weight: Any, x_shape: Any) -> Any:
    g = rows_of_scaled(g, weight, x_hat)
    return through_statistics(g, g_x_hat, g_rstd, x_hat, rstd, ROWS, x_shape, is_centred=False)


def rows_of_scaled(g: Any, weight: Any, x_hat: Any) -> Any:
    """The gradient of x_hat in y = x_hat * weight + bias."""
    if g is None:
        return None
    return shaped(g, x_hat.shape) if weight is None else shaped(g, x_hat.shape) * flat(weight)


def rows_gweight(g: Any, x_hat: Any, weight_shape: Any) -> Any:
    return None if g is None else shaped(np.einsum("rn,rn->n", shaped(g, x_hat.shape), x_hat), weight_shape)


def rows_gbias(g: Any, bias_shape: Any) -> Any:
    return None if g is None else shaped(sum_of_rows(as_rows(g, len(bias_shape))), bias_shape)


SAVED = ("x_hat", "rstd")
# fmt: off
OPTIONS = ("normalized_shape", "eps")
rule(layer_norm, x=layer_norm_gx, weight=rows_gweight, bias=rows_gbias, hidden=SAVED, accepts=OPTIONS)
rule(rms_norm,   x=rms_norm_gx,   weight=rows_gweight,                  hidden=SAVED, accepts=OPTIONS)
# fmt: on


# -- of channels -----------------------------------------------------------------------------------------------------


@primitive
def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(variance + eps) * weight + bias, of each of `num_groups` groups of channels (Wu and He 2018).

    x (batch, channels, ...); weight and bias (channels,), or None. float16 is computed in float32.
    """
    check_channels("group_norm", x, weight, bias)
    if num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(
            f"group_norm was given {x.shape[1]} channels (an input of shape {x.shape}) and num_groups={num_groups}; "
            f"the channels must be a multiple of the groups: choose another number of one of them"
        )
    rows = as_groups(widened(x), num_groups)
    x_hat, rstd = normalized_rows(rows, eps)
    y = scaled(x_hat.reshape(as_channels(x).shape), column(weight), column(bias))
    return y.reshape(x.shape).astype(y_dtype(x, y), copy=False), x_hat, rstd


def as_groups(x: Any, num_groups: int) -> Any:
    """(batch * groups, n)"""
    return x.reshape(x.shape[0] * num_groups, math.prod(x.shape[1:]) // num_groups)


def column(weight: Any) -> Any:
    """(channels, 1)"""
    return None if weight is None else weight.reshape(-1, 1)


def group_norm_gx(g: Any, g_x_hat: Any, g_rstd: Any, x_hat: Any, rstd: Any, weight: Any, x_shape: Any) -> Any:
    if g is not None:
        g = (g if weight is None else as_channels(g) * column(weight)).reshape(x_hat.shape)
    return through_statistics(g, g_x_hat, g_rstd, x_hat, rstd, ROWS, x_shape)


def channels_gweight(g: Any, x_hat: Any) -> Any:
    if g is None:
        return None
    g = as_channels(g)
    return np.einsum("ncs,ncs->c", g, x_hat.reshape(g.shape))


def channels_gbias(g: Any) -> Any:
    return None if g is None else np.add.reduce(as_channels(g), axis=CHANNELS)


# fmt: off
rule(group_norm, x=group_norm_gx, weight=channels_gweight, bias=channels_gbias, hidden=SAVED,
     accepts=("num_groups", "eps"))
# fmt: on


@primitive
def batch_norm_training(x: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Normalised by the mean and the variance (channels, 1) of x itself, which are given so that they are found once.

    The rule of x goes through them.
    """
    x_hat = as_channels(widened(x)) - mean
    rstd = reciprocal_std(variance, eps)
    x_hat *= rstd
    y = scaled(x_hat, column(weight), column(bias))
    return y.reshape(x.shape).astype(y_dtype(x, y), copy=False), x_hat, rstd


def batch_norm_training_gx(g: Any, g_x_hat: Any, g_rstd: Any, x_hat: Any, rstd: Any, weight: Any, x_shape: Any) -> Any:
    if g is not None:
        g = as_channels(g) if weight is None else as_channels(g) * column(weight)
    return through_statistics(g, g_x_hat, g_rstd, x_hat, rstd, CHANNELS, x_shape)


@primitive
def batch_norm_inference(x: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Normalised by a mean and a variance (channels, 1) that are constants."""
    scale, shift = scale_and_shift(mean, variance, weight, bias, eps)
    y = as_channels(widened(x)) * scale
    y += shift
    return y.reshape(x.shape).astype(y_dtype(x, y), copy=False)


def scale_and_shift(mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any]:
    """For y = x * scale + shift."""
    scale = 1 / np.sqrt(variance + eps)
    if weight is not None:
        scale = scale * column(weight)
    shift = -mean * scale
    return scale, shift if bias is None else shift + column(bias)


def batch_norm_inference_gx(g: Any, mean: Any, variance: Any, weight: Any, eps: float, x_shape: Any) -> Any:
    return (as_channels(g) * scale_and_shift(mean, variance, weight, None, eps)[0]).reshape(x_shape)


def batch_norm_inference_gweight(g: Any, x: Any, mean: Any, variance: Any, eps: float) -> Any:
    x_hat = (as_channels(x) - mean) / np.sqrt(variance + eps)
    return channels_gweight(g, x_hat)


# fmt: off
rule(batch_norm_training,  x=batch_norm_training_gx,  mean=None, variance=None, weight=channels_gweight,
     bias=channels_gbias, hidden=SAVED, accepts=("eps",))
rule(batch_norm_inference, x=batch_norm_inference_gx, mean=None, variance=None, weight=batch_norm_inference_gweight,
     bias=channels_gbias)
# fmt: on


def batch_norm(
    x: TensorOrArray,
    running_mean: TensorOrArray | None,
    running_var: TensorOrArray | None,
    weight: TensorOrArray | None = None,
    bias: TensorOrArray | None = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> Any:
    """(x - mean) / sqrt(variance + eps) * weight + bias, of each channel (Ioffe and Szegedy 2015, algorithm 1).

    x (batch, channels, ...); all others (channels,), or None. In training, or without running statistics, mean and
    variance (of n elements) are those of x, and no gradient is lost in them; the running ones are updated in place,

        running = (1 - momentum) * running + momentum * new,  with the variance of n - 1 elements,

    and else they are what x is normalised by. float16 is computed in float32.
    """
    check_channels("batch_norm", x, weight, bias, running_mean=running_mean, running_var=running_var)
    eps = float(eps)  # a float64 of NumPy's would make float32 float64
    if not training and running_mean is not None and running_var is not None:
        mean, variance = (column(widened(plain(a))) for a in (running_mean, running_var))
        return batch_norm_inference(x, mean, variance, weight, bias, eps)
    values = as_channels(widened(plain(x)))
    n = values.shape[0] * values.shape[2]
    if n < 2 and training:
        way = ", or call eval() first" if running_mean is not None else ""
        raise ValueError(
            f"batch_norm was given an input of shape {x.shape} in training, or without running statistics, which has "
            f"{n} elements a channel, of which there is no variance; it needs at least 2: give it a larger batch{way}"
        )
    mean = mean_of(values, CHANNELS)
    deviation = values - mean
    variance = mean_product(deviation, deviation, CHANNELS)
    if training and not is_recomputing():
        unbiased = variance * (n / (n - 1))
        for running, new in ((running_mean, mean), (running_var, unbiased)):
            if running is not None:
                _update(running, new[:, 0], momentum)
    return batch_norm_training(x, mean, variance, weight, bias, eps)


def _update(running: Any, new: Any, momentum: Any) -> None:
    with no_grad():
        running *= 1 - momentum
        running += momentum * new


# -- what they refuse ------------------------------------------------------------------------------------------------


def check_last_axes(name: str, x: Any, normalized_shape: Any, weight: Any, bias: Any) -> None:
    if not isinstance(normalized_shape, tuple | list):
        raise TypeError(
            f"{name} was given normalized_shape={normalized_shape!r}, and expects a tuple: the last axes of the "
            f"input, as in {name}(x, x.shape[-1:])"
        )
    shape = tuple(normalized_shape)
    if x.shape[x.ndim - len(shape) :] != shape or not shape or x.ndim < len(shape):
        raise ValueError(
            f"{name} was given an input of shape {x.shape} and normalized_shape={shape}, which its last axes must be; "
            f"reshape it, or give the shape of its last axes"
        )
    _check_parameters(name, shape, weight=weight, bias=bias)
    _check_real(name, x)


def check_channels(name: str, x: Any, weight: Any, bias: Any, **others: Any) -> None:
    if x.ndim < 2:
        raise ValueError(
            f"{name} was given an input of shape {x.shape}; it must be (batch, channels, ...): reshape it, for one "
            f"example with x[np.newaxis]"
        )
    _check_parameters(name, x.shape[1:2], weight=weight, bias=bias, **others)
    _check_real(name, x)


def _check_parameters(name: str, shape: tuple[int, ...], **parameters: Any) -> None:
    for parameter, value in parameters.items():
        if value is not None and value.shape != shape:
            raise ValueError(
                f"{name} was given {parameter} of shape {value.shape} for an input that takes one of {shape}; "
                f"reshape one of them"
            )


def _check_real(name: str, x: Any) -> None:
    if x.dtype.kind == "c":
        raise TypeError(
            f"{name} was given an input of {x.dtype}, and expects real numbers; normalise np.real(x) and np.imag(x)"
        )
