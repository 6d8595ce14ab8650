"""Recurrent layers and their cells: RNN, GRU, LSTM, with PyTorch's parameters, by its names and of its shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from autograd.engine.graph import NO_OPTIONS, Options
from autograd.engine.tensor import Tensor, call
from autograd.nn import init
from autograd.nn.functional import dropouts, recurrence
from autograd.nn.inputs import of_dtype
from autograd.nn.module import Module
from autograd.rules.operation import Operation
from autograd.rules.products import as_array


class Recurrent(Module):
    """What layers and cells share: of which recurrence they are, their weights, and what they refuse."""

    recurrence: ClassVar[Operation]
    gates: ClassVar[int]
    states: ClassVar[tuple[str, ...]] = ("h_0",)

    input_size: int
    hidden_size: int
    bias: bool

    def _add_weights(
        self, suffix: str, inputs: int, dtype: DTypeLike, rng: np.random.Generator, make: init.Initialiser | None
    ) -> None:
        """As PyTorch's, uniform within 1 / sqrt(hidden_size); or drawn by an initialiser, and biases zero."""
        rows, bound = self.gates * self.hidden_size, 1 / math.sqrt(max(self.hidden_size, 1))
        for name, columns in (("ih", inputs), ("hh", self.hidden_size)):
            values = (
                rng.uniform(-bound, bound, (rows, columns)) if make is None else make((columns, rows), dtype, rng).T
            )
            setattr(self, f"weight_{name}{suffix}", Tensor(init.aligned(values, dtype), requires_grad=True))
        for name in ("ih", "hh") if self.bias else ():
            values = rng.uniform(-bound, bound, rows) if make is None else np.zeros(rows)
            setattr(self, f"bias_{name}{suffix}", Tensor(init.aligned(values, dtype), requires_grad=True))

    def _weights(self, suffix: str) -> tuple[Tensor | None, ...]:
        """Those that the recurrence takes after the states."""
        named = vars(self)
        return tuple(named.get(f"{name}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))

    def _options(self) -> Options:
        return NO_OPTIONS

    def _checked(self, x: Any, *axes: str) -> Any:
        """The input as an array with these axes, or without N, that of the batch."""
        x, unbatched = as_array(x), tuple(axis for axis in axes if axis != "N")
        if x.ndim not in (len(axes), len(unbatched)) or x.shape[-1] != self.input_size:
            raise ValueError(
                f"{self!r} was given an input of shape {x.shape}, and expects ({', '.join(axes)}) or "
                f"({', '.join(unbatched)}), with {self.input_size} inputs in the last axis: reshape it"
            )
        self._check_dtype("an input", x)
        return x

    def _check_dtype(self, what: str, x: Any) -> None:
        own = next(value for value in vars(self).values() if isinstance(value, Tensor)).dtype
        if x.dtype != own:
            raise of_dtype(repr(self), own, x, what)

    def _initial(self, hx: Any, shape: tuple[int, ...], dtype: Any) -> list[Any]:
        """The initial states, each of that shape: as they were given, or zeros."""
        if hx is None:
            return [np.zeros(shape, dtype) for _ in self.states]
        if len(self.states) > 1 and not (isinstance(hx, tuple | list) and len(hx) == len(self.states)):
            raise TypeError(
                f"{self!r} was given an initial state of type {type(hx).__name__}; it takes a pair (h_0, c_0)"
            )
        given = [as_array(x) for x in (hx if len(self.states) > 1 else (hx,))]
        for name, x in zip(self.states, given, strict=True):
            if x.shape != shape:
                raise ValueError(
                    f"{self!r} was given {name} of shape {x.shape} for this input, and expects {shape}: reshape it"
                )
            self._check_dtype(name, x)
        return given

    def _result(self, states: Sequence[Any]) -> Any:
        return tuple(states) if len(states) > 1 else states[0]


class RecurrentLayer(Recurrent):
    """Layers of one recurrence, one on the outputs of the other, each forward or in both directions."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
        initialiser: init.Initialiser | None = None,
    ) -> None:
        kind = type(self).__name__
        if num_layers < 1 or hidden_size < 1:
            raise ValueError(f"{kind} was given {num_layers=} and {hidden_size=}; both must be at least 1")
        if not 0 <= dropout < 1:
            raise ValueError(f"{kind} was given dropout={dropout}; it must lie in [0, 1)")
        if dropout and num_layers == 1:
            raise ValueError(
                f"{kind} was given dropout={dropout} and one layer; it drops outputs between layers, so give it "
                f"num_layers=2 or more, or apply Dropout to its output"
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.rng = float(dropout), rng
        for layer, suffixes in enumerate(self._suffixes()):
            inputs = hidden_size * len(suffixes) if layer else input_size
            for suffix in suffixes:
                self._add_weights(suffix, inputs, dtype, init.generator(rng), initialiser)

    def _suffixes(self) -> Iterator[list[str]]:
        """What the names of the weights of each layer end in, one for each direction."""
        for layer in range(self.num_layers):
            yield [f"_l{layer}{direction}" for direction in (("", "_reverse") if self.bidirectional else ("",))]

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, Any]:
        x = self._checked(input, *(("N", "L") if self.batch_first else ("L", "N")), "inputs")
        is_batch = x.ndim == 3
        if not is_batch:
            x = x[:, None]
        elif self.batch_first:
            x = np.swapaxes(x, 0, 1)
        if not len(x):
            raise ValueError(f"{self!r} was given an input of shape {input.shape}, of no time steps; give it some")
        chains = self.num_layers * (1 + self.bidirectional)
        shape = (chains, x.shape[1], self.hidden_size) if is_batch else (chains, self.hidden_size)
        initial = self._initial(hx, shape, x.dtype)
        if not is_batch:
            initial = [state[:, None] for state in initial]
        y, last = self._layers(x, initial)
        if not is_batch:
            return y[:, 0], self._result([state[:, 0] for state in last])
        return np.swapaxes(y, 0, 1) if self.batch_first else y, self._result(last)

    def _layers(self, x: Any, initial: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The outputs of the last layer, and of each state the last one of all layers and directions."""
        last: list[Sequence[Any]] = []
        for layer, suffixes in enumerate(self._suffixes()):
            if layer and self.training and self.dropout:
                x = dropouts.dropout(x, self.dropout, init.generator(self.rng))
            ys = []
            for suffix in suffixes:
                is_reverse, states = suffix.endswith("_reverse"), [state[len(last)] for state in initial]
                args = (np.flip(x, 0) if is_reverse else x, *states, *self._weights(suffix))
                y, *rest = call(self.recurrence, args, self._options())
                ys.append(np.flip(y, 0) if is_reverse else y)
                last.append(rest[: len(states)])
            x = ys[0] if len(ys) == 1 else np.concatenate(ys, axis=-1)
        return x, [states[0][None] if len(last) == 1 else np.stack(states) for states in zip(*last, strict=True)]

    def extra_repr(self) -> str:
        given = {
            "num_layers": (self.num_layers, 1), "bias": (self.bias, True), "batch_first": (self.batch_first, False),
            "dropout": (self.dropout, 0.0), "bidirectional": (self.bidirectional, False),
        }  # fmt: skip
        parts = [f"{name}={value}" for name, (value, default) in given.items() if value != default]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *parts])


class RecurrentCell(Recurrent):
    """One time step of a recurrence."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
        initialiser: init.Initialiser | None = None,
    ) -> None:
        if hidden_size < 1:
            raise ValueError(f"{type(self).__name__} was given {hidden_size=}; it must be at least 1")
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self._add_weights("", input_size, dtype, init.generator(rng), initialiser)

    def forward(self, input: Any, hx: Any = None) -> Any:
        x = self._checked(input, "N", "inputs")
        states = self._initial(hx, (*x.shape[:-1], self.hidden_size), x.dtype)
        if x.ndim == 1:
            x, states = x[None], [state[None] for state in states]
        _, *rest = call(self.recurrence, (x[None], *states, *self._weights("")), self._options())
        found = rest[: len(states)]
        return self._result([state[0] for state in found] if len(np.shape(input)) == 1 else found)

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


# -- the three, and a cell of each -------------------------------------------------------------------------------------


def checked_nonlinearity(kind: str, nonlinearity: str) -> str:
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"{kind} was given nonlinearity={nonlinearity!r}; it takes 'tanh' or 'relu'")
    return nonlinearity


class RNN(RecurrentLayer):
    """h_t = tanh(x_t @ weight_ih.T + bias_ih + h_(t-1) @ weight_hh.T + bias_hh), or relu of that (Elman 1990).

    The input (L, N, input_size), with batch_first (N, L, input_size), or without a batch (L, input_size); h_0, zero if
    it is not given, (num_layers, N, hidden_size), without a batch (num_layers, hidden_size); returns (output, h_n): the
    states h_t of the last layer, (L, N, hidden_size), and the last of each layer, like h_0. bidirectional: a second
    recurrence in each layer begins with the last step; output is 2 * hidden_size wide, and h_0 and h_n have 2 rows for
    each layer. dropout is the rate with which outputs are dropped between layers in training.

    Parameters for each layer k, as in PyTorch: weight_ih_lk (hidden_size, input_size, or the width of the outputs
    below), weight_hh_lk (hidden_size, hidden_size), bias_ih_lk and bias_hh_lk (hidden_size,), also with _reverse at the
    end; uniform within 1 / sqrt(hidden_size), unless `initialiser` draws the weights (biases are zero then).
    """

    recurrence, gates = recurrence.RNN, 1

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", *args: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        self.nonlinearity = checked_nonlinearity("RNN", nonlinearity)
        super().__init__(input_size, hidden_size, num_layers, *args, **options)

    def _options(self) -> Options:
        return {"nonlinearity": self.nonlinearity}

    def extra_repr(self) -> str:
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity!r}" if self.nonlinearity != "tanh" else "")


class GRU(RecurrentLayer):
    """Gated recurrent units: h_t = (1 - z) n + z h_(t-1), n = tanh(a_n + r b_n), where r and z are the sigmoids of
    a_r + b_r and a_z + b_z, and a = x_t @ weight_ih.T + bias_ih, b = h_(t-1) @ weight_hh.T + bias_hh in thirds r, z, n
    (Cho et al. 2014, arXiv:1406.1078; r after the product, as in PyTorch and cuDNN).

    Arguments, shapes and parameters are those of `RNN`, but 3 * hidden_size for the rows of weights and biases.
    """

    recurrence, gates = recurrence.GRU, 3


class LSTM(RecurrentLayer):
    """Long short-term memory: c_t = f c_(t-1) + i g, h_t = o tanh(c_t), where i, f, o are sigmoids and g is the tanh of
    the quarters i, f, g, o of x_t @ weight_ih.T + bias_ih + h_(t-1) @ weight_hh.T + bias_hh (Hochreiter and Schmidhuber
    1997, with a forget gate, Gers et al. 2000).

    Arguments, shapes and parameters are those of `RNN`, but 4 * hidden_size for the rows of weights and biases, and the
    state is a pair: lstm(x, (h_0, c_0)) returns (output, (h_n, c_n)).
    """

    recurrence, gates, states = recurrence.LSTM, 4, ("h_0", "c_0")


class RNNCell(RecurrentCell):
    """One step of an `RNN`: x (N, input_size) or (input_size,) and h, zero if it is not given, to the next h."""

    recurrence, gates = recurrence.RNN, 1

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", **options: Any
    ) -> None:
        self.nonlinearity = checked_nonlinearity("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, bias, **options)

    def _options(self) -> Options:
        return {"nonlinearity": self.nonlinearity}

    def extra_repr(self) -> str:
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity!r}" if self.nonlinearity != "tanh" else "")


class GRUCell(RecurrentCell):
    """One step of a `GRU`: x (N, input_size) or (input_size,) and h, zero if it is not given, to the next h."""

    recurrence, gates = recurrence.GRU, 3


class LSTMCell(RecurrentCell):
    """One step of an `LSTM`: x (N, input_size) or (input_size,) and (h, c), zero if not given, to the next (h, c)."""

    recurrence, gates, states = recurrence.LSTM, 4, ("h_0", "c_0")
