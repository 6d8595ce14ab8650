"""autograd.numpy.random: numpy.random, whose functions record as they stand."""

import numpy as np

from ._lists import of_module

__all__ = np.random.__all__
__getattr__ = of_module("numpy.random")
