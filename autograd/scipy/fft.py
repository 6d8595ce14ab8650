"""scipy.fft: Fourier, cosine, sine and Hankel transforms, with gradients.

All are linear. A complex Fourier transform is its own adjoint, of one of real numbers see autograd/rules/fourier.py; a
cosine or sine transform is an orthogonal matrix but for factors, so its adjoint is its inverse, but for these; a Hankel
transform is a symmetric matrix.

Code that calls scipy.fft itself is differentiated where this module is SciPy's backend:

    with scipy.fft.set_backend(autograd.scipy.fft):
        y = scipy.fft.dct(t)
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import fft as scipy_fft

from autograd.rules.fourier import Norm, Shape, fit, from_half, once, to_half
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import primitive_of

__all__ = [
    "dct", "dctn", "dst", "dstn", "fft", "fft2", "fftn", "fftshift", "fht", "hfft", "hfft2", "hfftn", "idct", "idctn",
    "idst", "idstn", "ifft", "ifft2", "ifftn", "ifftshift", "ifht", "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2",
    "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip

Function = Callable[..., Any]

fft, ifft, rfft, irfft, hfft, ihfft = map(primitive_of, (
    scipy_fft.fft, scipy_fft.ifft, scipy_fft.rfft, scipy_fft.irfft, scipy_fft.hfft, scipy_fft.ihfft
))  # fmt: skip
fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(primitive_of, (
    scipy_fft.fft2, scipy_fft.ifft2, scipy_fft.rfft2, scipy_fft.irfft2, scipy_fft.hfft2, scipy_fft.ihfft2
))  # fmt: skip
fftn, ifftn, rfftn, irfftn, hfftn, ihfftn = map(primitive_of, (
    scipy_fft.fftn, scipy_fft.ifftn, scipy_fft.rfftn, scipy_fft.irfftn, scipy_fft.hfftn, scipy_fft.ihfftn
))  # fmt: skip
dct, idct, dst, idst = map(primitive_of, (scipy_fft.dct, scipy_fft.idct, scipy_fft.dst, scipy_fft.idst))
dctn, idctn, dstn, idstn = map(primitive_of, (scipy_fft.dctn, scipy_fft.idctn, scipy_fft.dstn, scipy_fft.idstn))
fht, ifht = primitive(scipy_fft.fht), primitive(scipy_fft.ifht)
fftshift, ifftshift = np.fft.fftshift, np.fft.ifftshift  # of which SciPy's are copies

# -- SciPy's backend (NEP 13's idea for functions, by the package uarray that SciPy holds a copy of) -------------------

__ua_domain__ = "numpy.scipy.fft"


def __ua_function__(method: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: N807  # its name
    if method.__name__ not in __all__:
        return NotImplemented
    with scipy_fft.skip_backend(sys.modules[__name__]):
        return globals()[method.__name__](*args, **kwargs)


# -- Fourier transforms ------------------------------------------------------------------------------------------------


def line_gx(adjoint: Function) -> Function:
    """The rule of a transform along one axis whose adjoint, but for the length, is another."""

    def gx(g: Any, x_shape: Shape, axis: int, norm: Norm, workers: int | None) -> Any:
        return fit(adjoint(g, axis=axis, norm=norm, workers=workers), x_shape)

    return gx


def half_gx(adjoint: Function) -> Function:
    """The rule of a transform of real numbers to half of the coefficients."""

    def gx(g: Any, x_shape: Shape, n: int | None, axis: int, norm: Norm, workers: int | None) -> Any:
        return fit(from_half(partial(adjoint, workers=workers), g, n or x_shape[axis], axis, norm), x_shape)

    return gx


def from_half_gx(adjoint: Function) -> Function:
    """The rule of a transform of half of the coefficients to real numbers."""

    def gx(g: Any, x_shape: Shape, axis: int, norm: Norm, workers: int | None) -> Any:
        return fit(to_half(partial(adjoint, workers=workers), g, axis, norm), x_shape)

    return gx


def space_gx(adjoint: Function) -> Function:
    """As line_gx, along several axes."""

    def gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm, workers: int | None) -> Any:
        return fit(adjoint(g, axes=axes_of(g, s, axes), norm=norm, workers=workers), x_shape)

    return gx


def half_space_gx(others_adjoint: Function, last_adjoint: Function) -> Function:
    """As half_gx: first back along the other axes, then along the last."""

    def gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm, workers: int | None) -> Any:
        *others, last = axes_of(g, s, axes)
        n = x_shape[last] if s is None or as_tuple(s)[-1] == -1 else as_tuple(s)[-1]
        g = others_adjoint(g, axes=others, norm=norm, workers=workers)
        return fit(from_half(partial(last_adjoint, workers=workers), g, n, last, norm), x_shape)

    return gx


def from_half_space_gx(others_adjoint: Function, last_adjoint: Function) -> Function:
    """As from_half_gx: first back along the last axis, then along the others."""

    def gx(g: Any, x_shape: Shape, s: Any, axes: Any, norm: Norm, workers: int | None) -> Any:
        *others, last = axes_of(g, s, axes)
        g = to_half(partial(last_adjoint, workers=workers), g, last, norm)
        return fit(others_adjoint(g, axes=others, norm=norm, workers=workers), x_shape)

    return gx


def as_tuple(value: Any) -> Any:
    """SciPy takes one number in place of a sequence of one."""
    return value if value is None or np.iterable(value) else (value,)


def axes_of(g: Any, s: Any, axes: Any) -> Shape:
    return once(g.ndim, as_tuple(s), as_tuple(axes))


# -- cosine and sine transforms ----------------------------------------------------------------------------------------

# What idct and idst are, as dct and dst.
INVERSE_TYPES = {1: 1, 2: 3, 3: 2, 4: 4}
INVERSE_NORMS: dict[Norm, Norm] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def edges(is_sine: bool, kind: int, n: int) -> tuple[Any, Any]:
    """(n,), (n,): by what the transform of a type differs from the orthogonal one, at its input and at its output.

    Type 2, for one, is s D Q, where Q is orthogonal, the scale s follows from norm=, and D is 1 but for its first
    element, of a sine transform its last, which is √2 (scipy.fft.dct and dst, Notes).
    """
    into, out = np.ones(n), np.ones(n)
    ends = [0, -1] if kind == 1 else [-1 if is_sine else 0]
    if kind == 3 or (kind == 1 and not is_sine):
        into[ends] = math.sqrt(0.5)
    if kind == 2 or (kind == 1 and not is_sine):
        out[ends] = math.sqrt(2)
    return into, out


def wave_gx(
    inverse: Function, g: Any, x_shape: Shape, kind: int, axes: Shape, norm: Norm, workers: Any, has_edges: bool
) -> Any:
    """The adjoint of dctn or dstn, whose inverse is idctn or idstn."""
    is_sine = inverse is idstn
    first: Any = 1
    for axis in axes:
        n = g.shape[axis]
        scale = math.sqrt(2 * (n + (kind == 1) * (1 if is_sine else -1)))
        scale = {"ortho": 1, "forward": 1 / scale}.get(norm or "backward", scale)
        into, out = edges(is_sine, kind, n) if has_edges else (np.ones(n), np.ones(n))
        into, out = (
            factor.astype(g.real.dtype).reshape(-1, *(1,) * (g.ndim - 1 - axis)) for factor in (into * scale, out)
        )
        g, first = g * out, first * into
    return fit(first * inverse(g, kind, axes=axes, norm="ortho", workers=workers, orthogonalize=True), x_shape)


def wave(inverse: Function, is_inverse: bool = False) -> Function:
    """The rule of a cosine or sine transform along one axis."""

    def gx(g: Any, x_shape: Shape, type: int, axis: int, norm: Norm, workers: Any, orthogonalize: Any) -> Any:
        kind, way = (INVERSE_TYPES[type], INVERSE_NORMS[norm]) if is_inverse else (type, norm)
        has_edges = norm != "ortho" if orthogonalize is None else not orthogonalize
        return wave_gx(inverse, g, x_shape, kind, (axis % g.ndim,), way, workers, has_edges)

    return gx


def waves(inverse: Function, is_inverse: bool = False) -> Function:
    """The rule of one along several axes."""

    def gx(g: Any, x_shape: Shape, type: int, s: Any, axes: Any, norm: Norm, workers: Any, orthogonalize: Any) -> Any:
        kind, way = (INVERSE_TYPES[type], INVERSE_NORMS[norm]) if is_inverse else (type, norm)
        has_edges = norm != "ortho" if orthogonalize is None else not orthogonalize
        return wave_gx(inverse, g, x_shape, kind, axes_of(g, s, axes), way, workers, has_edges)

    return gx


# fmt: off
OPTIONS = ("overwrite_x", "workers", "plan")

# Along one axis
rule(fft,     x=line_gx(fft),        accepts=("n", *OPTIONS))
rule(ifft,    x=line_gx(ifft),       accepts=("n", *OPTIONS))
rule(rfft,    x=half_gx(hfft),       accepts=OPTIONS)
rule(hfft,    x=from_half_gx(rfft),  accepts=("n", *OPTIONS))
rule(irfft,   x=from_half_gx(ihfft), accepts=("n", *OPTIONS))
rule(ihfft,   x=half_gx(irfft),      accepts=OPTIONS)

# Along several; those of a plane differ in the axes that they go over by default
rule(fft2,    x=space_gx(fftn),      accepts=OPTIONS)
rule(ifft2,   x=space_gx(ifftn),     accepts=OPTIONS)
rule(rfft2,   x=half_space_gx(fftn, hfft),        accepts=OPTIONS)
rule(hfft2,   x=from_half_space_gx(fftn, rfft),   accepts=OPTIONS)
rule(irfft2,  x=from_half_space_gx(ifftn, ihfft), accepts=OPTIONS)
rule(ihfft2,  x=half_space_gx(ifftn, irfft),      accepts=OPTIONS)
rule(fftn,    x=space_gx(fftn),      accepts=OPTIONS)
rule(ifftn,   x=space_gx(ifftn),     accepts=OPTIONS)
rule(rfftn,   x=half_space_gx(fftn, hfft),        accepts=OPTIONS)
rule(hfftn,   x=from_half_space_gx(fftn, rfft),   accepts=OPTIONS)
rule(irfftn,  x=from_half_space_gx(ifftn, ihfft), accepts=OPTIONS)
rule(ihfftn,  x=half_space_gx(ifftn, irfft),      accepts=OPTIONS)

# Cosine and sine transforms
rule(dct,     x=wave(idctn), accepts=("n", "overwrite_x"))
rule(idct,    x=wave(idctn, is_inverse=True), accepts=("n", "overwrite_x"))
rule(dst,     x=wave(idstn), accepts=("n", "overwrite_x"))
rule(idst,    x=wave(idstn, is_inverse=True), accepts=("n", "overwrite_x"))
rule(dctn,    x=waves(idctn),  accepts=("overwrite_x",))
rule(idctn,   x=waves(idctn, is_inverse=True),  accepts=("overwrite_x",))
rule(dstn,    x=waves(idstn),  accepts=("overwrite_x",))
rule(idstn,   x=waves(idstn, is_inverse=True),  accepts=("overwrite_x",))

# Hankel transforms
rule(fht,     a=lambda g, dln, mu, offset, bias: fht(g, dln, mu, offset, bias))
rule(ifht,    a=lambda g, dln, mu, offset, bias: ifht(g, dln, mu, offset, bias))


def __getattr__(name: str) -> Any:
    return getattr(scipy_fft, name)
