"""scipy.special: its ufuncs, which are differentiated where they stand, and with gradients its other functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from autograd.engine.dispatch import plain
from autograd.engine.tensor import Tensor
from autograd.rules.duck_arrays import asarray
from autograd.rules.registry import primitive
from autograd.rules.scipy.gamma import multigammaln, polygamma
from autograd.rules.scipy.integrals import diric
from autograd.rules.scipy.spherical_bessel import spherical_in, spherical_jn, spherical_kn, spherical_yn

__all__ = [
    "comb", "diric", "factorial", "log_softmax", "logsumexp", "multigammaln", "perm", "polygamma", "softmax",
    "spherical_in", "spherical_jn", "spherical_kn", "spherical_yn",
]  # fmt: skip

Axis = int | tuple[int, ...] | None
Function = Callable[..., Any]


def _on_tensors(definition: Function) -> Function:
    """SciPy's function of that name, unless a Tensor is given: then the definition."""
    scipys = getattr(special, definition.__name__)
    of_arrays = primitive(scipys)  # one step of a compiled program

    @functools.wraps(scipys)
    def call(*args: Any, **options: Any) -> Any:
        has_tensor = any(isinstance(x, Tensor) for x in (*args, *options.values()))
        return (definition if has_tensor else of_arrays)(*args, **options)

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


# -- combinatorics -----------------------------------------------------------------------------------------------------


@_on_tensors
def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """N! / (k! (N - k)!), or of N + k - 1 with repetition; 0 outside of 0 <= k <= N."""
    if exact:
        return _of_whole_numbers(special.comb, N, k, repetition=repetition)
    N, k = (x if isinstance(x, Tensor) else asarray(x) for x in (N, k))
    if not repetition:
        fits = (k <= N) & (k >= 0)
        return np.where(fits, special.binom(np.where(fits, N, 1), np.where(fits, k, 0)), 0)
    is_empty = (N == 0) & (k == 0)  # there is one choice
    return special.binom(np.where(is_empty, 1, N + k - 1), k)


@_on_tensors
def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """N! / (N - k)!; 0 outside of 0 <= k <= N."""
    if exact:
        return _of_whole_numbers(special.perm, N, k)
    N, k = (x if isinstance(x, Tensor) else asarray(x) for x in (N, k))
    fits = (k <= N) & (k >= 0)
    return np.where(fits, special.poch(np.where(fits, N - k + 1, 1), np.where(fits, k, 0)), 0)


@_on_tensors
def factorial(n: Any, exact: bool = False, extend: str = "zero") -> Any:
    """Gamma(n + 1), in float64; for a negative n 0, or with extend="complex" that, too, and in the dtype of n."""
    if exact:
        return _of_whole_numbers(special.factorial, n)
    if extend == "complex":
        return special.gamma(np.where(np.equal(n, -1), np.nan, n) + 1)
    if extend != "zero" or n.dtype.kind == "c":
        return special.factorial(plain(n), extend=extend)  # which refuses it
    return np.where(n < 0, np.zeros(()), special.gamma(np.where(n < 0, 0, n) + 1))


def _of_whole_numbers(fn: Function, *args: Any, **options: Any) -> Any:
    """What SciPy counts with exact=True, in Python's integers."""
    if any(isinstance(x, Tensor) and x.requires_grad for x in args):
        raise TypeError(
            f"{fn.__name__} was given a Tensor that requires a gradient and exact=True, which counts in whole numbers; "
            f"leave exact=False, or pass t.detach()"
        )
    return fn(*plain(args), exact=True, **options)


def __getattr__(name: str) -> Any:
    return getattr(special, name)
