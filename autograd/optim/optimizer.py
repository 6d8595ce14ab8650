"""What all optimisers share, after PyTorch.

An update is written in NumPy, on the arrays of a parameter, its gradient and the optimiser's own state. That of a
float16 parameter is computed in float32, in which its state is kept, too, and is rounded once: float16 has no numbers
for squares of gradients below 2e-4, nor for eps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.engine.graph import NO_OPTIONS, Array, Leaf
from autograd.engine.observer import observed, observer
from autograd.engine.tensor import Tensor
from autograd.engine.versions import bump_versions, owner_of
from autograd.optim import states
from autograd.optim.states import ParamGroup, ParamUpdate

Params = Iterable[Tensor] | Iterable[dict[str, Any]]


class Optimizer(ABC):
    """What all optimisers share: parameter groups, each with its own hyperparameters, and state for each parameter.

    params    Tensors, or groups: [{"params": [...], "lr": 0.1}, ...]; what a group leaves out is the default.
    """

    state_names: tuple[str, ...] = ()  # of all that may be kept of a parameter from step to step
    added_hyperparameters: Mapping[str, Any] = {}  # which the states that earlier versions saved lack

    def __init__(self, params: Params, **defaults: Any) -> None:
        params = self._listed(params)
        self.defaults = defaults
        self.param_groups: list[ParamGroup] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        for group in params if params and isinstance(params[0], dict) else [{"params": params}]:
            self._add(group)
        if not self._params():
            raise self._no_parameters()

    def add_param_group(self, group: ParamGroup) -> None:
        """Let it update more parameters: {"params": [...], "lr": 0.1}; what the group leaves out is the default.

        A schedule is for the groups that there are when it is made: make it after this.
        """
        group = {**group, "params": self._listed(group.get("params", ()))}
        if not group["params"]:
            raise self._no_parameters()
        self._add(group)

    def _add(self, group: ParamGroup) -> None:
        group = {**self.defaults, **group, "params": self._listed(group.get("params", ()))}
        for name in group.keys() - self.defaults.keys() - {"params"}:
            raise TypeError(
                f"{type(self).__name__} was given a group with {name!r}, which it does not have; "
                f"it has {', '.join(self.defaults)}"
            )
        self._check(group)
        seen = set(self._params())
        for p in group["params"]:
            is_leaf = isinstance(p, Tensor) and isinstance(p.node, Leaf)
            if not is_leaf or p in seen:
                raise TypeError(
                    f"{type(self).__name__} was given {'a parameter twice' if is_leaf else repr(p)}; "
                    f"it takes each Tensor with requires_grad=True once, as model.parameters() gives them"
                )
            if (why := states.not_its_own(p.data)) is not None:
                raise ValueError(
                    f"{type(self).__name__} was given a parameter of shape {p.shape} {why}, and it updates "
                    f"parameters in place; make it of a copy: Tensor(np.array(x), requires_grad=True)"
                )
            seen.add(p)
        self.param_groups.append(group)

    def _no_parameters(self) -> ValueError:
        return ValueError(f"{type(self).__name__} was given no parameters; pass model.parameters(), not yet used up")

    def _listed(self, params: Any) -> list[Any]:
        if isinstance(params, Tensor | np.ndarray):
            raise TypeError(
                f"{type(self).__name__} was given one {type(params).__name__}; "
                f"it takes a list of Tensors with requires_grad=True: [t]"
            )
        if hasattr(params, "parameters"):
            raise TypeError(f"{type(self).__name__} was given a {type(params).__name__}; pass its parameters()")
        return list(params)

    def _check(self, group: ParamGroup) -> None:
        """Raise ValueError for hyperparameters that no optimiser takes."""
        for name, value in group.items():
            if name not in ("params", "betas") and not states.is_hyperparameter(value):
                raise ValueError(
                    f"{type(self).__name__} was given {name}={value!r}; it must not be negative, nor infinite"
                )
        betas = group.get("betas", (0, 0))
        if not (np.shape(betas) == (2,) and all(states.is_hyperparameter(beta) and beta < 1 for beta in betas)):
            raise ValueError(f"{type(self).__name__} was given betas={betas!r}; it takes two numbers in [0, 1)")

    @property
    def lr(self) -> float:
        """The learning rate, of the first group; setting it sets that of all groups."""
        lr: float = self.param_groups[0]["lr"]
        return lr

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    def zero_grad(self) -> None:
        """Forget the gradients: `.grad` of each parameter is None again."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def step(self) -> None:
        """Update every parameter that has a gradient: all of them, or, where that raises an error, none.

        KeyboardInterrupt comes before the first update or after the last.
        """
        if (watch := observer()) is None:
            self._step()
        else:
            updated: list[Array] = []
            with watch.stage("update"):
                observed(watch, self.step, updated, NO_OPTIONS, lambda: (self._step(updated), None))

    def _step(self, updated: list[Array] | None = None) -> list[Array] | None:
        """Update the parameters, and add them to `updated`."""
        name = f"{type(self).__name__}.step"
        updates = self._updates()
        states.check_updates(name, updates)
        with atomic(partial(states.snapshot_of, updates)):
            bump_versions([id(p if p.base is None else owner_of(p)) for p, _, _, _ in updates], name)
            for p, g, state, group in updates:
                if p.dtype.char == "e":  # float16
                    wide = _wide(p)
                    self._update(wide, _wide(g), state, group)
                    p[...] = wide
                else:
                    self._update(p, g, state, group)
        if updated is not None:
            updated += [p for p, _, _, _ in updates]
        return updated

    def _updates(self) -> list[ParamUpdate]:
        """What `_update` is to be given, with all memory that it needs."""
        updates = []
        for group in self.param_groups:
            keeps = self._keeps(group)
            for p in group["params"]:
                if (g := p.grad) is not None:
                    state = self.state.setdefault(p, {})
                    for name in keeps:
                        if name not in state:
                            state[name] = self._start(name, _wide(p.data), group)
                    updates.append((p.data, g.data, state, group))
        return updates

    def _keeps(self, group: ParamGroup) -> tuple[str, ...]:
        """The names of what is kept of each parameter of a group from step to step."""
        return self.state_names

    def _start(self, name: str, p: Array, group: ParamGroup) -> Any:
        """What is kept under a name, as it is before the first step."""
        return 0 if name == "step" else np.zeros_like(p.real if name in OF_SQUARES else p)

    @abstractmethod
    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        """Update one parameter, in place, by its gradient. `state` is what it keeps from step to step."""

    def state_dict(self) -> dict[str, Any]:
        """Copies of all hyperparameters and of the state, with parameters by their number in the groups."""
        number = {p: k for k, p in enumerate(self._params())}
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {
            "state": {number[p]: states.with_copies(kept) for p, kept in self.state.items()},
            "param_groups": groups,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over hyperparameters and state; the groups must be as large as those that were saved.

        Arrays are cast to the dtypes that the parameters ask for. Raises ValueError, and takes over nothing, for what
        another optimiser or another model left, and for values that no optimiser takes.
        """
        name, params = type(self).__name__, self._params()
        groups = states.checked_groups(name, self.param_groups, state, self.added_hyperparameters)
        for group in groups:
            self._check(group)
        kept = states.checked_state(name, state, self._starts(groups), params)
        with atomic():
            for group, values in zip(self.param_groups, groups, strict=True):
                group.update(values)
            self.state = {params[k]: values for k, values in kept.items()}

    def _starts(self, groups: Sequence[ParamGroup]) -> list[states.Start]:
        """Of each parameter what may be kept, as it is before the first step, and the names of what must be."""
        return [
            ({key: self._start(key, _wide(p.data), values) for key in self.state_names}, self._keeps(values))
            for group, values in zip(self.param_groups, groups, strict=True)
            for p in group["params"]
        ]

    def __repr__(self) -> str:
        groups = [self._described(group) for group in self.param_groups]
        if len(groups) == 1:
            return f"{type(self).__name__}({groups[0]})"
        lines = "".join(f"  ({k}): {group}\n" for k, group in enumerate(groups))
        return f"{type(self).__name__}(\n{lines})"

    def _described(self, group: ParamGroup) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in group.items() if name != "params")
        count, size = len(group["params"]), sum(p.size for p in group["params"])
        return f"{values}; {count} parameter{'s' * (count != 1)}, {size:,} element{'s' * (size != 1)}"

    def _params(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]


def check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"a schedule was given a {type(optimizer).__name__} first, and expects the optimiser whose learning rate "
            f"it sets: pass it"
        )


def _wide(array: Array) -> Array:
    """float16 as float32, and others as they are."""
    return array.astype(np.float32) if array.dtype.char == "e" else array


OF_SQUARES = frozenset({"square", "largest_square"})  # what is kept of |g|**2: real numbers, of complex ones, too


def squared(g: Array) -> Array:
    """|g|**2, elementwise."""
    return np.square(np.abs(g) if g.dtype.kind == "c" else g)


BLOCK_BYTES = 2**18  # bytes


def blocks(*arrays: Array) -> Iterable[Sequence[Array]]:
    """Arrays of one shape, in pieces that stay in the cache from one line of an update to the next.

    A weight of 784 x 1024 took Adam 1.6 ms in place of 2.7. Arrays up to twice as large as a piece come whole: they
    stay there anyway.
    """
    whole = arrays[0]
    is_small = type(whole) is not np.ndarray or whole.nbytes <= 2 * BLOCK_BYTES  # the compiler cuts into pieces itself
    if is_small or not all(array.flags.c_contiguous for array in arrays):
        return (arrays,)
    flat, size = [array.reshape(-1) for array in arrays], BLOCK_BYTES // whole.itemsize
    return ([array[k : k + size] for array in flat] for k in range(0, whole.size, size))
