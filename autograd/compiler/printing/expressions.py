"""The text of ops: operators where they compute the same, NumPy's functions by the names that one writes.

They are written with all brackets, and ast.unparse knows which must stand. Views and numbers that are used once
stand where they are used. They find there what they would have found before: numbers never change, and making a view
reads no memory.

    np.matmul(h1.T, g_logits, out=g_w2)         and not  h1_T = h1.T  first
    correction = math.sqrt(1 - beta2 ** step)
"""

from __future__ import annotations

import ast
import functools
import inspect
import operator
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from autograd.compiler.ir import Buffer, Kind, Op, Program, Value
from autograd.compiler.passes.rewrites import IN_PLACE, touched
from autograd.compiler.printing.constants import Constants
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.compiler.tracing.traced import WRITING_METHODS
from autograd.compiler.tracing.variables import GENERIC
from autograd.rules import WRITES

OF_ARRAYS: dict[Any, str] = {  # not **, which takes short cuts that np.power does not take
    np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.matmul: "@", np.greater: ">", np.less: "<",
    np.greater_equal: ">=", np.less_equal: "<=", np.equal: "==", np.not_equal: "!=",
}  # fmt: skip
OF_NUMBERS: dict[Any, str] = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.floordiv: "//",
    operator.mod: "%", operator.pow: "**", operator.matmul: "@", operator.lshift: "<<", operator.rshift: ">>",
    operator.and_: "&", operator.xor: "^", operator.or_: "|", operator.lt: "<", operator.le: "<=", operator.gt: ">",
    operator.ge: ">=", operator.eq: "==", operator.ne: "!=", operator.neg: "-", operator.pos: "+", operator.invert: "~",
}  # fmt: skip
DEEPEST_EXPRESSION = 4  # ops within each other
CALL = re.compile(r"[\w.]+(\([\w., =]*\))?")  # of names and numbers alone

# -- which ops stand inside of others ----------------------------------------------------------------------------------


def inlined(program: Program) -> tuple[dict[Value, Op], dict[Value, int]]:
    """The ops that stand where their result is used, by their result; and the line on which a value is used last.

    Lines are numbered as ops are.
    """
    ops = program.ops
    uses = Counter(value for op in ops for value in op.reads())
    kept = {op.writes for op in ops} | set(program.results) | set(program.buffers)
    user = {value: k for k, op in enumerate(ops) for value in _direct(op)}
    inside: dict[Value, Op] = {}
    line, depth = list(range(len(ops))), [0] * len(ops)
    last = dict.fromkeys(program.results, len(ops))
    for k, op in reversed(list(enumerate(ops))):
        y = op.result
        if isinstance(y, Value) and y not in kept and uses[y] == 1 and y in user:
            outer = user[y]
            if depth[outer] < DEEPEST_EXPRESSION and _may_stand_inside(op, y, ops[outer]):
                line[k], depth[k], inside[y] = line[outer], depth[outer] + 1, op
        for value in touched(op):
            last[value] = max(last.get(value, -1), line[k])
    return inside, last


def _direct(op: Op) -> Iterator[Value]:
    """The operands that are arguments themselves, or an index: in a list, all look alike."""
    is_indexing = op.fn in (operator.getitem, operator.setitem) and isinstance(op.args[1], tuple)
    parts = (*op.args, *op.options.values(), *(op.args[1] if is_indexing else ()))
    return (part for part in parts if isinstance(part, Value))


def _may_stand_inside(op: Op, y: Value, outer: Op) -> bool:
    if op.effect or op.writes is not None or op.loop is not outer.loop or op.errors != outer.errors:
        return False
    if y.name and y.name not in GENERIC and op.fn not in (".T", ".mT") and outer.fn is not np.asarray:
        return False  # somebody found it worth a name
    is_view = y.is_view and not isinstance(op.fn, OpaqueStep)  # which may look at values, and return what it is given
    return is_view or not any(value.is_array for value in touched(op))


# -- their text --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Expressions:
    """Writes ops; `inside` are those that stand where their result is used."""

    names: Mapping[Value, str]
    inside: Mapping[Value, Op]
    buffers: Mapping[Value, Buffer]
    constants: Constants

    def statement(self, op: Op) -> str:
        fn, args, y = op.fn, op.args, op.result
        if fn is operator.setitem:
            sign = IN_PLACE[args[3]] if len(args) > 3 else "="
            return f"{_plain(self._item(*args[:2]))} {sign} {self.text(args[2])}"
        # Only of arguments, which are variables of the function: buffers are not, and to assign one would make it one.
        is_state = op.writes is not None and op.writes.kind is Kind.STATE
        if fn in IN_PLACE and is_state and not op.options and args[0] is op.writes:
            return f"{self.text(args[0])} {IN_PLACE[fn]} {self.text(args[1])}"
        if op.writes is not None or not self.buffers.keys().isdisjoint(op.results()):
            fills = fn in WRITES or fn in WRITING_METHODS or getattr(fn, "__name__", "") == "at"
            return _plain(self._call(op, out=None if fills else y if op.writes is None else op.writes))
        names = ", ".join(self.names[v] for v in op.results())
        target = f"({names},)" if isinstance(y, tuple) and len(y) == 1 else names
        return f"{target} = {_plain(self._call(op))}" if target else _plain(self._call(op))

    def text(self, tree: Any) -> str:
        return _plain(self._tree(tree))

    # -- with all brackets ---------------------------------------------------------------------------------------------

    def _call(self, op: Op, out: Any = None) -> str:
        fn, args = op.fn, op.args
        if fn is operator.getitem:
            return self._item(*args)
        hint = "factor" if fn in (np.multiply, np.divide) else ""  # what a constant is called
        if out is None and not op.options and (symbol := _operator(op)) is not None:
            *first, last = (f"({self._tree(arg, hint)})" for arg in _with_numbers(args))
            return " ".join([*first, symbol, last])
        if isinstance(fn, str):
            is_matrix = fn == ".mT" and args[0].array.ndim == 2
            function = f"({self._tree(args[0])}).{'T' if is_matrix else fn.lstrip('.')}"
            if fn.startswith("."):
                return function
            args = args[1:]
        else:
            function = self.constants.function(fn)
        options = {name: value for name, value in op.options.items() if value is not _defaults(fn).get(name, op)}
        if out is not None:
            options["out"] = out
        keywords = [f"{name}={self._tree(value)}" for name, value in options.items()]
        return f"{function}({', '.join([*(self._tree(arg, hint) for arg in args), *keywords])})"

    def _tree(self, tree: Any, hint: str = "") -> str:
        if isinstance(tree, Value):
            if tree in self.inside:
                return self._call(self.inside[tree])
            if tree in self.names:
                return self.names[tree]
            tree = tree.array  # a constant
        if type(tree) is tuple or type(tree) is list:
            items = "".join(f"{self._tree(item)}, " for item in tree)
            return f"({items})" if type(tree) is tuple else f"[{items}]"
        if isinstance(tree, slice):
            return f"slice{self._tree((tree.start, tree.stop, tree.step))}"
        return self.constants.text(tree, hint)

    def _item(self, array: Any, index: Any) -> str:
        def part(tree: Any) -> str:
            if isinstance(tree, slice):
                return ":".join("" if end is None else self._tree(end) for end in (tree.start, tree.stop, tree.step))
            return self._tree(tree, "rows")

        inner = "".join(f"{part(item)}, " for item in index) or "()" if type(index) is tuple else part(index)
        return f"({self._tree(array)})[{inner}]"


def _plain(text: str) -> str:
    """An expression without the brackets that it does not need."""
    is_plain = CALL.fullmatch(text)  # as most lines are, so that those need no parser
    return text if is_plain else ast.unparse(ast.parse(text, mode="eval"))


@functools.cache
def _defaults(fn: Any) -> Mapping[str, Any]:
    """What options of a function that is written in Python are if they are not given: rules hand them on."""
    if not isinstance(inspect.unwrap(fn), FunctionType):
        return {}
    return {name: parameter.default for name, parameter in inspect.signature(fn).parameters.items()}


def _with_numbers(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Constants beside a scalar of their dtype as plain numbers, as one would write them."""
    dtypes = {getattr(arg.array, "dtype", None) for arg in args if isinstance(arg, Value) and not np.ndim(arg.array)}

    def plain(arg: Any) -> Any:
        is_number = isinstance(arg, np.ndarray | np.generic) and not arg.ndim and arg.dtype.kind == "f"
        return float(str(arg)) if is_number and {arg.dtype} == dtypes and np.isfinite(arg) else arg

    return tuple(map(plain, args))


def _operator(op: Op) -> str | None:
    """The operator that computes the same bits.

    Of arrays it calls the ufunc. Of two scalars NumPy has code of its own, which for floats rounds in the same way.
    """
    if op.fn in OF_NUMBERS:
        return OF_NUMBERS[op.fn]
    if op.fn is not np.negative and op.fn not in OF_ARRAYS:
        return None
    values = [arg.array if isinstance(arg, Value) else arg for arg in op.args]
    is_array = any(isinstance(value, np.ndarray) for value in values)
    if not is_array and not all(isinstance(x, int | float) or np.asarray(x).dtype.kind == "f" for x in values):
        return None
    if op.fn is np.negative:
        return "-" if hasattr(values[0], "dtype") else None
    return OF_ARRAYS[op.fn] if len(values) == 2 else None
