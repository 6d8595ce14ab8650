"""autograd.numpy.linalg: numpy.linalg, whose functions record as they stand."""

import numpy as np

from ._lists import of_module

__all__ = np.linalg.__all__
__getattr__ = of_module("numpy.linalg")
