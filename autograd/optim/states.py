"""What an optimiser keeps of its parameters: whether it fits them, before anything is changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor

ParamGroup = dict[str, Any]
Start = tuple[dict[str, Any], tuple[str, ...]]  # what may be kept of a parameter at first, and what must be
ParamUpdate = tuple[Array, Array, dict[str, Any], ParamGroup]  # a parameter, its gradient, its state, its group


def is_hyperparameter(value: Any) -> bool:
    """Whether a hyperparameter is a number from 0 up, but for infinity."""
    try:
        return bool(0 <= value < math.inf)
    except (TypeError, ValueError):  # a text, say
        return False


def not_its_own(array: Array) -> str | None:
    """Why an array can't be updated in place; None if it can."""
    if type(array) is not np.ndarray:  # while a function is traced
        return None
    if not array.flags.writeable:
        return "whose memory is read-only (that of np.frombuffer, np.broadcast_to and JAX is)"
    if any(stride == 0 and n > 1 for n, stride in zip(array.shape, array.strides, strict=True)):
        return "whose elements lie in the same memory (it was broadcast)"
    return None


def with_copies(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in values.items()}


def snapshot(arrays: Iterable[Array], kept: Iterable[dict[str, Any]] = ()) -> Callable[[], None]:
    """Copies of arrays, and of what is kept of parameters. Returns what puts it back."""
    arrays_before = [(array, array.copy()) for array in arrays]
    kept_before = [(state, with_copies(state)) for state in kept]

    def restore() -> None:
        for array, values in arrays_before:
            array[...] = values
        for state, before in kept_before:
            for name, value in before.items():
                if isinstance(value, np.ndarray):
                    state[name][...] = value
                else:
                    state[name] = value

    return restore


def snapshot_of(updates: Sequence[ParamUpdate]) -> Callable[[], None]:
    """`snapshot` of what updates write to."""
    own = [(p, state) for p, _, state, _ in updates if type(p) is np.ndarray]  # it is none while a function is traced
    return snapshot((p for p, _ in own), (state for _, state in own))


def check_updates(name: str, updates: Sequence[ParamUpdate]) -> None:
    """Raise ValueError if one of them would fail half-way: a parameter's memory may be another than it was at first."""
    for p, g, state, _ in updates:
        if type(p) is not np.ndarray:  # while a function is traced
            continue
        shape, dtype = p.shape, p.dtype
        if g.shape != shape or (g.dtype is not dtype and g.dtype != dtype) or not p.flags.writeable:
            raise _update_error(name, p, g, state)
        for value in state.values() if state else ():
            if type(value) is np.ndarray and not (value.shape == shape and value.flags.writeable):
                raise _update_error(name, p, g, state)


def _update_error(name: str, p: Array, g: Array, state: Mapping[str, Any]) -> ValueError:
    found, way = f" {not_its_own(p)}", "give it a copy: t.data = np.array(t.data)"
    if (g.shape, g.dtype) != (p.shape, p.dtype):
        found = f", whose gradient is {g.dtype} of shape {g.shape}"
        way = "after giving a Tensor other data, set its .grad to None"
    elif p.flags.writeable:
        kept = ", ".join(f"{key!r} of shape {v.shape}" for key, v in state.items() if isinstance(v, np.ndarray))
        found = f", of which it keeps {kept}; it takes arrays of one shape, in memory of their own"
        way = "after giving a Tensor other data, delete that: del optimizer.state[t]"
    return ValueError(f"{name} found a parameter of {p.dtype} of shape {p.shape}{found}; it has updated none; {way}")


# -- loading -----------------------------------------------------------------------------------------------------------


def checked_groups(
    name: str, own: Sequence[dict[str, Any]], state: Mapping[str, Any], added: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The hyperparameters of each group in a state, which must be those that the optimiser has.

    added  those that an earlier version did not have, and did not save.
    """
    for key in ("state", "param_groups"):
        if key not in state:
            raise ValueError(
                f"{name} was given a state without {key!r}; pass what state_dict() of an optimiser returned"
            )
    groups = state["param_groups"]
    sizes, saved = [len(group["params"]) for group in own], [len(group.get("params", ())) for group in groups]
    if sizes != saved:
        raise ValueError(
            f"the state is of groups of {saved} parameters, and this {name} has groups of {sizes}; "
            f"make it with the parameters of the model that was saved"
        )
    filled = [{**added, **group} for group in groups]
    for mine, group, whole in zip(own, groups, filled, strict=True):
        if mine.keys() != whole.keys():
            raise ValueError(
                f"the state is of an optimiser with {_listed_names(group)}, and this {name} has {_listed_names(mine)}; "
                f"load it into one of the class that was saved"
            )
    return [{key: value for key, value in group.items() if key != "params"} for group in filled]


def _listed_names(group: Mapping[str, Any]) -> str:
    return ", ".join(key for key in group if key != "params") or "no hyperparameters"


def checked_state(
    name: str, state: Mapping[str, Any], starts: Sequence[Start], params: Sequence[Tensor]
) -> dict[int, dict[str, Any]]:
    """Copies of what was kept of each parameter, in the dtypes of `starts`: what this optimiser would begin with."""
    found: dict[int, dict[str, Any]] = {}
    for k, values in state["state"].items():
        if k not in range(len(params)):
            raise ValueError(
                f"the state is of a parameter {k!r}, and this {name} has {len(params)}, by their numbers from 0; "
                f"pass what state_dict() of an optimiser returned"
            )
        start, needed = starts[k]
        if values and not set(needed) <= values.keys() <= start.keys():
            raise ValueError(
                f"the state of parameter {k} holds {', '.join(values)}, and {name} keeps "
                f"{', '.join(needed or start) or 'none'}; load it into an optimiser of the class that was saved"
            )
        found[k] = {key: _checked_value(key, value, k, start[key], params[k]) for key, value in values.items()}
    return found


def _checked_value(key: str, value: Any, k: int, start: Any, p: Tensor) -> Any:
    """A copy of one value, of the kind that `start` is."""
    if isinstance(start, float):
        if not (np.ndim(value) == 0 and is_hyperparameter(value)):
            raise ValueError(
                f"the state {key!r} of parameter {k} is {value!r}, and a number from 0 up is expected; "
                f"pass what state_dict() of an optimiser returned"
            )
        return float(value)
    if isinstance(start, int):
        if not (np.ndim(value) == 0 and is_hyperparameter(value) and value == int(value)):
            raise ValueError(
                f"the state {key!r} of parameter {k} is {value!r}, and a number of steps is expected; "
                f"pass what state_dict() of an optimiser returned"
            )
        return int(value)
    value = np.asarray(value)
    if value.shape != p.shape:
        raise ValueError(
            f"the state {key!r} of parameter {k} has shape {value.shape}, and the parameter {p.shape}; "
            f"make it with the parameters of the model that was saved"
        )
    if value.dtype.kind not in "biufc" or not np.can_cast(value.dtype, start.dtype, "same_kind"):
        raise ValueError(
            f"the state {key!r} of parameter {k} holds {value.dtype}, and {start.dtype} is expected; "
            f"make it with the parameters of the model that was saved"
        )
    return value.astype(start.dtype)
