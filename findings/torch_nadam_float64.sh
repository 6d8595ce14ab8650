#!/usr/bin/env bash
# PyTorch 2.14.1: NAdam keeps its product of momenta in float32, for parameters of float64, too.
#
# So a trajectory in float64 is that of its formula to nine digits only, unless torch.set_default_dtype(torch.float64) was
# called before the first step. Seen, after ten steps of one parameter:
#
#     state torch.float32, off by 1.2e-09; with float64 as the default: 6.9e-18
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.14.1 numpy==2.4.6
"$folder/venv/bin/python" - << 'END'
import torch


def trajectory():
    p = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.NAdam([p], lr=0.1)
    for k in range(10):
        p.grad = torch.full_like(p, 0.3 + 0.1 * k)
        optimizer.step()
    return p.item(), optimizer.state[p]["mu_product"].dtype


def formula(x, m=0.0, v=0.0, product=1.0, lr=0.1, beta1=0.9, beta2=0.999, decay=4e-3):
    for t in range(1, 11):
        g = 0.3 + 0.1 * (t - 1)
        mu, following = (beta1 * (1 - 0.5 * 0.96 ** (k * decay)) for k in (t, t + 1))
        product *= mu
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        x -= lr * (1 - mu) / (1 - product) * g / ((v / (1 - beta2**t)) ** 0.5 + 1e-8)
        x -= lr * following / (1 - product * following) * m / ((v / (1 - beta2**t)) ** 0.5 + 1e-8)
    return x


single, kind = trajectory()
torch.set_default_dtype(torch.float64)
double, _ = trajectory()
right = formula(1.0)
print(f"state {kind}, off by {abs(single - right):.1e}; with float64 as the default: {abs(double - right):.1e}")
assert kind == torch.float32, "it has changed"
assert abs(double - right) < 1e-14 < 1e-11 < abs(single - right), "it has changed"
END
