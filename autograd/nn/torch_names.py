"""What a PyTorch user asks of a Module, or of `nn`, and there is not: how it is written here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from autograd._util.functions import home_of, parameter_names

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
# What layers of PyTorch's take and ours do not, and what to do.
ARGUMENTS: dict[str, str] = {
    "add_bias_kv": "which is not there; leave it out",
    "add_zero_attn": "which is not there; leave it out",
    "device": "and there are no devices, arrays lie in the CPU's memory; leave it out",
    "inplace": "and returns a new array, which a gradient may need; leave it out",
    "max_norm": "which is not there; leave it out",
    "p": "which is called rate here; write rate=",
    "padding_mode": 'and pads with zeros; pad otherwise before it: np.pad(x, widths, "reflect")',
    "proj_size": "which is not there; put a Linear after it",
    "reduce": "which reduction= replaces, in PyTorch, too; write reduction=",
    "return_indices": "which is not there; leave it out",
    "scale_grad_by_freq": "which is not there; leave it out",
    "size_average": "which reduction= replaces, in PyTorch, too; write reduction=",
    "sparse": "and its gradient is an array of the table's shape; leave it out",
}
# Functions and rooms of torch.nn, and what gives the same here.
FUNCTIONS: dict[str, str] = {
    "ParameterList": "a list: self.weights = [nn.Parameter(array), ...]",
    "normalize": "x / np.linalg.norm(x, axis=1, keepdims=True)",
    "one_hot": "np.eye(num_classes)[labels]",
    "pad": "np.pad(x, ((0, 0), (before, after))), with widths for each axis, the first one first",
    "utils": "ag.optim.clip_grad_norm and clip_grad_value, for what is used most of it",
}
SHORT = {"bce": "binarycrossentropy", "bcewithlogits": "binarycrossentropywithlogits"}  # PyTorch's, of losses


def of_method(kind: type, name: str) -> AttributeError:
    """The error for what a Module of this kind lacks, one of METHODS."""
    theirs, ours = METHODS[name]
    return AttributeError(f"{kind.__name__} has no {name}: what PyTorch writes {theirs} is {ours} here")


def check_arguments(kind: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raise TypeError for what PyTorch's layer of this name takes, and ours does not."""
    if not args and not kwargs:
        return
    if kind.__init__ is object.__init__:  # type: ignore[misc]  # of a class, not of an instance
        given = ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])
        raise TypeError(f"{kind.__name__} was given ({given}), and takes no arguments; leave them out")
    if home_of(kind) != __name__.partition(".")[0]:
        return  # a class of the user's own knows what it takes
    for name in kwargs.keys() & ARGUMENTS.keys():
        if not any(
            name in parameter_names(vars(base)["__init__"]) for base in kind.__mro__ if "__init__" in vars(base)
        ):
            raise TypeError(f"{kind.__name__} was given {name}={kwargs[name]!r}, {ARGUMENTS[name]}")
    if home_of(type(dtype := kwargs.get("dtype"))) == "torch":
        plain = str(dtype).replace("torch", "np")
        raise TypeError(f"{kind.__name__} was given dtype={dtype!r}, which is PyTorch's; write dtype={plain}")


def of_layer(name: str, known: Collection[str]) -> AttributeError:
    """The error for what `nn`, which has the names `known`, lacks."""
    if name in FUNCTIONS:
        return AttributeError(f"nn has no {name}; write {FUNCTIONS[name]}")
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
