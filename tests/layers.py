"""Every layer that has state, made as PyTorch's in torch_reference/weights.npz, with an input for it."""

from collections.abc import Callable
from typing import Any

from torch_reference import cases

from autograd import nn

REFERENCE = cases.read("weights")
MAKE: dict[str, Callable[[Any], Any]] = {
    "Linear": lambda nn: nn.Linear(3, 4),
    "Linear, square": lambda nn: nn.Linear(3, 3),
    "Linear, no bias": lambda nn: nn.Linear(3, 3, bias=False),
    "Sequential": lambda nn: nn.Sequential(
        nn.Linear(3, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.Dropout(0.5)
    ),
    "Conv1d": lambda nn: nn.Conv1d(2, 2, 2),
    "Conv2d": lambda nn: nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
    "ConvTranspose2d": lambda nn: nn.ConvTranspose2d(2, 2, 2),
    "BatchNorm1d": lambda nn: nn.BatchNorm1d(3),
    "BatchNorm2d": lambda nn: nn.BatchNorm2d(3),
    "LayerNorm": lambda nn: nn.LayerNorm(3),
    "RMSNorm": lambda nn: nn.RMSNorm(3),
    "GroupNorm": lambda nn: nn.GroupNorm(2, 4),
    "Embedding": lambda nn: nn.Embedding(5, 5),
    "RNN": lambda nn: nn.RNN(3, 3, num_layers=2, bidirectional=True),
    "GRU": lambda nn: nn.GRU(3, 3),
    "LSTM": lambda nn: nn.LSTM(3, 3, num_layers=2),
    "RNNCell": lambda nn: nn.RNNCell(3, 3),
    "GRUCell": lambda nn: nn.GRUCell(3, 3),
    "LSTMCell": lambda nn: nn.LSTMCell(3, 3),
    "MultiheadAttention": lambda nn: nn.MultiheadAttention(4, 2, batch_first=True),
}
THERE = [name for name in MAKE if hasattr(nn, name.partition(",")[0])]  # PyTorch has more


def state_of(name: str) -> dict[str, Any]:
    return cases.part(REFERENCE[name], "state.")


def called(module: Any, x: Any) -> Any:
    """The first of what it returns."""
    y = module(*(x,) * (3 if isinstance(module, nn.MultiheadAttention) else 1))
    while isinstance(y, tuple):
        y = y[0]
    return y


def output_of(module: Any, x: Any) -> Any:
    return called(module.eval(), x).data
