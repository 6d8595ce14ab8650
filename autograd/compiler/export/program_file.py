"""A program as a file that runs with NumPy alone: its source, what it refers to, and the state that it works on."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from pprint import pformat
from textwrap import indent
from typing import Any

import numpy as np

from autograd._util import files
from autograd._util.functions import name_of
from autograd._util.identifiers import RESERVED
from autograd._util.pytree import tree_map
from autograd.compiler.export.portable import Portable
from autograd.compiler.ir import Value
from autograd.compiler.printing.constants import Constants, literal_of, type_text
from autograd.compiler.printing.source import INDENT, WIDTH, bracketed, import_lines, tabulated
from autograd.compiler.runtime.binding import pytree_text
from autograd.compiler.specialization import Specialization
from autograd.compiler.tracing.signature import ArraySpec
from autograd.engine.tensor import Tensor

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
STATE = """\
`state` holds by name what is no argument{where}. To go on from other values,
write state["name"][...] = array, and state["number"] = value."""


def save_program(path: str | os.PathLike[str], specialization: Specialization) -> None:
    """Write a program to a file, and its arrays to one beside it, with the suffix .npz. See `Compiled.save`."""
    path, captured = Path(path), specialization.captured
    if path.suffix != ".py":
        raise ValueError(f"{path} was to be written, and a program is Python; give it a name that ends in .py")
    if path.stem in sys.modules and path.stem in {"numpy", *sys.stdlib_module_names}:
        raise ValueError(f"{path} was to be written, which would hide the module {path.stem}; give it another name")
    known = {*captured.reads, *(source for source, _ in captured.aliases)}
    if made := dict.fromkeys(source.name.rstrip("_") for source, _ in captured.stores if source not in known):
        raise RuntimeError(
            f"{name_of(specialization.fn)} was called once, which made state ({', '.join(made)}) that later calls go "
            f"on from; call it once more, and save then"
        )
    file = ProgramFile(path, specialization)
    text = file.text()
    files.check_writable(path)
    if file.arrays:
        np.savez(arrays := io.BytesIO(), allow_pickle=False, **file.arrays)
        files.write(path.with_suffix(".npz"), arrays.getvalue())
    files.write(path, text.encode())


class ProgramFile:
    """The text of the file.

    name    of the function that one calls, which is none that the file uses for something else; `call` has its
            parameters, too.
    state   what the program reads and updates, by its name there, as it is now.
    arrays  those of the file beside it: that state, and long constants.
    """

    def __init__(self, path: Path, specialization: Specialization) -> None:
        self.path, self.captured, self.program = path, specialization.captured, specialization.program
        self.printed, self.names = specialization.printed, specialization.printed.names
        self.sources = {value: source for source, value in self.captured.reads.items()}
        self.state = {self.names[v]: self.sources[v].get() for v in self.program.arguments if v in self.sources}
        name = self.program.name
        self.name = "run" if name == "program" else name + "_" * (name in RESERVED)
        # Objects are none of the file's: what is reached through them is state.
        arguments = specialization.signature.arguments
        self.arguments = [x for x in arguments if isinstance(x.value, ArraySpec) or _literal(x.value) is not None]
        self.call = f"{self.name}({', '.join(dict.fromkeys(x.parameter for x in self.arguments))})"
        self.portable = Portable({*RESERVED, *self.names.values(), self.name})
        for name, value in self.printed.constants.objects.items():
            self.portable.add(name, value)
        numbers = {name: value for name, value in self.state.items() if not isinstance(value, np.random.Generator)}
        self.arrays = self.portable.arrays | numbers

    def text(self) -> str:
        own = [line for line in self.printed.constants.imports if line.startswith("import ")]
        own += ["from pathlib import Path"] * bool(self.arrays)
        future = "from __future__ import annotations\n\n" * bool(self.portable.text)
        parts = [
            f"{self._docstring()}\n\n{future}{import_lines({*own, *self.portable.imports})}",
            *self.portable.text,
            "\n".join(self.printed.constants.lines),
            "\n".join(self._loading()),
            self.printed.memory,
            CHECK if self.captured.inputs else "",
            re.sub(r"^def \w+\(", "def program(", self.printed.function, count=1),
            "\n    ".join([f"def {self.call}:", *self._body()]),
        ]
        return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"

    # -- what comes before the program ---------------------------------------------------------------------------------

    def _docstring(self) -> str:
        stem, name = self.path.stem, self.name
        use = [f"import {stem}", f"{stem}.{self.call}"]
        if not stem.isidentifier():
            run = f'file = runpy.run_path("{self.path.name}")'
            use = ["import runpy", run, f'file["{name}"]{self.call.removeprefix(name)}']
        parts = [f"{self.call}, a NumPy program that autograd.compile derived.", indent("\n".join(use), INDENT)]
        if self.printed.rows:
            parts += ["Its arguments, and what else it works on:", "\n".join(tabulated(self.printed.rows))]
        if self.state:
            where = f", and comes from {stem}.npz" if self.arrays else ""
            parts.append(STATE.format(where=where))
        if self.captured.grads:
            parts.append("`grads` holds the gradients of the last call; the next one overwrites them.")
        parts.append("\n".join(f"{name} is {how}." for name, how in self.portable.told.items()))
        return '"""' + "\n\n".join(parts).rstrip() + '\n"""'

    def _loading(self) -> Iterator[str]:
        if self.arrays:
            yield 'with np.load(Path(__file__).with_suffix(".npz")) as file:'
            yield "    state = dict(file)"
        elif self.state:
            yield "state = {}"
        yield from (f'{name} = state.pop("{name}")' for name in self.portable.arrays)
        for name, value in self.state.items():
            at = f'state["{name}"]'
            if isinstance(value, np.random.Generator):
                bits = value.bit_generator
                parts = tree_map(bits.state, lambda x: x.tolist() if hasattr(x, "tolist") else x)
                text = pformat(parts, width=WIDTH - len(INDENT), compact=True, sort_dicts=False).replace("'", '"')
                yield f"{at} = np.random.Generator(np.random.{type(bits).__name__}())"
                yield f"{at}.bit_generator.state = (\n{indent(text, INDENT)}\n)"
            elif not isinstance(value, np.ndarray):
                yield f"{at} = {at}.item()"
        if self.captured.grads:
            yield "grads = {}"

    # -- the function that one calls -----------------------------------------------------------------------------------

    def _body(self) -> Iterator[str]:
        """Check the arguments, run the program on the state, and keep what it leaves behind."""
        found: dict[Any, str] = {}
        for k, value in enumerate(self.program.results):
            name = self.names.get(value, "")
            found[value] = name if name and name not in found.values() else f"result{k}"
        found |= {y: found[self.program.now(y)] for values in self.captured.results() for y in values}
        leaves = (self._leaf(*part, found) for part in self.captured.parts)
        output = pytree_text(self.captured.output, leaves, _required)
        does = " Updates `state`." if self.captured.stores or self.captured.written() else ""
        yield f'"""Returns {output}.{does}"""'
        yield from self._checks()
        given = [self._state(v) if v in self.sources else self.names[v] for v in self.program.arguments]
        yield from bracketed("found = program(", given, ")")
        if results := [found[y] for y in self.program.results]:
            yield from bracketed("(", results, ",) = found" if len(results) == 1 else ") = found")
        params, first = self.printed.parameters.leaves, dict(self.captured.aliases)  # of where a number lives
        kept = {f'grads["{params[leaf]}"]': found.get(y) for leaf, y in self.captured.grads.items()}
        kept |= {self._state(self.captured.reads[first.get(x, x)]): found[y] for x, y in self.captured.stores}
        yield from (f"{target} = {text}" for target, text in kept.items())
        yield f"return {output}"

    def _checks(self) -> Iterator[str]:
        values = iter(self.captured.inputs.values())
        for argument in self.arguments:
            text, spec = re.sub(r"'(\w*)'", r'"\1"', argument.name), argument.value
            if not isinstance(spec, ArraySpec):
                told = _literal(f"this program is for {text}={_literal(spec)}, and was given ")
                yield f"if {text} != {_literal(spec)}:"
                yield f"    raise ValueError({told} + repr({text}))"
            elif issubclass(spec.kind, np.generic):
                yield f"{self.names[next(values)]} = {type_text(spec.dtype)}({text})"
            else:
                form = f"{spec.shape}, {type_text(spec.dtype)}, {spec.strides}"
                yield f"{self.names[next(values)]} = check({_literal(argument.name)}, {text}, {form})"

    def _state(self, value: Value) -> str:
        return f'state["{self.names[value]}"]'

    def _leaf(self, how: str, part: Any, found: Mapping[Any, str]) -> str:
        """An expression for a leaf of what the function returned."""
        if isinstance(part, Value):
            return f"np.asarray({found[part]})" if how == "tensor" and not part.is_array else found[part]
        if isinstance(part, Tensor):
            return next(self._state(value) for value, source in self.sources.items() if source.root is part)
        return _required(part)


def _required(value: Any) -> str:
    if (text := _literal(value)) is None:
        raise ValueError(
            f"a {type(value).__name__} is a key of what is returned, which no file can hold; let it be text or a number"
        )
    return text


def _literal(value: Any) -> str | None:
    """A value as it is written, if it needs no name of its own."""
    if isinstance(value, np.generic):
        return literal_of(value)[0]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # between double quotes
    constants = Constants(set())
    text = constants.text(value)
    return None if constants.lines or constants.objects or constants.imports else text
