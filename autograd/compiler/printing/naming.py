"""Names for the values of a program, as a careful person would choose them.

Arguments are called as the function calls them, parameters by their place in the model (see `parameters`), what a layer
makes `z0`, and `h0` after the activation; gradients `g_w0`, `g_z0`. Other values have the name of the variable that the
code of the function, of a primitive or of an optimiser assigns them to. What has none takes the name of the value that
will take over its memory, or one made of the function that computes it.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.ir import Kind, Op, Program, Value
from autograd.compiler.passes.rewriting import final, touched
from autograd.compiler.printing.constants import is_foreign
from autograd.compiler.printing.inlining import Layout
from autograd.compiler.printing.parameters import Parameters
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.variables import GENERIC
from autograd.compiler.wording import identifier, word_for, words_for
from autograd.engine.tensor import Tensor

# What Python, NumPy and the frame of a program call their own.
RESERVED = frozenset({
    *keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "memory", "state", "grads", "check", "load",
    "program", "run", "file", "Path",
})  # fmt: skip
PASSES = ("forward", "backward")
ACTIVATIONS = frozenset({"relu", "sigmoid", "tanh"})
COMPARISONS = (np.greater, np.less, np.greater_equal, np.less_equal, np.equal, np.not_equal)
Wanted = Iterable[tuple[Value, str]]


@dataclass(eq=False, slots=True)
class Names:
    """of      a name for each value of a program that stands on a line of its own.
    owners  of values in an update: the parameter for which alone they are, "" if they are for several.
    """

    of: dict[Value, str]
    owners: dict[Value, str]


def named(program: Program, captured: Capture, layout: Layout) -> Names:
    """Names for the values of a program. The first that has one for a value is believed."""
    naming = _Naming(program, captured, layout)
    naming.give((value, identifier(name)) for name, value in captured.inputs.items())  # params["w"] is params_w
    naming.give((value, naming.parameters.of(source)) for source, value in captured.reads.items())
    naming.loops()
    naming.left_behind()
    naming.give(naming.roles(), several=True)
    naming.by_memory("forward")
    naming.give(naming.outputs(), several=True)
    naming.give(naming.functions("forward"), several=True)
    naming.gradients()
    naming.by_memory()
    naming.scratch()
    naming.give(naming.functions(), several=True)
    naming.give(((y, naming.hints.get(y, "result")) for y in program.buffers if naming.is_open(y)), several=True)
    return Names(naming.names, naming.owners)


class _Naming:
    """names      what was chosen so far.
    templates  of what a layer makes: see `Parameters`.
    hints      the variables of the code.
    """

    def __init__(self, program: Program, captured: Capture, layout: Layout) -> None:
        self.program, self.captured, self.layout = program, captured, layout
        self.parameters = Parameters(captured)
        self.names: dict[Value, str] = {}
        self.owners: dict[Value, str] = {}
        self.templates: dict[Value, str] = {
            value: self.parameters.templates[source.root]
            for source, value in captured.reads.items()
            if isinstance(source.root, Tensor) and source.root in self.parameters.templates
        }
        self.lines = {y: k for k, call in enumerate(program.ops) for y in call.results()}
        for k, call in enumerate(program.ops):  # memory that no call makes, and a loop fills
            for root in (value.root for value in touched(call) if value.root in program.buffers):
                self.lines.setdefault(root, k)
        self.stage = {y: program.ops[k].stage for y, k in self.lines.items()}
        self.hints = {value: value.name for value in self.stage if value.name}
        for old in program.instead:  # what a value stands for may have been given a name
            if old.name and old.kind is Kind.MADE:
                self.hints.setdefault(self._now(old), old.name)
        self._follows: dict[Value, Value] = {}  # what will have the name of another
        self._on_the_way: set[Value] = set()  # what has the name of the value that it leads to
        functions = {call.fn.__name__ for call in program.ops if is_foreign(call.fn)}
        self._taken = {*RESERVED, program.name, *functions}
        self._numbers: dict[str, int] = {}  # by name, the number from which on one may be free

    def _now(self, value: Value) -> Value:
        return final(value, self.program.instead)

    def is_open(self, value: Value) -> bool:
        """Whether a value still needs a name."""
        return value in self.stage and value not in self.names and value not in self.layout.inside

    def open_calls(self, *stages: str) -> Iterator[tuple[Op, Value]]:
        for call in self.program.ops:
            if not stages or call.stage in stages:
                yield from ((call, y) for y in call.results() if self.is_open(y))

    # -- giving names --------------------------------------------------------------------------------------------------

    def give(self, wanted: Wanted, several: bool = False) -> None:
        """Name values that have no name. Of several that want the same, each has a number."""
        found: dict[Value, str] = {}
        for value, name in wanted:
            if value not in self.names and value not in found:
                found[value] = f"{name}_count" if name == self.program.name else identifier(name)
        count = Counter(found.values()) if several else Counter()
        for value, name in found.items():
            self.names[value] = self._unused(name, is_numbered=count[name] > 1)
        for value, before in self._follows.items():
            self.names[value] = self.names[before]
        self._follows.clear()

    def _unused(self, name: str, is_numbered: bool = False) -> str:
        found = name
        if is_numbered or name in self._taken:
            joint = "_" if name[-1].isdigit() else ""
            k = self._numbers.get(name, int(name in self._taken and name not in RESERVED))
            while (found := f"{name}{joint}{k}") in self._taken:
                k += 1
            self._numbers[name] = k  # as far as all are taken: names are never given back
        self._taken.add(found)
        return found

    def _may_follow(self, y: Value, before: Value) -> bool:
        """Whether a variable may hold first one value and then the other, which takes its place."""
        buffers = self.program.buffers
        if y in buffers or before in buffers:
            return buffers.get(y) is buffers.get(before) and y.layout() == before.layout()
        return self.layout.last.get(before, -1) <= self.lines[y]

    def loops(self) -> None:
        """One name for the indices of all loops, which follow each other."""
        indices = dict.fromkeys(call.loop.index for call in self.program.ops if call.loop is not None)
        if indices:
            self.names |= dict.fromkeys(indices, self._unused("k"))

    # -- what is left outside ------------------------------------------------------------------------------------------

    def left_behind(self) -> None:
        """Gradients of parameters; and new values of numbers, which have the name of the old if that is done with."""
        tensors = {tensor.node: tensor for tensor in self.parameters.names}
        for leaf, value in self.captured.grads.items():
            if value is not None and self.is_open(y := self._now(value)):
                self.give([(y, f"g_{self.parameters.names[tensors[leaf]]}")])
        for source, value in self.captured.stores:
            y, before, name = self._now(value), self.captured.reads.get(source), self.parameters.of(source)
            if self.is_open(y):
                if before in self.names and self._may_follow(y, before):
                    self.names[y] = self.names[before]
                else:
                    self.give([(y, name if before is None else f"next_{name}")])

    def outputs(self) -> Iterator[tuple[Value, str]]:
        leaves = zip(tree_leaves_with_path(self.captured.output), self.captured.parts, strict=True)
        paths = [path for (path, _), (_, part) in leaves if isinstance(part, Value)]
        for path, y in zip(paths, self.program.results, strict=False):
            if isinstance(y, Value) and self.is_open(y):
                key = re.findall(r"\['(\w+)'\]|\.(\w+)$", path)
                yield y, "".join(key[-1]) if key else "output"

    # -- what values are for -------------------------------------------------------------------------------------------

    def roles(self) -> Iterator[tuple[Value, str]]:
        """By the variables of the code, and by the layers."""
        self._find_owners()
        layers = dict(self._layers())
        arguments = {name: value for value, name in self.names.items()}
        latest: dict[str, Value] = {}
        for call, y in self.open_calls():
            hint = self.hints.get(y, "")
            if call.fn is np.asarray and (x := call.args[0]) in self.names and self._may_follow(y, x):
                self.names[y] = self.names[x]
            elif y in layers and (not hint or hint in GENERIC or y.array.dtype == bool):
                yield y, layers[y]
            elif hint and self.stage[y] == "update" and (call.loop is None or y.is_array):
                owner, is_state = self.owners.get(y), hint in arguments and not np.ndim(y.array)
                name = f"{hint}_{owner}" if owner else f"{hint}_t" if is_state else hint
                if name not in self._taken:
                    yield y, name
            elif hint in arguments and self._may_follow(y, arguments[hint]):
                self.names[y] = hint
                arguments[hint] = y
            elif hint in latest and self._may_follow(y, latest[hint]):
                self._follows[y] = latest[hint]
                latest[hint] = y
            elif hint:
                latest[hint] = y
                yield y, hint

    def _layers(self) -> Iterator[tuple[Value, str]]:
        """What Linear layers, and activations and dropout after them, make."""
        forward = [call for call in self.program.ops if call.stage == "forward"]
        for (part, _), group in groupby(forward, key=lambda call: (call.part, id(call.scope))):
            calls = list(group)
            read = [v for call in calls for v in call.reads() if part != "linear" or v.kind is Kind.STATE]
            template = next((self.templates[v] for v in read if v in self.templates), None)
            if part not in {*ACTIVATIONS, "linear", "dropout"} or (template is None and part != "dropout"):
                continue
            template = template or "{}"
            last = calls[-1]
            y = last.writes.root if last.writes is not None else last.results()[0]
            self.templates[y] = template
            yield y, template.format({"linear": "z", "dropout": "dropped"}.get(part, "h"))
            if part == "dropout":
                yield from ((v, template.format("keep")) for v in read if v in self.stage and v.array.dtype == bool)

    def _find_owners(self) -> None:
        found: dict[Value, set[str]] = {}
        sources = {value: source for source, value in self.captured.reads.items()}
        parameter = ""
        for call in reversed(self.program.ops):
            root = call.writes.root if call.writes is not None else None
            if root in sources and isinstance(sources[root].root, Tensor):
                parameter = self.names[root]
            if call.stage == "update":
                of = set[str]().union(*(found.get(y, ()) for y in call.results())) or {parameter}
                for value in (*call.results(), *call.reads()):
                    found.setdefault(value, set()).update(of)
        self.owners = {value: next(iter(of)) if len(of) == 1 else "" for value, of in found.items()}

    # -- gradients -----------------------------------------------------------------------------------------------------

    def gradients(self) -> None:
        """g_z0 is the gradient of z0; mask0 and slope0 are what that of h0 is multiplied by."""
        of: dict[Value | None, Value] = {}
        for value, node in self.captured.tracer.gradients.items():
            g, output = self._now(value), self.captured.tracer.output.get(node)
            made = None if output is None else self._now(output)
            if made is not None and made in self.names:
                of.setdefault(g, made)
                if self.is_open(g):
                    self.give([(g, f"g_{'pre_' if made in self._on_the_way else ''}{self.names[made]}")])
        for call, y in list(self.open_calls("backward")):
            if call.fn in COMPARISONS and y.is_array and y.array.ndim:
                self.give([(y, self._template(*call.reads()).format("mask"))])
        for call in self.program.ops:
            came_in = next((v for v in call.reads() if v in of), None) if call.fn is np.multiply else None
            for y in call.reads() if came_in is not None else ():
                if y is not came_in and self.stage.get(y) == "backward" and self.is_open(y):
                    self.give([(y, self._template(of[came_in]).format("slope"))])

    def _template(self, *values: Value) -> str:
        return next((self.templates[v] for v in values if v in self.templates), "{}")

    # -- what has no name of its own -----------------------------------------------------------------------------------

    def by_memory(self, *stages: str) -> None:
        """The name of the value that takes over the memory in the same section: this is on its way to it."""
        made = {y for call in self.program.ops for y in call.results()}
        for buffer in dict.fromkeys(self.program.buffers.values()):
            latest: dict[Any, str] = {}
            for y in reversed(buffer.values):
                place = self.stage[y], y.layout()
                if y in self.names:
                    latest[place] = self.names[y]
                elif y in made and self.is_open(y) and place in latest and (not stages or self.stage[y] in stages):
                    self.names[y] = latest[place]
                    self._on_the_way.add(y)

    def scratch(self) -> None:
        """After the backward pass: one name for all that lies in the same memory."""
        known: dict[Any, str] = {}
        for stage in dict.fromkeys(("update", *self.stage.values())):
            for _, y in list(self.open_calls(stage)) if stage not in PASSES else ():
                if (buffer := self.program.buffers.get(y)) is None:
                    continue
                place, owner = (buffer.offset, y.layout()), self.owners.get(y)
                if owner is None:  # not in an update: as in one that uses the same memory
                    owner = next((other for other, there in known if there == place), "")
                if (owner, place) not in known:
                    known[owner, place] = self._unused(f"scratch_{owner}".rstrip("_"))
                self.names[y] = known[owner, place]

    def functions(self, *stages: str) -> Iterator[tuple[Value, str]]:
        """After the function, and after what it is applied to; one name for all that lies in the same memory."""
        known: dict[Any, Value] = {}
        for call, y in self.open_calls(*stages):
            words = words_for(call, lambda v: self.layout.inside.get(v) or self.names.get(v, ""))
            word = words if words not in self._taken else word_for(call.fn)
            place = (word, buffer.offset, y.layout()) if (buffer := self.program.buffers.get(y)) else y
            if known.setdefault(place, y) is y:
                yield y, word
            else:
                self._follows[y] = known[place]
