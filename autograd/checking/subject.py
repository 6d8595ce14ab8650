"""What is checked: a function with its inputs, on arrays and on Tensors.

The function is contracted with random weights c, one for each output: L1 = Re(sum(c * f(x))). The loss of order 2 is
L2 = Re(sum(w * gradient of L1)), and so on: checking order n is checking the gradient of Ln.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.arrays import (
    ARRAY_TYPES,
    NUMBER_TYPES,
    as_constant,
    inexact_arrays,
    inexact_tensors,
    is_inexact,
    prepared,
    random_like,
)
from autograd.checking.calls import Calls, Magnitudes
from autograd.checking.differences import LossAlongLine
from autograd.checking.flattened import Flattened, positional_names
from autograd.engine.graph import Array
from autograd.engine.modes import enable_grad, observe
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import conjugate, pull_back
from autograd.functional.transforms import grads

EPS = float(np.finfo(np.float64).eps)


class InputElement(NamedTuple):
    """One real number among the inputs: of a complex one the real part (unit 1) or the imaginary part (unit 1j)."""

    input: int
    where: tuple[int, ...]
    unit: complex


class Subject:
    """A function and its inputs.

    `moved` are the positions of the inputs that are differentiated: arrays and Tensors of floats or complex numbers.
    Python's numbers beside them are constants, as in np.power(x, 2.0); if there are no arrays, they are the inputs.
    """

    def __init__(self, f: Callable[..., Any], inputs: Sequence[Any], seed: int = 0, keep_dtype: bool = False) -> None:
        self.f = f
        self.given = inputs
        kinds = ARRAY_TYPES if any(is_inexact(x, ARRAY_TYPES) for x in inputs) else NUMBER_TYPES
        self.moved = [k for k, x in enumerate(inputs) if is_inexact(x, kinds)]
        if not self.moved:
            given = ", ".join(type(x).__name__ + f" of {np.asarray(x).dtype}" * hasattr(x, "dtype") for x in inputs)
            raise TypeError(
                f"gradcheck was given {given or 'no inputs'}, of which none has a gradient; expected are floats or "
                f"complex numbers: 2.0 in place of 2, np.asarray(x, float)"
            )
        self.inputs = [prepared(x, keep_dtype) if k in self.moved else x for k, x in enumerate(inputs)]
        self.before = [np.array(x) if isinstance(x, np.ndarray) else x for x in self.inputs]
        self.work = [np.array(x) if k in self.moved else x for k, x in enumerate(self.inputs)]
        self.takes_arrays: bool | None = None  # not known before the first call
        self.magnitudes: dict[int, tuple[float, Array]] = {}  # by order
        self.rng = np.random.default_rng(seed)
        self.outputs = self.values(self.inputs)
        if not self.outputs:
            raise TypeError(
                "the function to be checked returned no float or complex array, so there is no gradient to check; "
                "let it return what it computes"
            )
        # A single real number is its own loss: then the gradients reported are those that a user expects.
        self.is_scalar = [(y.size, y.dtype.kind) for y in self.outputs] == [(1, "f")]
        self.weights = [[np.ones_like(y) if self.is_scalar else random_like(y, self.rng) for y in self.outputs]]

    # -- on arrays ----------------------------------------------------------------------------------------------------

    def values(self, inputs: Sequence[Any]) -> list[Array]:
        """What f returns for plain arrays: NumPy itself. For Tensors, if it uses what only they have."""
        inputs = [x.data if isinstance(x, Tensor) else x for x in inputs]
        if self.takes_arrays is None:
            try:
                found = inexact_arrays(self.f(*inputs))
                self.takes_arrays = True
                return found
            except (AttributeError, TypeError):
                self.takes_arrays = False
        return inexact_arrays(self.f(*(inputs if self.takes_arrays else self.leaves(inputs))))

    def loss(self, order: int) -> float:
        """The loss at `work`; nan where f is not defined, or returns arrays of other shapes."""
        try:
            found = self.values(self.work) if order == 1 else self.gradients(self.work, order - 1)
            value: Any = 0.0
            for y, c in zip(found, self.weights_of(order), strict=True):
                value += np.dot(y.reshape(-1), c.reshape(-1))
        except (ArithmeticError, ValueError):  # np.linalg.LinAlgError is a ValueError
            return math.nan
        return float(value.real)

    def weights_of(self, order: int) -> list[Array]:
        while len(self.weights) < order:
            self.weights.append([random_like(self.inputs[k], self.rng) for k in self.moved])
        return self.weights[order - 1]

    # -- on Tensors ---------------------------------------------------------------------------------------------------

    def leaves(self, inputs: Sequence[Any]) -> list[Any]:
        """Tensors to differentiate; constants as they were given."""
        moved = set(self.moved)
        return [Tensor(x, requires_grad=True) if k in moved else self.given[k] for k, x in enumerate(inputs)]

    def gradients(self, inputs: Sequence[Any], order: int = 1) -> list[Array]:
        """The gradient of the loss of this order for each input in `moved`."""
        with enable_grad():
            return [gx.data for gx in self.recorded(self.leaves(inputs), order, False)]

    def recorded(self, leaves: Sequence[Any], order: int, record: bool) -> list[Tensor]:
        ys = inexact_tensors(self.f(*leaves)) if order == 1 else self.recorded(leaves, order - 1, True)
        return self.pull(ys, leaves, order, record)

    def pull(self, ys: Sequence[Tensor], leaves: Sequence[Any], order: int, record: bool) -> list[Tensor]:
        """The gradients of the loss that is made of ys; copies of the weights, in case that a rule writes into them."""
        roots = [(y, c.astype(y.dtype)) for y, c in zip(ys, self.weights_of(order), strict=True)]
        sources = [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.node is not None]
        return [conjugate(gx) for gx in pull_back(roots, sources, 0, record=record, retain_graph=False)]

    def twice(self) -> tuple[list[Array], list[Array], bool]:
        """The first gradient as ag.grads gives it, in two passes over one graph; and whether a rule wrote into a g."""
        leaves = self.leaves(self.inputs)
        sources = [leaves[k] for k in self.moved]
        given = [np.conj(c) for c in self.weights_of(1)]
        passes: list[list[Array]] = []
        with enable_grad():
            ys = inexact_tensors(self.f(*leaves))
            for _ in range(2):
                found: list[Any] = [Tensor(np.zeros_like(x.data)) for x in sources]
                reached = [(k, y) for k, y in enumerate(ys) if y.requires_grad]
                for k, y in reached:
                    try:
                        parts = grads(y, sources, given[k])
                    except Exception as error:
                        if len(reached) > 1:
                            error.add_note(f"where output {k} is used alone")
                        raise
                    found = parts if len(reached) == 1 else [a + b for a, b in zip(found, parts, strict=True)]
                passes.append([gx.data for gx in found])
        is_written = not all(np.array_equal(np.conj(c), d) for c, d in zip(given, self.weights_of(1), strict=True))
        return passes[0], passes[1], is_written

    def doubled(self) -> list[Array]:
        """The first gradient, of twice the loss."""
        (weights,) = self.weights[:1]
        self.weights[0] = [2 * c for c in weights]
        try:
            return self.gradients(self.inputs)
        finally:
            self.weights[0] = weights

    def gradient_alone(self, k: int) -> Array:
        """The first gradient of input k, where the others are constants: Python's numbers if such were given."""
        leaves: list[Any] = list(self.inputs if self.takes_arrays else map(as_constant, self.inputs))
        leaves[k] = Tensor(self.inputs[k], requires_grad=True)
        with enable_grad():
            return self.recorded(leaves, 1, False)[0].data

    @cached_property
    def traced(self) -> tuple[Any, Calls]:
        """What f returns for Tensors, and the calls that it makes."""
        calls = Calls()
        with enable_grad(), observe(calls):
            return self.f(*self.leaves(self.inputs)), calls

    @property
    def calls(self) -> Calls:
        return self.traced[1]

    @cached_property
    def eps(self) -> float:
        """The relative rounding error of the loss: that of the least precise of the calls and outputs of f."""
        return max([EPS, self.calls.eps, *(float(np.finfo(y.dtype).eps) for y in self.outputs)])

    # -- along lines --------------------------------------------------------------------------------------------------

    def here(self, order: int) -> tuple[float, Array]:
        """The loss at the inputs, and the terms that it adds up."""
        found = self.outputs if order == 1 else self.gradients(self.inputs, order - 1)
        terms = [np.ravel(y * c) for y, c in zip(found, self.weights_of(order), strict=True)]
        return self.loss(order), np.concatenate(terms)

    def magnitude(self, order: int) -> tuple[float, Array]:
        """The size of what is rounded on the way to the loss, and to each number of its gradient (as in `flat`)."""
        if order not in self.magnitudes:
            watch = Magnitudes()
            with enable_grad(), observe(watch):
                leaves = self.leaves(self.inputs)
                ys = inexact_tensors(self.f(*leaves)) if order == 1 else self.recorded(leaves, order - 1, True)
                watch.restart()  # without the passes that the loss itself is made of
                self.pull(ys, leaves, order, False)
            added = []
            for k in self.moved:
                size = np.broadcast_to(watch.added.get(leaves[k].node, 0.0), self.inputs[k].shape)
                size = size + watch.curved / np.maximum(1, np.abs(self.before[k]))
                added.append(np.repeat(size.reshape(-1), 2 if self.inputs[k].dtype.kind == "c" else 1))
            self.magnitudes[order] = watch.squares**0.5, np.nan_to_num(np.concatenate(added))
        return self.magnitudes[order]

    def along_element(self, element: InputElement, order: int, here: tuple[float, float, float]) -> LossAlongLine:
        """The line on which one number moves."""
        x, index, unit, loss = self.work[element.input], element.where, element.unit, self.loss
        value = x[index]

        def at(t: float) -> float:
            x[index] = value + unit * t
            result = loss(order)
            x[index] = value
            return result

        return LossAlongLine(at, *here, float(abs(value)), self.eps, float(np.finfo(x.dtype).eps))

    def direction(self, v: Array, order: int, here: tuple[float, float, float]) -> LossAlongLine:
        """The line on which all numbers move; v holds them as `flat` does."""
        moves = self.unflat(v)

        def at(t: float) -> float:
            for k, move in zip(self.moved, moves, strict=True):
                self.work[k][...] = self.before[k] + t * move
            result = self.loss(order)
            for k in self.moved:
                self.work[k][...] = self.before[k]
            return result

        sizes = np.abs(self.flat([self.before[k] for k in self.moved]))[v != 0]
        sizes = sizes[np.isfinite(sizes)]
        eps = max(float(np.finfo(self.inputs[k].dtype).eps) for k in self.moved)
        return LossAlongLine(at, *here, float(sizes.max(initial=0)), self.eps, eps)

    def flat(self, values: Sequence[Array]) -> Array:
        """Arrays like the moved inputs as one vector of real numbers, in the order of `elements`."""
        parts = [x.reshape(-1).view(x.real.dtype) for x in values]
        return np.concatenate(parts).astype(np.float64, copy=False)

    def unflat(self, v: Array) -> list[Array]:
        parts, start = [], 0
        for k in self.moved:
            x = self.inputs[k]
            stop = start + x.size * (2 if x.dtype.kind == "c" else 1)
            part = v[start:stop].view(np.complex128 if x.dtype.kind == "c" else np.float64)
            parts.append(part.reshape(x.shape))
            start = stop
        return parts

    @cached_property
    def elements(self) -> list[InputElement]:
        return [
            InputElement(k, index, unit)
            for k in self.moved
            for index in np.ndindex(self.inputs[k].shape)
            for unit in ((1, 1j) if self.inputs[k].dtype.kind == "c" else (1,))
        ]

    # -- names --------------------------------------------------------------------------------------------------------

    def name(self, k: int) -> str:
        """The name of input k, if f tells it."""
        names = self.f.names if isinstance(self.f, Flattened) else positional_names(self.f)
        return names[k] if k < len(names) else ""
