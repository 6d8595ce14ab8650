"""Convolutions and correlations of any dimensions.

Convolving is symmetric in its two arrays, and its adjoint convolves with the other array, reversed: where y is the
whole convolution of a and b, ga is the part of that of g and b reversed for which they overlap fully (mode="valid"). A
mode that leaves some of y away has zeros there in g.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import signal

from autograd.rules.indexing import scatter_add
from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by

Function = Callable[..., Any]
Shape = tuple[int, ...]

convolve, fftconvolve = primitive(signal.convolve), primitive(signal.fftconvolve)
oaconvolve, correlate = primitive(signal.oaconvolve), primitive(signal.correlate)
convolve2d, correlate2d = primitive(signal.convolve2d), primitive(signal.correlate2d)

# What scipy.signal.convolve2d calls the boundaries, in np.pad's words.
BOUNDARIES = {"fill": "constant", "pad": "constant", "wrap": "wrap", "circular": "wrap", "symm": "symmetric",
              "symmetric": "symmetric"}  # fmt: skip


def in_full(g: Any, a_shape: Shape, b_shape: Shape, mode: str, axes: Shape) -> Any:
    """The gradient of a part as that of the whole convolution along axes, with zeros where `mode` left some away.

    Along the other axes a and b broadcast; there, too, "same" takes the middle of what is longer than a.
    """
    full, first = [], []
    for k, (a, b) in enumerate(zip(a_shape, b_shape, strict=True)):
        length = a + b - 1 if k in axes else max(a, b)
        full.append(length)
        first.append({"full": 0, "same": (length - a) // 2, "valid": (min(a, b) - 1) * (k in axes)}[mode])
    if g.shape == tuple(full):
        return g
    return scatter_add(g, tuple(full), tuple(slice(k, k + n) for k, n in zip(first, g.shape, strict=True)))


def numbers_of(axes: Any, ndim: int) -> Shape:
    if axes is None:
        return tuple(range(ndim))
    return tuple(axis % ndim for axis in (axes if np.iterable(axes) else (axes,)))


def convolved_ga(by: Function, g: Any, a_shape: Shape, b: Any, b_shape: Shape, mode: str, axes: Shape) -> Any:
    """The gradient of the first array of a convolution; `by` convolves two arrays where they overlap fully."""
    if 0 in (*a_shape, *b_shape):
        return np.zeros_like(g, shape=a_shape)
    return by(in_full(g, a_shape, b_shape, mode, axes), np.flip(b, axes))


def convolved_gb(by: Function, g: Any, a: Any, a_shape: Shape, b_shape: Shape, mode: str, axes: Shape) -> Any:
    if 0 in (*a_shape, *b_shape):
        return np.zeros_like(g, shape=b_shape)
    return by(in_full(g, a_shape, b_shape, mode, axes), np.flip(a, axes))


def convolve_ga(g: Any, a_shape: Shape, b: Any, b_shape: Shape, mode: str, method: str) -> Any:
    by = partial(convolve, mode="valid", method=method)
    return convolved_ga(by, g, a_shape, b, b_shape, mode, numbers_of(None, g.ndim))


def convolve_gb(g: Any, a: Any, a_shape: Shape, b_shape: Shape, mode: str, method: str) -> Any:
    by = partial(convolve, mode="valid", method=method)
    return convolved_gb(by, g, a, a_shape, b_shape, mode, numbers_of(None, g.ndim))


def correlate_ga(g: Any, a_shape: Shape, b: Any, b_shape: Shape, mode: str, method: str) -> Any:
    """correlate(a, b) is convolve(a, conj(b) reversed)."""
    return convolve_ga(g, a_shape, np.flip(conj(b)), b_shape, mode, method)


def correlate_gb(g: Any, a: Any, a_shape: Shape, b_shape: Shape, mode: str, method: str) -> Any:
    return conj(np.flip(convolve_gb(g, a, a_shape, b_shape, mode, method)))


def along_axes(fn: Function) -> dict[str, Any]:
    """The rules of fftconvolve or oaconvolve."""

    def ga(g: Any, a_shape: Shape, b: Any, b_shape: Shape, mode: str, axes: Any) -> Any:
        by = partial(fn, mode="valid", axes=axes)
        return convolved_ga(by, g, a_shape, b, b_shape, mode, numbers_of(axes, g.ndim))

    def gb(g: Any, a: Any, a_shape: Shape, b_shape: Shape, mode: str, axes: Any) -> Any:
        by = partial(fn, mode="valid", axes=axes)
        return convolved_gb(by, g, a, a_shape, b_shape, mode, numbers_of(axes, g.ndim))

    return {"a": ga, "b": gb}


def extended_convolution(in1: Any, in2: Any, mode: str, boundary: str, fillvalue: Any) -> Any:
    """convolve2d: of the first array continued on all sides, where it overlaps fully with the second."""
    if mode == "valid":  # which never looks beyond an edge
        return convolve(in1, in2, "valid")
    widths = [(n - 1, n - 1) for n in np.shape(in2)]
    pad: Any = np.pad  # whose type has one signature for each mode
    options = {"constant_values": fillvalue} if BOUNDARIES[boundary] == "constant" else {}
    y = convolve(pad(in1, widths, BOUNDARIES[boundary], **options), in2, "valid")
    return y if mode == "full" else y[middle(np.shape(in1), np.shape(in2), 1)]


def extended_correlation(in1: Any, in2: Any, mode: str, boundary: str, fillvalue: Any) -> Any:
    """correlate2d, which takes the other of two middles if the second array is of an even length."""
    whole = "full" if mode == "same" else mode
    y = extended_convolution(in1, conj(np.flip(in2)), whole, boundary, fillvalue)
    return y[middle(np.shape(in1), np.shape(in2), 0)] if mode == "same" else y


def middle(shape: Shape, other: Shape, lower: int) -> tuple[slice, ...]:
    return tuple(slice((k - lower) // 2, (k - lower) // 2 + n) for n, k in zip(shape, other, strict=True))


# fmt: off
rule(convolve,    a=convolve_ga,  b=convolve_gb)
rule(correlate,   a=correlate_ga, b=correlate_gb)
rule(fftconvolve, **along_axes(fftconvolve), broadcasts=True)
rule(oaconvolve,  **along_axes(oaconvolve), broadcasts=True)
rule(convolve2d,  **rules_by(extended_convolution, "in1", "in2"))
rule(correlate2d, **rules_by(extended_correlation, "in1", "in2"))
