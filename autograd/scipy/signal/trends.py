"""Linear functions of a whole line: trends taken out, the analytic signal, other numbers of samples, smoothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from autograd.rules.fourier import fit
from autograd.rules.indexing import scatter_add
from autograd.rules.registry import primitive, rule
from autograd.scipy import fft
from autograd.scipy._primitives import primitive_of, rules_by
from autograd.scipy.ndimage.correlations import convolve1d

detrend = primitive_of(signal.detrend)
hilbert, resample, savgol_filter = (
    primitive(signal.hilbert),
    primitive(signal.resample),
    primitive(signal.savgol_filter),
)


def detrend_gx(g: Any, axis: int, type: str, bp: Any) -> Any:
    """A trend is taken out by an orthogonal projection, which is symmetric."""
    return detrend(g, axis, type, bp)


def hilbert_gx(g: Any, x_shape: tuple[int, ...], axis: int) -> Any:
    """x + iH(x) is made by leaving away the negative frequencies, and doubling the positive ones.

    The matrix of a Fourier transform is symmetric, so the adjoint of F⁻¹ D F is F D F⁻¹.
    """
    n = g.shape[axis]
    k = np.arange(n).reshape(-1, *(1,) * (g.ndim - 1 - axis % g.ndim))
    weights = np.where((k == 0) | (2 * k == n), 1, np.where(2 * k < n, 2, 0)).astype(g.real.dtype)
    return fit(fft.fft(fft.ifft(g, axis=axis) * weights, axis=axis), x_shape)


def resampled(x: Any, num: int, t: Any, axis: int, window: Any, domain: str) -> Any:
    """resample: the frequencies that both lengths have, and 0 for the others.

    Of an even length the middle frequency stands for the highest positive and the lowest negative one: two are added up
    where samples are left away, and one is split where samples are added.
    """
    is_real = domain == "time" and x.dtype.kind != "c"
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1]
    X = fft.fft(x) if domain == "time" else x
    if window is not None:
        X = X * frequency_window(window, n).astype(X.dtype)
    m = min(n, num)
    k = np.arange(-(m // 2), m // 2 + 1)
    weights = np.where((2 * np.abs(k) == m) & (num >= n), 0.5, 1).astype(x.real.dtype)
    y = fft.ifft(scatter_add(X[..., k % n] * weights, (*x.shape[:-1], num), (..., k % num))) * (num / n)
    y = np.moveaxis(np.real(y) if is_real else y, -1, axis)
    return y if t is None else (y, None)


def frequency_window(window: Any, n: int) -> Any:
    """(n,): by what `resample` multiplies each frequency, seen in what it makes of a unit pulse."""
    pulse = np.zeros(n, complex)
    pulse[0] = 1
    return fft.fft(signal.resample(pulse, n, window=window))


def smoothed(
    x: Any, window_length: int, polyorder: int, deriv: int, delta: float, axis: int, mode: str, cval: float
) -> Any:
    """savgol_filter: a convolution; at the ends, with mode="interp", what the polynomial there is."""
    taps = signal.savgol_coeffs(window_length, polyorder, deriv, delta)
    if mode != "interp":
        return convolve1d(x, taps, axis, None, mode, cval)
    edge = window_length // 2
    if not edge:
        return convolve1d(x, taps, axis, None, "constant")
    # What it makes of unit vectors as long as the window, of which all but the middle are ends.
    ends = signal.savgol_filter(np.eye(window_length), window_length, polyorder, deriv, delta, axis=0)
    ends = ends.astype(x.dtype).T
    x = np.moveaxis(x, axis, -1)
    middle = convolve1d(x, taps, -1, None, "constant")[..., edge : x.shape[-1] - edge]
    first, last = x[..., :window_length] @ ends[:, :edge], x[..., -window_length:] @ ends[:, -edge:]
    return np.moveaxis(np.concatenate([first, middle, last], -1), -1, axis)


# fmt: off
rule(detrend,       x=detrend_gx, accepts=("overwrite_data",))
rule(hilbert,       x=hilbert_gx, accepts=("N",))
rule(resample,      **rules_by(resampled, "x"), several=True)
rule(savgol_filter, **rules_by(smoothed, "x"))
