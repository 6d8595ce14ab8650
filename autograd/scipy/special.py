"""scipy.special: its ufuncs, which are differentiated where they stand, and with gradients its other functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from autograd.engine.tensor import Tensor
from autograd.rules.scipy.gamma import multigammaln, polygamma
from autograd.rules.scipy.integrals import diric
from autograd.rules.scipy.spherical_bessel import spherical_in, spherical_jn, spherical_kn, spherical_yn

__all__ = [
    "diric", "log_softmax", "logsumexp", "multigammaln", "polygamma", "softmax", "spherical_in", "spherical_jn",
    "spherical_kn", "spherical_yn",
]  # fmt: skip

Axis = int | tuple[int, ...] | None
Function = Callable[..., Any]


def _on_tensors(definition: Function) -> Function:
    """SciPy's function of that name, unless a Tensor is given: then the definition."""
    scipys = getattr(special, definition.__name__)

    @functools.wraps(scipys)
    def call(*args: Any, **options: Any) -> Any:
        has_tensor = any(isinstance(x, Tensor) for x in (*args, *options.values()))
        return (definition if has_tensor else scipys)(*args, **options)

    return call


@_on_tensors
def logsumexp(a: Any, axis: Axis = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """log(sum(b * exp(a))), by the largest of a, which is a constant: it cancels out, and so do its derivatives."""
    largest = np.max(np.real(getattr(a, "data", a)), axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    terms = np.exp(a - largest) if b is None else b * np.exp(a - largest)
    total = np.sum(terms, axis=axis, keepdims=keepdims)
    size = np.absolute(total) if return_sign else total
    with np.errstate(divide="ignore", invalid="ignore"):  # of a sum that is 0, or negative
        y = np.log(size) + (largest if keepdims else np.squeeze(largest, axis))
    return (y, np.sign(total)) if return_sign else y


@_on_tensors
def log_softmax(x: Any, axis: Axis = None) -> Any:
    return x - logsumexp(x, axis=axis, keepdims=True)


@_on_tensors
def softmax(x: Any, axis: Axis = None) -> Any:
    return np.exp(log_softmax(x, axis=axis))


def __getattr__(name: str) -> Any:
    return getattr(special, name)
