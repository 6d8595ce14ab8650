#!/usr/bin/env bash
# JAX 0.10.2: derivatives of the modified Bessel functions are wrong at 0, with no warning and no NaN.
#
# I0 is even and smooth, I0(x) = 1 + x²/4 + …, so that I0'(0) = 0 and I0''(0) = 1/2; I1 is odd, so that I1''(0) = 0.
# jax.scipy.special takes exp(|x|) i0e(x) for I0, and two rules disagree on the slope of |x| at 0: that of abs takes 1,
# that of i0e takes sign(0) = 0, and so the two do not cancel. jnp.i0 has a rule of its own, right once, wrong twice.
# Beside 0 all are right. JAX has since mended it, beyond this release (issues 40627 and 40628). Seen:
#
#     jax.scipy.special.i0  first 1.0  second 1.5
#     jax.scipy.special.i1  first 0.5  second 1.0
#     jax.numpy.i0          first 0.0  second 0.0
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - << 'END'
import jax
import jax.numpy as jnp
from jax.scipy.special import i0, i1

seen = []
for name, f in {"jax.scipy.special.i0": i0, "jax.scipy.special.i1": i1, "jax.numpy.i0": jnp.i0}.items():
    first, second = float(jax.grad(f)(0.0)), float(jax.grad(jax.grad(f))(0.0))
    print(f"{name:21} first {first:.1f}  second {second:.1f}")
    seen += [first, second]
assert abs(jax.grad(i0)(1e-3) - 0.5e-3) < 1e-5, "right beside 0"
assert all(abs(a - b) < 1e-5 for a, b in zip(seen, (1, 1.5, 0.5, 1, 0, 0))), "it has changed"
END
