"""Compiled functions beside the same functions as they are: the same bits, in what they return and leave behind."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

import autograd as ag
from autograd.compiler import Compiled
from autograd.containers import flatten
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule

Make = Callable[[], tuple[Callable[..., Any], list[Any]]]
"""Makes a function, and the objects whose state it changes."""
Call = tuple[Callable[..., Any] | None, tuple[Any, ...]]
"""What is done to those objects before a call (or nothing), and the arguments of the call."""


def bits_of(value: Any) -> Any:
    """What must be equal: type, dtype, shape and bytes of an array, or of the array of a Tensor."""
    array = value.data if isinstance(value, ag.Tensor) else value
    if isinstance(array, np.ndarray | np.generic):
        return type(value).__name__, array.dtype.str, array.shape, array.tobytes()
    return type(value).__name__, repr(value)


def bits(output: Any) -> list[Any]:
    return [(path, bits_of(leaf)) for path, leaf in flatten(output)]


def state(*objects: Any) -> list[Any]:
    """Everything that the objects hold, by name."""
    found: list[Any] = []
    for thing in objects:
        if isinstance(thing, Module):
            for name, tensor in thing._named_tensors():
                found += [(name, part) for part in state(tensor)]
        elif isinstance(thing, ag.Tensor):
            found += [bits_of(thing), None if thing.grad is None else bits_of(thing.grad)]
        elif isinstance(thing, Optimizer):
            for group in thing.param_groups:
                found += [(key, bits(value)) for key, value in group.items() if key != "params"]
            for number, moments in thing.state_dict()["state"].items():
                found += [(number, key, bits_of(value)) for key, value in moments.items()]
        elif isinstance(thing, Schedule):
            found.append(thing.count)
        elif isinstance(thing, np.random.Generator):
            found.append(repr(thing.bit_generator.state))
        else:
            found += [(key, bits(value)) for key, value in vars(thing).items()]
    return found


def followed(make: Make, calls: Iterable[Call], compiled: bool) -> tuple[list[Any], Any]:
    """Outputs and state after each call, of the function as it is or compiled; and the function."""
    fn, objects = make()
    fn = ag.compile(fn) if compiled else fn
    ag.seed(0)
    found = []
    for before, args in calls:
        if before is not None:
            before(*objects)
        found.append((bits(fn(*args)), state(*objects, ag.nn.init.generator())))
    return found, fn


def assert_same(make: Make, calls: Sequence[Call], programs: int | None = None) -> Compiled:
    """The compiled function does what the function does, in every call, bit for bit.

    programs  how many should have been made.
    """
    expected, _ = followed(make, calls, compiled=False)
    found, fn = followed(make, calls, compiled=True)
    for k, (actual, wanted) in enumerate(zip(found, expected, strict=True)):
        assert actual[0] == wanted[0], f"output of call {k}"
        for ours, theirs in zip(actual[1], wanted[1], strict=True):
            assert ours == theirs, f"state after call {k}"
    assert programs is None or len(fn._versions) == programs
    return fn


def with_strides_of(like: Any, values: Any) -> Any:
    """The values in memory with the same strides as `like`."""
    low, high = byte_bounds(like)
    start = like.__array_interface__["data"][0] - low
    array = np.ndarray(like.shape, like.dtype, np.zeros(max(high - low, 1), np.uint8), start, like.strides)
    array[...] = values
    return array
