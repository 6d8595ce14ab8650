"""Normalisation as modules, which hold weight, bias and running statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from autograd.engine.modes import no_grad
from autograd.engine.recomputation import is_recomputing
from autograd.engine.tensor import Tensor
from autograd.nn.functional.normalization import batch_norm, group_norm, layer_norm, rms_norm
from autograd.nn.inputs import of_dtype
from autograd.nn.module import Module
from autograd.nn.state import Parameter


class Normalization(Module):
    """What the modules below have in common: an input must have the dtype of weight and running statistics."""

    weight: Tensor | None

    def _checked(self, x: Any, reference: Tensor | None) -> Any:
        if type(x) is list:
            x = np.asarray(x)
        if reference is not None and getattr(x, "dtype", None) != reference.dtype:
            raise of_dtype(repr(self), reference.dtype, x)
        return x


class LayerNorm(Normalization):
    """x (..., *normalized_shape), normalised over these last axes: see `nn.layer_norm`.

    weight and bias (normalized_shape), 1 and 0 at first; without them if not elementwise_affine.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = float(eps)
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape, dtype)) if elementwise_affine and bias else None

    def forward(self, x: Any) -> Any:
        x = self._checked(x, self.weight)
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = ", bias=False" if self.weight is not None and self.bias is None else ""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None}{bias}"


class RMSNorm(Normalization):
    """x (..., *normalized_shape), divided by the root of the mean square of these last axes: see `nn.rms_norm`.

    weight (normalized_shape), 1 at first; without it if not elementwise_affine.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = None if eps is None else float(eps)
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None

    def forward(self, x: Any) -> Any:
        return rms_norm(self._checked(x, self.weight), self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None}"


class GroupNorm(Normalization):
    """x (batch, num_channels, ...), each of `num_groups` groups of channels normalised: see `nn.group_norm`.

    weight and bias (num_channels,), 1 and 0 at first; without them if not affine.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm was given num_groups={num_groups} and num_channels={num_channels}; the channels must be a "
                f"multiple of the groups: choose another number of one of them"
            )
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, float(eps)
        self.weight = Parameter(np.ones(num_channels, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_channels, dtype)) if affine else None

    def forward(self, x: Any) -> Any:
        x = self._checked(x, self.weight)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise _of_channels(self, x, f"(batch, {self.num_channels}, ...)")
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.weight is not None}"


class BatchNorm(Normalization):
    """x (batch, num_features, ...), each channel normalised: see `nn.batch_norm`. Use BatchNorm1d or BatchNorm2d.

    In training by the statistics of the batch, which are kept in running_mean and running_var, and in evaluation by
    those. `momentum` is the share of the new batch in them; None keeps the mean of all batches. Without
    track_running_stats it is always the batch. weight and bias (num_features,) are there if it is affine.
    """

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    shapes: ClassVar[dict[int, str]] = {}  # of the inputs that are taken, by ndim

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.num_features, self.eps = num_features, float(eps)
        self.momentum = None if momentum is None else float(momentum)
        self.weight = Parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_features, dtype)) if affine else None
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if track_running_stats else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.zeros((), np.int64) if track_running_stats else None)

    def forward(self, x: Any) -> Any:
        x = self._checked(x, self.running_mean if self.weight is None else self.weight)
        if x.ndim not in self.shapes or x.shape[1] != self.num_features:
            raise _of_channels(self, x, " or ".join(self.shapes.values()).replace("C", str(self.num_features)))
        mean, var = self.running_mean, self.running_var
        if not self.training or mean is None or self.num_batches_tracked is None:
            is_batch = mean is None  # whose statistics are taken in evaluation, too
            return batch_norm(x, mean, var, self.weight, self.bias, is_batch, 0.0, self.eps)
        count = self.num_batches_tracked
        if not is_recomputing():
            with no_grad():
                count += 1
        momentum = (1 / count.data).astype(mean.dtype) if self.momentum is None else self.momentum
        return batch_norm(x, mean, var, self.weight, self.bias, True, momentum, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.weight is not None}, "
            f"track_running_stats={self.running_mean is not None}"
        )


class BatchNorm1d(BatchNorm):
    __doc__ = (BatchNorm.__doc__ or "").replace("(batch, num_features, ...)", "(batch, num_features[, length])")
    shapes: ClassVar = {2: "(batch, C)", 3: "(batch, C, length)"}


class BatchNorm2d(BatchNorm):
    __doc__ = (BatchNorm.__doc__ or "").replace("(batch, num_features, ...)", "(batch, num_features, height, width)")
    shapes: ClassVar = {4: "(batch, C, height, width)"}


def _as_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    return tuple(shape) if isinstance(shape, list | tuple) else (int(shape),)  # type: ignore[arg-type]  # an int by now


def _of_channels(module: Module, x: Any, expected: str) -> ValueError:
    return ValueError(f"{module!r} was given an input of shape {x.shape}; it must be {expected}: reshape it")
