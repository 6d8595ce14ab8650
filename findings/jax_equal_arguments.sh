#!/usr/bin/env bash
# JAX 0.10.2: Hessians of hypot and betaln are wrong wherever the two arguments are equal, with no warning and no NaN.
#
# Both functions are smooth there, and both first derivatives are right. But both are written in terms of the larger and
# the smaller argument, and at a tie the derivative of max and of min is one half for each: that the pair may part in
# either direction is lost, and with it the curvature along (1, -1). hypot takes absolute values first, so (1, -1) is a
# tie as well. At 0, where hypot has no derivative, it gives (0.5, 0.5). Seen, to three places, and what is right:
#
#     hypot(3, 3)   [0, 0, 0, 0]                  right: [0.118, -0.118, -0.118, 0.118]
#     hypot(3, -3)  [0, 0, 0, 0]                  right: [0.118, 0.118, 0.118, 0.118]
#     betaln(1, 1)  [0.178, 0.178, 0.178, 0.178]  right: [1, -0.645, -0.645, 1]
#     gradient of hypot at (0, 0): 0.5 0.5
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
JAX_PLATFORMS=cpu JAX_ENABLE_X64=1 "$folder/venv/bin/python" - << 'END'
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import betaln

cases = [(jnp.hypot, (3.0, 3.0), 0.0), (jnp.hypot, (3.0, -3.0), 0.0), (betaln, (1.0, 1.0), 0.178)]
for f, x, seen in cases:
    hessian = np.array(jax.hessian(f, (0, 1))(*x))
    beside = np.array(jax.hessian(f, (0, 1))(x[0], x[1] * (1 + 1e-7)))
    print(f"{f.__name__}{x}", hessian.ravel().round(3) + 0.0, "beside it:", beside.ravel().round(3))
    assert np.allclose(hessian, seen, atol=1e-3), "it has changed"
    assert abs(beside - hessian).max() > 0.1, "it has changed"
slope = jax.grad(jnp.hypot, (0, 1))(0.0, 0.0)
print("gradient of hypot at (0, 0):", *map(float, slope))
assert slope == (0.5, 0.5), "it has changed"
END
