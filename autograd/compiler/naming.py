"""Names for the values of a program, as a careful person would choose them.

Arguments are called as the function calls them, parameters by their place in the model (see `parameters`), what a layer
makes `z0`, and `h0` after the activation; gradients `g_w0`, `g_z0`. Other values have the name of the variable that the
code of the function, of a primitive or of an optimiser assigns them to. What has none takes the name of the value that
will take over its memory, or one made of the function that computes it.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from autograd.compiler.capture import Capture
from autograd.compiler.inlining import Layout
from autograd.compiler.parameters import Parameters
from autograd.compiler.program import Call, Kind, Program, Value
from autograd.compiler.rewriting import final
from autograd.compiler.variables import GENERIC
from autograd.containers import flatten
from autograd.optim import Optimizer
from autograd.tensor import Tensor

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "memory"})
ACTIVATIONS = frozenset({"relu", "sigmoid", "tanh"})
COMPARISONS = (np.greater, np.less, np.greater_equal, np.less_equal, np.equal, np.not_equal)
PASSES = ("forward", "backward")
LONGEST = 32  # characters of a name that is made of others
DIGITS = {0: "zero", 1: "one", 2: "two"}
BETWEEN: dict[Any, str] = {
    operator.add: "plus", operator.sub: "minus", operator.mul: "times", operator.truediv: "over",
    operator.pow: "to_the", np.add: "plus", np.subtract: "minus", np.multiply: "times", np.divide: "over",
}  # fmt: skip
WORDS: dict[Any, str] = {
    np.add: "sum", np.subtract: "difference", np.multiply: "product", np.divide: "ratio", np.matmul: "product",
    np.negative: "minus", np.maximum: "max", np.minimum: "min", np.absolute: "abs", operator.getitem: "part",
    operator.add: "sum", operator.sub: "difference", operator.mul: "product", operator.truediv: "ratio",
    operator.pow: "power",
}  # fmt: skip


@dataclass(eq=False, slots=True)
class Names:
    """of      a name for each value of a program that stands on a line of its own.
    owners  of values in an update: the parameter for which alone they are, "" if they are for several.
    """

    of: dict[Value, str]
    owners: dict[Value, str]


def named(fn: Callable[..., Any], program: Program, captured: Capture, layout: Layout) -> Names:
    """Names for the values of a program."""
    naming = _Naming(program, captured, layout)
    naming.give(_inputs(fn, captured))
    naming.give((value, naming.parameters.of(place)) for place, value in captured.reads.items())
    naming.left_behind()
    naming.give(naming.roles(), several=True)
    naming.by_memory("forward")
    naming.give(naming.outputs(), several=True)
    naming.give(naming.functions("forward"), several=True)
    naming.gradients()
    naming.by_memory()
    naming.scratch()
    naming.give(naming.functions(), several=True)
    return Names(naming.names, naming.owners())


def _inputs(fn: Callable[..., Any], captured: Capture) -> Iterator[tuple[Value, str]]:
    """The leaves of the arguments: "params['w']" is params_w."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (ValueError, TypeError):
        parameters = []
    for path, value in captured.inputs.values():
        match = re.match(r"\[([01])\]\[(.*?)\](.*)", path, re.DOTALL)
        assert match is not None  # as `leaves_of` makes it
        kind, first, rest = match.groups()
        if kind == "0":
            k = min(int(first), len(parameters) - 1)
            is_one = k == int(first) and parameters[k].kind is not inspect.Parameter.VAR_POSITIONAL
            first = parameters[k].name if is_one else f"{parameters[k].name if parameters else 'x'}{int(first) - k}"
        yield value, identifier(first + rest)


def identifier(text: str) -> str:
    """A name that Python takes, made of any text."""
    name = re.sub(r"\W+", "_", text).strip("_") or "value"
    return name if name.isidentifier() else f"v_{name}"


class _Naming:
    """names  what was chosen so far; `templates` of what a layer makes, see `Parameters`."""

    def __init__(self, program: Program, captured: Capture, layout: Layout) -> None:
        self.program, self.captured, self.layout = program, captured, layout
        self.parameters = Parameters(captured)
        self.names: dict[Value, str] = {}
        self.templates: dict[Value, str] = {
            value: self.parameters.templates[place.root]
            for place, value in captured.reads.items()
            if isinstance(place.root, Tensor) and place.root in self.parameters.templates
        }
        self.stage = {y: call.stage for call in program.calls for y in call.results()}
        self.hints = {value: value.name for value in self.stage if value.name}
        for old in program.instead:  # what they stood for may have been given a name
            if old.name and old.kind is Kind.MADE:
                self.hints.setdefault(final(old, program.instead), old.name)
        self.lines = {y: k for k, call in enumerate(program.calls) for y in call.results()}
        self.follows: dict[Value, Value] = {}  # what will have the name of another
        self.on_the_way: set[Value] = set()  # to the value whose name they have
        self._taken = {*RESERVED, program.name}

    def is_open(self, value: Value) -> bool:
        """Whether a value still needs a name."""
        return value in self.stage and value not in self.names and value not in self.layout.inside

    def open_calls(self, *stages: str) -> Iterator[tuple[Call, Value]]:
        for call in self.program.calls:
            if not stages or call.stage in stages:
                yield from ((call, y) for y in call.results() if self.is_open(y))

    # -- giving names ----------------------------------------------------------------------------------------------------

    def give(self, wanted: Any, several: bool = False) -> None:
        """Name values. Of several that want the same name, each has a number."""
        found: dict[Value, str] = {}
        for value, stem in wanted:
            if value not in self.names and value not in found:
                stem = identifier(stem)
                found[value] = f"{stem}_count" if stem == self.program.name else stem
        count = Counter(found.values()) if several else Counter()
        for value, stem in found.items():
            self.names[value] = self._unused(stem, numbered=count[stem] > 1)
        for value, before in self.follows.items():
            self.names[value] = self.names[before]
        self.follows.clear()

    def _unused(self, stem: str, numbered: bool = False) -> str:
        name, k = stem, 0
        if numbered or name in self._taken:
            joint = "_" if stem[-1].isdigit() else ""
            k = 0 if stem not in self._taken or stem in RESERVED else 1
            while (name := f"{stem}{joint}{k}") in self._taken:
                k += 1
        self._taken.add(name)
        return name

    # -- what is left outside -------------------------------------------------------------------------------------------

    def left_behind(self) -> None:
        """Gradients of parameters; and the new values of numbers, which have the name of the old if that is done with."""
        tensors = {tensor.node: tensor for tensor in self.parameters.names}
        for leaf, value in self.captured.grads.items():
            if value is not None and self.is_open(y := self._now(value)):
                self.give([(y, f"g_{self.parameters.names[tensors[leaf]]}")])
        for place, value in self.captured.stores:
            y, before = self._now(value), self.captured.reads.get(place)
            if not self.is_open(y):
                continue
            if before in self.names and self._may_follow(y, before):
                self.names[y] = self.names[before]
            else:
                self.give([(y, self.parameters.of(place) if before is None else f"next_{self.parameters.of(place)}")])

    def _now(self, value: Value) -> Value:
        return final(value, self.program.instead)

    # -- what values are for ---------------------------------------------------------------------------------------------

    def roles(self) -> Iterator[tuple[Value, str]]:
        """By the variables of the code, and by the layers."""
        layers = dict(self._layers())
        arguments = {name: value for value, name in self.names.items()}
        owners = self.owners()
        current: dict[str, Value] = {}
        for _, y in self.open_calls():
            hint = self.hints.get(y, "")
            if y in layers and (not hint or hint in GENERIC or y.array.dtype == bool):
                yield y, layers[y]
            elif not hint:
                continue
            elif self.stage[y] == "update":
                p, same = owners.get(y), arguments.get(hint)
                stem = f"{hint}_{p}" if p else f"{hint}_t" if same is not None and not y.is_array else hint
                if stem not in self._taken:
                    yield y, stem
            elif (same := arguments.get(hint)) is not None and self._may_follow(y, same):
                self.names[y] = hint
            else:
                if (before := current.get(hint)) is not None and self._may_follow(y, before):
                    self.follows[y] = before
                else:
                    yield y, hint
                current[hint] = y

    def _may_follow(self, y: Value, before: Value) -> bool:
        """Whether a variable may hold first one value and then the other, which takes its place."""
        buffers = self.program.buffers
        if y in buffers or before in buffers:
            return buffers.get(y) is buffers.get(before)
        return self.layout.last.get(before, -1) <= self.lines[y]

    def _layers(self) -> Iterator[tuple[Value, str]]:
        """What Linear layers, and activations and dropout after them, make."""
        forward = [call for call in self.program.calls if call.stage == "forward"]
        for (part, _), group in groupby(forward, key=lambda call: (call.part, id(call.scope))):
            calls = list(group)
            read = [v for call in calls for v in call.reads()]
            weights = [v for v in read if v.kind is Kind.STATE] if part == "linear" else read
            template = next((self.templates[v] for v in weights if v in self.templates), None)
            if template is None or part not in ACTIVATIONS | {"linear", "dropout"}:
                continue
            last = calls[-1]
            y = last.writes.root if last.writes is not None else last.results()[0]
            self.templates[y] = template
            yield y, template.format("z" if part == "linear" else "dropped" if part == "dropout" else "h")
            if part == "dropout":
                yield from ((v, template.format("keep")) for v in read if v in self.stage and v.array.dtype == bool)

    def owners(self) -> dict[Value, str]:
        """See `Names`."""
        found: dict[Value, set[str]] = {}
        names = {v: n for v, n in self.names.items() if v.kind is Kind.STATE}
        places = {value: place for place, value in self.captured.reads.items()}
        parameter = ""
        for call in reversed(self.program.calls):
            root = call.writes.root if call.writes is not None else None
            if root in names and isinstance(places[root].root, Tensor):
                parameter = names[root]
            if call.stage == "update":
                of = set().union(*(found.get(y, ()) for y in call.results())) or {parameter}
                for value in (*call.results(), *call.reads()):
                    found.setdefault(value, set()).update(of)
        return {value: next(iter(of)) if len(of) == 1 else "" for value, of in found.items()}

    def outputs(self) -> Iterator[tuple[Value, str]]:
        leaves = zip(flatten(self.captured.output), self.captured.parts, strict=True)
        paths = [path for (path, _), (_, part) in leaves if isinstance(part, Value)]
        for path, y in zip(paths, self.program.results, strict=False):
            key = re.findall(r"\['(\w+)'\]|\.(\w+)$", path)
            if isinstance(y, Value) and self.is_open(y):
                yield y, "".join(key[-1]) if key else "output"

    # -- gradients ---------------------------------------------------------------------------------------------------------

    def gradients(self) -> None:
        """g_z0 is the gradient of z0, mask0 and slope0 the derivative of h0 by z0."""
        tracer, outputs = self.captured.tracer, {}
        for value, node in tracer.gradients.items():
            g, y = self._now(value), tracer.output.get(node)
            y = None if y is None else self._now(y)
            if y in self.names:
                outputs.setdefault(g, y)
                if self.is_open(g):
                    self.give([(g, f"g_{'pre_' if y in self.on_the_way else ''}{self.names[y]}")])
        for call, y in list(self.open_calls("backward")):
            if call.fn in COMPARISONS and y.is_array and y.array.ndim:
                template = next((self.templates[v] for v in call.reads() if v in self.templates), "{}")
                self.give([(y, template.format("mask"))])
        for call in self.program.calls:
            if call.stage == "backward" and call.fn is np.multiply:
                g = next((v for v in call.reads() if v in outputs), None)
                for other in call.reads():
                    if g is not None and other is not g and self.is_open(other) and other.array.shape == g.array.shape:
                        self.give([(other, self.templates.get(outputs[g], "{}").format("slope"))])

    # -- what has no name of its own ---------------------------------------------------------------------------------------

    def by_memory(self, *stages: str) -> None:
        """The name of the value that takes over the memory: what is computed is on its way to that."""
        for _, y in list(self.open_calls(*stages)):
            buffer = self.program.buffers.get(y)
            after = buffer.values[buffer.values.index(y) + 1 :] if buffer is not None else []
            if (name := next((self.names[v] for v in after if v in self.names), None)) is not None:
                self.names[y] = name
                self.on_the_way.add(y)

    def scratch(self) -> None:
        """After the backward pass: one name for all that lies in the same memory."""
        owners, known = self.owners(), {}
        stages = dict.fromkeys(("update", *self.stage.values()))
        for _, y in [pair for stage in stages if stage not in PASSES for pair in self.open_calls(stage)]:
            if (buffer := self.program.buffers.get(y)) is not None:
                place, owner = (buffer.offset, y.layout()), owners.get(y)
                if owner is None:  # before the updates: in whichever lies there
                    owner = next((other for other, there in known if there == place), "")
                if (owner, place) not in known:
                    known[owner, place] = self._unused(f"scratch_{owner}".rstrip("_"))
                self.names[y] = known[owner, place]

    def functions(self, *stages: str) -> Iterator[tuple[Value, str]]:
        """After the function, and what it is of: log_total, one_minus_beta1."""
        for call, y in self.open_calls(*stages):
            words = self._words(call)
            yield y, words if words not in self._taken else _word(call.fn)

    def _words(self, call: Call) -> str:
        operands, word = [self._operand(arg) for arg in call.args], _word(call.fn)
        is_binary = isinstance(call.fn, np.ufunc) and call.fn.nin == 2
        if call.fn in BETWEEN and all(operands) and (not is_binary or len(list(call.reads())) == 1):
            found = f"{operands[0]}_{BETWEEN[call.fn]}_{operands[1]}"
        elif is_binary or call.effect:
            found = word
        elif word in ("T", "astype") and operands[0]:
            found = f"{operands[0]}_{'T' if word == 'T' else call.result.array.dtype}"
        elif len(list(call.reads())) == 1 and operands[0] and call.fn is not operator.getitem:
            found = f"{word}_{operands[0]}"
        else:
            return word
        return found if len(found) <= LONGEST else word

    def _operand(self, arg: Any) -> str:
        if isinstance(arg, Value):
            inner = self.layout.inside.get(arg)
            return self.names.get(arg, "") if inner is None else self._words(inner) if inner.fn in BETWEEN else ""
        return DIGITS.get(arg, "") if type(arg) is int else ""


def _word(fn: Any) -> str:
    """What a result of the function is called."""
    ufunc = getattr(fn, "__self__", None)
    if isinstance(ufunc, np.ufunc):
        return WORDS.get(ufunc, ufunc.__name__)
    name = fn if isinstance(fn, str) else getattr(fn, "__name__", "value")
    return WORDS.get(fn, "T" if name == ".mT" else identifier(name.strip("._<>")))
