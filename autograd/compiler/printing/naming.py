"""Names for the values of a program, as a careful person would choose them.

Arguments are called as the function calls them, parameters by their place in the model (see `ParameterNames`), what a
layer makes `z0`, and `h0` after the activation; gradients `g_w0`, `g_z0`. Other values have the name of the variable
that the code of the function, of a primitive or of an optimiser assigns them to. What has none takes the name of the
value that will take over its memory, or one made of the function that computes it.

A variable holds one value after the other: in the same memory, or when the last one is done with.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from autograd._util.identifiers import RESERVED, Identifiers, identifier
from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.ir import Program, Value
from autograd.compiler.passes.rewrites import is_foreign
from autograd.compiler.printing.expressions import inlined
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.sources import Source
from autograd.compiler.tracing.variables import GENERIC
from autograd.engine.graph import Leaf
from autograd.engine.tensor import Tensor
from autograd.optim import Optimizer, Schedule

LONGEST_OPERAND = 20  # characters of a name that is not part of another any more
SHORT = {"weight": "w", "bias": "b"}  # of parameters, if they are numbered
WEIGHT = re.compile(r"(?<![^_])w(?=\d+$)|weight")
MADE_BY = {"relu": "h", "sigmoid": "h", "tanh": "h", "dropout": "dropped"}
WORDS: dict[Any, str] = {  # for what a function computes, where its own name is none
    np.add: "total", np.subtract: "difference", np.multiply: "product", np.divide: "ratio", np.matmul: "product",
    operator.add: "total", operator.sub: "difference", operator.mul: "product", operator.truediv: "ratio",
    operator.pow: "power", operator.getitem: "part", ".mT": "T",
    np.copyto: "copy", np.maximum: "max", np.minimum: "min", np.asarray: "array", "astype": "cast",
    **dict.fromkeys((np.greater, np.less, np.greater_equal, np.less_equal, np.equal, np.not_equal), "mask"),
}  # fmt: skip


def word_for(fn: Any) -> str:
    """What a result of a function is called."""
    ufunc = getattr(fn, "__self__", None)
    if isinstance(ufunc, np.ufunc):  # np.add.reduce
        fn = ufunc
    return WORDS.get(fn) or identifier((fn if isinstance(fn, str) else getattr(fn, "__name__", "value")).strip("._<>"))


class Naming:
    """Names for the values of a program.

    of      a name for each value that stands on a line of its own; `inside` are the ops of others, see `inlined`.
    owners  of ops and values of an update: the parameter for which alone they are, "" if they are for several.
    """

    def __init__(self, program: Program, captured: Capture) -> None:
        self.program, self.captured = program, captured
        self.inside, self.last = inlined(program)
        self.parameters = ParameterNames(captured)
        functions = {getattr(op.fn, "__name__", "") for op in program.ops if is_foreign(op.fn)}
        self.identifiers = Identifiers({*RESERVED, program.name, *functions})
        self.of: dict[Value, str] = {}
        self.lines: dict[Value, int] = {}  # on which a value is made, or its memory used first: a loop may fill it
        filled = program.buffers.keys() - {y for op in program.ops for y in op.results()}
        for k, op in enumerate(program.ops):
            for y in (*op.results(), *(v.root for v in op.reads() if v.root in filled)) if filled else op.results():
                if y not in self.inside:
                    self.lines.setdefault(y, k)
        self.ops = {y: program.ops[k] for y, k in self.lines.items()}
        self.wanted = {value: identifier(name) for name, value in captured.inputs.items()}  # params["w"] is params_w
        self.wanted |= {value: self.parameters.of(source)[0] for source, value in captured.reads.items()}
        self._number(captured.inputs.values())
        self._number(captured.reads.values())
        indices = dict.fromkeys(op.loop.index for op in program.ops if op.loop is not None)
        self.of |= dict.fromkeys(indices, self.identifiers.new("k") if indices else "")
        # What a variable holds, by the name that it wanted; what lies in a place, by that and the place.
        self._held: dict[Any, Value] = {name: value for value, name in self.of.items()}
        tensors = [value for source, value in captured.reads.items() if isinstance(source.root, Tensor)]
        # Of a weight, what its layer makes is called: "{}0" if it is w0, and "hidden_{}" if it is hidden_weight.
        templates = {value: WEIGHT.sub("{}", self.of[value]) for value in tensors}
        self.templates = {value: template for value, template in templates.items() if "{}" in template}
        self.owners = self._owners()
        self._name_all()

    def _name_all(self) -> None:
        self._want(self._left_outside())
        self._want((y, self._variable(y)) for y in self.ops if y.name not in GENERIC)
        self._want(self._layers())
        self._want((y, self._variable(y)) for y in self.ops)
        forward = [y for y, op in self.ops.items() if op.stage == "forward"]
        self._want(self._by_memory(set(forward)))
        self._want(self._outputs())
        self._give(forward)
        self._want(self._gradients())  # called after what they are of
        self._want(self._by_memory(self.ops))
        self._give(y for y in self.ops if y not in self.of)

    # -- giving names --------------------------------------------------------------------------------------------------

    def _want(self, found: Iterable[tuple[Value, str]]) -> None:
        """Note what values want to be called. The first that has a name for one is believed."""
        for y, name in found:
            if name and y in self.ops:
                self.wanted.setdefault(y, identifier(name))

    def _give(self, values: Iterable[Value]) -> None:
        """Name values as they want, or after their functions; as what they follow in the same variable."""
        first: dict[Value, Value] = {}
        for y in values:
            self._want([(y, self._by_function(y))])
            key: Any = self.wanted[y]
            if (buffer := self.program.buffers.get(y)) is not None:
                key = key, buffer.offset, y.layout()
            before = self._held.get(key, y)
            first[y] = before if buffer is not None or self._may_follow(y, before) else y
            self._held[key] = y
        self._number(y for y, before in first.items() if before is y)
        for y, before in first.items():
            self.of[y] = self.of[before]

    def _number(self, values: Iterable[Value]) -> None:
        """Name values as they want: of several that want the same each has a number."""
        values = list(values)
        count = Counter(self.wanted[y] for y in values)
        self.of |= {y: self.identifiers.new(self.wanted[y], count[self.wanted[y]] > 1) for y in values}

    def _may_follow(self, y: Value, before: Value) -> bool:
        """Whether a variable that has held one value may hold the other: not if a loop needs the first again."""
        op, made = self.ops[y], self.ops.get(before)
        enters = op.loop is not None and (made is None or made.loop is None)
        return self.last.get(before, -1) <= self.lines[y] and made is not op and not enters

    # -- what values are for -------------------------------------------------------------------------------------------

    def _left_outside(self) -> Iterator[tuple[Value, str]]:
        """Gradients of parameters; and new values of numbers, which have the name of the old if that is done with."""
        for leaf, value in self.captured.grads.items():
            if value is not None:
                yield self.program.now(value), f"g_{self.parameters.leaves[leaf]}"
        for source, value in self.captured.stores:
            yield self.program.now(value), self.parameters.of(source)[0]

    def _outputs(self) -> Iterator[tuple[Value, str]]:
        leaves = zip(tree_leaves_with_path(self.captured.output), self.captured.parts, strict=True)
        for path, y in [(path, part) for (path, _), (_, part) in leaves if isinstance(part, Value)]:
            key = re.findall(r"\['(\w+)'\]|\.(\w+)$", path)
            yield self.program.now(y), "".join(key[-1]) if key else "output"

    def _variable(self, y: Value) -> str:
        owner = self.owners.get(y) if y.name and y.is_array else ""
        return f"{y.name}_{owner}" if owner else y.name

    def _layers(self) -> Iterator[tuple[Value, str]]:
        """What layers make with a weight, and activations and dropout of that."""
        weights = set(self.templates)
        forward = [op for op in self.program.ops if op.stage == "forward"]
        for (part, _), group in groupby(forward, key=lambda op: (op.part, id(op.scope))):
            ops = list(group)
            found = [v for op in ops for v in op.reads() if v in self.templates]
            word = "z" if not weights.isdisjoint(found) else MADE_BY.get(part)
            if found and word:
                y = ops[-1].writes.root if ops[-1].writes is not None else ops[-1].results()[0]
                self.templates[y] = self.templates[found[-1]]  # the last: the weight's, not that of what comes in
                yield y, self.templates[y].format(word)

    def _gradients(self) -> Iterator[tuple[Value, str]]:
        """g_z0 is the gradient of z0."""
        for value, node in self.captured.tracer.gradients.items():
            if (output := self.captured.tracer.output.get(node)) is not None:
                of = self.program.now(output)
                if name := self.of.get(of) or self.wanted.get(of):
                    yield self.program.now(value), f"g_{name}"

    def _owners(self) -> dict[Any, str]:
        found: dict[Any, set[str]] = {}
        parameters = {value for source, value in self.captured.reads.items() if isinstance(source.root, Tensor)}
        parameter = ""
        for op in reversed(self.program.ops):
            if op.writes is not None and op.writes.root in parameters:
                parameter = self.of[op.writes.root]
            if op.stage == "update":
                of = set[str]().union(*(found.get(y, ()) for y in op.results())) or {parameter}
                for x in (op, *op.results(), *op.reads()):
                    found.setdefault(x, set()).update(of)
        return {x: next(iter(of)) if len(of) == 1 else "" for x, of in found.items()}

    # -- what has no name of its own -----------------------------------------------------------------------------------

    def _by_memory(self, those: Container[Value]) -> Iterator[tuple[Value, str]]:
        """The name of the value that takes over the memory in the same section: this is on its way to it."""
        for buffer in dict.fromkeys(self.program.buffers.values()):
            latest: dict[Any, str] = {}
            for y in reversed(buffer.values):
                place = self.ops[y].stage, y.layout()
                if y in self.wanted:
                    latest[place] = self.wanted[y]
                elif y in those and place in latest:
                    yield y, latest[place]

    def _by_function(self, y: Value) -> str:
        """After the function, and what it is applied to, or the layer; scratch in an update."""
        op = self.ops[y]
        if y in self.program.buffers and op.stage not in ("forward", "backward"):
            return f"scratch_{self.owners.get(y, '')}".rstrip("_")
        if y not in op.results():
            return "result"
        word, reads = word_for(op.fn), op.reads()
        name = (self.of.get(reads[0]) or self.wanted.get(reads[0], "")) if reads else ""
        if name and op.fn is np.asarray:
            return name
        if name and y.is_view:
            return f"{name}_{word}"
        is_of_one = len(reads) == 1 and not (isinstance(op.fn, np.ufunc) and op.fn.nin == 2)
        if name and is_of_one and len(name) < LONGEST_OPERAND:
            return f"{word}_{name}"
        return next((self.templates[v] for v in reads if v in self.templates), "{}").format(word)


# -- what lives outside -----------------------------------------------------------------------------------------------


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
