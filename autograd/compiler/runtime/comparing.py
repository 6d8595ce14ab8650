"""The second call: the program and the function itself, on the same state, compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.runtime.binding import MISS
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.random_numbers import Chance
from autograd.compiler.tracing.refusing import TraceError, line_of
from autograd.engine.graph import Leaf
from autograd.engine.modes import observe
from autograd.engine.observer import Observer
from autograd.engine.tensor import Tensor


class Plain(Observer):
    """Under which compiled functions run as they are: gradients flow through those that another one calls."""


def plainly(fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    with observe(Plain()):
        return fn(*args, **kwargs)


class Snapshot:
    """The state of a captured function: parameters, gradients, moments, numbers; and by `chance` random generators.

    Without it, what was drawn stays drawn: another thread may have got the numbers that follow.
    """

    def __init__(self, captured: Capture, chance: Chance | None = None) -> None:
        outside = captured.outside
        self.outside = outside
        outside.containers = [(name, container, container.copy()) for name, container, _ in outside.containers]
        self.chance = chance
        self.tensors = [(t, t.data, t.data.copy()) for _, t in outside.tensors]
        leaves = [t.node for _, t in outside.tensors if isinstance(t.node, Leaf)]
        self.grads = [(leaf, leaf.grad, None if leaf.grad is None else leaf.grad.data.copy()) for leaf in leaves]
        self.groups = [(o, [dict(group) for group in o.param_groups]) for _, o in outside.optimizers]
        self.moments = [
            (o, {p: {key: (value, _copied(value)) for key, value in values.items()} for p, values in o.state.items()})
            for _, o in outside.optimizers
        ]
        self.counts = [(s, s.count) for _, s in outside.schedules]
        self.arrays = [(source, source.get()) for source, _ in outside.arrays if source is not None]

    def restore(self) -> None:
        """Put everything back, arrays into the memory in which they were."""
        with atomic():
            self._restore()

    def _restore(self) -> None:
        for tensor, array, values in self.tensors:
            tensor.data = array
            _refill(array, values)
        for leaf, grad, held in self.grads:
            leaf.grad = grad
            if grad is not None:
                _refill(grad.data, held)
        for optimizer, groups in self.groups:
            for group, before in zip(optimizer.param_groups, groups, strict=True):
                group.update(before)
        self._restore_moments()
        for schedule, count in self.counts:
            schedule.count = count
        if self.chance is not None:
            self.chance.restore()
        self.outside.restored()
        for source, array in self.arrays:  # also those in a container that was restored
            if source.get() is not array:
                source.set(array)

    def _restore_moments(self) -> None:
        for optimizer, moments in self.moments:
            for p in optimizer.state.keys() - moments.keys():
                del optimizer.state[p]
            for p, kept in moments.items():
                now = optimizer.state.setdefault(p, {})
                for key in now.keys() - kept.keys():
                    del now[key]
                for key, (value, values) in kept.items():
                    now[key] = value
                    if isinstance(value, np.ndarray):
                        _refill(value, values)

    def values(self) -> Iterator[tuple[str, Any]]:
        """Everything as it is now, by name."""
        for name, tensor in self.outside.tensors:
            yield name, tensor.data.copy()
            if isinstance(tensor.node, Leaf):
                yield f"{name}.grad", None if tensor.grad is None else tensor.grad.data.copy()
        names = {tensor: name for name, tensor in self.outside.tensors}
        for path, optimizer in self.outside.optimizers:
            for group in optimizer.param_groups:
                yield from ((f"{path}.{key}", value) for key, value in group.items() if key != "params")
            for p, moments in optimizer.state.items():
                yield from ((f"{key} of {names.get(p, path)}", _copied(value)) for key, value in moments.items())
        yield from ((f"{name}.count", schedule.count) for name, schedule in self.outside.schedules)
        for source, array in self.arrays:
            if (now := source.get()) is not array:
                yield source.name, _copied(now)
        for generator, _ in self.chance.before if self.chance is not None else ():
            yield "the state of a random generator", repr(generator.bit_generator.state)


def _refill(array: Any, values: Any) -> None:
    if array.flags.writeable:  # or it has not changed
        array[...] = values


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def check(fn: Callable[..., Any], run: Callable[..., Any], captured: Capture, args: Any, kwargs: Any) -> Any:
    """Run the program and, on the same state, the function; return the output of the program, or MISS.

    Raises TraceError if a bit differs; the state is then as it was before the call. So it is if either raises an error.
    """
    with Chance(generator for _, generator in captured.outside.generators) as chance:
        return _compared(fn, run, captured, Snapshot(captured, chance), args, kwargs)


def _compared(
    fn: Callable[..., Any], run: Callable[..., Any], captured: Capture, before: Snapshot, args: Any, kwargs: Any
) -> Any:
    error: Exception | None = None
    output: Any = None
    try:
        try:
            output = run(args, kwargs)
        except Exception as failure:
            error = failure
        if output is MISS:
            return MISS
        if error is not None:
            before.restore()
            plainly(fn, args, kwargs)  # which says what is wrong
            raise TraceError(f"{line_of(fn)}: its program fails where the function does not: {error}") from error
        ours = [*_output_values(output), *before.values()]
        before.restore()
        expected = plainly(fn, args, kwargs)
        theirs = [*_output_values(expected), *before.values()]
        if (what := _difference(ours, theirs) or next(iter(captured.outside.restored()), None)) is not None:
            raise TraceError(
                f"{line_of(fn)}: in the second call {what}, so something in it does not come from its arguments or "
                f"from what it reaches (the time, a file, random numbers of its own, a value that an earlier call "
                f"left behind); pass it in as an argument"
            )
    except BaseException:
        before.restore()
        raise
    return output


def _output_values(output: Any) -> Iterator[tuple[str, Any]]:
    for path, leaf in tree_leaves_with_path(output):
        yield f"output{path}", leaf.data.copy() if isinstance(leaf, Tensor) else _copied(leaf)
        yield f"the type of output{path}", type(leaf)


def _difference(ours: list[tuple[str, Any]], theirs: list[tuple[str, Any]]) -> str | None:
    """What differs first between the program and the function, in words; None if nothing does."""
    for (name, a), (other, b) in zip(ours, theirs, strict=False):
        if name != other:
            return f"the function left {other} where its program left {name}"
        if not is_equal(a, b):
            return f"{name} differs between the function and its program"
    if len(ours) != len(theirs):
        more = ours if len(ours) > len(theirs) else theirs
        who = "program" if more is ours else "function"
        return f"{more[min(len(ours), len(theirs))][0]} is left by the {who} alone"
    return None


def _are_numbers_equal(a: Any, b: Any) -> bool:
    if a.dtype.kind == "c":
        return _are_numbers_equal(a.real, b.real) and _are_numbers_equal(a.imag, b.imag)
    is_number = ~np.isnan(a)
    if not np.array_equal(is_number, ~np.isnan(b)):
        return False
    a, b = a[is_number], b[is_number]
    return np.array_equal(a, b) and np.array_equal(np.signbit(a), np.signbit(b))


def is_equal(a: Any, b: Any) -> bool:
    """Whether two values are equal to the last bit; NaN is NaN, whatever bits NumPy's order of operands gave it."""
    if type(a) is not type(b) and not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    if isinstance(a, np.ndarray | np.generic):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return a.tobytes() == b.tobytes() or (a.dtype.kind in "fc" and _are_numbers_equal(np.asarray(a), np.asarray(b)))
    return repr(a) == repr(b) if isinstance(a, float | complex | tuple) else bool(a == b)
