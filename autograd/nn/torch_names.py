"""What a PyTorch user asks of a Module, or of `nn`, and there is not: how it is written here."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

# What PyTorch writes, and what gives the same here; both are code, and the tests run what is ours.
METHODS: dict[str, tuple[str, str]] = {
    "add_module": ('model.add_module("head", part)', "model.head = part"),
    "register_module": ('model.register_module("head", part)', "model.head = part"),
    "cpu": ("model.cpu()", "model"),
    "cuda": ("model.cuda()", "model"),
    "half": ("model.half()", "model.to(np.float16)"),
    "type": ("model.type(torch.float64)", "model.to(np.float64)"),
    "get_buffer": ('model.get_buffer("mean")', 'dict(model.named_buffers())["mean"]'),
    "get_parameter": ('model.get_parameter("weight")', 'dict(model.named_parameters())["weight"]'),
    "register_backward_hook": ("model.register_backward_hook(hook)", "model.register_full_backward_hook(hook)"),
}
SHORT = {"bce": "binarycrossentropy", "bcewithlogits": "binarycrossentropywithlogits"}  # PyTorch's, of losses


def of_method(kind: str, name: str) -> AttributeError | None:
    """The error for what a Module of this kind lacks; None if PyTorch's lacks it, too."""
    row = METHODS.get(name)
    return row and AttributeError(f"{kind} has no {name}: what PyTorch writes {row[0]} is {row[1]} here")


def of_layer(name: str, known: Collection[str]) -> AttributeError:
    """The error for what `nn`, which has the names `known`, lacks."""
    if found := [other for other in known if _plain(other) == _plain(name)]:
        return AttributeError(f"nn has no {name}; it has nn.{found[0]}")
    way = "a layer of your own is a subclass of nn.Module, a function of NumPy's needs no layer"
    if found := get_close_matches(name, known):
        return AttributeError(f"nn has no {name}; the nearest that it has: {', '.join(found)}; {way}")
    return AttributeError(f"nn has no {name}; {way}")


def _plain(name: str) -> str:
    """CrossEntropyLoss and cross_entropy are the same here."""
    plain = name.lower().replace("_", "").removesuffix("loss")
    return SHORT.get(plain, plain)
