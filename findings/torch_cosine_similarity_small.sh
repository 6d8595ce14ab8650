#!/usr/bin/env bash
# PyTorch 2.14.1: below eps, the gradient of cosine_similarity is not that of its value.
#
# A norm smaller than eps is replaced by eps in the value, which is then linear in the vector. The gradient still goes
# through the norm. Seen, in float64 at the vector (1e-9, 0) beside (1, 1), with eps 1e-8:
#
#     gradient  6.364e+07  7.071e+07
#     of value  7.071e+07  7.071e+07
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.14.1 numpy==2.4.6
"$folder/venv/bin/python" - << 'END'
import torch
from torch.nn.functional import cosine_similarity

a, b = torch.tensor([1e-9, 0.0], dtype=torch.float64, requires_grad=True), torch.ones(2, dtype=torch.float64)
cosine_similarity(a, b, dim=0, eps=1e-8).backward()
h = 1e-12 * torch.eye(2, dtype=torch.float64)
with torch.no_grad():
    slopes = [
        (cosine_similarity(a + e, b, dim=0, eps=1e-8) - cosine_similarity(a - e, b, dim=0, eps=1e-8)).item() / 2e-12
        for e in h
    ]
print("gradient ", *(f"{x:.3e}" for x in a.grad.tolist()), sep="  ")
print("of value ", *(f"{x:.3e}" for x in slopes), sep="  ")
assert abs(a.grad[0].item() / slopes[0] - 0.9) < 1e-3 > abs(a.grad[1].item() / slopes[1] - 1), "it has changed"
END
