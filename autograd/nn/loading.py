"""Whether a state fits a module: everything is known before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor

WRITER = "tiny-autograd"  # in files of ours
TRANSPOSED = '{name: a.T if name.endswith("weight") else a for name, a in state.items()}'
FROM_TORCH = f"transpose the weights, square ones, too: {TRANSPOSED}"


class LoadedState(dict[str, Array]):
    """Arrays by name, as a file held them; in `writer` which library wrote it, as far as the file tells."""

    writer: str | None = None


class IncompatibleKeys(NamedTuple):
    """The names of what a module has and a state lacks, and the other way round."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        missing, unexpected = self
        return (
            f"IncompatibleKeys(missing_keys={missing}, unexpected_keys={unexpected})"
            if missing or unexpected
            else ("<all keys matched>")
        )


def arrays_for(
    kind: str, own: Mapping[str, Tensor], matrices: Collection[str], state: Mapping[str, Any], strict: bool = True
) -> tuple[IncompatibleKeys, dict[str, Array]]:
    """The keys that do not match, and the arrays of those that do, by name, in the dtypes of `own`.

    Raises ValueError, with all that does not fit.

    kind      of module.
    matrices  the names of weights (in, out), which PyTorch keeps as (out, in).
    strict    whether keys that do not match are an error.
    """
    keys = IncompatibleKeys([key for key in own if key not in state], [key for key in state if key not in own])
    problems, ways = list[str](), dict[str, None]()
    if strict and any(keys):
        problems += [f"{name} is missing" for name in keys.missing_keys]
        problems += [f"{name} is not in the module" for name in keys.unexpected_keys]
        ways[_way_of_names(keys)] = None
    for name in [name for name in own if name in state]:
        for problem, way in _misfits(own[name], np.asarray(state[name])):
            problems.append(f"{name} {problem}")
            ways[way] = None
    if problems:
        if any(name in state and np.shape(state[name]) == own[name].shape[::-1] for name in _uneven(own, matrices)):
            ways = {f"PyTorch keeps weights as (out, in): {FROM_TORCH}": None}
        raise ValueError(f"the state does not fit {kind}: {'; '.join(sorted(problems))}; {', or '.join(ways)}")
    if isinstance(state, LoadedState) and (square := _undecided(own, matrices, state)) is not None:
        by = f"{state.writer} wrote the file" if state.writer else "the file does not say who wrote it"
        raise ValueError(
            f"{square} is square, so its shape does not tell (out, in), as PyTorch keeps weights, from (in, out), as "
            f"{kind} does, and {by}; {FROM_TORCH}; or say that they are (in, out): "
            f"load_state_dict(dict(state))"
        )
    return keys, {name: np.asarray(state[name]).astype(own[name].dtype) for name in own if name in state}


def _misfits(tensor: Tensor, array: Array) -> Iterator[tuple[str, str]]:
    """What does not fit, and what to do."""
    if array.shape != tensor.shape:
        way = "make the module with the sizes that the state has"
        yield f"has shape {array.shape}, and {tensor.shape} is expected", way
    if array.dtype.kind not in "biufc" or not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        way = f"convert it first: np.asarray(array, np.{tensor.dtype})"
        yield f"holds {array.dtype}, and {tensor.dtype} is expected", way
    if not tensor.data.flags.writeable:
        yield "of the module lies in read-only memory", "give it memory of its own: t.data = t.data.copy()"


def _way_of_names(keys: IncompatibleKeys) -> str:
    """What to do about names that do not match: "module.0.weight" in place of "0.weight" is a matter of one prefix."""
    missing, unexpected = keys
    for name in unexpected[:1]:
        for own in missing:
            prefix = name.removesuffix(own)
            if prefix != name and sorted(prefix + other for other in missing) == sorted(unexpected):
                shorter = f"{{name.removeprefix({prefix!r}): a for name, a in state.items()}}"
                return f"leave {prefix!r} out of its names: {shorter}"
    return "rename what is the same, or load what both have: load_state_dict(state, strict=False)"


def _uneven(own: Mapping[str, Tensor], matrices: Collection[str]) -> list[str]:
    return [name for name in matrices if own[name].shape[0] != own[name].shape[1]]


def _undecided(own: Mapping[str, Tensor], matrices: Collection[str], state: LoadedState) -> str | None:
    """A weight that may be transposed for all that the file tells; None if one that is not square decides."""
    present = [name for name in matrices if name in state]
    if state.writer == WRITER or _uneven(own, present):
        return None
    return next((name for name in present if not np.array_equal(state[name], np.transpose(state[name]))), None)
