#!/usr/bin/env bash
# HIPS autograd 1.9.1: the curvature of np.sinc beside 0 is three times too large, and at 0 all its derivatives are NaN.
#
# sinc(x) = 1 - (πx)²/6 + … is smooth, and np.sinc exists to make it so at 0. Its rule, (πx cos πx - sin πx) / πx², is
# all cancellation: at 1e-9 the numerator rounds to 0, which costs the first derivative little, -π²x/3
# being small itself; but differentiated once more, one of its two parts stays, -π², where -π²/3 is right, with no
# warning. Seen:
#
#     x = 0.1    first -0.326   second -3.193
#     x = 1e-09  first 0.000    second -9.870
#     x = 0.0    first nan      second nan
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check autograd==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - << 'END'
import autograd.numpy as np
from autograd import grad

found = {}
for x in (0.1, 1e-9, 0.0):
    found[x] = float(grad(np.sinc)(x)), float(grad(grad(np.sinc))(x))
    print(f"x = {x:<6} first {found[x][0]:<8.3f} second {found[x][1]:.3f}")
assert np.allclose(found[0.1], (-0.326, -3.193), atol=1e-3), "it has changed"
assert np.allclose(found[1e-9], (0, -(np.pi**2))), "it has changed"
assert np.isnan(found[0.0]).all(), "it has changed"
END
