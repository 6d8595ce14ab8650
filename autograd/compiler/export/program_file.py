"""A program as a file that runs with NumPy alone: its source, what it refers to, and the state that it works on."""

from __future__ import annotations

import io
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import fill, indent
from typing import Any

import numpy as np

from autograd._util import files
from autograd._util.functions import name_of
from autograd.compiler.export.calling import Caller, Given
from autograd.compiler.export.portable import Portable
from autograd.compiler.ir import Program
from autograd.compiler.printing.lines import STEP, WIDTH, bracketed
from autograd.compiler.printing.naming import RESERVED
from autograd.compiler.printing.source import PrintedProgram, imported, tabulated
from autograd.compiler.tracing.capture import Capture

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
    """Go on from the state in a file, as np.savez(path, **state) writes it. Random generators stay as they are."""
    with np.load(path) as file:
        for name in state.keys() & set(file.files):
            if isinstance(state[name], np.ndarray):
                state[name][...] = file[name]
            elif not isinstance(state[name], np.random.Generator):
                state[name] = type(state[name])(file[name][()])
'''


def save(
    path: str | os.PathLike[str],
    fn: Callable[..., Any],
    program: Program,
    source: PrintedProgram,
    captured: Capture,
    given: Given,
) -> None:
    """Write a program to a file, and its arrays to one beside it, with the suffix .npz. See `Compiled.save`.

    given  the leaves of the arguments for which it was made: the path of each, and what it was.
    """
    path = Path(path)
    if path.suffix != ".py":
        raise ValueError(f"{path} was to be written, and a program is Python; give it a name that ends in .py")
    if path.stem in sys.modules and path.stem in {"numpy", *sys.stdlib_module_names}:
        raise ValueError(f"{path} was to be written, which would hide the module {path.stem}; give it another name")
    known = {*captured.reads, *(source for source, _ in captured.aliases)}
    if made := dict.fromkeys(source.name.rstrip("_") for source, _ in captured.stores if source not in known):
        raise RuntimeError(
            f"{name_of(fn)} was called once, which made state ({', '.join(made)}) that later calls go on from; call it "
            f"once more, and save then"
        )
    text, arrays = _Saved(path, program, source, captured, Caller(fn, program, source.names, captured, given)).written()
    files.check_writable(path)
    if arrays:
        files.write(path.with_suffix(".npz"), npz(arrays))
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

    state       what the program reads and updates, by its name there, as it is now; `generators` those of random
                numbers.
    """

    def __init__(self, path: Path, program: Program, source: PrintedProgram, captured: Capture, caller: Caller) -> None:
        self.path, self.source, self.captured, self.caller = path, source, captured, caller
        held = {source.names[v]: caller.sources[v].get() for v in program.arguments if v in caller.sources}
        self.generators = {name: value for name, value in held.items() if isinstance(value, np.random.Generator)}
        self.state = {name: value for name, value in held.items() if name not in self.generators}
        self.portable = Portable({*RESERVED, *source.names.values(), caller.name})
        for name, value in source.objects.items():
            if name not in source.written_out:
                self.portable.add(name, value)

    def written(self) -> tuple[str, dict[str, Any]]:
        """The text of the file, and the arrays of the one beside it."""
        parts = [
            self._docstring(),
            self._imports(),
            *self.portable.text,
            "\n".join(line for line in self.source.constants.split("\n") if not line.startswith("#")),
            "\n".join(self._loading()),
            self.source.memory,
            CHECK if self.captured.inputs else "",
            LOAD if self.state else "",
            re.sub(r"^def \w+\(", "def program(", self.source.function, count=1),
            self.caller.text(),
        ]
        texts = [part.strip("\n") for part in parts if part]
        found = texts[0]
        for before, text in pairwise(texts):
            found += ("\n\n\n" if "def " in (text[:4], before[:4]) else "\n\n") + text
        return found + "\n", self.portable.arrays | self.state

    def _docstring(self) -> str:
        stem, call, name = self.path.stem, self.caller.signature, self.caller.name
        use = [f"import {stem}", f"{stem}.{call}"]
        if not stem.isidentifier():
            run = f'file = runpy.run_path("{self.path.name}")'
            use = ["import runpy", run, f'file["{name}"]{call.removeprefix(name)}']
        lines = [f"{call}, a NumPy program that autograd.compile derived.", "", *(f"    {line}" for line in use), ""]
        if self.source.rows:
            lines += ["Its arguments, and what else it works on:", "", *tabulated(self.source.rows), ""]
        if self.state or self.generators:
            where = f", and comes from {stem}.npz" if self.state else ""
            lines += [
                f"`state` holds by name what is no argument{where}. To go on from other values,",
                'write state["name"][...] = array, state["number"] = value, or load("other.npz").', "",
            ]  # fmt: skip
        if self.captured.grads:
            lines += ["`grads` holds the gradients of the last call; the next one overwrites them.", ""]
        lines += [f"{name} is {how}." for name, how in self.portable.told.items()]
        return '"""' + "\n".join(lines).rstrip() + '\n"""'

    def _imports(self) -> str:
        own = {line for line in self.source.imports.split("\n") if line.startswith("import ") and "numpy" not in line}
        own |= self.portable.imports | ({"from pathlib import Path"} if self.portable.arrays or self.state else set())
        future = ["from __future__ import annotations", ""] if self.portable.text else []
        return "\n".join([*future, imported(own)])

    def _loading(self) -> Iterator[str]:
        if self.state or self.portable.arrays:
            yield 'with np.load(Path(__file__).with_suffix(".npz")) as file:'
            yield from (f'    {name} = file["{name}"]' for name in self.portable.arrays)
        if self.state:
            yield from (f"    {line}" for line in bracketed("names = [", [f'"{name}"' for name in self.state], "]"))
            yield "    state = {name: file[name] for name in names}"
            if numbers := [name for name, value in self.state.items() if not isinstance(value, np.ndarray)]:
                yield from bracketed("for name in [", [f'"{name}"' for name in numbers], "]:")
                yield "    state[name] = state[name].item()"
        elif self.generators:
            yield "state = {}"
        for name, generator in self.generators.items():
            bits = generator.bit_generator
            yield f'state["{name}"] = np.random.Generator(np.random.{type(bits).__name__}())'
            yield f'state["{name}"].bit_generator.state = {{'
            for key, item in bits.state.items():
                yield from indent(fill(f'"{key}": {_plain(item)},', WIDTH - len(STEP)), STEP).split("\n")
            yield "}"
        if self.captured.grads:
            yield "grads = {}"


def _plain(tree: Any) -> str:
    """The state of a random generator, as Python."""
    if isinstance(tree, Mapping):
        return "{" + ", ".join(f'"{key}": {_plain(item)}' for key, item in tree.items()) + "}"
    return f'"{tree}"' if isinstance(tree, str) else repr(tree.tolist() if hasattr(tree, "tolist") else tree)
