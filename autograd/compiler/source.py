"""The source: a planned program, printed as straight-line NumPy."""

from __future__ import annotations

import builtins
import linecache
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.compiler.memory import ALIGNED
from autograd.compiler.program import Buffer, Call, Kind, Program, Value

OPERATORS = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    operator.pow: "**",
    np.matmul: "@",
    np.greater: ">",
    np.less: "<",
    np.greater_equal: ">=",
    np.less_equal: "<=",
    np.equal: "==",
    np.not_equal: "!=",
}


class Printer:
    def __init__(self, buffers: Mapping[Value, Buffer]) -> None:
        self.buffers = buffers
        self.constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._taken: set[str] = {"np"}

    def name(self, value: Value) -> str:
        if not value.name:
            value.name = self.unused("v")
        return value.name

    def unused(self, stem: str) -> str:
        k = 0
        while f"{stem}{k}" in self._taken:
            k += 1
        self._taken.add(f"{stem}{k}")
        return f"{stem}{k}"

    def identifier(self, name: str) -> str:
        """A name that was not taken, made of any text."""
        stem = "".join(c if c.isalnum() else "_" for c in name)
        stem = stem if stem.isidentifier() else f"v_{stem}"
        found, k = stem, 1
        while found in self._taken:
            k += 1
            found = f"{stem}_{k}"
        self._taken.add(found)
        return found

    def text(self, tree: Any) -> str:
        if isinstance(tree, Value):
            return self.text(tree.array) if tree.kind is Kind.CONSTANT else self.name(tree)
        if isinstance(tree, tuple):
            return "(" + ", ".join(map(self.text, tree)) + ("," if len(tree) == 1 else "") + ")"
        if isinstance(tree, list):
            return "[" + ", ".join(map(self.text, tree)) + "]"
        if isinstance(tree, slice):
            return f"slice({self.text(tree.start)}, {self.text(tree.stop)}, {self.text(tree.step)})"
        if tree is None or tree is Ellipsis or isinstance(tree, bool | int | str):
            return "..." if tree is Ellipsis else repr(tree)
        if isinstance(tree, float) and np.isfinite(tree):
            return repr(tree)
        if id(tree) not in self._names:
            name = self._names[id(tree)] = self.unused("c")
            self.constants[name] = tree
        return self._names[id(tree)]

    def function(self, fn: Any) -> str:
        owner = getattr(fn, "__self__", None)
        if isinstance(owner, np.ufunc):
            return f"np.{owner.__name__}.{fn.__name__}"
        if isinstance(fn, np.ufunc) or getattr(fn, "__module__", "").startswith("numpy"):
            module = getattr(fn, "__module__", "numpy") or "numpy"
            return f"{module.replace('numpy', 'np', 1) if not isinstance(fn, np.ufunc) else 'np'}.{fn.__name__}"
        return self.text(fn)

    def expression(self, call: Call, out: str = "") -> str:
        fn, args = call.fn, call.args
        options = "".join(f", {name}={self.text(value)}" for name, value in call.options.items()) + out
        if isinstance(fn, str):
            subject = self.text(args[0])
            if fn.startswith("."):
                return subject + (".T" if fn == ".mT" and args[0].array.ndim == 2 else fn)
            inner = ", ".join(map(self.text, args[1:])) + options
            return f"{subject}.{fn}({inner.removeprefix(', ')})"
        if fn is operator.getitem:
            index = self.text(args[1])
            return f"{self.text(args[0])}[{index[1:-1] if isinstance(args[1], tuple) and len(args[1]) > 1 else index}]"
        if not out and not options and len(args) == 2 and fn in OPERATORS:
            return f"{self.text(args[0])} {OPERATORS[fn]} {self.text(args[1])}"
        if not out and not options and fn is np.negative:
            return f"-{self.text(args[0])}"
        inner = ", ".join(map(self.text, args)) + options
        return f"{self.function(fn)}({inner.removeprefix(', ')})"

    def line(self, call: Call) -> str:
        if call.writes is not None:
            if call.fn is operator.setitem:
                index = self.text(call.args[1])
                index = index[1:-1] if isinstance(call.args[1], tuple) and len(call.args[1]) > 1 else index
                return f"{self.text(call.args[0])}[{index}] = {self.text(call.args[2])}"
            if isinstance(call.fn, np.ufunc) or hasattr(call.fn, "__self__"):
                if getattr(call.fn, "__name__", "") == "at":
                    return self.expression(call)
                return self.expression(call, f", out={self.name(call.writes)}")
            return self.expression(call)
        y = call.result
        if isinstance(y, Value) and y in self.buffers:
            is_filled = any(arg is y for arg in call.args)
            return self.expression(call, "" if is_filled else f", out={self.name(y)}")
        return f"{self.text(y)} = {self.expression(call)}"


def printed(program: Program) -> tuple[str, dict[str, Any]]:
    """The source of a program, and the objects that it names."""
    printer = Printer(program.buffers)
    for value in program.arguments:
        value.name = printer.identifier(value.name or "x")
    lines, stage, loop = [], "", None
    for call in program.calls:
        if call.stage != stage:
            stage = call.stage
            lines.append(f"# {stage}")
        if call.loop is not loop:
            loop = call.loop
            if loop is not None:
                loop.index.name = printer.identifier("k")
                lines.append(f"for {loop.index.name} in range(0, {loop.stop}, {loop.step}):")
        text = printer.line(call)
        if call.errors:
            text = f"with np.errstate({', '.join(f'{kind}={how!r}' for kind, how in call.errors.items())}): {text}"
        if isinstance(call.result, Value) and call.result.is_array:
            text = f"{text:60}  # {call.result.array.shape}"
        lines.append(text if loop is None else f"    {text}")
    lines.append(f"return {printer.text(program.results)}")
    body = "\n".join("    " + line for line in lines)
    head = ["import numpy as np", "", f"memory = np.empty({program.size + ALIGNED}, np.uint8)"]
    head.append(f"memory = memory[-memory.ctypes.data % {ALIGNED} :]")
    for value, buffer in program.buffers.items():
        strides = "" if value.array.flags.c_contiguous else f", {buffer.strides}"
        dtype = f"np.{buffer.dtype}"
        head.append(f"{printer.name(value)} = np.ndarray({buffer.shape}, {dtype}, memory, {buffer.offset}{strides})")
    signature = ", ".join(value.name for value in program.arguments)
    return "\n".join(head) + f"\n\n\ndef {program.name}({signature}):\n{body}\n", printer.constants


def loaded(name: str, source: str, constants: Mapping[str, Any]) -> Callable[..., Any]:
    """The function that a source defines. Tracebacks and debuggers show its lines."""
    file = f"<compiled {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = dict(constants)
    exec(builtins.compile(source, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function
