"""What a traced run left behind: outputs, gradients, and what else has another value outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.ir import Kind, Value
from autograd.compiler.tracing.entering import DEFAULT_GENERATOR, Entering
from autograd.compiler.tracing.random_numbers import is_generator
from autograd.compiler.tracing.refusing import TraceError, line_of, of_draws
from autograd.compiler.tracing.sources import PLAIN, Source, count_of, data_of, hyperparameters, moment
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber
from autograd.engine import random
from autograd.engine.graph import Leaf, Node
from autograd.engine.tensor import Tensor

if TYPE_CHECKING:
    from autograd.compiler.tracing.capture import Capture


def collect(this: Capture, output: Any, entering: Entering, fn: Callable[..., Any]) -> None:
    """While what stands for the outside is still in place."""
    standing = entering.standing
    if random._traced.get() is not standing[DEFAULT_GENERATOR]:
        raise of_draws(line_of(fn))
    for leaf in dict.fromkeys(tensor.node for _, tensor in this.outside.tensors if isinstance(tensor.node, Leaf)):
        traced = entering.leaves[leaf]
        if traced.is_looked_at:
            this.grads_read[leaf] = traced.before is None
        if traced.now is not traced.before or (traced.now is None and traced.is_written):  # next time it may be there
            this.grads[leaf] = None if traced.now is None else _owned(this, traced.now.data)
    for _, tensor in this.outside.tensors:
        _note_store(this, data_of(tensor), standing, fn)
    for name, optimizer in this.outside.optimizers:
        known = next(moments for other, moments in this.moments if other is optimizer)
        if any(key not in optimizer.state.get(p, ()) for p, keys in known.items() for key in keys):
            raise TraceError(
                f"{line_of(fn)}: {name}.state was cleared, and a program would not clear it again; clear it outside"
            )
        for source in hyperparameters(optimizer):
            _note_store(this, source, standing, fn)
        for p, values in optimizer.state.items():
            this.kept.append((optimizer, p))
            for key in values:
                _note_store(this, moment(optimizer, p, key), standing, fn)
    for _, schedule in this.outside.schedules:
        _note_store(this, count_of(schedule), standing, fn)
    for array_source, _ in this.outside.arrays:
        if array_source in standing:
            _note_store(this, array_source, standing, fn)
    this.output = output
    this.parts = [_part(this, path, leaf, fn) for path, leaf in tree_leaves_with_path(output)]
    drawn = {value for call in this.ops for value in call.reads() if is_generator(value)}
    this.reads = {
        source: value for value, source in entering.first.items() if value in drawn or not is_generator(value)
    }
    this.aliases = [
        (source, entering.first[traced._value]) for source, traced in standing.items()
        if entering.first[traced._value] is not source and not is_generator(traced._value)
    ]  # fmt: skip
    this.reads |= {Source(value.array, (), "rng"): value for value in drawn if value not in entering.first}


def _note_store(this: Capture, source: Source, standing: Mapping[Source, Any], fn: Callable[..., Any]) -> None:
    item = source.get()
    if item is standing.get(source):
        return
    if isinstance(item, tuple | list):
        if any(part is not standing.get(source.item(k)) for k, part in enumerate(item)):
            raise TraceError(f"{line_of(fn)}: {source.name} was changed, and holds several numbers; change it outside")
    elif isinstance(item, TracedArray | np.ndarray):
        this.stores.append((source, _owned(this, item)))
    elif isinstance(item, TracedNumber | int | float | np.generic):
        this.stores.append((source, item._value if isinstance(item, Traced) else Value(item, Kind.CONSTANT)))
    else:
        raise TraceError(
            f"{line_of(fn)}: {source.name or 'an array'} was replaced by a {type(item).__name__}, and a program would "
            f"not do so again; return it instead"
        )


def _owned(this: Capture, array: Any) -> Value:
    """A value in memory of its own, which may be left outside."""
    taken = {value.root for values in this.results() for value in values}
    if not isinstance(array, TracedArray):
        array = this.tracer.constant(array)
    value: Value = array._value
    if not value.is_array:  # one of NumPy's scalars, which nobody can write to
        return value
    if value.kind is Kind.MADE and not value.is_view and value not in taken:
        return value
    copied: Value = this.tracer.call(np.copy, (array,), {})._value
    return copied


def _part(this: Capture, path: str, leaf: Any, fn: Callable[..., Any]) -> tuple[str, Any]:
    """How a leaf of the output is handed out, and its value; what it is, if the program does not compute it."""
    if isinstance(leaf, Tensor) and isinstance(leaf.node, Leaf) and leaf.node.order < this.tracer.since:
        return "constant", leaf  # a parameter itself
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    if isinstance(leaf, Tensor) and leaf.node is not None and not this.given.isdisjoint(open_to(leaf.node)):
        raise TraceError(
            f"{line_of(fn)}: a gradient could flow from output{path} to an argument, and does not through a program; "
            f"compile what computes the gradient, ag.compile(ag.grad(f)), or return t.detach()"
        )
    if isinstance(data, TracedNumber):
        return "number", data._value
    if isinstance(data, TracedArray | np.ndarray):
        how = "tensor" if isinstance(leaf, Tensor) else "array"
        if isinstance(data, TracedArray) and data._value.kind is Kind.INPUT:
            return how, data._value
        return how, _owned(this, data)
    if not isinstance(leaf, PLAIN):
        raise TraceError(
            f"{line_of(fn)}: output{path} is a {type(leaf).__name__}, which no program can make; return arrays, "
            f"Tensors and numbers, in lists, tuples and dicts"
        )
    return "constant", leaf


def open_to(node: Any) -> set[Any]:
    """The nodes and leaves to which a gradient could flow from a node: not through any whose saved values are freed."""
    seen, waiting = {node}, [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf) or (isinstance(node, Node) and node.saved is None):
            continue
        new = {parent for parent in node.parents if parent is not None} - seen
        seen |= new
        waiting += new
    return seen


def check_overlaps(this: Capture, fn: Callable[..., Any]) -> None:
    """Raise TraceError if an array that is written shares memory with another: what stood for them did not."""
    arrays = [(source.name, source.get(), value) for source, value in this.reads.items() if value.is_array]
    arrays += [(f"the argument {path}", value.array, value) for path, value in this.inputs.values() if value.is_array]
    written = {call.writes.root for call in this.ops if call.writes is not None}
    for name, array, value in arrays:
        for other_name, other, other_value in arrays if value in written else ():
            if other_value is not value and np.may_share_memory(array, other):
                raise TraceError(
                    f"{line_of(fn)} changes {name}, which shares memory with {other_name}; let one of them be a copy"
                )
