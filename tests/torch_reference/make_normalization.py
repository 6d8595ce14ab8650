"""Make normalization.npz with PyTorch: python tests/torch_reference/make_normalization.py

Each case is named by the module as both libraries write it and by the shape of its input. One that keeps running
statistics is trained for two steps and evaluated. Everything is float64, of inputs that float32 holds, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from torch_reference import cases

MODULES = [
    ("LayerNorm(4)", (3, 4)),
    ("LayerNorm((3, 4), eps=0.01)", (2, 3, 4)),
    ("LayerNorm([5], bias=False)", (2, 1, 3, 5)),
    ("LayerNorm(4, 0.001, False)", (4,)),
    ("RMSNorm(4)", (3, 4)),
    ("RMSNorm((3, 4), eps=0.01)", (2, 3, 4)),
    ("RMSNorm(3, elementwise_affine=False)", (1, 3)),
    ("GroupNorm(2, 6)", (3, 6, 2, 1)),
    ("GroupNorm(3, 3, eps=0.1)", (2, 3, 5)),
    ("GroupNorm(1, 4, affine=False)", (3, 4)),
    ("BatchNorm1d(3)", (4, 3)),
    ("BatchNorm1d(2, 0.01, 0.3)", (3, 2, 5)),
    ("BatchNorm1d(3, momentum=None)", (5, 3)),
    ("BatchNorm1d(3, affine=False)", (5, 3, 1)),
    ("BatchNorm1d(3, track_running_stats=False)", (4, 3)),
    ("BatchNorm2d(2)", (3, 2, 2, 3)),
    ("BatchNorm2d(1, momentum=None, affine=False)", (2, 1, 3, 1)),
    ("BatchNorm2d(3, track_running_stats=False)", (1, 3, 2, 2)),
]


def numbers(rng: np.random.Generator, shape: tuple[int, ...], mean: float = 0.0) -> torch.Tensor:
    return torch.tensor(rng.normal(mean, 2, shape).astype(np.float32).astype(np.float64))


def case_of(text: str, shape: tuple[int, ...]) -> cases.Case:
    rng = np.random.default_rng(0)
    module = eval(f"torch.nn.{text}").double()
    case: cases.Case = {}
    for name, parameter in module.named_parameters():
        parameter.data = numbers(rng, parameter.shape)
        case[f"state.{name}"] = parameter.data.clone()
    for step in ("train.0", "train.1", "eval") if "Batch" in text else ("train.0",):
        module.train(step != "eval")
        module.zero_grad()
        x, g = numbers(rng, shape, 1.0).requires_grad_(), numbers(rng, shape)
        y = module(x)
        y.backward(g)
        case |= {f"{step}.x": x, f"{step}.g": g, f"{step}.y": y, f"{step}.gx": x.grad}
        case |= {f"{step}.grad.{name}": parameter.grad.clone() for name, parameter in module.named_parameters()}
        case |= {f"{step}.after.{name}": buffer.clone() for name, buffer in module.named_buffers()}
    return case


if __name__ == "__main__":
    cases.write("normalization", {f"{text} {shape}": case_of(text, shape) for text, shape in MODULES})
