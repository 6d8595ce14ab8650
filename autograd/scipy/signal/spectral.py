"""Spectra of a signal, from Fourier transforms of its windowed segments. Windows are constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from autograd.rules.indexing import scatter_add
from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.scipy import fft
from autograd.scipy._primitives import rules_by
from autograd.scipy.signal.filters import extended
from autograd.scipy.signal.trends import detrend as detrended

periodogram, welch, csd = primitive(signal.periodogram), primitive(signal.welch), primitive(signal.csd)
coherence, spectrogram = primitive(signal.coherence), primitive(signal.spectrogram)
stft, istft = primitive(signal.stft), primitive(signal.istft)

# -- segments ----------------------------------------------------------------------------------------------------------


def window_of(window: Any, nperseg: int | None, n: int) -> Any:
    """(nperseg,): of a name, 256 long by default, and at most as long as the signal."""
    if isinstance(window, str | tuple):
        return signal.get_window(window, min(256 if nperseg is None else int(nperseg), n))
    return np.asarray(window)


def step_of(noverlap: int | None, length: int) -> int:
    return length - (length // 2 if noverlap is None else int(noverlap))


def places(count: int, length: int, step: int) -> Any:
    """(count, length): where the samples of each segment are."""
    return np.arange(count)[:, None] * step + np.arange(length)


def scale_of(win: Any, fs: float, scaling: str) -> float:
    return float(1 / np.sum(win) ** 2 if scaling == "spectrum" else 1 / (fs * np.sum(win * win)))


def is_onesided(return_onesided: bool, *xs: Any) -> bool:
    return return_onesided and not any(x.dtype.kind == "c" for x in xs)


def spectra(x: Any, win: Any, step: int, nfft: int | None, detrend: Any, onesided: bool) -> Any:
    """(..., samples) to (..., segments, frequencies)."""
    parts = x[..., places((x.shape[-1] - len(win)) // step + 1, len(win), step)]
    if detrend:
        parts = detrended(parts, type=detrend)
    parts = parts * win.astype(x.real.dtype)
    n = len(win) if nfft is None else int(nfft)
    return fft.rfft(parts, n) if onesided else fft.fft(parts, n)


def doubled(power: Any, nfft: int) -> Any:
    """Half of the frequencies stand for the other half, too, but for 0 and the middle."""
    k = np.arange(power.shape[-1])
    return power * np.where((k == 0) | (2 * k == nfft), 1, 2).astype(power.real.dtype)


# -- power -------------------------------------------------------------------------------------------------------------


def cross_power(
    x: Any, y: Any, fs: float, window: Any, nperseg: Any, noverlap: Any, nfft: Any, detrend: Any,
    return_onesided: bool, scaling: str, axis: int, average: str
) -> Any:  # fmt: skip
    """csd: (frequencies, mean of conj(X) Y over the segments). The shorter of the two ends with zeros."""
    x, y = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    n = max(x.shape[-1], y.shape[-1])
    x, y = (np.concatenate([z, np.zeros_like(z, shape=(*z.shape[:-1], n - z.shape[-1]))], -1) for z in (x, y))
    win = window_of(window, nperseg, n)
    step, onesided = step_of(noverlap, len(win)), is_onesided(return_onesided, x, y)
    power = conj(spectra(x, win, step, nfft, detrend, onesided)) * spectra(y, win, step, nfft, detrend, onesided)
    power = power * scale_of(win, fs, scaling)
    if onesided:
        power = doubled(power, len(win) if nfft is None else int(nfft))
    count = power.shape[-2]
    if average == "mean" or count == 1:
        mean = np.mean(power, axis=-2)
    else:
        mean = np.median(np.real(power), axis=-2) + 1j * np.median(np.imag(power), axis=-2)
        mean = mean / median_bias(count)
    return None, np.moveaxis(mean, -1, axis)


def median_bias(n: int) -> float:
    """What the median of n powers, each distributed exponentially, is on average, for a mean of 1.

    Allen et al. 2012, "FINDCHIRP", Physical Review D 85, 122006, appendix B.
    """
    k = 2.0 * np.arange(1, (n - 1) // 2 + 1)
    return float(1 + np.sum(1 / (k + 1) - 1 / k))


def mean_power(
    x: Any, fs: float, window: Any, nperseg: Any, noverlap: Any, nfft: Any, detrend: Any,
    return_onesided: bool, scaling: str, axis: int, average: str
) -> Any:  # fmt: skip
    """welch."""
    options = fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average
    return None, np.real(cross_power(x, x, *options)[1])


def power_of_all(
    x: Any, fs: float, window: Any, nfft: Any, detrend: Any, return_onesided: bool, scaling: str, axis: int
) -> Any:
    """periodogram: welch with one segment. Where nfft is less, the signal is cut."""
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1] if nfft is None else min(x.shape[-1], nfft)
    name = "boxcar" if window is None else window
    _, power = mean_power(x[..., :n], fs, name, n, 0, nfft, detrend, return_onesided, scaling, -1, "mean")
    return None, np.moveaxis(power, -1, axis)


def coherent_power(
    x: Any, y: Any, fs: float, window: Any, nperseg: Any, noverlap: Any, nfft: Any, detrend: Any, axis: int
) -> Any:
    """coherence: |csd|² of each unit of power."""
    options = fs, window, nperseg, noverlap, nfft, detrend, True, "density", axis, "mean"
    cross = cross_power(x, y, *options)[1]
    return None, np.real(cross * conj(cross)) / mean_power(x, *options)[1] / mean_power(y, *options)[1]


# -- over time ---------------------------------------------------------------------------------------------------------


def zero_or_extended(x: Any, boundary: str | None, edge: int) -> Any:
    if boundary == "zeros":
        zeros = np.zeros_like(x, shape=(*x.shape[:-1], edge))
        return np.concatenate([zeros, x, zeros], -1)
    return extended(x, boundary, edge)


def time_last(parts: Any, axis: int) -> Any:
    """(..., segments, frequencies) with the frequencies at the axis of the signal, and the segments last."""
    return np.moveaxis(parts.mT, -2, axis if axis >= 0 else axis - 1)


def spectrum_in_time(
    x: Any, fs: float, window: Any, nperseg: Any, noverlap: Any, nfft: Any, detrend: Any, return_onesided: bool,
    boundary: str | None, padded: bool, axis: int, scaling: str,
) -> Any:  # fmt: skip
    """stft: (frequencies, times, the spectra of the segments)."""
    x = np.moveaxis(x, axis, -1)
    win = window_of(window, nperseg, x.shape[-1])
    step = step_of(noverlap, len(win))
    x = zero_or_extended(x, boundary, len(win) // 2)
    if padded and (missing := -(x.shape[-1] - len(win)) % step % len(win)):
        x = np.concatenate([x, np.zeros_like(x, shape=(*x.shape[:-1], missing))], -1)
    parts = spectra(x, win, step, nfft, detrend, is_onesided(return_onesided, x))
    return None, None, time_last(parts * scale_of(win, fs, scaling) ** 0.5, axis)


def power_in_time(
    x: Any, fs: float, window: Any, nperseg: Any, noverlap: Any, nfft: Any, detrend: Any, return_onesided: bool,
    scaling: str, axis: int, mode: str,
) -> Any:  # fmt: skip
    """spectrogram: (frequencies, times, the powers of the segments, or their spectra or absolute values)."""
    n = x.shape[axis]
    win = window_of(window, nperseg, n)
    noverlap = len(win) // 8 if noverlap is None else noverlap
    options = detrend, return_onesided, None, False, axis, scaling
    parts = spectrum_in_time(x, fs, win, None, noverlap, nfft, *options)[2]
    if mode == "complex":
        return None, None, parts
    if mode == "magnitude":
        return None, None, np.abs(parts)
    power = np.real(parts * conj(parts))
    if is_onesided(return_onesided, x):
        place = axis if axis >= 0 else axis - 1
        power = np.moveaxis(doubled(np.moveaxis(power, place, -1), len(win) if nfft is None else int(nfft)), -1, place)
    return None, None, power


def signal_of_spectra(
    Zxx: Any, fs: float, window: Any, nperseg: Any, noverlap: Any, nfft: Any, input_onesided: bool, boundary: Any,
    time_axis: int, freq_axis: int, scaling: str,
) -> Any:  # fmt: skip
    """istft: (times, signal): the segments are windowed again, added up, and divided by the sum of squared windows."""
    z = np.moveaxis(Zxx, (time_axis, freq_axis), (-2, -1))
    count, frequencies = z.shape[-2:]
    even = 2 * (frequencies - 1) if input_onesided else frequencies
    length = even if nperseg is None else int(nperseg)
    n = int(nfft) if nfft is not None else length if input_onesided and length == even + 1 else even
    win = signal.get_window(window, length) if isinstance(window, str | tuple) else np.asarray(window)
    step = step_of(noverlap, length)
    win = win.astype(z.real.dtype)
    scale = win.sum() if scaling == "spectrum" else np.sqrt(fs * np.sum(win * win))
    parts = (fft.irfft(z, n) if input_onesided else fft.ifft(z, n))[..., :length] * (win * scale)
    index, total = places(count, length, step), length + (count - 1) * step
    x = scatter_add(parts, (*z.shape[:-2], total), (..., index))
    norm = scatter_add(np.broadcast_to(win * win, index.shape), (total,), index)
    if boundary:
        x, norm = (value[..., length // 2 : -(length // 2)] for value in (x, norm))
    x = x / np.where(norm > 1e-10, norm, 1)
    first, last = freq_axis % Zxx.ndim, time_axis % Zxx.ndim
    return None, np.moveaxis(x, -1, last - (first < last))


# fmt: off
DETRENDS = {"detrend": ("constant", "linear", "c", "l", False, None)}

rule(periodogram, **rules_by(power_of_all, "x"), several=True, only=DETRENDS)
rule(welch,       **rules_by(mean_power, "x"), several=True, only=DETRENDS)
rule(csd,         **rules_by(cross_power, "x", "y"), several=True, only=DETRENDS)
rule(coherence,   **rules_by(coherent_power, "x", "y"), several=True, only=DETRENDS)
rule(spectrogram, **rules_by(power_in_time, "x"), several=True,
                  only=DETRENDS | {"mode": ("psd", "complex", "magnitude")})
rule(stft,        **rules_by(spectrum_in_time, "x"), several=True, only=DETRENDS)
rule(istft,       **rules_by(signal_of_spectra, "Zxx"), several=True)
