"""A program as a file that runs with NumPy alone: its source, what it refers to, and the state that it works on."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np

from autograd import files
from autograd.compiler.capture import Capture
from autograd.compiler.constants import type_text
from autograd.compiler.lines import bracketed, form
from autograd.compiler.naming import RESERVED, split
from autograd.compiler.parameters import Parameters
from autograd.compiler.portable import PLAIN, Portable
from autograd.compiler.program import Program, Value
from autograd.compiler.source import Source, imported
from autograd.operation import name_of
from autograd.tensor import Tensor

Given = Sequence[tuple[str, Any]]

CHECK = '''\
def check(name, x, shape, dtype, strides):
    """x as an array. Raises ValueError if it is none for which the program was made."""
    x = np.asarray(x)
    if x.shape != shape or x.dtype != dtype or x.strides != strides:
        raise ValueError(
            f"{name} was given as {x.dtype} of shape {x.shape} and strides {x.strides}; this program is for "
            f"{np.dtype(dtype)} of shape {shape} and strides {strides}; pass np.ascontiguousarray(x, dtype), or save "
            f"the program for such arguments"
        )
    return x
'''
LOAD = '''\
def load(path):
    """Go on from the state that a file holds; np.savez(path, **state) writes one, but for random generators."""
    with np.load(path) as file:
        for name in state.keys() & set(file.files):
            if isinstance(state[name], np.ndarray):
                state[name][...] = file[name]
            else:
                state[name] = type(state[name])(file[name][()])
'''


def save(
    path: str | os.PathLike[str],
    fn: Callable[..., Any],
    program: Program,
    source: Source,
    captured: Capture,
    given: Given,
) -> None:
    """Write a program to a file, and its arrays to one beside it, with the suffix .npz. See `Compiled.save`.

    given  the leaves of the arguments for which it was made: the path of each, and what it was.
    """
    path = Path(path)
    if path.suffix != ".py":
        raise ValueError(f"{path} was to be written, and a program is Python; give it a name that ends in .py")
    beside = path.with_suffix(".npz")
    text, arrays = _Saved(path, fn, program, source, captured, given).written()
    files.check_writable(path)
    if arrays:
        files.write(beside, npz(arrays))
    files.write(path, text.encode())


def npz(arrays: Mapping[str, Any]) -> bytes:
    """As np.savez writes them. The same arrays give the same bytes."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as file:
        for name, value in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asanyarray(value), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), part.getvalue())
    return found.getvalue()


class _Saved:
    """The parts of the file.

    state   what the program reads and updates, by its name there, as it is now.
    leaves  the arguments: the parameter of the function, the rest of the path, and what it was.
    """

    def __init__(
        self, path: Path, fn: Callable[..., Any], program: Program, source: Source, captured: Capture, given: Given
    ) -> None:
        self.path, self.program, self.source, self.captured = path, program, source, captured
        self.names = source.names
        self.name = f"{program.name}_" if program.name in RESERVED else program.name
        self.leaves = [(*split(fn, where), leaf) for where, leaf in given]
        self.parameters = Parameters(captured)
        self.places = {value: place for place, value in captured.reads.items()}
        self.state = {self.names[v]: self.places[v].get() for v in program.arguments if v in self.places}
        self.generators = {name: v for name, v in self.state.items() if isinstance(v, np.random.Generator)}
        self._check(fn)
        self.portable = Portable({*RESERVED, *self.names.values(), self.name})
        for name, value in source.objects.items():
            if name not in source.written_out:
                self.portable.add(name, value)

    def _check(self, fn: Callable[..., Any]) -> None:
        known = {*self.captured.reads, *(place for place, _ in self.captured.aliases)}
        for place, _ in self.captured.stores:
            if place not in known:
                raise RuntimeError(
                    f"{name_of(fn)} was called once, which made state ({place.name}) that later calls go on from; call "
                    f"it once more, and save then"
                )

    def written(self) -> tuple[str, dict[str, Any]]:
        """The text of the file, and the arrays of the one beside it."""
        state = {name: value for name, value in self.state.items() if name not in self.generators}
        arrays = self.portable.arrays | state
        parts = [
            self._docstring(),
            self._imports(bool(arrays)),
            *self.portable.text,
            "\n".join(line for line in self.source.constants.split("\n") if not line.startswith("#")),
            "\n".join(self._loading(state)),
            self.source.memory,
            CHECK if self.captured.inputs else "",
            LOAD if state else "",
            re.sub(r"^def \w+\(", "def program(", self.source.function, count=1),
            "\n".join(self._calling()),
        ]
        texts = [part.strip("\n") for part in parts if part]
        found = texts[0]
        for before, text in pairwise(texts):
            found += ("\n\n\n" if "def " in (text[:4], before[:4]) else "\n\n") + text
        return found + "\n", arrays

    # -- what it says --------------------------------------------------------------------------------------------------

    def _docstring(self) -> str:
        stem, call = self.path.stem, f"{self.name}({', '.join(self._signature())})"
        use = [f"import {stem}", f"{stem}.{call}"]
        if not stem.isidentifier():
            use = [
                "import runpy",
                f'program = runpy.run_path("{self.path.name}")',
                f'program["{self.name}"]{call[len(self.name) :]}',
            ]
        rows = [(self.names[v], form(v), self._told(v)) for v in self.program.arguments]
        widths = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
        table = [f"    {a.ljust(widths[0])}  {b.ljust(widths[1])}  {c}".rstrip() for a, b, c in rows]
        lines = [f"{call}, a NumPy program that autograd.compile derived.", "", *(f"    {line}" for line in use), ""]
        lines += ["It is for arguments like these, and works on what else is here:", "", *table, ""] if table else []
        if self.state:
            lines += [
                f"`state` holds by name what is no argument, and comes from {stem}.npz. To go on from other values,",
                'write state["name"][...] = array, state["number"] = value, or load("other.npz").', "",
            ]  # fmt: skip
        if self.captured.grads:
            lines += ["`grads` holds the gradients of the last call; the next one overwrites them.", ""]
        lines += [f"{name} is {how}." for name, how in self.portable.told.items()]
        return '"""' + "\n".join(lines).rstrip() + '\n"""'

    def _told(self, value: Value) -> str:
        return self.parameters.told(self.places[value]) if value in self.places else "argument"

    def _imports(self, has_arrays: bool) -> str:
        own = {line for line in self.source.imports.split("\n") if line.startswith("import ") and "numpy" not in line}
        own |= self.portable.imports | ({"from pathlib import Path"} if has_arrays else set())
        future = ["from __future__ import annotations", ""] if self.portable.text else []
        return "\n".join([*future, imported(own)])

    # -- state ---------------------------------------------------------------------------------------------------------

    def _loading(self, state: Mapping[str, Any]) -> Iterator[str]:
        if state or self.portable.arrays:
            yield 'with np.load(Path(__file__).with_suffix(".npz")) as file:'
            yield from (f'    {name} = file["{name}"]' for name in self.portable.arrays)
        if state:
            names = [*map(_quoted, state), ""] if len(state) == 1 else map(_quoted, state)
            yield from _indented(bracketed("state = {name: file[name] for name in (", names, ")}"))
            if numbers := [name for name, value in state.items() if not isinstance(value, np.ndarray)]:
                yield f"for name in [{', '.join(map(_quoted, numbers))}]:"
                yield "    state[name] = state[name].item()"
        elif self.state:
            yield "state = {}"
        for name, generator in self.generators.items():
            bits = generator.bit_generator
            yield f'state["{name}"] = np.random.Generator(np.random.{type(bits).__name__}())'
            text = pformat(_plain(bits.state), width=80, sort_dicts=False).replace("\n", "\n    ")
            yield f'state["{name}"].bit_generator.state = {text}'
        if self.captured.grads:
            yield "grads = {}"

    # -- the function that calls the program ---------------------------------------------------------------------------

    def _signature(self) -> list[str]:
        return list(dict.fromkeys(parameter for parameter, _, _ in self.leaves))

    def _calling(self) -> Iterator[str]:
        yield f"def {self.name}({', '.join(self._signature())}):"
        yield f'    """{self._summary()}"""'
        for k, (parameter, rest, leaf) in enumerate(self.leaves):
            text = parameter.lstrip("*") + rest
            if k in self.captured.inputs:
                value = self.captured.inputs[k][1]
                yield f"    {self.names[value]} = {_checked(text, value)}" if value in self.names else f"    del {text}"
            elif isinstance(leaf, PLAIN):
                yield f"    if {text} != {leaf!r}:"
                yield f'        raise ValueError(f"this program is for {text}={leaf!r}, and was given {{{text}!r}}")'
        given = [self.names[v] if v not in self.places else f'state["{self.names[v]}"]' for v in self.program.arguments]
        found = self._found()
        unpacked = "" if not found else f"({found[0]},) = " if len(found) == 1 else f"{', '.join(found)} = "
        yield from _indented(bracketed(f"{unpacked}program(", given, ")"))
        yield from _indented(self._storing(found))
        yield f"    return {self._output(found)}"

    def _summary(self) -> str:
        doc = "One call." if not self.captured.parts else f"Returns {self._output(self._found())}."
        return doc + (" Updates `state`." if self.captured.stores or self.captured.written() else "")

    def _found(self) -> list[str]:
        """A variable for each result of the program."""
        names: list[str] = []
        for k, value in enumerate(self.program.results):
            name = self.names.get(value, "")
            names.append(name if name and name not in names else f"result{k}")
        return names

    def _storing(self, found: Sequence[str]) -> Iterator[str]:
        outputs, grads, _ = self.captured.results()
        k = len(outputs)
        names = {tensor.node: name for tensor, name in self.parameters.names.items()}
        for leaf, value in self.captured.grads.items():
            yield f'grads["{names[leaf]}"] = {None if value is None else found[k]}'
            k += value is not None
        results = dict(
            zip(self.program.results[len(outputs) + len(grads) :], found[len(outputs) + len(grads) :], strict=True)
        )
        first = dict(self.captured.aliases)
        done: set[str] = set()
        for place, value in self.captured.stores:
            name = self.names[self.captured.reads[first.get(place, place)]]
            if name not in done:
                done.add(name)
                yield f'state["{name}"] = {results[self._now(value)]}'

    def _now(self, value: Value) -> Value:
        while value in self.program.instead:
            value = self.program.instead[value]
        return value

    def _output(self, found: Sequence[str]) -> str:
        """An expression for what the function returned."""
        parts, results = iter(self.captured.parts), iter(found)

        def text(tree: Any) -> str:
            if isinstance(tree, Mapping):
                return "{" + ", ".join(f"{_quoted(key)}: {text(item)}" for key, item in tree.items()) + "}"
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
            if isinstance(part, Tensor) and (held := self._state_of(part)):
                return f'state["{held}"]'
            if isinstance(part, PLAIN):
                return repr(part)
            raise ValueError(
                f"{self.program.name} returns a {type(part).__name__}, which can't be written into a file; let it "
                f"return arrays, numbers and text, in lists, tuples and dicts"
            )

        return text(self.captured.output)

    def _state_of(self, tensor: Tensor) -> str:
        found = (self.names.get(value, "") for value, place in self.places.items() if place.root is tensor)
        return next(found, "")


def _checked(text: str, value: Value) -> str:
    array = value.array
    if isinstance(array, np.generic):
        return f"{type_text(array.dtype)}({text})"
    name = text.replace('"', "'")
    return f'check("{name}", {text}, {array.shape}, {type_text(array.dtype)}, {array.strides})'


def _plain(tree: Any) -> Any:
    """The state of a random generator, in plain Python."""
    if isinstance(tree, Mapping):
        return {key: _plain(item) for key, item in tree.items()}
    return tree.tolist() if isinstance(tree, np.ndarray | np.generic) else tree


def _quoted(key: Any) -> str:
    """As repr, but between double quotes."""
    return f'"{key}"' if isinstance(key, str) and key.isidentifier() else repr(key)


def _indented(lines: Any) -> list[str]:
    return [f"    {line}" for line in lines]
