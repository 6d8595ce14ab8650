#!/usr/bin/env bash
# SciPy 1.17.1: solve_sylvester and solve_continuous_lyapunov of a real and a complex matrix solve another equation.
#
# A real matrix with a pair of complex eigenvalues gets the real Schur form, with blocks of 2 x 2; if another matrix is
# complex, that form goes to the routine for complex matrices, which takes it for triangular. No error, no warning.
# Seen (the largest residual; then of the same matrices, all made complex first):
#
#     solve_sylvester            6.4  0.0
#     solve_continuous_lyapunov  3.4  0.0
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cat > "$folder/look.py" << 'END'
import numpy as np
from scipy import linalg

a, q = np.array([[0.5, -0.8], [0.9, 0.4]]), np.array([[1, 2j], [0, 1j]])
for fn, b in ((linalg.solve_sylvester, a), (linalg.solve_continuous_lyapunov, a.T)):
    residuals = []
    for given in (a, a + 0j):
        x = fn(given, given, q) if fn is linalg.solve_sylvester else fn(given, q)
        residuals.append(abs(a @ x + x @ b - q).max())
    print(f"{fn.__name__:25}  {residuals[0]:.1f}  {residuals[1]:.1f}")
END
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "solve_sylvester            6.4  0.0
solve_continuous_lyapunov  3.4  0.0" ] || { echo "it has changed"; exit 1; }
