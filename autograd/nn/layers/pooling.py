"""Pooling as layers."""

from __future__ import annotations

from typing import Any

from autograd._util.functions import arguments_of
from autograd.nn.functional.pooling import adaptive_pooled, avg_pooled, max_pooled
from autograd.nn.module import Module


class _MaxPool(Module):
    ndim: int

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, *, ceil_mode: bool = False
    ) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode

    def forward(self, x: Any) -> Any:
        return max_pooled(
            self, self.ndim, x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        )

    def extra_repr(self) -> str:
        return arguments_of(self)


class MaxPool1d(_MaxPool):
    """The largest of each window of (N, C, L) or (C, L): see `max_pool1d`."""

    ndim = 1


class MaxPool2d(_MaxPool):
    """The largest of each window of (N, C, H, W) or (C, H, W): see `max_pool2d`."""

    ndim = 2


class _AvgPool(Module):
    ndim: int
    divisor_override: int | None = None

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def forward(self, x: Any) -> Any:
        return avg_pooled(
            self, self.ndim, x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return arguments_of(self)


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L) or (C, L): see `avg_pool1d`."""

    ndim = 1


class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W) or (C, H, W): see `avg_pool2d`."""

    ndim = 2

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override


class AdaptiveAvgPool2d(Module):
    """Means of (N, C, H, W) or (C, H, W), as many as are asked for: see `adaptive_avg_pool2d`."""

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size

    def forward(self, x: Any) -> Any:
        return adaptive_pooled(self, x, self.output_size)

    def extra_repr(self) -> str:
        return arguments_of(self)
