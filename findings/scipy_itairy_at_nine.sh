#!/usr/bin/env bash
# SciPy 1.17.1: the integral of Ai, by itairy, is 2.6 at 9, in place of 0.33; at 9.3 it is right.
#
# The integral of Ai from 0 to x rises to 1/3. itairy loses digit after digit, is far off at 9, and
# returns to it where the asymptotic series takes over, at 9.25. Seen (x; itairy; the integral):
#
#     5.0  0.33327  0.33329
#     8.0  0.23791  0.33333
#     9.0  2.61820  0.33333
#     9.3  0.33333  0.33333
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cat > "$folder/look.py" << 'END'
from scipy.integrate import quad
from scipy.special import airy, itairy

for x in (5.0, 8.0, 9.0, 9.3):
    integral = quad(lambda t: airy(t)[0], 0, x, epsabs=1e-12)[0]
    print(f"{x}  {itairy(x)[0]:.5f}  {integral:.5f}")
END
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "5.0  0.33327  0.33329
8.0  0.23791  0.33333
9.0  2.61820  0.33333
9.3  0.33333  0.33333" ] || { echo "it has changed"; exit 1; }
