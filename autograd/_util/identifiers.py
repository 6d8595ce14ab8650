"""Names for the variables of a program that is printed."""

from __future__ import annotations

import builtins
import functools
import keyword
import re
import unicodedata
from collections.abc import Iterable

# What Python, NumPy and the frame of a program call their own.
RESERVED = frozenset({
    *keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "memory", "state", "grads", "check",
    "program", "run", "file", "allow_pickle", "Path",
})  # fmt: skip


@functools.cache
def identifier(text: str, default: str = "value") -> str:
    """A name that Python takes, made of any text: "params['w']" to params_w."""
    text = unicodedata.normalize("NFKC", text)  # as Python reads names
    text = "".join(c if f"_{c}".isidentifier() else "_" for c in text)
    name = re.sub("_+", "_", text).strip("_") or default
    return f"{name}_" if keyword.iskeyword(name) else name if name.isidentifier() else f"{default}_{name}"


class Identifiers:
    """Hands out each name once: x, x1, x2, or x0, x1 if it is known that there will be several."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self._numbers: dict[str, int] = {}  # by name, the number from which on one may be free

    def new(self, stem: str, is_numbered: bool = False) -> str:
        stem = found = identifier(stem)
        if is_numbered or stem in self.taken:
            joint = "_" if stem[-1].isdigit() else ""
            number = self._numbers.get(stem, 0 if is_numbered else 1)
            while (found := f"{stem}{joint}{number}") in self.taken:
                number += 1
            self._numbers[stem] = number  # as far as all are taken: names are never given back
        self.taken.add(found)
        return found
