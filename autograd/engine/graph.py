"""The graph: a node is a recorded call of a NumPy function, a leaf is where gradients end up.

Nodes refer to what they were computed from, never to what is computed from them. So a graph has no reference cycles,
and lives exactly as long as a Tensor that needs it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from autograd._util.pytree import alike
from autograd.engine import errors, versions
from autograd.engine.modes import context, current
from autograd.engine.observer import observed
from autograd.engine.proxies import proxy_of
from autograd.rules.duck_arrays import asarray
from autograd.rules.operation import Operation, Plan

Array = NDArray[Any]
Parent: TypeAlias = "Node | OutputEdge | Leaf"
Options = Mapping[str, Any]
Scope: TypeAlias = "tuple[Any, Scope] | None"

NO_OPTIONS: Options = {}

ndarray = np.ndarray
_new = object.__new__
next_order = itertools.count().__next__


@final
class Node:
    """A recorded call.

    parents  of each input: the Node, OutputEdge or Leaf that it came from, None for a constant.
    plan     which inputs are differentiable, what is saved for their rules, and the pullback that runs these.
    saved    the arrays that the rules read; None once a backward pass has used them up, () if they read none.
    options  the options of the call, by name.
    shapes   of each input whose rule is run, or whose shape a rule names; None for other constants. Last comes that of
             the output, if a rule names y_shape. `dtypes` likewise, without that.
    order    nodes are numbered as they are made, so a node's parents always have lower numbers.
    version  the version counter when it was recorded (see autograd/engine/versions.py).
    scope    the modules in whose `forward` it was called, by weak references: (innermost, (the one around, None)).
    retained the Leaf that retains this node's own gradient, after `Tensor.retain_grad()`.
    """

    __slots__ = (
        "__weakref__", "dtypes", "operation", "options", "order", "parents", "plan", "retained", "saved", "scope",
        "shapes", "version",
    )  # fmt: skip

    operation: Operation
    plan: Plan
    parents: tuple[Parent | None, ...]
    saved: tuple[Any, ...] | None
    options: Options
    shapes: tuple[Any, ...]
    dtypes: tuple[Any, ...]
    order: int
    version: int
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
    """Output `index` of a node that has `of` of them: its gradient is that part of the tuple that the rules see.

    It is made after its node, so that a backward pass comes to it before.
    """

    __slots__ = ("__weakref__", "index", "of", "order", "parents", "retained")

    def __init__(self, node: Node, index: int, of: int) -> None:
        self.parents = (node,)
        self.index = index
        self.of = of
        self.order = next_order()
        self.retained: Leaf | None = None

    def __repr__(self) -> str:
        return f"<output {self.index} of {self.parents[0]!r}>"


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
        return Leaf, (), (None, {"grad": proxy_of(self).grad})


def record(
    operation: Operation,
    args: Sequence[Any],
    parents: tuple[Parent | None, ...],
    mask: int,
    options: Options,
    compute: Callable[..., Any] | None = None,
) -> tuple[Any, Node | None]:
    """Call the function on arrays, and make a node of the call if a gradient can flow through it.

    mask     has bit k set if parents[k] is not None: if the k-th input is differentiable; see `Operation.plan`.
    compute  what computes the function, if an observer has put it in place of the operation's own.

    Returns what the function returned (arrays in place of NumPy's scalars, hidden outputs dropped) and the node.
    """
    watch, scope, is_recording, mode = context.get()
    if mode is not None and mode.is_left:
        watch, scope, is_recording, _ = current()
    if compute is None:
        compute = operation.compute
        if watch is not None:
            compute = watch.wrap_function(compute, args, parents)
            # No closure: variables that one captures are slower, in calls that nobody observes, too.
            call = partial(record, operation, args, parents, mask, options, compute)
            return observed(watch, operation.fn, args, options, call)
    try:
        if operation.variadic:
            y = compute(args, **options)
        elif options:
            y = compute(*args, **options)
        else:
            y = compute(*args)
    except ValueError as error:
        if (misfit := errors.misfit(operation.name, args, str(error))) is None:
            raise
        raise misfit from error
    if type(y) is not ndarray:
        y = as_arrays(y)
    node = None
    if (
        mask
        and is_recording
        and (y.dtype.kind in operation.kinds if type(y) is ndarray else _is_inexact(operation, y))
        and (plan := operation.plans.get(mask) or operation.plan(mask)).is_needed
    ):
        node = _new(Node)  # and no __init__: a call of it would take a third of the time that recording takes
        node.operation = operation
        node.plan = plan
        node.parents = parents
        node.saved, node.shapes, node.dtypes = plan.save(y, args)
        node.options = options
        node.order = next_order()
        node.version = versions.now
        node.scope = scope
        node.retained = None
    elif mask and is_recording:
        refuse_without_gradient(operation, y)
    return (y[0] if operation.hidden else y), node


def _is_inexact(operation: Operation, y: Any) -> bool:
    """Whether one of several outputs has a gradient: integers change in steps, and have none."""
    if operation.hidden:
        return y[0].dtype.kind in operation.kinds
    return any(part.dtype.kind in operation.kinds for part in (y if isinstance(y, list | tuple) else (y,)))


def refuse_without_gradient(operation: Operation, y: Any) -> None:
    """Raise TypeError for an output that is neither whole numbers nor truths: objects, bfloat16, time differences.

    NumPy computes with those, but no gradient is known of them, and it would be lost in silence.
    """
    y = y[0] if operation.hidden else y
    for part in y if isinstance(y, list | tuple) else (y,):
        if part.dtype.kind not in "biufc":
            raise errors.of_output_dtype(operation.name, part.dtype)


def as_arrays(y: Any) -> Any:
    """NumPy returns scalars from reductions: give them back their 0 dimensions."""
    if isinstance(y, np.generic | int | float | complex):
        return np.asarray(y)
    if isinstance(y, list | tuple):
        return alike(y, map(as_arrays, y))
    if hasattr(y, "node"):
        raise errors.of_nested_data()
    return asarray(y) if hasattr(y, "__opaque__") else y
