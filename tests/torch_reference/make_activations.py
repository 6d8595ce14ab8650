"""Make activations.npz with PyTorch: python tests/torch_reference/make_activations.py

Each case is named by the module as both libraries write it, but for `axis`, which PyTorch calls `dim`. Everything is
float64, of inputs that float32 holds, too. And embeddings, whose input is whole numbers.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from torch_reference import cases

ELEMENTWISE = [
    "ReLU()", "Sigmoid()", "Tanh()", "LeakyReLU()", "LeakyReLU(0.3)", "LeakyReLU(1.5)", "ELU()", "ELU(alpha=0.5)",
    "Softplus()", "Softplus(2, 1)", "Softplus(beta=0.5, threshold=3)", "SiLU()", "Mish()", "Hardswish()", "GELU()",
    "GELU(approximate='tanh')",
]  # fmt: skip
ALONG_AXES = ["Softmax(axis=0)", "Softmax(axis=-1)", "LogSoftmax(axis=1)", "LogSoftmax(-1)", "GLU()", "GLU(axis=0)"]
EMBEDDINGS = [("Embedding(4, 3)", (5,)), ("Embedding(5, 2, padding_idx=1)", (2, 3)), ("Embedding(3, 1, -1)", (1, 1, 4))]
SPREAD = np.array([-60, -20.5, -9, -4, -1, -0.1, -1e-4, 1e-4, 0.1, 1, 4, 9, 20.5, 60])


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> torch.Tensor:
    return torch.tensor(rng.normal(0, 2, shape).astype(np.float32).astype(np.float64))


def case_of(text: str, x: torch.Tensor) -> cases.Case:
    rng = np.random.default_rng(1)
    module = eval(f"torch.nn.{text.replace('axis', 'dim')}").double()
    case: cases.Case = {}
    for name, parameter in module.named_parameters():
        parameter.data = numbers(rng, parameter.shape)
        case[f"state.{name}"] = parameter.data.clone()
    y = module(x)
    g = numbers(rng, y.shape)
    y.backward(g)
    case |= {"x": x, "g": g, "y": y} | ({} if x.grad is None else {"gx": x.grad})
    return case | {f"grad.{name}": parameter.grad for name, parameter in module.named_parameters()}


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    made = {}
    for text in ELEMENTWISE:
        made[text] = case_of(text, torch.tensor(SPREAD.astype(np.float32).astype(np.float64), requires_grad=True))
    for text in ALONG_AXES:
        made[text] = case_of(text, numbers(rng, (4, 3, 2)).requires_grad_())
    for text, shape in EMBEDDINGS:
        made[text] = case_of(text, torch.tensor(rng.integers(0, int(text[10]), shape)))
    cases.write("activations", made)
