"""Writes recurrent.npz: RNN, GRU, LSTM and their cells as PyTorch computes them, to be run where that is installed.

python tests/torch_reference/make_recurrent.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from torch_reference import cases  # the folder above is known now

STEPS, BATCH, INPUTS, HIDDEN = 4, 3, 5, 2
LAYERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {"num_layers": 2, "bidirectional": True, "batch_first": True},
    "no bias": {"bias": False},
}
KINDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "RNN": (torch.nn.RNN, torch.nn.RNNCell, {}),
    "RNN relu": (torch.nn.RNN, torch.nn.RNNCell, {"nonlinearity": "relu"}),
    "GRU": (torch.nn.GRU, torch.nn.GRUCell, {}),
    "LSTM": (torch.nn.LSTM, torch.nn.LSTMCell, {}),
}


def random(*shape: int) -> Any:
    return torch.randn(*shape, dtype=torch.float64)


def weights_of(y: Any) -> Any:
    """Those of the sum that gradients are taken of, which the tests make alike."""
    return torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)


def flat(tree: Any) -> list[Any]:
    return [leaf for part in tree for leaf in flat(part)] if isinstance(tree, tuple) else [tree]


def case(module: Any, x: Any, states: list[Any]) -> dict[str, Any]:
    """Values, and the gradients of the sum of all outputs, weighed, with respect to all that goes in."""
    module.zero_grad(set_to_none=True)  # the gradients of the case before are kept as they are
    inputs = [x, *states]
    for tensor in inputs:
        tensor.requires_grad_()
    hx = (tuple(states) if len(states) > 1 else states[0],) if states else ()
    outputs = flat(module(x, *hx))
    sum((y * weights_of(y)).sum() for y in outputs).backward()
    found = {"x": x, "gx": x.grad}
    for name, group in (("y", outputs), ("h", states), ("gh", [h.grad for h in states])):
        found |= {f"{name}.{k}": tensor for k, tensor in enumerate(group)}
    found |= {f"state.{name}": tensor for name, tensor in module.state_dict().items()}
    return found | {f"grad.{name}": tensor.grad for name, tensor in module.named_parameters()}


def main() -> None:
    torch.manual_seed(0)
    made = {}
    for kind, (layer, cell, options) in KINDS.items():
        count = 2 if kind == "LSTM" else 1
        for name, more in LAYERS.items():
            module = layer(INPUTS, HIDDEN, **options, **more).double()
            chains = more.get("num_layers", 1) * (1 + more.get("bidirectional", False))
            shape = (BATCH, STEPS, INPUTS) if more.get("batch_first") else (STEPS, BATCH, INPUTS)
            states = [random(chains, BATCH, HIDDEN) for _ in range(count)]
            made[f"{kind}, {name}"] = case(module, random(*shape), states)
        module = layer(INPUTS, HIDDEN, **options).double()
        made[f"{kind}, no state"] = case(module, random(STEPS, BATCH, INPUTS), [])
        made[f"{kind}, no batch"] = case(module, random(STEPS, INPUTS), [random(1, HIDDEN) for _ in range(count)])
        module = cell(INPUTS, HIDDEN, **options).double()
        made[f"{kind}, cell"] = case(module, random(BATCH, INPUTS), [random(BATCH, HIDDEN) for _ in range(count)])
        made[f"{kind}, cell, no batch"] = case(module, random(INPUTS), [])
    cases.write("recurrent", made)


if __name__ == "__main__":
    main()
