"""Recurrences and backpropagation through time, in NumPy alone; see recurrence.py for the shapes.

Products that need no earlier state are one product over all time steps: those of the inputs, the gradients of weights
and biases. A gate is an array (time, batch, hidden) of its own, so that what is done in a time step is done on whole
arrays, and in place. float16 is computed in float32.

A compiled function calls these as they are, and a program that is saved brings a copy of them along.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.nn.functional.precision import upcast

# -- what they share -------------------------------------------------------------------------------------------------


def input_products(x: Any, w: Any, out: Any) -> None:
    """x (time, batch, inputs) times w (gates, hidden, inputs), for all time steps, into out (gates, time, ...)."""
    steps, batch, inputs = x.shape
    np.matmul(x.reshape(steps * batch, inputs), w.mT, out=out.reshape(len(w), steps * batch, out.shape[-1]))


def input_gradients(d: Any, x: Any, w_ih: Any, has_gx: bool) -> Any:
    """From d (gates, time, batch, hidden), the gradients before the gates, to those of x, w_ih and b_ih."""
    gates, steps, batch, hidden = d.shape
    d, rows = d.reshape(gates, steps * batch, hidden), x.reshape(steps * batch, x.shape[-1])
    gx, gw = None, np.empty(w_ih.shape, d.dtype)
    if has_gx:
        gx, product = np.empty(x.shape, d.dtype), np.empty(rows.shape, d.dtype)
        by_gates = w_ih.reshape(gates, hidden, x.shape[-1])
        gx_rows = np.matmul(d[0], by_gates[0], out=gx.reshape(rows.shape))
        for k in range(1, gates):
            gx_rows += np.matmul(d[k], by_gates[k], out=product)
    np.matmul(d.mT, rows, out=gw.reshape(gates, hidden, x.shape[-1]))
    return gx, gw, np.add.reduce(d, axis=1).reshape(gates * hidden)


def state_gradients(d: Any, h: Any, y: Any) -> Any:
    """From d (gates, time, batch, hidden) to the gradient of w_hh: of the first state, and of the others."""
    gates, steps, batch, hidden = d.shape
    gw = np.empty((gates * hidden, hidden), d.dtype)
    by_gates = np.matmul(d[:, 0].mT, h, out=gw.reshape(gates, hidden, hidden))
    if steps > 1:
        before = y[:-1].reshape((steps - 1) * batch, hidden)
        by_gates += d[:, 1:].reshape(gates, (steps - 1) * batch, hidden).mT @ before
    return gw


def started(g: Any, like: Any) -> Any:
    """The gradient of a last state, to be added to."""
    return np.zeros_like(like) if g is None else g.copy()


# -- tanh or relu ------------------------------------------------------------------------------------------------------


def rnn_forward(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, nonlinearity: str) -> Any:
    dtype = x.dtype
    x, h, w_ih, w_hh, b_ih, b_hh = upcast(x, h, w_ih, w_hh, b_ih, b_hh)
    y = np.empty((*x.shape[:2], h.shape[-1]), x.dtype)
    input_products(x, w_ih[None], y[None])
    if b_ih is not None:
        y += b_ih + b_hh
    w, product = np.ascontiguousarray(w_hh.T), np.empty_like(h)
    for y_t in y:
        np.matmul(h, w, out=product)
        y_t += product
        h = np.tanh(y_t, out=y_t) if nonlinearity == "tanh" else np.maximum(y_t, 0, out=y_t)
    y = y.astype(dtype, copy=False)
    return y, y[-1].copy()


def rnn_backward(
    g_y: Any, g_h: Any, x: Any, h: Any, w_ih: Any, w_hh: Any, y: Any, nonlinearity: str, has_gx: bool
) -> Any:
    x, h, w_ih, w_hh, y = upcast(x, h, w_ih, w_hh, y)
    d, dh = np.empty((1, *y.shape), y.dtype), started(g_h, h)
    for t in reversed(range(len(y))):
        if g_y is not None:
            dh += g_y[t]
        if nonlinearity == "tanh":
            np.multiply(y[t], y[t], out=d[0, t])
            np.subtract(1, d[0, t], out=d[0, t])
            d[0, t] *= dh
        else:
            np.multiply(dh, y[t] != 0, out=d[0, t])  # where it is NaN, too
        np.matmul(d[0, t], w_hh, out=dh)
    gx, gw_ih, gb = input_gradients(d, x, w_ih, has_gx)
    return gx, dh, gw_ih, state_gradients(d, h, y), gb


# -- GRU ---------------------------------------------------------------------------------------------------------------


def gru_forward(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    dtype, (steps, batch, inputs), hidden = x.dtype, x.shape, h.shape[-1]
    x, h, w_ih, w_hh, b_ih, b_hh = upcast(x, h, w_ih, w_hh, b_ih, b_hh)
    sign = np.array([-1, -1, 1], x.dtype).reshape(3, 1, 1)  # sigmoid(a) = 1 / (1 + exp(-a))
    gates = np.empty((4, steps, batch, hidden), x.dtype)
    input_products(x, w_ih.reshape(3, hidden, inputs) * sign, gates[:3])
    b_n = None
    if b_ih is not None:
        b_ih, b_hh = b_ih.reshape(3, 1, hidden) * sign, b_hh.reshape(3, 1, hidden) * sign
        gates[:2] += (b_ih[:2] + b_hh[:2])[:, None]
        gates[2] += b_ih[2]
        b_n = b_hh[2]
    w = np.ascontiguousarray((w_hh.reshape(3, hidden, hidden) * sign).mT)
    product, y = np.empty((3, batch, hidden), x.dtype), np.empty((steps, batch, hidden), x.dtype)
    with np.errstate(over="ignore"):  # where exp is too large for a number, the sigmoid is 0
        for t in range(steps):
            np.matmul(h, w, out=product)
            rz, n, m = gates[:2, t], gates[2, t], gates[3, t]
            rz += product[:2]
            np.exp(rz, out=rz)
            rz += 1
            np.reciprocal(rz, out=rz)
            np.copyto(m, product[2]) if b_n is None else np.add(product[2], b_n, out=m)
            n += np.multiply(rz[0], m, out=product[0])
            np.tanh(n, out=n)
            h = np.subtract(h, n, out=y[t])
            h *= rz[1]
            h += n
    y = y.astype(dtype, copy=False)
    return y, y[-1].copy(), gates


def gru_backward(g_y: Any, g_h: Any, x: Any, h: Any, w_ih: Any, w_hh: Any, y: Any, gates: Any, has_gx: bool) -> Any:
    x, h, w_ih, w_hh, y = upcast(x, h, w_ih, w_hh, y)
    hidden = h.shape[-1]
    n_first = w_hh.reshape(3, hidden, hidden)[[2, 0, 1]]
    # Before the gates: n's part of the state, r, z, n. So the first three are the state's, the last three the input's.
    d, dh = np.empty_like(gates), started(g_h, h)
    product, slope = np.empty((3, *h.shape), h.dtype), np.empty((2, *h.shape), h.dtype)
    for t in reversed(range(len(y))):
        (r, z, n, m), before = gates[:, t], h if t == 0 else y[t - 1]
        dm, dr, dz, dn = d[:, t]
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
        rz = gates[:2, t]
        np.multiply(rz, rz, out=slope)
        np.subtract(rz, slope, out=slope)
        d[1:3, t] *= slope
        dh += np.add.reduce(np.matmul(d[:3, t], n_first, out=product), axis=0)
    gx, gw_ih, gb_ih = input_gradients(d[1:], x, w_ih, has_gx)
    gw_hh = np.roll(state_gradients(d[:3], h, y), -hidden, axis=0)
    gb_n = np.add.reduce(d[0], axis=(0, 1))
    return gx, dh, gw_ih, gw_hh, gb_ih, np.concatenate([gb_ih[: 2 * hidden], gb_n])


# -- LSTM --------------------------------------------------------------------------------------------------------------


def lstm_forward(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    dtype, (steps, batch, inputs), hidden = x.dtype, x.shape, h.shape[-1]
    x, h, c, w_ih, w_hh, b_ih, b_hh = upcast(x, h, c, w_ih, w_hh, b_ih, b_hh)
    # sigmoid(a) = 1 / (1 + exp(-a)), tanh(a) = 2 sigmoid(2 a) - 1: one exp for all gates
    factor = np.array([-1, -1, -2, -1], x.dtype).reshape(4, 1, 1)
    gates = np.empty((4, steps, batch, hidden), x.dtype)
    input_products(x, w_ih.reshape(4, hidden, inputs) * factor, gates)
    if b_ih is not None:
        gates += ((b_ih + b_hh).reshape(4, 1, hidden) * factor)[:, None]
    w = np.ascontiguousarray((w_hh.reshape(4, hidden, hidden) * factor).mT)
    product, cells = np.empty((4, batch, hidden), x.dtype), np.empty((2, steps, batch, hidden), x.dtype)
    y = np.empty((steps, batch, hidden), x.dtype)
    with np.errstate(over="ignore"):  # where exp is too large for a number, the sigmoid is 0
        for t in range(steps):
            gate = gates[:, t]
            gate += np.matmul(h, w, out=product)
            np.exp(gate, out=gate)
            gate += 1
            np.reciprocal(gate, out=gate)
            i, f, g, o = gate
            g *= 2
            g -= 1
            c = np.multiply(f, c, out=cells[0, t])
            c += np.multiply(i, g, out=product[0])
            h = np.multiply(o, np.tanh(c, out=cells[1, t]), out=y[t])
    y = y.astype(dtype, copy=False)
    return y, y[-1].copy(), c.astype(dtype), gates, cells


def lstm_backward(
    g_y: Any, g_h: Any, g_c: Any, x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, y: Any, gates: Any, cells: Any,
    has_gx: bool,
) -> Any:  # fmt: skip
    x, h, c, w_ih, w_hh, y = upcast(x, h, c, w_ih, w_hh, y)
    w = w_hh.reshape(4, h.shape[-1], h.shape[-1])
    d, dh, dc = np.empty_like(gates), started(g_h, h), started(g_c, c)  # before the gates
    product = np.empty((4, *h.shape), h.dtype)
    for t in reversed(range(len(y))):
        gate, tanh_c, d_t = gates[:, t], cells[1, t], d[:, t]
        i, f, g, o = gate
        di, df, dg, do = d_t
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
        np.multiply(dc, cells[0, t - 1] if t else c, out=df)
        np.multiply(d_t, gate, out=product)
        product[2] *= g
        d_t -= product
        np.add.reduce(np.matmul(d_t, w, out=product), axis=0, out=dh)
    gx, gw_ih, gb = input_gradients(d, x, w_ih, has_gx)
    return gx, dh, dc, gw_ih, state_gradients(d, h, y), gb
