"""In which order NumPy multiplies complex arrays that operators are given.

From 256 KiB on, NumPy computes `z * tmp` as np.multiply(tmp, z, out=tmp) where nothing else refers to tmp. The
imaginary part of a product is a sum of two products, of which a fused multiply-add rounds only one: which, follows from
the order. A trace has the same temporaries as the function, so it can ask for them likewise.
"""

from __future__ import annotations

import functools
import sys
from sys import getrefcount
from typing import Any

import numpy as np

MIN_ELIDED_BYTES = 2**18  # bytes, NumPy's NPY_MIN_ELIDE_BYTES
BORROWS = sys.version_info >= (3, 14)  # variables are given to operators without counting another reference

Counts = tuple[int, int]


class _Probe:
    """Takes operands as what stands for an array does, and tells how often each is referred to."""

    def __mul__(self, other: Any, number: Any = None, array: Any = None) -> Counts:
        return getrefcount(self), getrefcount(other)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, out: Any = None, **options: Any) -> Counts:
        return getrefcount(args[0]), getrefcount(args[1])


# The counts of temporaries: in the method of an operator, and where a ufunc hands over what an operator gave it.
BY_OPERATOR: Counts = _Probe() * _Probe()
BY_UFUNC: Counts = np.zeros(1) * _Probe()  # type: ignore[operator]  # NumPy is not told what it returns


def is_swapped(counts: Counts, temporary: Counts, a: Any, b: Any) -> bool:
    """Whether NumPy multiplies b by a where an operator is given the arrays a and b.

    counts     how often each is referred to, before this is called; `temporary` how often if it is a temporary.
    """
    if counts[1] != temporary[1] or not _can_hold(b, a) or _is_variable(b):
        return False
    return not (counts[0] == temporary[0] and _can_hold(a, b) and not _is_variable(a)) and _elides()


def _can_hold(x: Any, other: Any) -> bool:
    """Whether x is an array that the product could be written into."""
    array, beside = _array_of(x), _array_of(other)
    if not isinstance(array, np.ndarray) or array.dtype.kind != "c" or array.nbytes < MIN_ELIDED_BYTES:
        return False
    owns_memory = x._value.root is x._value if hasattr(x, "_value") else array.flags.owndata
    fits = not np.ndim(beside) or np.shape(beside) == array.shape
    return owns_memory and fits and np.can_cast(np.asarray(beside).dtype, array.dtype)


def _array_of(x: Any) -> Any:
    return x._value.array if hasattr(x, "_value") else x


def _is_variable(x: Any) -> bool:
    """Whether a variable of the code that multiplies holds x, where its references do not tell."""
    return BORROWS and any(value is x for value in sys._getframe(3).f_locals.values())


@functools.cache
def _elides() -> bool:
    """Whether NumPy does so on this platform: it has to look at the stack."""
    z, w = np.random.default_rng(0).standard_normal((2, MIN_ELIDED_BYTES // 8)).view(complex)
    return bool(np.array_equal(z * (w + 0), np.multiply(w, z)))
