#!/usr/bin/env bash
# PyTorch 2.14.1: on a CPU, the float32 norm of 25 million equal elements is off by a hundredth.
#
# Squares are added up in float32, in long runs, in which what is added falls below half a unit of the sum. The norm of
# gradients that clip_grad_norm_ takes is made of such norms, one for each parameter. Seen, of 25,000,000 times 0.1, whose
# norm is 500 (the last digits depend on the processor):
#
#     vector_norm 494.9  in float64 500.0
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.14.1 numpy==2.4.6
"$folder/venv/bin/python" - << 'END'
import torch

torch.set_num_threads(1)
x = torch.full((25_000_000,), 0.1)
single, double = torch.linalg.vector_norm(x).item(), torch.linalg.vector_norm(x, dtype=torch.float64).item()
print(f"vector_norm {single:.1f}  in float64 {double:.1f}")
assert abs(double - 500) < 1e-3, "right in float64"
assert abs(single / 500 - 1) > 2e-3, "it has changed"
END
