"""Writes attention.npz: attention and MultiheadAttention as PyTorch computes them, to be run where that is installed.

python tests/torch_reference/make_attention.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from torch_reference import cases  # the folder above is known now

EMBED, HEADS, BATCH, QUERIES, KEYS = 4, 2, 2, 3, 5


def random(*shape: int) -> Any:
    return torch.randn(*shape, dtype=torch.float64)


def weights_of(y: Any) -> Any:
    """Those of the sum that gradients are taken of, which the tests make alike."""
    return torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)


def gradients(f: Any, inputs: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Values, and the gradients of the sum of all outputs, weighed, with respect to the inputs of floats."""
    leaves = [x.requires_grad_() for x in {id(x): x for x in inputs.values()}.values() if x.is_floating_point()]
    y = f(*inputs.values(), **options)
    outputs = [part for part in (y if isinstance(y, tuple) else (y,)) if part is not None]
    sum((part * weights_of(part)).sum() for part in outputs).backward()
    found = {f"in.{name}": x for name, x in inputs.items()}
    found |= {f"y.{k}": part for k, part in enumerate(outputs)}
    return found | {f"g.{name}": x.grad for name, x in inputs.items() if any(x is leaf for leaf in leaves)}


def of_module(module: Any, inputs: dict[str, Any], **options: Any) -> dict[str, Any]:
    found = gradients(module, inputs, **options)
    found |= {f"state.{name}": tensor for name, tensor in module.state_dict().items()}
    return found | {f"grad.{name}": tensor.grad for name, tensor in module.named_parameters()}


def functions() -> dict[str, Any]:
    f = torch.nn.functional.scaled_dot_product_attention

    def qkv(*lead: int, keys: int = KEYS) -> dict[str, Any]:
        return {"q": random(*lead, QUERIES, 4), "k": random(*lead, keys, 4), "v": random(*lead, keys, 2)}

    kept = torch.rand(BATCH, 1, QUERIES, KEYS) > 0.3
    kept[0, 0, 1] = False  # a query that sees nothing
    return {
        "plain": gradients(f, qkv(BATCH, HEADS)),
        "without heads": gradients(f, qkv()),
        "scale": gradients(f, qkv(BATCH), scale=0.3),
        "causal": gradients(f, qkv(BATCH, HEADS, keys=QUERIES), is_causal=True),
        "causal, more keys": gradients(f, qkv(BATCH), is_causal=True),
        "bool mask": gradients(f, qkv(BATCH, HEADS) | {"mask": kept}),
        "float mask": gradients(f, qkv(BATCH, HEADS) | {"mask": random(HEADS, QUERIES, KEYS)}),
    }


def modules() -> dict[str, Any]:
    def make(**options: Any) -> Any:
        module = torch.nn.MultiheadAttention(EMBED, HEADS, **options).double()
        for name, parameter in module.named_parameters():
            if "bias" in name:
                torch.nn.init.normal_(parameter)
        return module

    def same(x: Any) -> dict[str, Any]:
        return {"query": x, "key": x, "value": x}

    def three(kdim: int = EMBED, vdim: int = EMBED) -> dict[str, Any]:
        shapes = (QUERIES, BATCH, EMBED), (KEYS, BATCH, kdim), (KEYS, BATCH, vdim)
        return {name: random(*shape) for name, shape in zip(("query", "key", "value"), shapes, strict=True)}

    padding = torch.zeros(BATCH, KEYS, dtype=torch.bool)
    padding[1, -2:] = True
    hidden = torch.rand(QUERIES, KEYS) > 0.7
    hidden[:, 0] = False
    of_heads = random(BATCH * HEADS, QUERIES, KEYS)
    causal = torch.ones(QUERIES, QUERIES).triu(1).bool()
    return {
        "module": of_module(make(), same(random(QUERIES, BATCH, EMBED))),
        "module, three inputs": of_module(make(), three(), average_attn_weights=False),
        "module, no bias": of_module(make(bias=False), three()),
        "module, other sizes": of_module(make(kdim=3, vdim=5), three(3, 5)),
        "module, no batch": of_module(make(), same(random(QUERIES, EMBED))),
        "module, batch first": of_module(
            make(batch_first=True), same(random(BATCH, QUERIES, EMBED)), need_weights=False
        ),
        "module, masks": of_module(make(), three(), attn_mask=hidden, key_padding_mask=padding),
        "module, causal": of_module(
            make(), same(random(QUERIES, BATCH, EMBED)), need_weights=False, attn_mask=causal, is_causal=True
        ),
        "module, masks of heads": of_module(make(), three(), attn_mask=of_heads),
        "the masks": {"attn_mask": hidden, "key_padding_mask": padding, "of heads": of_heads},
    }


def main() -> None:
    torch.manual_seed(0)
    cases.write("attention", functions() | modules())


if __name__ == "__main__":
    main()
