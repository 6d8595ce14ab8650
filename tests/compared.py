"""Compiled functions beside the same functions as they are: the same bits, in what they return and leave behind."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

import autograd as ag
from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler import Compiled
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
    return [(path, bits_of(leaf)) for path, leaf in tree_leaves_with_path(output)]


def state(*objects: Any) -> list[Any]:
    """Everything that the objects hold, by name."""
    found: list[Any] = []
    for thing in objects:
        if isinstance(thing, Module):
            for name, tensor in thing._named_tensors():
                found += zip((name, f"{name}.grad"), state(tensor), strict=True)
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
        output = [(f"output{path}", part) for path, part in bits(fn(*args))]
        found.append((output, state(*objects, ag.nn.init.generator())))
    return found, fn


def assert_same(make: Make, calls: Sequence[Call], programs: int | None = None) -> Compiled:
    """The compiled function does what the function does, in every call, bit for bit.

    programs  how many should have been made.
    """
    expected, _ = followed(make, calls, compiled=False)
    found, fn = followed(make, calls, compiled=True)
    for k, (actual, wanted) in enumerate(zip(found, expected, strict=True)):
        if differing := list(differences([*actual[0], *actual[1]], [*wanted[0], *wanted[1]], f"call {k}")):
            again, _ = followed(make, calls[: k + 1], compiled=False)
            differing.append(f"run again, the function gives {'the same' if again == expected[: k + 1] else 'others'}")
            raise AssertionError("\n".join(["the compiled function gives other bits:", *differing]))
    assert programs is None or len(fn._specializations) == programs
    return fn


def differences(ours: Any, theirs: Any, name: str) -> Iterator[str]:
    """What differs in nests of what `bits_of` returns, a line each: which value, and an array's by how much."""
    if ours == theirs:
        return
    is_alike = type(ours) is type(theirs) is not str and isinstance(ours, list | tuple) and len(ours) == len(theirs)
    if is_alike and isinstance(ours, list):
        for a, b in zip(ours, theirs, strict=True):
            yield from differences(a, b, name)
    elif is_alike and ours[:-1] == theirs[:-1]:
        if isinstance(ours[-1], bytes):
            yield f"{name}: {_by_how_much(*(np.frombuffer(data, dtype) for _, dtype, _, data in (ours, theirs)))}"
        else:
            yield from differences(ours[-1], theirs[-1], " ".join(map(str, (name, *ours[:-1]))).strip())
    else:
        yield f"{name}: {ours!r:.200} and {theirs!r:.200}"


def _by_how_much(a: Any, b: Any) -> str:
    """Of flat arrays that differ; ulp: units in the last place, of the larger of two numbers."""
    (where,) = np.nonzero((a.view(np.uint8) != b.view(np.uint8)).reshape(a.size, -1).any(axis=1))
    text = f"{len(where)} of {a.size} elements, number {where[0]} is {a[where[0]]!r} and {b[where[0]]!r}"
    if a.dtype.kind not in "fc":
        return text
    with np.errstate(all="ignore"):
        ulps = np.abs(a - b) / np.spacing(np.maximum(np.abs(a), np.abs(b)))
    return f"{text}, {np.max(ulps[where]):g} ulp at most"


def with_strides_of(like: Any, values: Any) -> Any:
    """The values in memory with the same strides as `like`."""
    low, high = byte_bounds(like)
    start = like.__array_interface__["data"][0] - low
    array = np.ndarray(like.shape, like.dtype, np.zeros(max(high - low, 1), np.uint8), start, like.strides)
    array[...] = values
    return array
