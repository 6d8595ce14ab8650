"""SciPy's functions with gradients, by SciPy's names: `from autograd.scipy import linalg, stats`.

The ufuncs of scipy.special find a Tensor by NumPy's protocols, and are differentiated where they stand. SciPy's other
functions make arrays of what they are given; those here are the same functions, recorded where a Tensor is among their
arguments, and SciPy's own elsewhere. What a module here has no rule for, it takes from SciPy as it is.

A module for each of SciPy's: special, stats, linalg, fft, signal, ndimage, interpolate, integrate, optimize, sparse.
"""

try:
    import scipy  # noqa: F401  # only to say what is missing
except ImportError:
    told = "autograd.scipy needs SciPy, which is not installed; install it: pip install 'tiny-autograd[scipy]'"
    raise ImportError(told) from None
