"""Where arrays lie in memory, and what becomes of it when they are freed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

CACHE_LINE = 64  # bytes
LARGEST_KEPT = 2**25 - 2**13  # bytes: 32 MB, less what the C library writes in front, in whole pages


def aligned_empty(shape: tuple[int, ...], dtype: Any) -> Any:
    """np.empty, beginning with a cache line. NumPy's own arrays begin at any 16 bytes.

    What is written there with wide registers takes half the time, as do the small products of BLAS that read it.
    """
    dtype = np.dtype(dtype)
    memory = np.empty(math.prod(shape) * dtype.itemsize + CACHE_LINE, np.uint8)
    return np.ndarray(shape, dtype, memory, -memory.ctypes.data % CACHE_LINE)


def keep_freed_memory() -> None:
    """Let the C library keep the memory of freed arrays for the next ones, up to some 64 MB.

    glibc asks the system for each array above a threshold anew, and returns it when it is freed, as it does with what
    lies free at the end of the rest. So every step of a loop waits for the system to clear each page of its memory: a
    sixth of an eager step of LeNet. The threshold follows the largest of such arrays that was freed (mallopt(3),
    M_MMAP_THRESHOLD): free one as large as counts. It is never written to, so it takes no memory. Other C libraries
    take no notice.
    """
    np.empty(LARGEST_KEPT, np.uint8)
