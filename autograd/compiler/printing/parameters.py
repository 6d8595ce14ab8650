"""What the state of a program is called: parameters, moments, learning rates, counts.

A parameter's path in its model is long, so it goes by its last word where no other has the same: "scale". In modules
that differ by their number alone it is numbered as these are: `w0`, `b0`, `w1`, `b1`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.sources import Source
from autograd.engine.graph import Leaf
from autograd.engine.tensor import Tensor
from autograd.optim import Optimizer, Schedule

SHORT = {"weight": "w", "bias": "b"}  # if they are numbered


class ParameterNames:
    """Names for what a captured function reads and writes outside.

    names   of Tensors; `paths`, where each lives, in full: "model.layers.0.weight".
    leaves  the names of Tensors by the node in which their `.grad` is.
    """

    def __init__(self, captured: Capture) -> None:
        outside = captured.outside
        self.names: dict[Tensor, str] = {}
        self.paths = {tensor: path for path, tensor in outside.tensors}
        self.owners: dict[Any, str] = {owner: path for path, owner in (*outside.optimizers, *outside.schedules)}
        # Numbers, as of steps, that all parameters have together.
        self.shared = {source for pair in captured.aliases if not captured.reads[pair[1]].is_array for source in pair}
        inner = {id(part) for _, model in outside.modules for part in model.modules() if part is not model}
        models = [(path, m) for path, m in outside.modules if id(m) not in inner and any(m._named_tensors())]
        for path, model in models:
            inside = {tensor: name for name, tensor in model._named_tensors() if tensor not in self.names}
            self.paths |= {tensor: f"{path}.{name}".lstrip(".") for tensor, name in inside.items()}
            self._add(inside, f"{path.rpartition('.')[2]}_" if len(models) > 1 else "")
        self._add({tensor: path for tensor, path in self.paths.items() if tensor not in self.names}, "")
        self.leaves = {tensor.node: name for tensor, name in self.names.items()}

    def _add(self, paths: Mapping[Tensor, str], prefix: str) -> None:
        numbers: dict[str, dict[str, int]] = {}  # of modules, by their path without numbers
        kinds: dict[str, list[str]] = {}  # such paths, by the last word of what is in those modules
        parts = [path.rpartition(".")[::2] for path in paths.values()]
        where = [(module, re.sub(r"\d+", "", module), word) for module, word in parts]
        for module, kind, word in where:
            numbers.setdefault(kind, {}).setdefault(module, len(numbers[kind]))
            kinds.setdefault(word, []).append(kind)
        for (tensor, path), (module, kind, word) in zip(paths.items(), where, strict=True):
            if len({*kinds[word]}) > 1 or word.isdigit():
                word = joined(path)
            elif len(kinds[word]) > 1:
                word = f"{SHORT.get(word, word)}{numbers[kind][module]}"
            self.names[tensor] = prefix + word

    def of(self, source: Source) -> tuple[str, str]:
        """What the value that lives there is called; and where it lives, for a reader."""
        root, name = source.root, source.name.rpartition(".")[2]
        if isinstance(root, Tensor) and root in self.names:
            return self.names[root], self.paths[root]
        if isinstance(root, Leaf):
            return f"grad_{self.leaves[root]}", source.name
        if isinstance(root, Optimizer) and source.steps[0] == ("attribute", "state"):
            (_, p), (_, key) = source.steps[1:3]
            if source in self.shared:
                return key, f"{self.owners[root]}, {key} of all parameters"
            return f"{key}_{self.names[p]}", f"{self.owners[root]}, {key} of {self.names[p]}"
        return name, f"{self.owners[root]}.{source.name}" if isinstance(root, Optimizer | Schedule) else source.name


def joined(path: str) -> str:
    """A path as a name: "block.0.scale" is block_0_scale, and "0.scale" scale_0."""
    return re.sub(r"^(\d+)\.(.+)", r"\2_\1", path.strip(".")).replace(".", "_")
