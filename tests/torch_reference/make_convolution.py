"""Make convolution.npz with PyTorch: python tests/torch_reference/make_convolution.py

Each case is named by the module as both libraries write it and by the shape of its input. Everything is float64, of
numbers that float32 holds, too; what is pooled is rounded to halves, so that windows have several maxima.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from torch_reference import cases

MODULES = [
    ("Conv1d(3, 4, 3)", (2, 3, 8)),
    ("Conv1d(2, 4, 3, 2, 1, 2, 2)", (3, 2, 9)),
    ("Conv1d(2, 3, 4, padding='same', bias=False)", (2, 2, 7)),
    ("Conv1d(3, 1, 1)", (3, 5)),
    ("Conv2d(1, 2, 5)", (2, 1, 8, 7)),
    ("Conv2d(3, 4, 3, padding=1)", (2, 3, 5, 6)),
    ("Conv2d(3, 4, (2, 3), (1, 2), (1, 0))", (2, 3, 4, 7)),
    ("Conv2d(2, 4, 3, 2, 2, 2)", (2, 2, 6, 5)),
    ("Conv2d(2, 2, 3, 3, dilation=(1, 2))", (1, 2, 7, 8)),
    ("Conv2d(4, 6, 3, 2, 1, groups=2)", (2, 4, 5, 5)),
    ("Conv2d(3, 6, (3, 1), padding=(2, 1), dilation=(2, 3), groups=3, bias=False)", (2, 3, 5, 4)),
    ("Conv2d(2, 3, (2, 3), padding='same', dilation=(1, 2))", (2, 2, 4, 5)),
    ("Conv2d(2, 3, 2, padding='valid')", (2, 2, 3, 3)),
    ("Conv2d(3, 2, 1)", (2, 3, 2, 3)),
    ("Conv2d(3, 2, 1, 2)", (2, 3, 4, 3)),
    ("Conv2d(2, 3, 3)", (2, 4, 5)),
    ("Conv2d(1, 1, 1)", (1, 1, 1, 1)),
    ("Conv2d(2, 3, 3, padding=1)", (0, 2, 3, 3)),
    ("ConvTranspose2d(2, 3, 3)", (2, 2, 3, 4)),
    ("ConvTranspose2d(2, 3, (3, 2), 2, 1, 1)", (2, 2, 3, 4)),
    ("ConvTranspose2d(3, 2, 4, 2, 1)", (1, 3, 3, 3)),
    ("ConvTranspose2d(4, 6, 3, (3, 2), (0, 1), (2, 0), 2, False, (1, 2))", (2, 4, 3, 2)),
    ("ConvTranspose2d(2, 1, 2, 3)", (2, 2, 2)),
    ("ConvTranspose2d(1, 2, 2, 1, 0, 1, 1, True, 2)", (2, 1, 3, 3)),
    ("MaxPool1d(2)", (2, 3, 7)),
    ("MaxPool1d(3, 2, 1, 2, ceil_mode=True)", (3, 8)),
    ("MaxPool2d(2)", (2, 3, 6, 4)),
    ("MaxPool2d(2)", (2, 5, 7)),
    ("MaxPool2d((3, 2), (2, 3), (1, 0))", (2, 2, 6, 8)),
    ("MaxPool2d(3, 2, 1, ceil_mode=True)", (2, 2, 6, 5)),
    ("MaxPool2d(2, 1, 1, 2)", (2, 2, 4, 5)),
    ("MaxPool2d(2, 3)", (1, 2, 7, 8)),
    ("MaxPool2d(3, 3, 1)", (1, 2, 3, 6)),
    ("AvgPool1d(2)", (2, 3, 7)),
    ("AvgPool1d(3, 2, 1, True, False)", (3, 8)),
    ("AvgPool2d(2)", (2, 3, 6, 4)),
    ("AvgPool2d((3, 2), (2, 3), (1, 0))", (2, 6, 8)),
    ("AvgPool2d(3, 2, 1, True)", (2, 2, 6, 5)),
    ("AvgPool2d(3, 2, 1, True, False)", (2, 2, 6, 5)),
    ("AvgPool2d(3, 1, divisor_override=2)", (1, 2, 4, 4)),
    ("AdaptiveAvgPool2d(1)", (2, 3, 4, 5)),
    ("AdaptiveAvgPool2d((2, 3))", (2, 2, 5, 6)),
    ("AdaptiveAvgPool2d((None, 4))", (2, 3, 3)),
    ("Upsample(scale_factor=2)", (2, 2, 2, 3)),
    ("Upsample((5, 4))", (1, 2, 3, 6)),
    ("Upsample(scale_factor=1.7)", (2, 3, 4)),
    ("Upsample(scale_factor=2, mode='bilinear')", (1, 2, 3, 4)),
    ("Upsample(scale_factor=(0.6, 1.5), mode='bilinear', align_corners=True)", (1, 2, 5, 4)),
    ("Upsample((1, 7), mode='bilinear', align_corners=True)", (1, 2, 2, 3)),
    ("Upsample(7, mode='linear')", (2, 1, 3)),
    ("Flatten()", (2, 3, 2)),
    ("Flatten(0, 1)", (2, 3, 2)),
    ("Identity()", (2, 3)),
]


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> torch.Tensor:
    return torch.tensor(rng.normal(0, 1, shape).astype(np.float32).astype(np.float64))


def case_of(text: str, shape: tuple[int, ...]) -> cases.Case:
    rng = np.random.default_rng(0)
    module = eval(f"torch.nn.{text}").double()
    case: cases.Case = {}
    for name, parameter in module.named_parameters():
        parameter.data = numbers(rng, parameter.shape)
        case[f"state.{name}"] = parameter.data.clone()
    x = numbers(rng, shape)
    x = (torch.round(2 * x) / 2 if "Pool" in text else x).requires_grad_()
    y = module(x)
    g = numbers(rng, y.shape)
    y.backward(g)
    case |= {"x": x, "g": g, "y": y, "gx": x.grad}
    return case | {f"grad.{name}": parameter.grad for name, parameter in module.named_parameters()}


if __name__ == "__main__":
    cases.write("convolution", {f"{text} {shape}": case_of(text, shape) for text, shape in MODULES})
