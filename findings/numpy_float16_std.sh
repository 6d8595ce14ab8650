#!/usr/bin/env bash
# NumPy 2.4.6: std, var and nanmean of float16 are wrong by far where mean is right, and most often with no warning.
#
# mean adds float16 up in float32, as its documentation says; std, var and nanmean add it up in float16. Along the last
# axis the sum is pairwise and right until it overflows beyond 65504, with a warning. Along other axes each number is
# added to a total, which for ones ends at 2048, as 2048 + 1 rounds to 2048 again: nothing overflows, nothing warns, and
# std takes its own mean from there. So nanmean is not mean although there is no NaN. dtype=np.float32 helps. Seen:
#
#     4096 x 2 ones, along axis 0: mean 1.0  nanmean 0.5  std 0.3535  nanstd 0.3535, no warning
#     70000 ones: mean 1.0  nanmean inf  std inf  nanstd inf, with warnings
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6
"$folder/venv/bin/python" - << 'END'
import warnings

import numpy as np

inf = np.inf
for what, shape, seen in (
    ("4096 x 2 ones, along axis 0", (4096, 2), [1, 0.5, 0.3535, 0.3535]),
    ("70000 ones", 70000, [1, inf, inf, inf]),
):
    x = np.ones(shape, np.float16)
    functions = np.mean, np.nanmean, np.std, np.nanstd
    with warnings.catch_warnings(record=True) as warned:
        values = [f(x, axis=0).flat[0] for f in functions]
    results = "  ".join(f"{f.__name__} {value}" for f, value in zip(functions, values))
    print(f"{what}: {results},", "with warnings" if warned else "no warning")
    assert np.allclose(values, seen, atol=1e-3) and bool(warned) == (inf in seen), "it has changed"
END
