"""Convolutions as layers. Their weights have the shapes and names that PyTorch gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.engine.tensor import Tensor
from autograd.nn import init
from autograd.nn.functional.convolution import convolved, transposed
from autograd.nn.functional.windows import per_axis
from autograd.nn.module import Module


class Convolution(Module):
    """What the layers below have in common: their options and their state."""

    ndim = 2  # how many axes come after those of the batch and the channels

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, *, dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None, initialiser: init.Initialiser = init.he,
    ) -> None:  # fmt: skip
        who = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{who} was given in_channels={in_channels}, out_channels={out_channels} and groups={groups}; both "
                f"must be multiples of groups: change one of them"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(who, "kernel_size", kernel_size, self.ndim)
        self.stride = per_axis(who, "stride", stride, self.ndim)
        self.padding = padding if isinstance(padding, str) else per_axis(who, "padding", padding, self.ndim, 0)
        self.dilation = per_axis(who, "dilation", dilation, self.ndim)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        weight = self.arranged(initialiser(shape, dtype, init.generator(rng)))
        self.weight = Tensor(weight, requires_grad=True)
        self.bias = Tensor(init.aligned(np.zeros(out_channels), dtype), requires_grad=True) if bias else None

    def arranged(self, weight: Any) -> Any:
        return weight

    def forward(self, x: Any) -> Any:
        return convolved(
            self, self.ndim, x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        """As in PyTorch: the size of the kernel, the stride, and what is not as it is if not given."""
        parts = [f"{self.in_channels}, {self.out_channels}", f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        usual: dict[str, Any] = {"padding": 0, "output_padding": 0, "dilation": 1}
        for name, number in usual.items():
            value = getattr(self, name, None)
            if value not in (None, (number,) * self.ndim):
                parts.append(f"{name}={value!r}")
        if self.groups > 1:
            parts.append(f"groups={self.groups}")
        return ", ".join(parts + ["bias=False"] * (self.bias is None))


class Conv1d(Convolution):
    """x (N, in_channels, L) or (in_channels, L) to (N, out_channels, M) or (out_channels, M): see `conv1d`.

    weight (out_channels, in_channels / groups, kernel_size), drawn by `initialiser` (see `nn.init`); bias
    (out_channels,), zero.
    """

    ndim = 1


class Conv2d(Convolution):
    """x (N, in_channels, H, W) or (in_channels, H, W) to (N, out_channels, oh, ow): see `conv2d`.

    weight (out_channels, in_channels / groups, kh, kw), drawn by `initialiser` (see `nn.init`); bias (out_channels,),
    zero.
    """


class ConvTranspose2d(Convolution):
    """x (N, in_channels, H, W) or (in_channels, H, W) to (N, out_channels, oh, ow): see `conv_transpose2d`.

    weight (in_channels, out_channels / groups, kh, kw), drawn by `initialiser` as that of the Conv2d between the same
    channels, so that He's fan-in is in_channels / groups * kh * kw; bias (out_channels,), zero.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, *,
        dtype: DTypeLike = np.float32, rng: np.random.Generator | None = None,
        initialiser: init.Initialiser = init.he,
    ) -> None:  # fmt: skip
        self.output_padding = per_axis("ConvTranspose2d", "output_padding", output_padding, 2, 0)
        padding = per_axis("ConvTranspose2d", "padding", padding, 2, 0)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, dtype=dtype, rng=rng,
            initialiser=initialiser,
        )  # fmt: skip

    def arranged(self, weight: Any) -> Any:
        """(out_channels, in_channels / groups, kh, kw) to (in_channels, out_channels / groups, kh, kw)."""
        outputs, inputs = self.out_channels // self.groups, self.in_channels // self.groups
        by_group = weight.reshape(self.groups, outputs, inputs, *self.kernel_size).swapaxes(1, 2)
        return init.aligned(by_group, weight.dtype).reshape(self.in_channels, outputs, *self.kernel_size)

    def forward(self, x: Any) -> Any:
        return transposed(
            self, x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups,
            self.dilation,
        )  # fmt: skip
