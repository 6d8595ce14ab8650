"""scipy.signal: convolutions, filters, trends and spectra, with gradients.

Windows and the design of filters are constants, and SciPy's own.
"""

from __future__ import annotations

from typing import Any

from scipy import signal

from autograd.scipy.signal.contractions import convolve
from autograd.scipy.signal.convolutions import convolve2d, correlate, correlate2d, fftconvolve, oaconvolve
from autograd.scipy.signal.filters import filtfilt, lfilter, lfilter_zi, sosfilt, sosfilt_zi, sosfiltfilt
from autograd.scipy.signal.spectral import coherence, csd, istft, periodogram, spectrogram, stft, welch
from autograd.scipy.signal.trends import detrend, hilbert, resample, savgol_filter

__all__ = [
    "coherence", "convolve", "convolve2d", "correlate", "correlate2d", "csd", "detrend", "fftconvolve", "filtfilt",
    "hilbert", "istft", "lfilter", "lfilter_zi", "oaconvolve", "periodogram", "resample", "savgol_filter", "sosfilt",
    "sosfilt_zi", "sosfiltfilt", "spectrogram", "stft", "welch",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(signal, name)
