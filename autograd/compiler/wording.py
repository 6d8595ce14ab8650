"""Names for values that nobody has named, made of the function that computes them: log_total, one_minus_beta1."""

from __future__ import annotations

import keyword
import operator
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiler.ir import Op, Value

LONGEST = 32  # characters
DIGITS = {0: "zero", 1: "one", 2: "two"}
BETWEEN: dict[Any, str] = {
    operator.add: "plus", operator.sub: "minus", operator.mul: "times", operator.truediv: "over",
    operator.pow: "to_the", np.add: "plus", np.subtract: "minus", np.multiply: "times", np.divide: "over",
}  # fmt: skip
WORDS: dict[Any, str] = {
    np.add: "sum", np.subtract: "difference", np.multiply: "product", np.divide: "ratio", np.matmul: "product",
    np.negative: "minus", np.maximum: "max", np.minimum: "min", np.absolute: "abs", operator.getitem: "part",
    operator.add: "sum", operator.sub: "difference", operator.mul: "product", operator.truediv: "ratio",
    operator.pow: "power", "mT": "T", "fill": "filled",
}  # fmt: skip


def identifier(text: str, default: str = "value") -> str:
    """A name that Python takes, made of any text: "params['w']" to params_w."""
    text = unicodedata.normalize("NFKC", text)  # as Python reads names
    text = "".join(c if f"_{c}".isidentifier() else "_" for c in text)
    name = re.sub("_+", "_", text).strip("_") or default
    return f"{name}_" if keyword.iskeyword(name) else name if name.isidentifier() else f"{default}_{name}"


def word_for(fn: Any) -> str:
    """What a result of a function is called."""
    ufunc = getattr(fn, "__self__", None)
    if isinstance(ufunc, np.ufunc):  # np.add.reduce
        fn = ufunc
    name = fn if isinstance(fn, str) else getattr(fn, "__name__", "value")
    name = name.strip("._<>")
    return WORDS.get(fn) or WORDS.get(name) or identifier(name)


def words_for(call: Op, name_of: Callable[[Value], str | Op]) -> str:
    """What the result of a call is called, its operands included where they have names.

    name_of  the name of an operand, or the call that makes it; "" if it has none.
    """

    def operand(arg: Any) -> str:
        if not isinstance(arg, Value):
            return DIGITS.get(arg, "") if type(arg) is int else ""
        found = name_of(arg)
        if isinstance(found, Op):
            return words_for(found, name_of) if found.fn in BETWEEN or found.fn is np.asarray else ""
        return found

    operands, word = [operand(arg) for arg in call.args], word_for(call.fn)
    if call.loop is not None and call.fn is operator.getitem and operands[0]:
        return f"{operands[0]}_part"
    if word in ("asarray", "copy") and operands[0]:
        return operands[0]
    values = list(call.reads())
    is_binary = isinstance(call.fn, np.ufunc) and call.fn.nin == 2
    if call.fn in BETWEEN and all(operands) and (not is_binary or len(values) == 1):
        found = f"{operands[0]}_{BETWEEN[call.fn]}_{operands[1]}"
    elif is_binary or call.effect or len(values) != 1 or not operands[0] or call.fn is operator.getitem:
        return word
    elif word in ("T", "astype"):
        found = f"{operands[0]}_{'T' if word == 'T' else call.results()[0].array.dtype}"
    else:
        found = f"{word}_{operands[0]}"
    return found if len(found) <= LONGEST else word
