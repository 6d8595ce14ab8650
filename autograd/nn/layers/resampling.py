"""Upsample: `interpolate` as a layer."""

from __future__ import annotations

from typing import Any

from autograd._util.functions import arguments_of
from autograd.nn.functional.resampling import interpolated
from autograd.nn.module import Module


class Upsample(Module):
    """`interpolate` as a layer: images (N, C, H, W) or signals (N, C, L) of another size."""

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
    ) -> None:
        self.size, self.scale_factor = size, scale_factor
        self.mode, self.align_corners = mode, align_corners

    def forward(self, x: Any) -> Any:
        return interpolated(self, x, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        return arguments_of(self)
