#!/usr/bin/env bash
# SciPy 1.17.1: sqrtm of one number is its exponential.
#
# With fewer than two dimensions sqrtm does what expm does there, and returns a matrix of the exponential; so it is not
# the square of what it was given. logm and np.linalg refuse such an array.
# Seen (of 9 in three shapes; an exponential is 8103.08):
#
#     ()      [[8103.08]]
#     (1,)    [[8103.08]]
#     (1, 1)  [[3.]]
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

for shape in ((), (1,), (1, 1)):
    print(f"{shape!s:6}  {np.round(linalg.sqrtm(np.full(shape, 9.0)), 2)}")
END
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "()      [[8103.08]]
(1,)    [[8103.08]]
(1, 1)  [[3.]]" ] || { echo "it has changed"; exit 1; }
