"""Discrete Fourier transforms. They are linear, and their matrices symmetric: each is nearly its own adjoint.

A complex transform is. Of a transform of real numbers one half is kept, as the other half holds the conjugates of the
first; so rfft and hfft are each other's adjoint, and irfft and ihfft, but for a factor of 2 where a coefficient stands
for its conjugate, too. Where `n` or `s` cut the input or filled it up with zeros, the gradient is filled up or cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from autograd.rules.indexing import scatter_add
from autograd.rules.registry import rule

Shape = tuple[int, ...]
Norm = Literal["backward", "ortho", "forward"] | None


def fit(gx: Any, shape: Shape) -> Any:
    """Cut off or filled up with zeros along each axis, to the shape of the input."""
    common = tuple(map(slice, np.minimum(gx.shape, shape)))
    kept = gx[common]
    return kept if kept.shape == shape else scatter_add(kept, shape, common)


def counts(n: int, axis: int, g: Any) -> Any:
    """(n // 2 + 1, 1, ...): how many of n coefficients each stands for; the first and the middle are real."""
    k = np.arange(n // 2 + 1)
    return np.where((k == 0) | (2 * k == n), 1, 2).astype(g.dtype).reshape(-1, *(1,) * (g.ndim - 1 - axis % g.ndim))


def from_half(fft: Callable[..., Any], g: Any, n: int, axis: int, norm: Norm) -> Any:
    """The adjoint of rfft (by hfft) or ihfft (by irfft) of n numbers along an axis."""
    return fft(g / counts(n, axis, g), n, axis, norm)


def to_half(fft: Callable[..., Any], g: Any, axis: int, norm: Norm) -> Any:
    """The adjoint of irfft (by ihfft) or hfft (by rfft) along an axis."""
    return fft(g, axis=axis, norm=norm) * counts(g.shape[axis], axis, g)


def once(ndim: int, s: Sequence[int] | None, axes: Sequence[int] | None) -> Shape:
    """The axes of a transform, from 0 and each once."""
    if axes is None:
        axes = range(-(ndim if s is None else len(s)), 0)
    numbers = tuple(axis % ndim for axis in axes)
    if len(set(numbers)) < len(numbers):
        raise ValueError(
            f"a Fourier transform was given axes={tuple(axes)}, one of them twice, and its gradient is known where each "
            f"is named once; transform twice instead: np.fft.fft(np.fft.fftn(t, axes=...), axis=...)"
        )
    return numbers


def fftn_gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm) -> Any:
    return fit(np.fft.fftn(g, axes=once(g.ndim, s, axes), norm=norm), x_shape)


def ifftn_gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm) -> Any:
    return fit(np.fft.ifftn(g, axes=once(g.ndim, s, axes), norm=norm), x_shape)


def rfftn_gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm) -> Any:
    *others, last = once(g.ndim, s, axes)
    n = x_shape[last] if s is None or s[-1] in (None, -1) else s[-1]
    return fit(from_half(np.fft.hfft, np.fft.fftn(g, axes=others, norm=norm), n, last, norm), x_shape)


def irfftn_gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm) -> Any:
    *others, last = once(g.ndim, s, axes)
    return fit(np.fft.ifftn(to_half(np.fft.ihfft, g, last, norm), axes=others, norm=norm), x_shape)


# fmt: off
# Along one axis
rule(np.fft.fft,        x=lambda g, x_shape, axis, norm: fit(np.fft.fft(g, axis=axis, norm=norm), x_shape), accepts=("n",))
rule(np.fft.ifft,       x=lambda g, x_shape, axis, norm: fit(np.fft.ifft(g, axis=axis, norm=norm), x_shape), accepts=("n",))
rule(np.fft.rfft,       x=lambda g, x_shape, n, axis, norm: fit(from_half(np.fft.hfft, g, n or x_shape[axis], axis, norm), x_shape))
rule(np.fft.hfft,       x=lambda g, x_shape, axis, norm: fit(to_half(np.fft.rfft, g, axis, norm), x_shape), accepts=("n",))
rule(np.fft.irfft,      x=lambda g, x_shape, axis, norm: fit(to_half(np.fft.ihfft, g, axis, norm), x_shape), accepts=("n",))
rule(np.fft.ihfft,      x=lambda g, x_shape, n, axis, norm: fit(from_half(np.fft.irfft, g, n or x_shape[axis], axis, norm), x_shape))

# Along several; those of a plane differ in the axes that they go over by default
rule(np.fft.fft2,       x=fftn_gx)
rule(np.fft.ifft2,      x=ifftn_gx)
rule(np.fft.rfft2,      x=rfftn_gx)
rule(np.fft.irfft2,     x=irfftn_gx)
rule(np.fft.fftn,       x=fftn_gx)
rule(np.fft.ifftn,      x=ifftn_gx)
rule(np.fft.rfftn,      x=rfftn_gx)
rule(np.fft.irfftn,     x=irfftn_gx)

# The zero frequency to the middle, and back
rule(np.fft.fftshift,   x=lambda g, axes: np.fft.ifftshift(g, axes))
rule(np.fft.ifftshift,  x=lambda g, axes: np.fft.fftshift(g, axes))
