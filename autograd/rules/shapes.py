"""Shapes. The adjoint of moving elements moves them back; pairs that are each other's adjoint stand together.

Where `order` is an option, "C" and "F" say by themselves which element goes where. "A" and "K" ask the memory of the
input, so the backward pass refuses them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.registry import rule


def reshape_gx(g: Any, x_shape: tuple[int, ...], order: Any) -> Any:
    if order not in ("C", "F"):
        raise ValueError(
            f"reshape or ravel was given order={order!r}, whose gradient depends on the memory; use order='C' or 'F'"
        )
    return np.reshape(g, x_shape, order=order)


def astype(x: Any, dtype: np.dtype[Any], copy: bool = True) -> Any:
    """np.astype, whose second parameter cannot be given by name."""
    return np.astype(x, dtype, copy=copy)


def transpose_gx(g: Any, axes: tuple[int, ...] | None) -> Any:
    return np.transpose(g, None if axes is None else tuple(np.argsort([axis % g.ndim for axis in axes]).tolist()))


# fmt: off
# Views of the same elements in another shape
rule(np.reshape,           x=reshape_gx, accepts=("shape", "copy"), signature="(a, shape, order='C', *, copy=None)")
rule(np.ravel,             x=reshape_gx)
rule(np.squeeze,           x=lambda g, x_shape: np.reshape(g, x_shape), accepts=("axis",))
rule(np.expand_dims,       x=lambda g, x_shape: np.reshape(g, x_shape), accepts=("axis",))
rule(np.transpose,         x=transpose_gx)
rule(np.matrix_transpose,  x=lambda g: np.matrix_transpose(g))
rule(np.swapaxes,          x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2))
rule(np.moveaxis,          x=lambda g, source, destination: np.moveaxis(g, destination, source))

# Copies, of the whole or repeated
rule(np.copy,              x=lambda g: g)
rule(np.astype,            x=lambda g: g, accepts=("copy",), computed_by=astype)
rule(np.broadcast_to,      x=lambda g: g, accepts=("shape",), broadcasts=True)

rule(np.full_like,         x=None, value=lambda g: g, accepts=("shape", "device"), broadcasts=True)
