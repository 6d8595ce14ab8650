#!/usr/bin/env bash
# HIPS autograd 1.9.1 and JAX 0.10.2: the curvature of |z|² at 0 is 0, not 2, with no warning; of z² it is 2.
#
# |z|² is smooth, as abs is not, and the first derivative is right. But the rule of abs, conj(z) / |z|, is replaced by a
# constant 0 at 0, so that 2 |z| (conj(z) / |z|) differentiates to 0. autograd does so for real and complex numbers. JAX
# does so for complex numbers only, where |z|² is the usual way to write a power; for real ones it takes 1 for the slope
# of abs at 0, and so gets 2. Newton's method meets a Hessian of 0 there, where it should end after one step. Seen:
#
#     autograd  real abs 0.0  complex abs 0.0  square 2.0
#     JAX       real abs 2.0  complex abs 0.0  square 2.0
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    autograd==1.9.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - << 'END'
import autograd
import autograd.numpy
import jax
import jax.numpy

seen = []
for name, grad, np in (
    ("autograd", autograd.grad, autograd.numpy),
    ("JAX", jax.grad, jax.numpy),
):
    functions = (lambda x: np.abs(x) ** 2, lambda x: np.abs(x + 0j) ** 2, lambda x: x**2)
    assert [float(grad(f)(0.0)) for f in functions] == [0, 0, 0]
    seen.append([float(grad(grad(f))(0.0)) for f in functions])
    print(f"{name:9} real abs {seen[-1][0]}  complex abs {seen[-1][1]}  square {seen[-1][2]}")
assert seen == [[0, 0, 2], [2, 0, 2]], "it has changed"
END
