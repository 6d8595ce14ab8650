"""A program: what a traced function computes, as a list of calls on values.

A value is an array (or a number) that the program has a name for. Some own memory, others are views of one that does:
its `root`. A call reads values and makes new ones, or writes into the memory of one that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from autograd._util.pytree import alike, tree_map
from autograd.engine.graph import Scope


class Kind(Enum):
    """Where a value comes from."""

    INPUT = "an argument"
    STATE = "lives outside, and is read and written there"
    CONSTANT = "an array that never changes"
    MADE = "computed by the program"


@dataclass(eq=False, slots=True)
class Value:
    """An array or a number, as it was when the function was traced.

    array  what it held then.
    root   the value that owns its memory: itself, unless it is a view.
    name   the variable that the traced function assigned it to, or "". (See printing/naming.py.)
    """

    array: Any
    kind: Kind = Kind.MADE
    root: Any = None
    name: str = ""
    is_array: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_array = isinstance(self.array, np.ndarray)
        if self.root is None:
            self.root = self

    @property
    def is_view(self) -> bool:
        return self.root is not self

    @property
    def nbytes(self) -> int:
        return int(self.array.nbytes) if self.is_array else 0

    def layout(self) -> tuple[Any, ...]:
        return self.array.shape, self.array.dtype, self.array.strides


@dataclass(eq=False, slots=True)
class Op:
    """One line of the program.

    fn       a ufunc, a function, a method of an array ("reshape"), an operator of the module `operator`.
    args     values, constants, and tuples, lists, slices of them.
    result   the value (or a tuple of them) that it makes; None if it writes alone.
    writes   the value whose memory it writes into, or None.
    scope    the modules in whose `forward` the call was made; `stage` the section of the program.
    effect   it must stay where it is, even if nothing reads its result: it draws random numbers, or may fail.
    errors   what np.errstate held around it: {"over": "ignore"}.
    part     the primitive inside of which it was made or, in a backward pass, whose rule made it.
    loop     the loop that it is part of, or None.

    A call that is given its own result as an argument fills it: np.copyto(y, x).
    """

    fn: Any
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    result: Any
    writes: Value | None = None
    scope: Scope = None
    stage: str = "forward"
    effect: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    loop: Loop | None = None

    def reads(self) -> list[Value]:
        return values_in((self.args, self.options))

    def results(self) -> tuple[Value, ...]:
        if self.result is None:
            return ()
        return self.result if isinstance(self.result, tuple) else (self.result,)


@dataclass(eq=False, slots=True)
class Loop:
    """for index in range(0, stop, step): its calls follow each other in the program (see passes/tiling.py)."""

    index: Value
    stop: int
    step: int


@dataclass(eq=False, slots=True)
class Buffer:
    """Memory of the program, which one value holds after the other; each by itself from `first` to `last` call.

    offset  where it begins in the program's memory, in bytes.
    """

    nbytes: int
    first: int
    last: int
    values: list[Value] = field(default_factory=list)
    offset: int = 0


@dataclass(eq=False, slots=True)
class Program:
    """A plan that is ready to be printed.

    arguments  the inputs, then the state that is read or written.
    results    what the program returns, each once: outputs, gradients, and what else is stored outside.
    buffers    by value; all lie in one piece of memory of `size` bytes. A value without one is made anew in each call.
    instead    what takes the place of a value of the trace; see `now`.
    counts     how many calls were traced, and how many more or fewer each pass left, by what that does.
    """

    name: str
    arguments: list[Value]
    ops: list[Op]
    results: tuple[Value, ...]
    buffers: dict[Value, Buffer]
    size: int
    instead: dict[Value, Value] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def now(self, value: Value) -> Value:
        return self.instead.get(value, value)


def replaced(tree: Any, fn: Callable[[Any], Any]) -> Any:
    """`tree_map`, which goes into slices, too: they are what indices are made of."""
    if isinstance(tree, (tuple, list)):
        return alike(tree, [replaced(item, fn) for item in tree])
    if isinstance(tree, slice):
        return slice(*[replaced(item, fn) for item in (tree.start, tree.stop, tree.step)])
    if type(tree) is dict:
        return {key: replaced(item, fn) for key, item in tree.items()}
    return tree_map(tree, lambda leaf: replaced(leaf, fn)) if isinstance(tree, dict) else fn(tree)


def leaves_in(tree: Any, *kinds: type) -> list[Any]:
    """The leaves of some classes, in order. Asked several times a call, so not by `tree_map`, which makes a tree."""
    found: list[Any] = []
    _add_leaves((tree,), kinds, found)
    return found


def _add_leaves(nodes: Iterable[Any], kinds: tuple[type, ...], found: list[Any]) -> None:
    for node in nodes:
        if isinstance(node, kinds):
            found.append(node)
        elif isinstance(node, (tuple, list)):
            _add_leaves(node, kinds, found)
        elif isinstance(node, dict):
            _add_leaves(node.values(), kinds, found)
        elif isinstance(node, slice):
            _add_leaves((node.start, node.stop, node.step), kinds, found)


def values_in(tree: Any) -> list[Value]:
    return leaves_in(tree, Value)
