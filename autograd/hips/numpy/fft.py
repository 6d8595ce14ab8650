"""autograd.numpy.fft: numpy.fft, whose functions record as they stand."""

import numpy as np

from ._lists import of_module

__all__ = np.fft.__all__
__getattr__ = of_module("numpy.fft")
