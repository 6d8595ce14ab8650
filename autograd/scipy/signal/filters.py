"""Recursive filters: A y = B x + zi, where A and B are polynomials in the shift by one sample.

    a[0] y[n] = b[0] x[n] + b[1] x[n-1] + ... - a[1] y[n-1] - ...

From A dy = dB x + B dx + dzi - dA y all gradients are made of h, the adjoint of 1/A applied to g. A filter that is at
rest at the beginning is a triangular Toeplitz matrix; its adjoint is the same filter run backward in time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by

lfilter, sosfilt = primitive(signal.lfilter), primitive(signal.sosfilt)
lfilter_zi, sosfilt_zi = primitive(signal.lfilter_zi), primitive(signal.sosfilt_zi)
filtfilt, sosfiltfilt = primitive(signal.filtfilt), primitive(signal.sosfiltfilt)

Shape = tuple[int, ...]

# -- one filter --------------------------------------------------------------------------------------------------------


def adjoint(b: Any, a: Any, g: Any) -> Any:
    """Of the filter at rest, along the last axis."""
    return lfilter(b, a, g[..., ::-1])[..., ::-1]


def normalized(b: Any, a: Any) -> tuple[Any, Any]:
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    return b / a[0], a / a[0]


def whole(g: Any, a: Any, zi: Any, x_shape: Shape, axis: int) -> Any:
    """The gradient of y, axis last; that of an output which runs on for as many samples as there are states, if any.

    The final state is A times what the filter gives out when it runs on without input.
    """
    if zi is None:
        return np.moveaxis(g, axis, -1)
    gy, gz = g
    states = zi.shape[axis]
    if gz is None:
        gy = np.moveaxis(gy, axis, -1)
        return np.concatenate([gy, np.zeros_like(gy, shape=(*gy.shape[:-1], states))], -1)
    gz = np.moveaxis(gz, axis, -1)
    gz = adjoint(a, unit(a), gz) if states else gz
    gy = np.zeros_like(gz, shape=(*gz.shape[:-1], x_shape[axis])) if gy is None else np.moveaxis(gy, axis, -1)
    return np.concatenate([gy, gz], -1)


def unit(a: Any) -> Any:
    """The polynomial 1, of length 2: of length 1, SciPy would filter row after row in Python."""
    return np.array([1, 0], a.dtype)


def run_on(x: Any, zi: Any, axis: int) -> Any:
    """The input, axis last, with as many zeros after it as there are states."""
    x = np.moveaxis(x, axis, -1)
    return x if zi is None else np.concatenate([x, np.zeros_like(x, shape=(*x.shape[:-1], zi.shape[axis]))], -1)


def shifted_sums(g: Any, x: Any, count: int) -> Any:
    """(..., n), (..., n) to (count,): of the k-th the sum of g[n] x[n - k]."""
    n = x.shape[-1]
    return np.stack([np.sum(g[..., k:] * x[..., : max(n - k, 0)]) for k in range(count)])


def lfilter_gb(g: Any, b: Any, a: Any, x: Any, x_shape: Shape, zi: Any, axis: int) -> Any:
    (b, a), scale = normalized(b, a), np.atleast_1d(a)[0]
    h = adjoint(unit(a), a, whole(g, a, zi, x_shape, axis))
    return shifted_sums(h, run_on(x, zi, axis), len(b)) / scale


def lfilter_ga(g: Any, b: Any, a: Any, x: Any, x_shape: Shape, zi: Any, axis: int) -> Any:
    (b, a), scale = normalized(b, a), np.atleast_1d(a)[0]
    h, x = adjoint(unit(a), a, whole(g, a, zi, x_shape, axis)), run_on(x, zi, axis)
    if zi is None:
        ga = -shifted_sums(h, lfilter(b, a, x), len(a))
    else:
        y = lfilter(b, a, x, zi=np.moveaxis(zi, axis, -1))[0]
        ga = -shifted_sums(h, y, len(a))
        if g[1] is not None:
            ga = ga + shifted_sums(np.moveaxis(g[1], axis, -1), y[..., x_shape[axis] :], len(a))
    # a[0] divides all of b and a, and is 1 after that.
    first = np.sum(shifted_sums(h, x, len(b)) * b) + np.sum(ga[1:] * a[1:])
    return np.concatenate([np.reshape(-first, 1), ga[1:]]) / scale


def lfilter_gx(g: Any, b: Any, a: Any, x_shape: Shape, zi: Any, axis: int) -> Any:
    b, a = normalized(b, a)
    return np.moveaxis(adjoint(b, a, whole(g, a, zi, x_shape, axis))[..., : x_shape[axis]], -1, axis)


def lfilter_gzi(g: Any, b: Any, a: Any, x_shape: Shape, zi: Any, axis: int) -> Any:
    _, a = normalized(b, a)
    return np.moveaxis(adjoint(unit(a), a, whole(g, a, zi, x_shape, axis))[..., : zi.shape[axis]], -1, axis)


def steady_state(b: Any, a: Any) -> Any:
    """lfilter_zi: the state in which a constant input of 1 gives a constant output, B(1) / A(1)."""
    b, a = normalized(b, a)
    n = max(len(b), len(a))
    b, a = np.pad(b, (0, n - len(b))), np.pad(a, (0, n - len(a)))
    return np.cumsum((b - a * (np.sum(b) / np.sum(a)))[:0:-1])[::-1]


# -- sections of the second order, one after the other -----------------------------------------------------------------


def section(sos: Any, k: int) -> tuple[Any, Any]:
    """(b, a), whose a[0] must be 1."""
    return sos[k, :3], np.concatenate([np.ones_like(sos[k, :1]), sos[k, 4:]])


def cascade(sos: Any, x: Any, zi: Any, axis: int) -> Any:
    """sosfilt, by lfilter."""
    states = []
    for k in range(len(sos)):
        b, a = section(sos, k)
        if zi is None:
            x = lfilter(b, a, x, axis)
        else:
            x, state = lfilter(b, a, x, axis, zi[k])
            states.append(state)
    return x if zi is None else (x, np.stack(states))


def steady_states(sos: Any) -> Any:
    """sosfilt_zi: each section is given what the one before it settles at."""
    level: Any = 1
    states = []
    for k in range(len(sos)):
        b, a = section(sos, k)
        states.append(level * steady_state(b, a))
        level = level * (np.sum(b) / np.sum(a))
    return np.stack(states)


# -- forward and backward ----------------------------------------------------------------------------------------------


def extended(x: Any, padtype: str | None, edge: int) -> Any:
    """Continued at both ends of the last axis: mirrored, mirrored in the point at the end, or by what stands there."""
    if padtype is None or not edge:
        return x
    first, end = x[..., :1], x[..., -1:]
    before, after = x[..., edge:0:-1], x[..., -2 : -(edge + 2) : -1]
    if padtype == "odd":
        before, after = 2 * first - before, 2 * end - after
    elif padtype == "constant":
        before, after = first + 0 * before, end + 0 * after
    return np.concatenate([before, x, after], -1)


def there_and_back(b: Any, a: Any, x: Any, axis: int, padtype: str | None, padlen: int | None) -> Any:
    """filtfilt, by lfilter."""
    zi, x = lfilter_zi(b, a), np.moveaxis(x, axis, -1)
    edge = 3 * max(np.size(a), np.size(b)) if padlen is None else padlen
    edge = 0 if padtype is None else edge
    y = extended(x, padtype, edge)
    for _ in range(2):
        y = lfilter(b, a, y, zi=zi * y[..., :1])[0][..., ::-1]
    return np.moveaxis(y[..., edge : edge + x.shape[-1]], -1, axis)


def cascade_there_and_back(sos: Any, x: Any, axis: int, padtype: str | None, padlen: int | None) -> Any:
    """sosfiltfilt, by sosfilt."""
    x = np.moveaxis(x, axis, -1)
    zi = np.reshape(sosfilt_zi(sos), (len(sos), *(1,) * (x.ndim - 1), 2))
    taps = 2 * len(sos) + 1 - min(np.sum(sos[:, 2] == 0), np.sum(sos[:, 5] == 0))
    edge = 0 if padtype is None else 3 * int(taps) if padlen is None else padlen
    y = extended(x, padtype, edge)
    for _ in range(2):
        y = sosfilt(sos, y, zi=zi * y[..., :1])[0][..., ::-1]
    return np.moveaxis(y[..., edge : edge + x.shape[-1]], -1, axis)


# fmt: off
rule(lfilter,     b=lfilter_gb, a=lfilter_ga, x=lfilter_gx, zi=lfilter_gzi, broadcasts=True, several=True)
rule(sosfilt,     **rules_by(cascade, "sos", "x", "zi"), several=True,
                  convention="a[0] of a section is 1, and has gradient 0")
rule(lfilter_zi,  **rules_by(steady_state, "b", "a"))
rule(sosfilt_zi,  **rules_by(steady_states, "sos"))
rule(filtfilt,    **rules_by(there_and_back, "b", "a", "x"), only={"method": ("pad",), "irlen": (None,)},
                  accepts=("method", "irlen"))
rule(sosfiltfilt, **rules_by(cascade_there_and_back, "sos", "x"))
