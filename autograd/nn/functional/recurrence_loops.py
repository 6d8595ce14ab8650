"""Recurrences and backpropagation through time, in NumPy alone; see recurrence.py for the shapes.

Products that need no earlier state are one product over all time steps: those of the inputs, the gradients of weights
and inputs. What a time step writes lies side by side, a gate an array (batch, hidden) of its own, and begins with a
cache line: then small products and what is done elementwise, in place, take the least time. float16 is computed in
float32.

A compiled function calls these as they are, and a program that is saved brings a copy of them along.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd._util.memory import aligned_empty
from autograd.nn.functional.precision import upcast

# -- what they share -------------------------------------------------------------------------------------------------


def rows(x: Any) -> Any:
    """(time, batch, width) as (time * batch, width)."""
    return x.reshape(x.shape[0] * x.shape[1], x.shape[2])


def by_gates(x: Any, gates: int) -> Any:
    """(time, batch, gates * hidden) as (time, gates, batch, hidden)."""
    return x.reshape(*x.shape[:2], gates, x.shape[2] // gates).swapaxes(1, 2)


def input_products(x: Any, w: Any, bias: Any, factor: Any) -> Any:
    """factor * (w x_t + bias) of all time steps, (time, gates, batch, hidden); factor (gates, 1)."""
    factors = np.repeat(factor, len(w) // len(factor))
    z = rows(x) @ (w * factors[:, None]).T
    if bias is not None:
        z += bias * factors
    return by_gates(z.reshape(*x.shape[:2], len(w)), len(factor))


def state_weight(w: Any, factor: Any) -> Any:
    """factor * w (gates * hidden, hidden) as (gates, hidden, hidden), which a state is multiplied by from the left."""
    hidden = w.shape[-1]
    out = aligned_empty((len(factor), hidden, hidden), w.dtype)
    return np.multiply(w.reshape(out.shape).mT, factor[:, None], out=out)


def states_before(h: Any, y: Any) -> Any:
    """Those that each time step began with, (time, batch, hidden)."""
    return np.concatenate([h[None], y[:-1]])


def started(g: Any, like: Any) -> Any:
    """The gradient of a last state, to be added to."""
    gradient = aligned_empty(like.shape, like.dtype)
    gradient[...] = 0 if g is None else g
    return gradient


# -- tanh or relu ------------------------------------------------------------------------------------------------------


def rnn_forward(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, nonlinearity: str) -> Any:
    dtype = x.dtype
    x, h, w_ih, w_hh, b_ih, b_hh = upcast(x, h, w_ih, w_hh, b_ih, b_hh)
    y = (rows(x) @ w_ih.T).reshape(*x.shape[:2], len(w_ih))
    if b_ih is not None:
        y += b_ih + b_hh
    w, product = np.ascontiguousarray(w_hh.T), np.empty_like(h)
    for y_t in y:
        y_t += np.matmul(h, w, out=product)
        h = np.tanh(y_t, out=y_t) if nonlinearity == "tanh" else np.maximum(y_t, 0, out=y_t)
    y = y.astype(dtype, copy=False)
    return y, y[-1].copy()


def rnn_backward(
    g_y: Any, g_h: Any, x: Any, h: Any, w_ih: Any, w_hh: Any, y: Any, nonlinearity: str, has_gx: bool
) -> Any:
    x, h, w_ih, w_hh, y = upcast(x, h, w_ih, w_hh, y)
    d, dh = aligned_empty(y.shape, y.dtype), started(g_h, h)
    for t in reversed(range(len(y))):
        if g_y is not None:
            dh += g_y[t]
        if nonlinearity == "tanh":
            np.multiply(y[t], y[t], out=d[t])
            np.subtract(1, d[t], out=d[t])
            d[t] *= dh
        else:
            np.multiply(dh, y[t] != 0, out=d[t])  # where it is NaN, too
        np.matmul(d[t], w_hh, out=dh)
    d = rows(d)
    gx = (d @ w_ih).reshape(x.shape) if has_gx else None
    return gx, dh, d.T @ rows(x), d.T @ rows(states_before(h, y)), np.add.reduce(d, axis=0)


# -- GRU ---------------------------------------------------------------------------------------------------------------


def gru_forward(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    dtype, (steps, batch, _), hidden = x.dtype, x.shape, h.shape[-1]
    x, h, w_ih, w_hh, b_ih, b_hh = upcast(x, h, w_ih, w_hh, b_ih, b_hh)
    factor = np.array([[-1], [-1], [1]], x.dtype)  # sigmoid(a) = 1 / (1 + exp(-a))
    bias = b_n = None
    if b_ih is not None:
        bias, b_n = b_ih.copy(), b_hh[2 * hidden :]
        bias[: 2 * hidden] += b_hh[: 2 * hidden]
    z_ih, w = input_products(x, w_ih, bias, factor), state_weight(w_hh, factor)
    gates, product = aligned_empty((steps, 4, batch, hidden), x.dtype), aligned_empty((3, batch, hidden), x.dtype)
    y = aligned_empty((steps, batch, hidden), x.dtype)
    with np.errstate(over="ignore"):  # where exp is too large for a number, the sigmoid is 0
        for t in range(steps):
            r, z, n, m = gates[t]
            np.matmul(h, w, out=product)
            np.copyto(m, product[2]) if b_n is None else np.add(product[2], b_n, out=m)
            rz = np.add(z_ih[t, :2], product[:2], out=gates[t, :2])
            np.exp(rz, out=rz)
            rz += 1
            np.reciprocal(rz, out=rz)
            np.multiply(r, m, out=n)
            n += z_ih[t, 2]
            np.tanh(n, out=n)
            h = np.subtract(h, n, out=y[t])
            h *= z
            h += n
    y = y.astype(dtype, copy=False)
    return y, y[-1].copy(), gates


def gru_backward(g_y: Any, g_h: Any, x: Any, h: Any, w_ih: Any, w_hh: Any, y: Any, gates: Any, has_gx: bool) -> Any:
    x, h, w_ih, w_hh, y = upcast(x, h, w_ih, w_hh, y)
    hidden = h.shape[-1]
    n_first = w_hh.reshape(3, hidden, hidden)[[2, 0, 1]]
    # Before the gates: n's part of the state, r, z, n. So the first three are the state's, the last three the input's.
    d, dh = aligned_empty((*y.shape[:2], 4 * hidden), y.dtype), started(g_h, h)
    d_t = dm, dr, dz, dn = aligned_empty((4, *h.shape), h.dtype)
    product, slope = aligned_empty((3, *h.shape), h.dtype), aligned_empty((2, *h.shape), h.dtype)
    for t in reversed(range(len(y))):
        (r, z, n, m), before = gates[t], h if t == 0 else y[t - 1]
        if g_y is not None:
            dh += g_y[t]
        np.subtract(before, n, out=dz)
        dz *= dh
        np.multiply(dh, z, out=product[0])
        np.subtract(dh, product[0], out=dn)
        dh *= z
        np.multiply(n, n, out=slope[0])
        np.subtract(1, slope[0], out=slope[0])
        dn *= slope[0]
        np.multiply(dn, r, out=dm)
        np.multiply(dn, m, out=dr)
        rz = gates[t, :2]
        np.multiply(rz, rz, out=slope)
        np.subtract(rz, slope, out=slope)
        d_t[1:3] *= slope
        np.copyto(by_gates(d, 4)[t], d_t)
        dh += np.add.reduce(np.matmul(d_t[:3], n_first, out=product), axis=0)
    d = rows(d)
    d_ih, d_hh, gb = d[:, hidden:], d[:, : 3 * hidden], np.add.reduce(d, axis=0)
    gx = (d_ih @ w_ih).reshape(x.shape) if has_gx else None
    gw_hh, gb_hh = (np.roll(gw, -hidden, axis=0) for gw in (d_hh.T @ rows(states_before(h, y)), gb[: 3 * hidden]))
    return gx, dh, d_ih.T @ rows(x), gw_hh, gb[hidden:], gb_hh


# -- LSTM --------------------------------------------------------------------------------------------------------------


def lstm_forward(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    dtype, (steps, batch, _), hidden = x.dtype, x.shape, h.shape[-1]
    x, h, c, w_ih, w_hh, b_ih, b_hh = upcast(x, h, c, w_ih, w_hh, b_ih, b_hh)
    # sigmoid(a) = 1 / (1 + exp(-a)), tanh(a) = 2 sigmoid(2 a) - 1: one exp for all gates
    factor = np.array([[-1], [-1], [-2], [-1]], x.dtype)
    z_ih = input_products(x, w_ih, None if b_ih is None else b_ih + b_hh, factor)
    w, kept = state_weight(w_hh, factor), aligned_empty((steps, 6, batch, hidden), x.dtype)
    y = aligned_empty((steps, batch, hidden), x.dtype)
    with np.errstate(over="ignore"):  # where exp is too large for a number, the sigmoid is 0
        for t in range(steps):
            gates, (i, f, g, o, c_t, tanh_c), y_t = kept[t, :4], kept[t], y[t]
            np.matmul(h, w, out=gates)
            gates += z_ih[t]
            np.exp(gates, out=gates)
            gates += 1
            np.reciprocal(gates, out=gates)
            g *= 2
            g -= 1
            c = np.multiply(f, c, out=c_t)
            c += np.multiply(i, g, out=y_t)
            h = np.multiply(o, np.tanh(c, out=tanh_c), out=y_t)
    y = y.astype(dtype, copy=False)
    return y, y[-1].copy(), c.astype(dtype), kept


def lstm_backward(
    g_y: Any, g_h: Any, g_c: Any, x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, y: Any, kept: Any, has_gx: bool
) -> Any:
    x, h, c, w_ih, w_hh, y = upcast(x, h, c, w_ih, w_hh, y)
    hidden = h.shape[-1]
    w, d = w_hh.reshape(4, hidden, hidden), aligned_empty((*y.shape[:2], 4 * hidden), y.dtype)  # before the gates
    dh, dc = started(g_h, h), started(g_c, c)
    d_t, product = aligned_empty((2, 4, *h.shape), h.dtype)
    di, df, dg, do = d_t
    for t in reversed(range(len(y))):
        gates, (i, f, g, o, _, tanh_c) = kept[t, :4], kept[t]
        if g_y is not None:
            dh += g_y[t]
        # A gate's own slope comes last, for all at once: a (1 - i) as a - a i; of g, a (1 - g g).
        dh *= o
        np.multiply(dh, tanh_c, out=do)
        dc += dh
        dc -= np.multiply(do, tanh_c, out=dh)
        np.multiply(dc, i, out=dg)
        np.multiply(dg, g, out=di)
        dc *= f
        np.multiply(dc, kept[t - 1, 4] if t else c, out=df)
        np.multiply(d_t, gates, out=product)
        product[2] *= g
        d_t -= product
        np.copyto(by_gates(d, 4)[t], d_t)
        np.add.reduce(np.matmul(d_t, w, out=product), axis=0, out=dh)
    d = rows(d)
    gx = (d @ w_ih).reshape(x.shape) if has_gx else None
    return gx, dh, dc, d.T @ rows(x), d.T @ rows(states_before(h, y)), np.add.reduce(d, axis=0)
