"""What the state of a program is called: parameters, moments, learning rates, counts.

A parameter has its place in the model for a name. That is long, so Linear layers that differ by their number alone are
numbered, `w0`, `b0`, `w1`, `b1`, and the rest goes by its last word where no other has the same: "scale".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.sources import Source
from autograd.engine.tensor import Tensor
from autograd.nn import Linear
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule


class Parameters:
    """Names for what a captured function reads and writes outside.

    paths      where each Tensor lives, in full: "model.layers.0.weight".
    templates  of the weight of a Linear layer, what its output is called: "{}0" for "z0" and "h0".
    """

    def __init__(self, captured: Capture) -> None:
        self.captured = captured
        self.paths = {tensor: path for path, tensor in captured.outside.tensors}
        self.templates: dict[Tensor, str] = {}
        self.names: dict[Tensor, str] = {}
        self._groups = sum(len(optimizer.param_groups) for _, optimizer in captured.outside.optimizers)
        self._by_path = dict(captured.outside.tensors)
        models = list(_outermost(captured.outside.modules))
        having = [model for _, model in models if next(_tensors(model), None) is not None]
        for path, model in models:
            if model in having:
                self._add_model(path, model, path.rpartition(".")[2] if len(having) > 1 else "")
        self._add_others()

    def _add_model(self, path: str, model: Module, prefix: str) -> None:
        linear = [(name, module) for name, module in model.named_modules() if isinstance(module, Linear)]
        linear = list({id(module): (name, module) for name, module in reversed(linear)}.values())[::-1]
        alike = len({re.sub(r"\d+", "", name) for name, _ in linear}) == 1
        start = f"{prefix}_" if prefix else ""
        for k, (name, layer) in enumerate(linear):
            if alike and len(linear) > 1:
                template, weight, bias = f"{start}{{}}{k}", f"{start}w{k}", f"{start}b{k}"
            else:
                own = name if len(linear) > 1 else ""
                template = f"{{}}_{start}{joined(own)}".rstrip("_")
                weight, bias = (start + joined(f"{own}.{part}") for part in ("weight", "bias"))
            self.templates.setdefault(layer.weight, template)
            self.names.setdefault(layer.weight, weight)
            self.names.setdefault(layer.bias, bias)
        for name, tensor in _tensors(model):
            self.paths[tensor] = f"{path}.{name}" if path else name

    def _add_others(self) -> None:
        others = [tensor for tensor in self.paths if tensor not in self.names]
        last = Counter(self._last(tensor) for tensor in others)
        for tensor in others:
            short = self._last(tensor)
            is_short = last[short] == 1 and not short.isdigit()
            self.names[tensor] = short if is_short else joined(self.paths[tensor])

    def _last(self, tensor: Tensor) -> str:
        return self.paths[tensor].rpartition(".")[2]

    def of(self, source: Source) -> str:
        """What the value that lives in a place is called."""
        root, steps = source.root, source.steps
        if isinstance(root, Optimizer) and steps[0] == ("attribute", "state"):
            key, p = steps[2][1], steps[1][1]
            return key if self._is_shared(source) else f"{key}_{self.names.get(p, 'parameter')}"
        if isinstance(root, Optimizer):
            number = f"_{self._group(root, steps[1][1])}" if self._groups > 1 else ""
            return source.name + number
        if isinstance(root, Tensor) and root in self.names:
            return self.names[root]
        if (tensor := self._by_path.get(source.name.removeprefix("grad_"))) is not None:
            return f"grad_{self.names[tensor]}"
        return source.name.rpartition(".")[2]

    def _is_shared(self, source: Source) -> bool:
        """Whether several parameters have it together: a count of steps."""
        return any(source in pair and not self.captured.reads[pair[1]].is_array for pair in self.captured.aliases)

    def _group(self, optimizer: Optimizer, k: int) -> int:
        """The number of a parameter group among those of all optimisers."""
        number = k
        for _, other in self.captured.outside.optimizers:
            if other is optimizer:
                break
            number += len(other.param_groups)
        return number

    def told(self, source: Source) -> str:
        """Where it lives, for a reader."""
        root = source.root
        if isinstance(root, Tensor) and root in self.paths:
            return self.paths[root]
        if isinstance(root, Optimizer):
            path = next((name for name, other in self.captured.outside.optimizers if other is root), "optimizer")
            if source.steps[0] == ("attribute", "state"):
                p, key = source.steps[1][1], source.steps[2][1]
                whose = "all parameters" if self._is_shared(source) else self.names.get(p, "a parameter")
                return f"{path}, {key} of {whose}"
            return f"{path}.{source.name}"
        if isinstance(root, Schedule):
            path = next((name for name, other in self.captured.outside.schedules if other is root), "schedule")
            return f"{path}.{source.name}"
        return source.name


def joined(path: str) -> str:
    """A path as a name: "block.0.scale" is block_0_scale, and "0.scale" scale_0."""
    first, _, rest = path.strip(".").partition(".")
    return (f"{rest}.{first}" if first.isdigit() and rest else path.strip(".")).replace(".", "_")


def _outermost(modules: list[tuple[str, Module]]) -> Iterator[tuple[str, Module]]:
    """Those that are in no other of these."""
    within = {id(part) for _, module in modules for part in module.modules() if part is not module}
    yield from ((name, module) for name, module in modules if id(module) not in within)


def _tensors(model: Module) -> Iterator[tuple[str, Any]]:
    yield from model._named_tensors()
