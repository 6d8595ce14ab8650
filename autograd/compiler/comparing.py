"""The second call: the program and the function itself, side by side, compared bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.binding import MISS
from autograd.compiler.capture import Capture
from autograd.compiler.tracing import TraceError
from autograd.containers import flatten
from autograd.graph import Leaf
from autograd.nn import init
from autograd.operation import name_of
from autograd.tensor import Tensor


class Snapshot:
    """The state of a captured function: parameters, gradients, moments, numbers, random generators."""

    def __init__(self, captured: Capture) -> None:
        self.captured = captured
        outside = captured.outside
        self.arrays = [(t, name, t.data, t.data.copy()) for name, t in outside.tensors]
        self.grads: list[tuple[Leaf, str, Any, Any]] = [
            (t.node, f"{name}.grad", t.grad, None if t.grad is None else t.grad.data.copy())
            for name, t in outside.tensors
            if isinstance(t.node, Leaf)
        ]
        self.groups = [(o, [dict(group) for group in o.param_groups]) for _, o in outside.optimizers]
        self.states = [
            (o, {p: {k: _copied(v) for k, v in values.items()} for p, values in o.state.items()})
            for _, o in outside.optimizers
        ]
        self.counts = [(s, s.count) for _, s in outside.schedules]
        generators = {id(g): g for g in (init.generator(), *(g for _, g in outside.generators))}
        self.random = [(g, g.bit_generator.state) for g in generators.values()]

    def restore(self) -> None:
        for tensor, _, array, copy in self.arrays:
            tensor.data = array
            array[...] = copy
        for leaf, _, grad, held in self.grads:
            leaf.grad = grad
            if grad is not None:
                grad.data[...] = held
        for optimizer, groups in self.groups:
            for group, before in zip(optimizer.param_groups, groups, strict=True):
                group.update(before)
        for optimizer, state in self.states:
            for p in list(optimizer.state):
                if p not in state:
                    del optimizer.state[p]
                    continue
                for key, value in state[p].items():
                    now = optimizer.state[p][key]
                    if isinstance(value, np.ndarray):
                        now[...] = value
                    else:
                        optimizer.state[p][key] = value
        for schedule, count in self.counts:
            schedule.count = count
        for generator, bits in self.random:
            generator.bit_generator.state = bits

    def values(self) -> list[tuple[str, Any]]:
        """Everything, by name."""
        found: list[tuple[str, Any]] = [(name, t.data.copy()) for t, name, _, _ in self.arrays]
        for leaf, name, _, _ in self.grads:
            found.append((name, None if leaf.grad is None else leaf.grad.data.copy()))
        for optimizer, groups in self.groups:
            for k, _ in enumerate(groups):
                found += [(key, value) for key, value in optimizer.param_groups[k].items() if key != "params"]
        for optimizer, _ in self.states:
            for number, values in enumerate(optimizer.state.values()):
                found += [(f"{key} of parameter {number}", _copied(value)) for key, value in values.items()]
        found += [("count", schedule.count) for schedule, _ in self.counts]
        return found


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def check(version: Any, args: Any, kwargs: Any) -> Any:
    """Run the program and, on the same state, the function; return the output of the program, or MISS.

    Raises TraceError if a bit differs; the state is then as it was before the call.
    """
    before = Snapshot(version.captured)
    output = version.run(args, kwargs)
    if output is MISS:
        return MISS
    programs = [*_output_values(output), *before.values()]
    after = Snapshot(version.captured)
    before.restore()
    expected = version.fn(*args, **kwargs)
    functions = [*_output_values(expected), *before.values()]
    for (name, ours), (_, theirs) in zip(programs, functions, strict=False):
        if not _same(ours, theirs):
            before.restore()
            raise TraceError(
                f"compile({name_of(version.fn)}): {name} differs between the function and its program in the second "
                f"call, so something in it does not come from its arguments or from what it reaches: a value that was "
                f"computed outside of NumPy, or random numbers of its own; pass it in as an argument"
            )
    before.restore()
    after.restore()
    return output


def _output_values(output: Any) -> list[tuple[str, Any]]:
    return [
        (f"output{path}", leaf.data.copy() if isinstance(leaf, Tensor) else _copied(leaf))
        for path, leaf in flatten(output)
    ]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return type(a) is type(b) and (a == b or a != a)
