"""convolve along some axes, summed over others, against loops over SciPy's."""

from typing import Any

import numpy as np
import pytest
import scipy.signal

import autograd as ag
from autograd.scipy import signal

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(3, 2, 5)), RNG.normal(size=(4, 3, 2))  # images of channels, and kernels

MODES = ["full", "same", "valid"]


@pytest.mark.parametrize("mode", MODES)
def test_channels_are_summed_over(mode: str) -> None:
    found = signal.convolve(A, B, axes=([2], [1]), dot_axes=([1], [2]), mode=mode)
    for k in range(3):
        for j in range(4):
            parts = [scipy.signal.convolve(A[k, c], B[j, :, c], mode) for c in range(2)]
            np.testing.assert_allclose(found[k, j], sum(parts), atol=1e-13)
    np.testing.assert_array_equal(signal.convolve(A, B, ([2], [1]), ([1], [2]), mode), found)


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_it_does_not_matter_which_is_longer(mode: str) -> None:
    found = signal.convolve(B, A, axes=([1], [2]), dot_axes=([2], [1]), mode=mode)
    other = signal.convolve(A, B, axes=([2], [1]), dot_axes=([1], [2]), mode=mode)
    np.testing.assert_allclose(found, np.swapaxes(other, 0, 1), atol=1e-13)


def test_no_axis_at_all_is_a_tensordot() -> None:
    found = signal.convolve(A, B, axes=([], []), dot_axes=([1, 0], [2, 1]))
    np.testing.assert_allclose(found, np.tensordot(A, B, ([1, 0], [2, 1])))


def test_all_axes_are_scipys() -> None:
    a, b = A[0], B[0]
    for mode in MODES:
        expected = scipy.signal.convolve(a, b[:2], mode)
        np.testing.assert_allclose(signal.convolve(a, b[:2], None, ([], []), mode), expected, atol=1e-13)
        np.testing.assert_array_equal(signal.convolve(a, b[:2], mode), expected)


@pytest.mark.parametrize("mode", MODES)
def test_gradients(mode: str) -> None:
    def f(a: Any, b: Any) -> Any:
        return signal.convolve(a, b, axes=([2], [1]), dot_axes=([1], [2]), mode=mode)

    ag.assert_gradients(f, A[:2], B[:2], order=2)
