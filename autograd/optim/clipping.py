"""Clipping of gradients, after PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.engine.modes import no_grad
from autograd.engine.observer import stage
from autograd.engine.tensor import Tensor
from autograd.rules.duck_arrays import opaque


def clip_grad_norm(params: Iterable[Tensor] | Tensor, max_norm: float, error_if_nonfinite: bool = False) -> Tensor:
    """Scale all gradients by one factor, in place, so that their norm together is at most `max_norm`.

    Returns the norm as it was, of shape () and float64; 0 if there are parameters, and none has a gradient. It neither
    overflows nor vanishes where the gradients do not.

    error_if_nonfinite  raise ValueError, and scale nothing, if the norm is infinite or NaN. No factor makes that at
                        most `max_norm`: without this, all gradients become NaN.
    """
    grads = _gradients("clip_grad_norm", params, max_norm=max_norm)
    if not grads:
        return Tensor(0.0)
    with stage("clip_grad_norm"):
        norm = opaque(norm_of, *(g.data for g in grads))
        if error_if_nonfinite:
            norm = opaque(finite, norm)
        # 1e-6: as in PyTorch, for a norm of zero
        scale = np.where(np.isfinite(norm), np.minimum(max_norm / (norm + 1e-6), 1), np.nan)
        factors = {
            dtype: scale.astype(np.result_type(np.finfo(dtype).dtype, np.float32))
            for dtype in dict.fromkeys(g.dtype for g in grads)
        }
        with atomic(), no_grad():  # in this order: an interrupt must not leave recording off
            for g in grads:
                g *= factors[g.dtype]
        return Tensor(norm)


def clip_grad_value(params: Iterable[Tensor] | Tensor, clip_value: float) -> None:
    """Clip each element of all gradients to [-clip_value, clip_value], in place. NaN stays NaN."""
    grads = _gradients("clip_grad_value", params, clip_value=clip_value)
    for g in grads:
        if g.dtype.kind == "c":
            raise TypeError("clip_grad_value was given a complex gradient, which has no order; use clip_grad_norm")
    with stage("clip_grad_value"), atomic(), no_grad():
        for g in grads:
            np.clip(g, -clip_value, clip_value, out=g)  # type: ignore[call-overload]  # a Tensor


def _gradients(name: str, params: Iterable[Tensor] | Tensor, **bound: float) -> list[Tensor]:
    """The gradients of those parameters that have one. Raises ValueError for no parameters, or a negative bound."""
    params = [params] if isinstance(params, Tensor) else list(params)
    if not params:
        raise ValueError(f"{name} was given no parameters; pass model.parameters(), not yet used up")
    for what, value in bound.items():
        if not value >= 0:
            raise ValueError(f"{name} was given {what}={value}; it must not be negative")
    return [p.grad.detach() for p in params if p.grad is not None]


def norm_of(*arrays: Any) -> Any:
    """Of all elements together, shape (), float64."""
    arrays = tuple(array.astype(np.float32) if array.dtype == np.float16 else array for array in arrays)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = sum(square_norm(array) for array in arrays)
        if 1e-25 < total < 1e36:  # nothing that counts has vanished, nothing has overflowed, in float32 either
            return np.sqrt(np.asarray(total))
    # What is squared is divided before by a power of two near the largest element, which costs no bit.
    largest = np.max([np.max(np.abs(array), initial=0) for array in arrays])
    unit = np.ldexp(np.ones_like(largest), np.frexp(largest)[1] - 1)
    return np.asarray(np.multiply(unit, np.sqrt(sum(square_norm(array / unit) for array in arrays)), dtype=np.float64))


def square_norm(array: Any) -> float:
    """The sum of |x|**2. Of rows first: in one long sum of float32 digits are lost."""
    rows = array.reshape(len(array), array.size // len(array)) if array.ndim > 1 and array.size else array.reshape(-1)
    return float(np.add.reduce(np.vecdot(rows, rows).real, dtype=np.float64, axis=None))


def finite(norm: Any) -> Any:
    """The norm of gradients, if it is finite."""
    if not np.isfinite(norm):
        raise ValueError(
            f"clip_grad_norm found gradients whose norm is {norm}, and has scaled none; find where that comes from: "
            f"ag.draw(loss, backward=True, values=True).warnings"
        )
    return norm
