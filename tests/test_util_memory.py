"""Where arrays lie in memory, and what becomes of it when they are freed."""

import platform
import subprocess
import sys

import numpy as np
import pytest

from autograd._util.memory import CACHE_LINE, aligned_empty


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (5, 7), (64, 33, 2)])
@pytest.mark.parametrize("dtype", [np.float32, "float64", bool])
def test_arrays_begin_with_a_cache_line(shape: tuple[int, ...], dtype: object) -> None:
    kept = [aligned_empty(shape, dtype) for _ in range(8)]
    assert all(array.ctypes.data % CACHE_LINE == 0 for array in kept)
    assert all((array.shape, array.dtype) == (shape, dtype) and array.flags.carray for array in kept)
    for k, array in enumerate(kept):
        array[...] = k % 2
    assert all((array == k % 2).all() for k, array in enumerate(kept))  # each has its own


FAULTS_OF_A_STEP = """
import resource
import numpy as np
{setup}

def step():
    for array in [np.empty(2**20 * k, np.uint8) for k in (1, 2, 3)]:
        array.fill(1)

step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have other ways")
def test_freed_memory_is_kept() -> None:
    """A step in the memory of the one before, which without the library asks the system for every page of it."""

    def faults(setup: str) -> int:
        program = FAULTS_OF_A_STEP.format(setup=setup)
        return int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)

    assert faults("import autograd") < 0.1 * faults("")
