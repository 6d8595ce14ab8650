"""Make weights.npz: a state of each layer of PyTorch's, and what the layer computes with it.

To be run by hand where PyTorch is installed: python -m tests.torch_reference.make_weights
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from tests.torch_reference import cases

# A layer, and the shape of its input; that of indices, for an Embedding, is of integers.
LAYERS: Mapping[str, tuple[nn.Module, tuple[int, ...]]] = {
    "Linear": (nn.Linear(3, 4), (2, 3)),
    "Linear, square": (nn.Linear(3, 3), (2, 3)),
    "Linear, no bias": (nn.Linear(3, 3, bias=False), (2, 3)),
    "Sequential": (
        nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.Dropout(0.5)),
        (2, 3),
    ),
    "Conv1d": (nn.Conv1d(2, 2, 2), (2, 2, 5)),
    "Conv2d": (nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2), (2, 2, 5, 5)),
    "ConvTranspose2d": (nn.ConvTranspose2d(2, 2, 2), (2, 2, 3, 3)),
    "BatchNorm1d": (nn.BatchNorm1d(3), (4, 3)),
    "BatchNorm2d": (nn.BatchNorm2d(3), (2, 3, 2, 2)),
    "LayerNorm": (nn.LayerNorm(3), (4, 3)),
    "RMSNorm": (nn.RMSNorm(3), (4, 3)),
    "GroupNorm": (nn.GroupNorm(2, 4), (2, 4, 3)),
    "Embedding": (nn.Embedding(5, 5), (2, 3)),
    "RNN": (nn.RNN(3, 3, num_layers=2, bidirectional=True), (4, 2, 3)),
    "GRU": (nn.GRU(3, 3), (4, 2, 3)),
    "LSTM": (nn.LSTM(3, 3, num_layers=2), (4, 2, 3)),
    "RNNCell": (nn.RNNCell(3, 3), (2, 3)),
    "GRUCell": (nn.GRUCell(3, 3), (2, 3)),
    "LSTMCell": (nn.LSTMCell(3, 3), (2, 3)),
    "MultiheadAttention": (nn.MultiheadAttention(4, 2, batch_first=True), (2, 3, 4)),
}


def trained(module: nn.Module) -> nn.Module:
    """The module with other values in all of its state, running statistics too, in evaluation."""
    for name, tensor in module.state_dict().items():
        if tensor.dtype.is_floating_point:
            tensor.copy_(0.5 + torch.rand(tensor.shape) if name.endswith("var") else torch.randn(tensor.shape))
        else:
            tensor.fill_(7)
    return module.eval()


def first(output: Any) -> Any:
    while isinstance(output, tuple):
        output = output[0]
    return output


def main() -> None:
    torch.manual_seed(0)
    made: dict[str, dict[str, Any]] = {}
    for name, (module, shape) in LAYERS.items():
        trained(module)
        x: Any = torch.randint(0, 5, shape) if isinstance(module, nn.Embedding) else torch.randn(shape)
        with torch.no_grad():
            y = first(module(x, x, x) if isinstance(module, nn.MultiheadAttention) else module(x))
        made[name] = {"x": x, "y": y, **{f"state.{key}": value for key, value in module.state_dict().items()}}
    cases.write("weights", made)


if __name__ == "__main__":
    main()
