"""The function of a saved file that one calls: it checks the arguments, runs the program on the state, and keeps what
the program leaves behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.compiler.ir import Program, Value
from autograd.compiler.passes.rewriting import final
from autograd.compiler.printing.constants import Constants, literal_of, quoted, type_text
from autograd.compiler.printing.lines import STEP, WIDTH, bracketed
from autograd.compiler.printing.naming import RESERVED
from autograd.compiler.printing.parameters import Parameters
from autograd.compiler.tracing.arguments import split
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.sources import Source
from autograd.engine.tensor import Tensor

Given = Sequence[tuple[str, Any]]


class Caller:
    """The text of the function.

    name    its name, which is none that the file uses for something else.
    leaves  the arguments, by their numbers: the parameter of the function, the rest of the path, and what it was.
            Objects are none of the file's: what is reached through them is state.
    found   a variable for each result of the program.
    """

    def __init__(
        self, fn: Callable[..., Any], program: Program, names: Mapping[Value, str], captured: Capture, given: Given
    ) -> None:
        self.program, self.names, self.captured = program, names, captured
        self.name = "run" if program.name == "program" else program.name + "_" * (program.name in RESERVED)
        self.leaves = {
            k: (*split(fn, path), leaf)
            for k, (path, leaf) in enumerate(given)
            if k in captured.inputs or _plain(leaf) is not None
        }
        parameters = dict.fromkeys(parameter for parameter, _, _ in self.leaves.values())
        self.signature = f"{self.name}({', '.join(parameters)})"
        self.sources = {value: source for source, value in captured.reads.items()}
        self.found: list[str] = []
        for k, value in enumerate(program.results):
            name = names.get(value, "")
            self.found.append(name if name and name not in self.found else f"result{k}")

    def text(self) -> str:
        output = self._output()
        does = "Updates `state`." if self.captured.stores or self.captured.written() else ""
        lines = [f'"""{" ".join(filter(None, [f"Returns {output}.", does]))}"""', *self._checking()]
        given = [f'state["{self.names[v]}"]' if v in self.sources else self.names[v] for v in self.program.arguments]
        lines += self._running(given)
        return "\n    ".join([f"def {self.signature}:", *lines, *self._keeping(), f"return {output}"])

    def _running(self, given: list[str]) -> list[str]:
        """Call the program; on one line, if that has room for what it gives and takes."""
        if not self.found:
            return bracketed("program(", given, ")")
        target = f"({self.found[0]},)" if len(self.found) == 1 else ", ".join(self.found)
        if len(at_once := f"{target} = program({', '.join(given)})") <= WIDTH - len(STEP):
            return [at_once]
        lines = bracketed("found = program(", given, ")")
        if len(unpacked := f"{target} = found") <= WIDTH - len(STEP):
            return [*lines, unpacked]
        return [*lines, *bracketed("(", self.found, ") = found")]

    # -- arguments -----------------------------------------------------------------------------------------------------

    def _checking(self) -> Iterator[str]:
        for k, (parameter, rest, leaf) in self.leaves.items():
            text = parameter.lstrip("*") + re.sub(r"'(\w*)'", r'"\1"', rest)
            if k in self.captured.inputs:
                value = self.captured.inputs[k][1]
                if value in self.names:
                    yield f"{self.names[value]} = {_checked(text, value)}"
            else:
                expected = _literal(leaf)
                yield f"if {text} != {expected}:"
                told = quoted(f"this program is for {text}={expected}, and was given ")
                yield f"    raise ValueError({told} + repr({text}))"

    # -- what is left behind -------------------------------------------------------------------------------------------

    def _keeping(self) -> Iterator[str]:
        outputs, grads, _ = self.captured.results()
        rest = iter(self.found[len(outputs) : len(outputs) + len(grads)])
        names = {tensor.node: name for tensor, name in Parameters(self.captured).names.items()}
        for leaf, value in self.captured.grads.items():
            yield f'grads["{names[leaf]}"] = {None if value is None else next(rest)}'
        stored = slice(len(outputs) + len(grads), None)
        results = dict(zip(self.program.results[stored], self.found[stored], strict=True))
        lines = (
            f'state["{self.names[self._read(source)]}"] = {results[final(value, self.program.instead)]}'
            for source, value in self.captured.stores
        )
        yield from dict.fromkeys(lines)

    def _read(self, source: Source) -> Value:
        """The value that is read in a place, or in the first of those where the same number lives."""
        return self.captured.reads[dict(self.captured.aliases).get(source, source)]

    # -- output --------------------------------------------------------------------------------------------------------

    def _output(self) -> str:
        """An expression for what the function returned."""
        parts, results = iter(self.captured.parts), iter(self.found)

        def text(tree: Any) -> str:
            if isinstance(tree, Mapping):
                return "{" + ", ".join(f"{_literal(key)}: {text(item)}" for key, item in tree.items()) + "}"
            if isinstance(tree, list):
                return f"[{', '.join(map(text, tree))}]"
            if isinstance(tree, tuple):
                return f"({', '.join(map(text, tree))}{',' if len(tree) == 1 else ''})"
            return "None" if tree is None else leaf()

        def leaf() -> str:
            how, part = next(parts)
            if isinstance(part, Value):
                name = next(results)
                return f"np.asarray({name})" if how == "tensor" and not part.is_array else name
            return self._parameter(part) if isinstance(part, Tensor) else _literal(part)

        return text(self.captured.output)

    def _parameter(self, tensor: Tensor) -> str:
        (name,) = [self.names[value] for value, source in self.sources.items() if source.root is tensor]
        return f'state["{name}"]'


def _checked(text: str, value: Value) -> str:
    array = value.array
    if isinstance(array, np.generic):
        return f"{type_text(array.dtype)}({text})"
    return f"check({quoted(text)}, {text}, {array.shape}, {type_text(array.dtype)}, {array.strides})"


def _literal(value: Any) -> str:
    """A plain value."""
    if (text := _plain(value)) is None:
        raise ValueError(
            f"a {type(value).__name__} is a key of what is returned, which no file can hold; let it be text or a number"
        )
    return text


def _plain(value: Any) -> str | None:
    """A value as it is written, if it needs no name of its own."""
    if isinstance(value, np.generic):
        return literal_of(value)
    constants = Constants(set())
    text = constants.text(value)
    return None if constants.values or constants.imports else text
