"""Recurrences over time, each one recorded call for a layer and a direction: tanh or relu, GRU, LSTM.

    rnn, gru    [x, h, w_ih, w_hh, b_ih, b_hh] to [y, h_n, ...]
    lstm        [x, h, c, w_ih, w_hh, b_ih, b_hh] to [y, h_n, c_n, ...]

x (time, batch, inputs), h and c (batch, hidden), w_ih (gates * hidden, inputs), w_hh (gates * hidden, hidden), b_ih and
b_hh (gates * hidden,) or both None; y (time, batch, hidden), h_n and c_n (batch, hidden). What else they return is for
their rules, which do backpropagation through time (Werbos 1990).

How they are computed stands in recurrence_loops.py.

Where a gradient is differentiated itself, the rules take the vjp of the same recurrence in functions of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.engine.tensor import Tensor
from autograd.functional.transforms import vjp
from autograd.nn.functional.activations import relu, sigmoid
from autograd.nn.functional.precision import upcast
from autograd.nn.functional.recurrence_loops import (
    gru_backward,
    gru_forward,
    lstm_backward,
    lstm_forward,
    rnn_backward,
    rnn_forward,
)
from autograd.rules import OPERATIONS, primitive, rule
from autograd.rules.duck_arrays import opaque

# -- what they share -------------------------------------------------------------------------------------------------


def time_steps(x: Any, w_ih: Any, b_ih: Any) -> list[Any]:
    """The products of the inputs of each time step, in functions that have rules."""
    z = x @ w_ih.T if b_ih is None else x @ w_ih.T + b_ih
    return [z[t] for t in range(len(z))]


def recorded_gxs(f: Callable[..., Any], gs: Sequence[Any], xs: Sequence[Any]) -> Any:
    """What a rule returns in a pass that is recorded, in which the xs that have a gradient are Tensors: f's vjp."""
    places = [k for k, x in enumerate(xs) if isinstance(x, Tensor)]

    def of_tensors(*tensors: Any) -> Any:
        given = dict(zip(places, tensors, strict=True))
        return f(*upcast(*(given.get(k, x) for k, x in enumerate(xs))))

    ys, pullback = vjp(of_tensors, *(xs[k] for k in places))
    found = pullback(tuple(np.zeros_like(y.data) if g is None else g for g, y in zip(gs, ys, strict=True)))
    gxs = dict(zip(places, found, strict=True))
    return [gxs.get(k) for k in range(len(xs))]


def is_recorded(gs: Sequence[Any], xs: Sequence[Any]) -> bool:
    return any(isinstance(value, Tensor) for value in (*gs, *xs))


# -- tanh or relu (Elman 1990) ---------------------------------------------------------------------------------------


@primitive
def rnn(xs: Any, nonlinearity: str = "tanh") -> Any:
    """h_t = tanh(w_ih x_t + b_ih + w_hh h_(t-1) + b_hh), or relu of that."""
    return opaque(rnn_forward, *xs, nonlinearity)


def rnn_composed(nonlinearity: str, x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    y = []
    for z in time_steps(x, w_ih, b_ih):
        z = z + h @ w_hh.T if b_hh is None else z + (h @ w_hh.T + b_hh)
        h = np.tanh(z) if nonlinearity == "tanh" else relu(z)
        y.append(h)
    return np.stack(y), h


def rnn_gxs(g: Any, xs: Any, y: Any, nonlinearity: str, node: Any) -> Any:
    if is_recorded(g, xs):
        return recorded_gxs(lambda *given: rnn_composed(nonlinearity, *given), g, xs)
    has_gx = node.parents[0] is not None
    gx, gh, gw_ih, gw_hh, gb = opaque(rnn_backward, *g, *xs[:4], y[0], nonlinearity, has_gx)
    return gx, gh, gw_ih, gw_hh, gb, gb


# -- GRU (Cho et al. 2014, arXiv:1406.1078), the reset gate after the product, as in PyTorch and cuDNN -----------------


@primitive
def gru(xs: Any) -> Any:
    """h_t = n + z (h_(t-1) - n), n = tanh(w_in x_t + b_in + r (w_hn h_(t-1) + b_hn)); r and z are sigmoids.

    The gates are in the order r, z, n. Also returned: r, z, n and what r multiplies, (time, 4, batch, hidden).
    """
    return opaque(gru_forward, *xs)


def gru_composed(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    y = []
    for a in time_steps(x, w_ih, b_ih):
        b = h @ w_hh.T if b_hh is None else h @ w_hh.T + b_hh
        (a_r, a_z, a_n), (b_r, b_z, b_n) = np.split(a, 3, axis=-1), np.split(b, 3, axis=-1)
        n = np.tanh(a_n + sigmoid(a_r + b_r) * b_n)
        h = n + sigmoid(a_z + b_z) * (h - n)
        y.append(h)
    return np.stack(y), h


def gru_gxs(g: Any, xs: Any, y: Any, node: Any) -> Any:
    if is_recorded(g, xs):
        return recorded_gxs(gru_composed, g[:2], xs)
    return opaque(gru_backward, *g[:2], *xs[:4], y[0], y[2], node.parents[0] is not None)


# -- LSTM (Hochreiter and Schmidhuber 1997; with a forget gate, Gers et al. 2000) --------------------------------------


@primitive
def lstm(xs: Any) -> Any:
    """c_t = f c_(t-1) + i g, h_t = o tanh(c_t), where i, f, o are sigmoids and g tanh of w_ih x_t + b_ih + w_hh h_(t-1)
    + b_hh, in the order i, f, g, o.

    Also returned: i, f, g, o, c and tanh(c), (time, 6, batch, hidden).
    """
    return opaque(lstm_forward, *xs)


def lstm_composed(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    y = []
    for z in time_steps(x, w_ih, b_ih):
        z = z + h @ w_hh.T if b_hh is None else z + (h @ w_hh.T + b_hh)
        i, f, g, o = np.split(z, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        y.append(h)
    return np.stack(y), h, c


def lstm_gxs(g: Any, xs: Any, y: Any, node: Any) -> Any:
    if is_recorded(g, xs):
        return recorded_gxs(lstm_composed, g[:3], xs)
    has_gx = node.parents[0] is not None
    gx, gh, gc, gw_ih, gw_hh, gb = opaque(lstm_backward, *g[:3], *xs[:5], y[0], y[3], has_gx)
    return gx, gh, gc, gw_ih, gw_hh, gb, gb


rule(rnn, xs=rnn_gxs, several=True)
rule(gru, xs=gru_gxs, several=True)
rule(lstm, xs=lstm_gxs, several=True)
RNN, GRU, LSTM = (OPERATIONS[fn] for fn in (rnn, gru, lstm))
