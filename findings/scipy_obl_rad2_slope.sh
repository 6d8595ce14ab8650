#!/usr/bin/env bash
# SciPy 1.17.1: the derivative that obl_rad2 returns is not always that of its value.
#
# scipy.special returns spheroidal wave functions with their derivatives. Of the oblate radial function of the second kind
# the two agree for many orders, and for others the derivative has another sign and size.
# Seen (order and degree; the derivative returned; by central differences of the value):
#
#     0 2    0.090   0.090
#     1 1    1.185   1.185
#     1 2  -10.225   0.429
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cat > "$folder/look.py" << 'END'
from scipy.special import obl_rad2

step = 1e-5
for m, n, c, x in ((0, 2, 3.0, 3.0), (1, 1, 0.5, 1.7), (1, 2, 1.5, 1.2)):
    slope = (obl_rad2(m, n, c, x + step)[0] - obl_rad2(m, n, c, x - step)[0]) / (2 * step)
    print(f"{m} {n}  {obl_rad2(m, n, c, x)[1]:7.3f}  {slope:6.3f}")
END
seen=$("$folder/venv/bin/python" "$folder/look.py")
echo "$seen"
[ "$seen" = "0 2    0.090   0.090
1 1    1.185   1.185
1 2  -10.225   0.429" ] || { echo "it has changed"; exit 1; }
