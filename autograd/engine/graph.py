"""The graph: a node is a recorded call of a NumPy function, a leaf is where gradients end up.

Nodes refer to what they were computed from, never to what is computed from them. So a graph has no reference cycles,
and lives exactly as long as a Tensor that needs it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from time import perf_counter
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from autograd.engine.modes import OBSERVER, context, current
from autograd.rules.duck_arrays import asarray
from autograd.rules.operation import Operation, Plan, Rule

Array = NDArray[Any]
Parent: TypeAlias = "Node | OutputEdge | Leaf"
Options = Mapping[str, Any]
Scope: TypeAlias = "tuple[Any, Scope] | None"

NO_OPTIONS: Options = {}

ndarray = np.ndarray
_new = object.__new__
next_order = itertools.count().__next__


@final
class Leaf:
    """Where the gradient of a Tensor with `requires_grad=True` goes. `grad` is what the Tensor's `.grad` reads.

    Leaves are numbered together with nodes: see `Node`.
    """

    __slots__ = ("__weakref__", "grad", "order")

    def __init__(self) -> None:
        self.grad: Any = None
        self.order = next_order()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy has a number of its own."""
        standing = traced_leaves.get()
        return Leaf, (), (None, {"grad": self.grad if standing is None else standing[self].grad})


@final
class Node:
    """A recorded call.

    parents  of each input: the Node, OutputEdge or Leaf that it came from, None for a constant.
    saved    the arrays that the rules read; None once a backward pass has used them up, () if they read none.
    options  the options of the call, by name.
    shapes   of each input that has a parent, and dtypes likewise.
    order    nodes are numbered as they are made, so a node's parents always have lower numbers.
    clock    the time at which it was recorded (see `note_update`).
    scope    the modules in whose `forward` it was called, by weak references: (innermost, (the one around, None)).
    retained the Leaf that keeps this node's own gradient, after `Tensor.retain_grad()`.
    """

    __slots__ = (
        "__weakref__", "clock", "dtypes", "operation", "options", "order", "parents", "plan", "retained", "saved",
        "scope", "shapes",
    )  # fmt: skip

    operation: Operation
    plan: Plan
    parents: tuple[Parent | None, ...]
    saved: tuple[Any, ...] | None
    options: Options
    shapes: tuple[Any, ...]
    dtypes: tuple[Any, ...]
    order: int
    clock: int
    scope: Scope
    retained: Leaf | None

    @property
    def fn(self) -> Callable[..., Any]:
        """The NumPy function that was called."""
        return self.operation.fn

    def __repr__(self) -> str:
        return f"<node {self.order}: {self.operation.name}>"


@final
class OutputEdge:
    """One output of a node that has several: it puts its gradient in place `index` of the tuple that the rules see."""

    __slots__ = ("__weakref__", "index", "of", "order", "parents", "retained")

    def __init__(self, node: Node, index: int, of: int) -> None:
        self.parents = (node,)
        self.index = index
        self.of = of
        self.order = next_order()
        self.retained: Leaf | None = None

    def __repr__(self) -> str:
        return f"<slot {self.index} of {self.parents[0]!r}>"


# -- recording -------------------------------------------------------------------------------------------------------

# What stands for leaves while a function is traced (see autograd/compiler): other threads see nothing of its gradients.
traced_leaves: ContextVar[Mapping[Leaf, Any] | None] = ContextVar("traced_leaves", default=None)


def record(
    operation: Operation, args: Sequence[Any], parents: tuple[Parent | None, ...], mask: int, options: Options
) -> tuple[Any, Node | None]:
    """Call the function on arrays, and make a node of the call if a gradient can flow through it.

    mask  has bit k set if parents[k] is not None: if the k-th input is differentiable; see `Operation.make_plan`.

    Returns what the function returned (arrays in place of NumPy's scalars, hidden outputs dropped) and the node.
    """
    watch, scope, is_recording, mode = context.get()
    if mode is not None and mode.is_left:
        watch, scope, is_recording, _ = current()
    compute = operation.compute
    if watch is not None:
        start, compute = perf_counter(), watch.computing(compute, args, parents)
    try:
        if operation.variadic:
            y = compute(args, **options)
        elif options:
            y = compute(*args, **options)
        else:
            y = compute(*args)
    except ValueError as error:
        if (misfit := _misfit(operation, args, str(error))) is None:
            raise
        raise misfit from error
    if type(y) is not ndarray:
        y = _as_arrays(y)
    node = None
    if (
        mask
        and is_recording
        and (y.dtype.kind in operation.kinds if type(y) is ndarray else _is_inexact(operation, y))
        and (plan := operation.plans.get(mask) or operation.make_plan(mask)).is_needed
    ):
        node = _new(Node)  # and no __init__: a call of it would take a third of the time that recording takes
        node.operation = operation
        node.plan = plan
        node.parents = parents
        node.saved, node.shapes, node.dtypes = plan.keep(y, args)
        node.options = options
        node.order = next_order()
        node.clock = now
        node.scope = scope
        node.retained = None
    elif mask and type(y) is ndarray and y.dtype.kind == "O":
        raise _of_objects(operation)
    if operation.hidden:
        y = y[0]
    if watch is not None:
        watch.on_call(operation.fn, args, options, y, node, perf_counter() - start)
    return y, node


def _of_objects(operation: Operation) -> TypeError:
    return TypeError(
        f"{operation.name} was given an array of Python objects beside a Tensor, whose gradient would be lost in it; "
        f"convert it first: np.asarray(values, dtype=float)"
    )


def _misfit(operation: Operation, args: Sequence[Any], error: str) -> ValueError | None:
    """The error for arrays that do not fit each other; None if NumPy's is about something else."""
    shapes = [np.shape(arg) for arg in args if arg is not None]
    if "must match" in error or "same shape" in error:
        expected = "they must be equal, but for the axis along which arrays are joined"
    elif "core dimension" in error:
        expected = "the last axis of the first must be as long as the last but one (or the only one) of the second"
    elif "broadcast" in error and len(shapes) > 1:
        expected = "counted from the last, axes must be equally long, or 1"
    else:
        return None
    told = [*map(str, shapes[:8]), *([f"{len(shapes) - 8:,} more"] if len(shapes) > 8 else [])]
    return ValueError(
        f"{operation.name} was given arrays of shapes {' and '.join(told)}, which do not fit: {expected}; "
        f"reshape or transpose one of them (NumPy says: {error})"
    )


def _is_inexact(operation: Operation, y: Any) -> bool:
    """Whether one of several outputs has a gradient: integers change in steps, and have none."""
    if operation.hidden:
        y = y[0]
    return any(part.dtype.kind in operation.kinds for part in (y if isinstance(y, list | tuple) else (y,)))


SCALARS = (np.generic, int, float, complex)


def _as_arrays(y: Any) -> Any:
    """NumPy returns scalars from reductions: give them back their 0 dimensions."""
    if isinstance(y, SCALARS):
        return np.asarray(y)
    if isinstance(y, (list, tuple)):
        return alike(y, map(_as_arrays, y))
    if hasattr(y, "node"):
        raise TypeError(
            "the data of a Tensor is a Tensor, and must be an array; with ag.no_grad(): t -= lr * t.grad updates it"
        )
    return asarray(y) if hasattr(y, "__opaque__") else y


def alike(y: Any, parts: Iterable[Any]) -> Any:
    """A list, a tuple or a named tuple, as y is, of other parts."""
    return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)


# -- observing -------------------------------------------------------------------------------------------------------


class Observer:
    """Sees every call, forward and backward, of the thread or task in which it was set."""

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        """`fn` was called on `args`, and returned `output` after so many seconds; `node` is the call in the graph."""

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        """The rules of `node` made of `g` the gradients `gx` of its inputs, by their index, and these were added up."""

    def computing(
        self, compute: Callable[..., Any], args: Sequence[Any], parents: Sequence[Parent | None]
    ) -> Callable[..., Any]:
        """What is called on `args`, which came from `parents`, in place of an operation's function."""
        return compute

    def applying(self, rule: Rule) -> Rule:
        """What is called in place of a rule."""
        return rule


def observer() -> Observer | None:
    return current()[OBSERVER]


# -- updates in place ------------------------------------------------------------------------------------------------

# One clock for all updates in place. A backward pass compares it with the reading that each node kept; only where it
# has moved is it worth asking whether a saved array was among those updated.
now = 0
# By the identity of the array that owns the memory: when it was last updated, and by what. A stale identity does no
# harm: whatever is given it later was made, and so saved, after that update.
_updates: dict[int, tuple[int, str]] = {}


def note_update(array: Array, by: str) -> None:
    """Tell the clock that `array` was updated in place by the call named `by`."""
    global now
    now += 1
    _updates[id(array if array.base is None else owner_of(array))] = (now, by)


def note_updates(owners: Iterable[int], by: str) -> None:
    """The same for several arrays at once, by the identities of those that own their memory (see `owner_of`)."""
    global now
    now += 1
    _updates.update(dict.fromkeys(owners, (now, by)))


def updated_since(array: Any, clock: int) -> str | None:
    """What updated the memory of `array`, through any view, after `clock`; None if nothing did."""
    if not hasattr(array, "base"):  # a Python scalar
        return None
    time, by = _updates.get(id(owner_of(array)), (0, ""))
    return by if time > clock else None


def owner_of(array: Any) -> Any:
    while (base := array.base) is not None:
        array = base
        if not hasattr(array, "base"):  # memory that is no array's; np.lib.stride_tricks has a class of its own
            break
    return array
