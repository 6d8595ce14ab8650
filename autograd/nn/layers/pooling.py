"""Pooling as layers."""

from __future__ import annotations

from typing import Any

from autograd.nn.functional.pooling import adaptive_pooled, avg_pooled, max_pooled
from autograd.nn.module import Module


class Pooling(Module):
    """What the layers below have in common: their options, as they were given."""

    ndim = 2

    def __init__(self, kernel_size: Any, stride: Any, padding: Any, **options: Any) -> None:
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.options = options

    def extra_repr(self) -> str:
        parts = {"kernel_size": self.kernel_size, "stride": self.stride, "padding": self.padding, **self.options}
        return ", ".join(f"{name}={value}" for name, value in parts.items())


class MaxPool1d(Pooling):
    """The largest of each window of (N, C, L) or (C, L): see `max_pool1d`."""

    ndim = 1

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, *, ceil_mode: bool = False
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation=dilation, ceil_mode=ceil_mode)

    def forward(self, x: Any) -> Any:
        return max_pooled(self, self.ndim, x, self.kernel_size, self.stride, self.padding, **self.options)


class MaxPool2d(MaxPool1d):
    """The largest of each window of (N, C, H, W) or (C, H, W): see `max_pool2d`."""

    ndim = 2


class AvgPool1d(Pooling):
    """The mean of each window of (N, C, L) or (C, L): see `avg_pool1d`."""

    ndim = 1

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad)

    def forward(self, x: Any) -> Any:
        return avg_pooled(self, self.ndim, x, self.kernel_size, self.stride, self.padding, **self.options)


class AvgPool2d(AvgPool1d):
    """The mean of each window of (N, C, H, W) or (C, H, W): see `avg_pool2d`."""

    ndim = 2

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.options["divisor_override"] = divisor_override


class AdaptiveAvgPool2d(Module):
    """Means of (N, C, H, W) or (C, H, W), as many as are asked for: see `adaptive_avg_pool2d`."""

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size

    def forward(self, x: Any) -> Any:
        return adaptive_pooled(self, x, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"
