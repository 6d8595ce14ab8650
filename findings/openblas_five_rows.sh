#!/bin/sh
# OpenBLAS 0.3.31 (in NumPy 2.4.6 for Linux on x86-64), kernels for AVX-512: a product of a float32 vector of 5 numbers
# with a matrix whose columns lie one after the other reads stack memory that nobody wrote. The result is right, but
# where those bytes happen to look like a signalling NaN the processor notes an invalid operation, and NumPy warns:
#
#     RuntimeWarning: invalid value encountered in matmul
#
# What lies on the stack are addresses, most often, which differ from process to process: so it is one process in some
# thirty that warns, in each such product. Where warnings are errors, as in tests, that fails by chance.
#
# In kernel/x86_64/sgemv_t_microk_skylakex_template.c, sgemv_kernel_t_5 stores 5 numbers in `float ret8[8]`, of which
# the compiler then adds up all lanes at once. It is reached where the matrix has 2 or 3 columns, or 4k more.
#
# Here an earlier product leaves signalling NaNs there, by a strided vector that OpenBLAS copies onto its stack.
# OPENBLAS_CORETYPE=Haswell, without AVX-512, does not warn. Seen:
#
#     NumPy 2.4.6, OpenBLAS 0.3.31.188.0, SkylakeX
#     columns for which NumPy warns: 2 3 6 7 10 11
#
# Exits with an error if that changes.
set -eu
if ! grep -q avx512vl /proc/cpuinfo 2> /dev/null; then
    echo "this machine has no AVX-512, so OpenBLAS takes other kernels: nothing to be seen here"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --only-binary :all: --target "$folder" numpy==2.4.6 threadpoolctl==3.7.0
OPENBLAS_CORETYPE=SkylakeX PYTHONPATH="$folder" python3 - << 'END'
import numpy as np
from threadpoolctl import threadpool_info

signalling = np.full(200, 0x7FA00000, np.uint32).view(np.float32)[::2]
warned = []
for columns in range(1, 13):
    five, matrix = np.ones(5, np.float32), np.ones((columns, 5), np.float32).T
    with np.errstate(all="ignore"):
        np.ones((2, 100), np.float32) @ signalling
    try:
        with np.errstate(invalid="raise"):
            y = five @ matrix
    except FloatingPointError:
        warned.append(columns)
    else:
        assert (y == 5).all()
(blas,) = threadpool_info()
print(f"NumPy {np.__version__}, OpenBLAS {blas['version']}, {blas['architecture']}")
print("columns for which NumPy warns:", *warned)
assert warned == [2, 3, 6, 7, 10, 11], "it has changed"
END
