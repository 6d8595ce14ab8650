#!/usr/bin/env bash
# SciPy 1.17.1: logm and fractional_matrix_power move the generator of np.random.
#
# From three rows on they estimate norms with random vectors, drawn from the global generator. What a program draws next
# depends on whether it has computed a logarithm, and two calls of np.random.seed do not make that undone.
# Seen (the next random number after the same seed):
#
#     nothing                  0.549
#     expm                     0.549
#     logm                     0.568
#     fractional_matrix_power  0.799
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

a = np.eye(3) + 0.1 * np.ones((3, 3)) @ np.diag([1.0, 2.0, 3.0])
calls = {
    "nothing": lambda: None,
    "expm": lambda: linalg.expm(a),
    "logm": lambda: linalg.logm(a),
    "fractional_matrix_power": lambda: linalg.fractional_matrix_power(a, 0.3),
}
for name, call in calls.items():
    np.random.seed(0)
    call()
    print(f"{name:23}  {np.random.rand():.3f}")
END
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "nothing                  0.549
expm                     0.549
logm                     0.568
fractional_matrix_power  0.799" ] || { echo "it has changed"; exit 1; }
