"""The text of calls: operators where they compute the same, NumPy's functions by the names that one writes."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Mapping
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from autograd._util.functions import home_of
from autograd.compiler.ir import Buffer, Kind, Op, Value
from autograd.compiler.printing.constants import Constants
from autograd.compiler.printing.inlining import IN_PLACE
from autograd.compiler.tracing.traced import WRITING_METHODS
from autograd.rules import WRITES

# How strongly operators bind, as in Python's grammar.
ATOM, POWER, SIGN, PRODUCT, SUM, SHIFT, AND, XOR, OR, COMPARISON = range(10, 0, -1)
Operator = tuple[str, int]

OF_ARRAYS: dict[Any, Operator] = {  # but not **, which for arrays takes short cuts that np.power does not
    np.add: ("+", SUM), np.subtract: ("-", SUM), np.multiply: ("*", PRODUCT), np.divide: ("/", PRODUCT),
    np.matmul: ("@", PRODUCT), np.greater: (">", COMPARISON), np.less: ("<", COMPARISON),
    np.greater_equal: (">=", COMPARISON), np.less_equal: ("<=", COMPARISON), np.equal: ("==", COMPARISON),
    np.not_equal: ("!=", COMPARISON),
}  # fmt: skip
OF_NUMBERS: dict[Any, Operator] = {
    operator.add: ("+", SUM), operator.sub: ("-", SUM), operator.mul: ("*", PRODUCT), operator.truediv: ("/", PRODUCT),
    operator.floordiv: ("//", PRODUCT), operator.mod: ("%", PRODUCT), operator.pow: ("**", POWER),
    operator.matmul: ("@", PRODUCT), operator.lshift: ("<<", SHIFT), operator.rshift: (">>", SHIFT),
    operator.and_: ("&", AND), operator.xor: ("^", XOR), operator.or_: ("|", OR), operator.lt: ("<", COMPARISON),
    operator.le: ("<=", COMPARISON), operator.gt: (">", COMPARISON), operator.ge: (">=", COMPARISON),
    operator.eq: ("==", COMPARISON), operator.ne: ("!=", COMPARISON),
}  # fmt: skip
SIGNS: dict[Any, str] = {operator.neg: "-", np.negative: "-", operator.pos: "+", operator.invert: "~"}
Text = tuple[str, int]


class Plain(NamedTuple):
    """A number that is written as it is."""

    text: str


class Expressions:
    """Writes calls.

    inside  the calls that stand where their result is used.
    """

    def __init__(
        self,
        names: Mapping[Value, str],
        inside: Mapping[Value, Op],
        buffers: Mapping[Value, Buffer],
        constants: Constants,
    ) -> None:
        self.names, self.inside, self.buffers, self.constants = names, inside, buffers, constants

    def statement(self, call: Op) -> str:
        if call.writes is not None:
            return self._writing(call)
        y = call.result
        if isinstance(y, Value) and y in self.buffers:
            is_filled = any(arg is y for arg in call.args)
            return self.call(call, *([] if is_filled else [f"out={self.names[y]}"]))[0]
        names = [self.names[v] for v in call.results()]
        if isinstance(y, tuple) and len(y) < 2:
            names = [f"({names[0]},)"] if names else []
        return " = ".join([*([", ".join(names)] if names else []), self.call(call)[0]])

    def _writing(self, call: Op) -> str:
        fn, args, target = call.fn, call.args, call.writes
        assert target is not None
        if fn is operator.setitem:
            return f"{self.atom(args[0])}[{self.index(args[1])}] = {self.text(args[2])}"
        # Only of arguments, which are variables of the function: buffers are not, and to assign one would make it one.
        if fn in IN_PLACE and not call.options and args[0] is target and target.kind is Kind.STATE:
            return f"{self.names[target]} {IN_PLACE[fn]} {self.text(args[1])}"
        takes_out = fn not in WRITES and fn not in WRITING_METHODS and getattr(fn, "__name__", "") != "at"
        return self.call(call, *([f"out={self.text(target)}"] if takes_out else []))[0]

    def augmented(self, put: Op, changed: Op) -> str:
        """a[index] -= b, which takes the elements, subtracts in place and puts them back."""
        return (
            f"{self.atom(put.args[0])}[{self.index(put.args[1])}] {IN_PLACE[changed.fn]} {self.text(changed.args[1])}"
        )

    # -- expressions ---------------------------------------------------------------------------------------------------

    def call(self, call: Op, *more: str) -> Text:
        """A call, with further arguments; and how strongly it binds."""
        fn, args = call.fn, call.args
        if isinstance(fn, str):
            if fn.startswith("."):
                is_matrix = fn == ".mT" and args[0].array.ndim == 2
                return self.atom(args[0]) + (".T" if is_matrix else fn), ATOM
            return f"{self.atom(args[0])}.{fn}({self._arguments(args[1:], call, more)})", ATOM
        if fn is operator.getitem:
            return f"{self.atom(args[0])}[{self.index(args[1])}]", ATOM
        if not more and not call.options and (found := self._operator(call)) is not None:
            return found
        return f"{self.constants.function(fn)}({self._arguments(args, call, more)})", ATOM

    def _operator(self, call: Op) -> Text | None:
        fn, args = call.fn, call.args
        if not _has_operator(call):
            return None
        if fn in SIGNS:
            return f"{SIGNS[fn]}{self.bound(args[0], SIGN)}", SIGN
        symbol, strength = OF_NUMBERS.get(fn) or OF_ARRAYS[fn]
        args = self._with_numbers(args)
        if strength == POWER:
            return f"{self.bound(args[0], ATOM)}**{self.bound(args[1], SIGN)}", POWER
        hint = _hint(fn)
        left = self.bound(args[0], strength + (strength == COMPARISON), hint)  # a < b < c would be two at once
        right = self.bound(args[1], strength + 1, hint)
        return f"{left} {symbol} {right}", strength

    def _with_numbers(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """A constant beside a scalar of its dtype as a plain number."""
        dtypes = {arg.array.dtype for arg in args if isinstance(arg, Value) and hasattr(arg.array, "dtype")}
        is_scalar = all(not arg.array.ndim for arg in args if isinstance(arg, Value) and hasattr(arg.array, "ndim"))

        def plain(arg: Any) -> Any:
            if not (is_scalar and isinstance(arg, np.ndarray | np.generic) and not arg.ndim and {arg.dtype} == dtypes):
                return arg
            text = self.constants.number(arg)
            return arg if text is None else Plain(text)

        return tuple(map(plain, args))

    def _arguments(self, args: Any, call: Op, more: tuple[str, ...]) -> str:
        hint = _hint(call.fn)
        usual = _defaults(call.fn)
        options = ((name, value) for name, value in call.options.items() if not _is_same(value, usual.get(name, usual)))
        named = [f"{name}={self.text(value)}" for name, value in options]
        return ", ".join([*(self.text(arg, hint) for arg in args), *named, *more])

    def text(self, tree: Any, hint: str = "") -> str:
        return self._text(tree, hint)[0]

    def atom(self, tree: Any) -> str:
        return self.bound(tree, ATOM)

    def bound(self, tree: Any, strength: int, hint: str = "") -> str:
        """In brackets, if it binds less strongly."""
        text, own = self._text(tree, hint)
        return text if own >= strength else f"({text})"

    def _text(self, tree: Any, hint: str = "") -> Text:
        if isinstance(tree, Value):
            if tree in self.inside:
                return self.call(self.inside[tree])
            if tree in self.names:
                return self.names[tree], ATOM
            tree = tree.array  # a constant
        if isinstance(tree, tuple) and type(tree) is tuple:
            inner = ", ".join(map(self.text, tree))
            return f"({inner}{',' if len(tree) == 1 else ''})", ATOM
        if type(tree) is list:
            return f"[{', '.join(map(self.text, tree))}]", ATOM
        if isinstance(tree, slice):
            return f"slice({self.text(tree.start)}, {self.text(tree.stop)}, {self.text(tree.step)})", ATOM
        if isinstance(tree, Plain):
            return tree.text, PRODUCT if "/" in tree.text else SIGN if tree.text.startswith("-") else ATOM
        text = self.constants.text(tree, hint)
        return text, SIGN if text.startswith("-") else ATOM

    def index(self, index: Any) -> str:
        """What stands between brackets."""
        if type(index) is tuple and index:
            return ", ".join(map(self._part, index)) + ("," if len(index) == 1 else "")
        return self._part(index)

    def _part(self, part: Any) -> str:
        if not isinstance(part, slice):
            return self.text(part, "rows")
        ends = ("" if end is None else self.text(end) for end in (part.start, part.stop))
        return ":".join(ends) + (f":{self.text(part.step)}" if part.step is not None else "")


def _hint(fn: Any) -> str:
    """What a constant is called that a function is given."""
    return "factor" if fn in (np.multiply, np.divide) else ""


@functools.cache
def _defaults(fn: Any) -> Mapping[str, Any]:
    """What options of a function of NumPy's are if they are not given."""
    if not isinstance(inspect.unwrap(fn), FunctionType) or home_of(fn) != "numpy":
        return {}
    return {name: parameter.default for name, parameter in inspect.signature(fn).parameters.items()}


def _is_same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and isinstance(a, bool | int | str | None) and a == b


def _has_operator(call: Op) -> bool:
    """Whether an operator computes the same bits.

    Of arrays it calls the ufunc. Of two scalars NumPy has code of its own, which for floats rounds in the same way.
    """
    fn, args = call.fn, call.args
    if fn in OF_NUMBERS or (fn in SIGNS and fn is not np.negative):
        return True
    if fn is np.negative:
        return isinstance(args[0], Value) and (args[0].is_array or args[0].array.dtype.kind == "f")
    if fn not in OF_ARRAYS or len(args) != 2:
        return False
    values = [arg.array if isinstance(arg, Value) else arg for arg in args]
    if any(isinstance(value, np.ndarray) for value in values):
        return True
    return all(
        isinstance(v, int | float) or v.dtype.kind == "f" for v in values if isinstance(v, int | float | np.generic)
    )
