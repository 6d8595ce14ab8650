#!/usr/bin/env bash
# SciPy 1.17.1: SCIPY_ARRAY_API=0 switches the array API on, and makes Python functions of ufuncs.
#
# The variable counts as set whatever its text is, unless that is empty. Then scipy.special.gammaln is no ufunc any more:
# it has no `nin`, no `at` and no `out=`, subclasses of ndarray are refused that it takes otherwise, and no class is asked
# by __array_ufunc__. The same holds for gamma's other kin, erf, expit and some more of scipy.special; jv stays a ufunc.
# Seen (the type of gammaln; what it makes of a masked array; the type of jv):
#
#     not set  ufunc     MaskedArray  ufunc
#     0        function  TypeError    ufunc
#     1        function  TypeError    ufunc
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cat > "$folder/look.py" << 'END'
import numpy as np
from scipy import special

try:
    made = type(special.gammaln(np.ma.array([1.0, 2.0], mask=[False, True]))).__name__
except TypeError:
    made = "TypeError"
print(f"{type(special.gammaln).__name__:8}  {made:11}  {type(special.jv).__name__}")
END
seen=""
for value in "" 0 1; do
    row=$(SCIPY_ARRAY_API=$value "$folder/venv/bin/python" "$folder/look.py")
    printf '%-7s  %s\n' "${value:-not set}" "$row"
    seen+="$row;"
done
[ "$seen" = "ufunc     MaskedArray  ufunc;function  TypeError    ufunc;function  TypeError    ufunc;" ] || { echo "it has changed"; exit 1; }
