#!/usr/bin/env bash
# NumPy 2.4.6 (CPython 3.11 to 3.13, Linux): which bits a product of complex numbers has depends on how it is asked for.
#
# np.multiply(z, w) computes re = a c - b d and im = b c + a d with one fused multiply-add each, where the processor has
# them, so one product of each pair is rounded and the other is not: the operands' order matters to the last bit. Then
#
# - the expression z * (w + 0) is np.multiply(z, w) below 256 KiB, and np.multiply(w, z) from there on: NumPy reuses the
#   temporary (w + 0) for the result, and to do so swaps the operands, as multiplication "commutes";
# - the product of two scalars, z[i] * w[i], is computed without fused operations, and is neither of the two.
#
# This holds for processors with fused multiply-add (on x86-64: FMA3), and is not tested on others. Seen:
#
#     16383 numbers: z * (w + 0) is np.multiply(z, w)
#     16384 numbers: z * (w + 0) is np.multiply(w, z)
#     the two orders differ in 34% of the numbers, scalars from arrays in 44%
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6
"$folder/venv/bin/python" - << 'END'
import numpy as np

rng = np.random.default_rng(0)
for n, swapped in ((16383, False), (16384, True)):
    z, w = rng.normal(size=(2, n)) + 1j * rng.normal(size=(2, n))
    zw, wz = np.multiply(z, w), np.multiply(w, z)
    if np.array_equal(zw, wz):
        print("this processor has no fused multiply-add: nothing to be seen here")
        raise SystemExit(0)
    is_zw, is_wz = np.array_equal(z * (w + 0), zw), np.array_equal(z * (w + 0), wz)
    print(f"{n} numbers: z * (w + 0) is", "np.multiply(z, w)" if is_zw else "np.multiply(w, z)" if is_wz else "neither")
    assert (is_zw, is_wz) == (not swapped, swapped), "it has changed"
orders = np.mean(zw != wz)
scalars = np.mean(np.array([a * b for a, b in zip(z, w)]) != zw)
print(f"the two orders differ in {orders:.0%} of the numbers, scalars from arrays in {scalars:.0%}")
assert orders > 0.1 and scalars > 0.1, "it has changed"
END
