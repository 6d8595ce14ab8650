"""Whether a state fits a module: everything is known before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor

WRITER = "tiny-autograd"  # in files of ours
TRANSPOSED = '{name: a.T if name.endswith("weight") else a for name, a in state.items()}'


class LoadedState(dict[str, Array]):
    """Arrays by name, as a file held them; in `writer` which library wrote it, as far as the file tells."""

    writer: str | None = None


def arrays_for(
    kind: str, own: Mapping[str, Tensor], matrices: Collection[str], state: Mapping[str, Any]
) -> list[Array]:
    """The arrays of a state in the order and the dtypes of `own`. Raises ValueError, with all that does not fit.

    kind      of module.
    matrices  the names of weights (in, out), which PyTorch keeps as (out, in).
    """
    if problems := sorted(_problems(own, state)):
        way = "load it into a module made with the same arguments as the one that was saved"
        if any(name in state and np.shape(state[name]) == own[name].shape[::-1] for name in matrices):
            way = f"PyTorch keeps weights as (out, in): transpose all of them, square ones, too: {TRANSPOSED}"
        raise ValueError(f"the state does not fit {kind}: {'; '.join(problems)}; {way}")
    if isinstance(state, LoadedState) and (name := _undecided(own, matrices, state)) is not None:
        by = f"{state.writer} wrote the file" if state.writer else "the file does not say who wrote it"
        raise ValueError(
            f"{name} is square, so its shape does not tell (out, in), as PyTorch keeps weights, from (in, out), as "
            f"{kind} does, and {by}; transpose the weights, load_state_dict({TRANSPOSED}), or say that they are "
            f"(in, out): load_state_dict(dict(state))"
        )
    return [np.asarray(state[name]).astype(tensor.dtype) for name, tensor in own.items()]


def _problems(own: Mapping[str, Tensor], state: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name} is missing" for name in own.keys() - state.keys())
    yield from (f"{name} is not in the module" for name in state.keys() - own.keys())
    for name in own.keys() & state.keys():
        tensor, array = own[name], np.asarray(state[name])
        if array.shape != tensor.shape:
            yield f"{name} has shape {array.shape}, and {tensor.shape} is expected"
        if array.dtype.kind not in "biufc" or not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
            yield f"{name} holds {array.dtype}, and {tensor.dtype} is expected"
        if not tensor.data.flags.writeable:
            yield f"{name} of the module lies in read-only memory"


def _undecided(own: Mapping[str, Tensor], matrices: Collection[str], state: LoadedState) -> str | None:
    """A weight that may be transposed for all that the file tells; None if one that is not square decides."""
    if state.writer == WRITER or any(own[name].shape[0] != own[name].shape[1] for name in matrices):
        return None
    return next((name for name in matrices if not np.array_equal(state[name], np.transpose(state[name]))), None)
