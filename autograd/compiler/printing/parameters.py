"""What the state of a program is called: parameters, moments, learning rates, counts.

A parameter's path in its model is long, so Linear layers that differ by their number alone are numbered, `w0`, `b0`,
`w1`, `b1`, and the rest goes by its last word where no other has the same: "scale".
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.sources import Source
from autograd.engine.tensor import Tensor
from autograd.nn import Linear
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule


class ParameterNames:
    """Names for what a captured function reads and writes outside.

    paths      where each Tensor lives, in full: "model.layers.0.weight".
    templates  of the weight of a Linear layer, what its output is called: "{}0" for "z0" and "h0".
    """

    def __init__(self, captured: Capture) -> None:
        outside = captured.outside
        self.variables = dict(outside.tensors)
        self.paths = {tensor: path for path, tensor in outside.tensors}
        self.templates: dict[Tensor, str] = {}
        self.names: dict[Tensor, str] = {}
        self.owners: dict[Any, str] = {owner: path for path, owner in (*outside.optimizers, *outside.schedules)}
        groups = [(optimizer, k) for _, optimizer in outside.optimizers for k in range(len(optimizer.param_groups))]
        self.groups = {group: f"_{k}" if len(groups) > 1 else "" for k, group in enumerate(groups)}
        # Numbers, as of steps, that all parameters have together.
        self.shared = {source for pair in captured.aliases if not captured.reads[pair[1]].is_array for source in pair}
        inner = {id(part) for _, model in outside.modules for part in model.modules() if part is not model}
        models = [(path, m) for path, m in outside.modules if id(m) not in inner and any(m._named_tensors())]
        for path, model in models:
            self._add_model(path, model, f"{path.rpartition('.')[2]}_" if len(models) > 1 else "")
        last = {tensor: path.rpartition(".")[2] for tensor, path in self.paths.items() if tensor not in self.names}
        count = Counter(last.values())
        for tensor, word in last.items():
            is_alone = count[word] == 1 and not word.isdigit()
            self.names[tensor] = word if is_alone else joined(self.paths[tensor])

    def _add_model(self, path: str, model: Module, prefix: str) -> None:
        layers: dict[Linear, str] = {}
        for name, module in model.named_modules():
            if isinstance(module, Linear):
                layers.setdefault(module, name)
        is_numbered = len(layers) > 1 and len({re.sub(r"\d+", "", name) for name in layers.values()}) == 1
        for k, (layer, name) in enumerate(layers.items()):
            own = name if len(layers) > 1 else ""
            if is_numbered:
                template, weight, bias = f"{prefix}{{}}{k}", f"{prefix}w{k}", f"{prefix}b{k}"
            else:
                template = f"{{}}_{prefix}{joined(own)}".rstrip("_")
                weight, bias = (prefix + joined(f"{own}.{part}") for part in ("weight", "bias"))
            self.templates[layer.weight] = template
            self.names.setdefault(layer.weight, weight)
            self.names.setdefault(layer.bias, bias)
        for name, tensor in model._named_tensors():
            self.paths[tensor] = f"{path}.{name}" if path else name

    def of(self, source: Source) -> tuple[str, str]:
        """What the value that lives there is called; and where it lives, for a reader."""
        root, steps, name = source.root, source.steps, source.name.rpartition(".")[2]
        if isinstance(root, Tensor) and root in self.names:
            return self.names[root], self.paths[root]
        if isinstance(root, Optimizer | Schedule):
            owner = self.owners.get(root, type(root).__name__.lower())
            if isinstance(root, Schedule):
                return name, f"{owner}.{source.name}"
            if steps[0] != ("attribute", "state"):
                return source.name + self.groups[root, steps[1][1]], f"{owner}.{source.name}"
            (_, p), (_, key) = steps[1:3]
            if source in self.shared:
                return key, f"{owner}, {key} of all parameters"
            return f"{key}_{self.names.get(p, 'parameter')}", f"{owner}, {key} of {self.names.get(p, 'a parameter')}"
        tensor = self.variables.get(source.name.removeprefix("grad_"))
        return name if tensor is None else f"grad_{self.names[tensor]}", source.name


def joined(path: str) -> str:
    """A path as a name: "block.0.scale" is block_0_scale, and "0.scale" scale_0."""
    return re.sub(r"^(\d+)\.(.+)", r"\2_\1", path.strip(".")).replace(".", "_")
