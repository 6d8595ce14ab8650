"""Whether a state fits a module: everything is known before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor

WRITER = "tiny-autograd"  # in files of ours
FROM_TORCH = "ag.load_torch(module, path_or_state) transposes what must be, square weights, too"


class LoadedState(dict[str, Array]):
    """Arrays by name, as a file held them; in `writer` which library wrote it, as far as the file tells."""

    writer: str | None = None


class IncompatibleKeys(NamedTuple):
    """The names of what a module has and a state lacks, and the other way round."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not any(self):
            return "<all keys matched>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def arrays_for(
    kind: str,
    own: Mapping[str, Tensor],
    matrices: Collection[str],
    state: Mapping[str, Any],
    strict: bool = True,
    is_of_torch: bool = False,
) -> tuple[IncompatibleKeys, dict[str, Array]]:
    """The keys that do not match, and the arrays of those that do, by name, in the dtypes of `own`.

    Raises ValueError, with all that does not fit.

    kind         of module.
    matrices     the names of weights (in, out), which PyTorch keeps as (out, in).
    strict       whether keys that do not match are an error.
    is_of_torch  whether the weights are (out, in), and are to be transposed.
    """
    check_state("load_state_dict", state)
    keys = IncompatibleKeys([key for key in own if key not in state], [key for key in state if key not in own])
    problems, ways = list[str](), dict[str, None]()
    if strict and any(keys):
        problems += [f"{name} is missing" for name in keys.missing_keys]
        problems += [f"{name} is not in the module" for name in keys.unexpected_keys]
        ways[_way_of_names(keys)] = None
    for name in [name for name in own if name in state]:
        is_turned = is_of_torch and name in matrices
        for problem, way in _misfits(own[name], np.asarray(state[name]), is_turned):
            problems.append(f"{name} {problem}")
            ways[way] = None
    if problems:
        uneven = [name for name in _uneven(own, matrices) if name in state]
        if not is_of_torch and any(np.shape(state[name]) == own[name].shape[::-1] for name in uneven):
            ways = {f"PyTorch keeps weights as (out, in): {FROM_TORCH}": None}
        raise ValueError(f"the state does not fit {kind}: {'; '.join(sorted(problems))}; {', or '.join(ways)}")
    if not is_of_torch and (square := _undecided(own, matrices, state)) is not None:
        by, way = "the file does not say who wrote it", "load_state_dict(dict(state))"
        if not isinstance(state, LoadedState):
            by, way = (
                "they are Tensors of PyTorch's",
                "load_state_dict({name: np.asarray(t) for name, t in state.items()})",
            )
        elif state.writer:
            by = f"{state.writer} wrote the file"
        raise ValueError(
            f"{square} is square, so its shape does not tell (out, in), as PyTorch keeps weights, from (in, out), as "
            f"{kind} does, and {by}; if they are (out, in), {FROM_TORCH}; or say that they are (in, out): {way}"
        )
    found = {name: np.asarray(state[name]).astype(own[name].dtype) for name in own if name in state}
    return keys, turned(found, matrices) if is_of_torch else found


def turned(state: Mapping[str, Array], matrices: Collection[str]) -> dict[str, Array]:
    """(out, in) in place of (in, out), and the other way round."""
    return {name: array.T if name in matrices else array for name, array in state.items()}


def check_state(what: str, state: Any) -> None:
    """Raise TypeError for what holds no arrays by name."""
    if not isinstance(state, Mapping):
        way = "pass that of the module: model.state_dict()" if hasattr(state, "state_dict") else (
            "ag.load(path) reads that of a file" if isinstance(state, str | PathLike) else "pass a dict"
        )  # fmt: skip
        raise TypeError(f"{what} was given a {type(state).__name__}, and expects arrays by name; {way}")


def arrays_of_torch(state: Any, own: Collection[str]) -> dict[str, Any]:
    """The arrays by name of a state, or a module, of PyTorch's; without the counts of batches that ours lack."""
    if callable(getattr(state, "state_dict", None)):
        state = state.state_dict()
    check_state("load_torch", state)
    for name, value in state.items():
        if isinstance(value, Mapping):
            raise TypeError(
                f"load_torch was given a dict in which {name!r} is a dict, too, as a checkpoint has them; pass the one "
                f"that holds the weights: load_torch(module, checkpoint[{name!r}])"
            )
    known = {name for name in state if name in own or not name.endswith("num_batches_tracked")}
    return {name: _array_of_torch(value) for name, value in state.items() if name in known}


def _array_of_torch(value: Any) -> Any:
    """The array of a Tensor of PyTorch's. (Of an array, and a Tensor of ours, the same as always.)"""
    if hasattr(value, "cpu"):
        value = value.detach().cpu()
        return (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def _misfits(tensor: Tensor, array: Array, is_turned: bool) -> Iterator[tuple[str, str]]:
    """What does not fit, and what to do."""
    expected = tensor.shape[::-1] if is_turned else tensor.shape
    if array.shape != expected:
        way = "make the module with the sizes that the state has"
        yield f"has shape {array.shape}, and {expected} is expected", way
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


def _undecided(own: Mapping[str, Tensor], matrices: Collection[str], state: Mapping[str, Any]) -> str | None:
    """A weight of a file, or of PyTorch's, that may be transposed for all that its shape tells; None if one decides."""
    present = [name for name in matrices if name in state]
    is_foreign = any(type(state[name]).__module__.partition(".")[0] == "torch" for name in present)
    if isinstance(state, LoadedState):
        is_foreign = state.writer != WRITER
    if not is_foreign or _uneven(own, present):
        return None
    arrays = {name: np.asarray(state[name]) for name in present}
    return next((name for name, array in arrays.items() if not np.array_equal(array, array.T)), None)
