"""Derivatives of gradients at points where a rule divides 0 by 0 and the function is smooth after all.

Of y = |x| the gradient is gx = (g / y) x. Where y = 0 it is 0, as x is; but its derivative there is the limit of g / y:
for a loss that is smooth in x, g vanishes with y, and the limit is the derivative of g with respect to y (l'Hopital's
rule). In a recorded backward pass g has a graph that leads back to y, so the engine can take that derivative.

As a function of y, g / y is the mean of g'(t y) over 0 <= t <= 1 (Hadamard's lemma). Its n-th derivative is the mean of
t**n g^(n+1)(t y), at y = 0 that of g' divided by n + 1: see `mean`. That makes it right up to the fourth order. From
the fifth on some terms are missing: a derivative of the mean by what else g depends on is taken for that of g' itself,
as it is at y = 0 but not around it. Where y is computed in a checkpoint and the loss outside, g does not lead to y;
nor does it where the loss is a product of different norms, norm(x) * norm(2 * x).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.engine.backward import backward
from autograd.engine.graph import Node, Parent
from autograd.engine.modes import enable_grad
from autograd.rules.operation import Operation

if TYPE_CHECKING:
    from autograd.engine.tensor import Tensor

# The y with respect to which a derivative is being taken, if one is. The limits of other calls are constants then:
# their own derivatives are multiplied by a term that is 0, and would double in number with every y on which another
# depends.
target: ContextVar[Parent | None] = ContextVar("target", default=None)


def limit(gx: Any, added: Any) -> Any:
    """gx, with the derivative of gx + added. What is added is 0, or 0 times an infinite derivative."""
    return gx


def mean(x: Any, y: Any, k: int) -> Any:
    """The mean of t**k x(t y) over 0 <= t <= 1, where y is 0. Its derivative: that of t**(k+1) x'(t y)."""
    return x / (k + 1)


def mean_gx(g: Any, y: Any, k: int) -> Any:
    return None if is_constant(y) else g / (k + 1)


def mean_gy(g: Any, x: Any, y: Any, k: int) -> Any:
    """What is missing in the derivative of x by y, which comes through x, to that of the mean."""
    slope = None if is_constant(y) else slope_of(x, y)
    return None if slope is None else g * (slope._call(MEAN, (slope, y), {"k": k + 1}) - slope / (k + 1))


def is_constant(y: Any) -> bool:
    """Whether a derivative with respect to another y is being taken."""
    other = target.get()
    return other is not None and getattr(y, "node", None) is not other


# No entries of the table of rules: on purpose these are not the derivatives of what they compute.
LIMIT = Operation(limit, gx=lambda g: g, added=lambda g: g)
MEAN = Operation(mean, x=mean_gx, y=mean_gy)


class Limits:
    """What the rules ask of a gradient in a recorded pass: see autograd/rules/smooth.py."""

    __slots__ = ()
    _make: Callable[[Any, Parent | None], Tensor]
    _call: Callable[..., Any]

    def __limit__(self, gx: Tensor, y: Tensor | Node, term: Callable[..., Any], xs: Sequence[Any]) -> Tensor:
        """gx, which is term(g / y, *xs) of this g: with the derivative that it has in the limit where y is 0."""
        if isinstance(y, Node):
            y = self._make(np.absolute(getattr(xs[0], "data", xs[0])), y)
        slope = slope_of(self, y) if target.get() is None else None
        if slope is None:
            return gx
        with np.errstate(all="ignore"):  # where the second derivative is infinite, and not asked for
            ratio = self._call(MEAN, (slope, y), {"k": 0})
            limited: Tensor = self._call(LIMIT, (gx, term(ratio, *xs)))
        return limited


def slope_of(g: Any, y: Any) -> Any:
    """The derivative of g, of the shape of y, with respect to y where that is 0, and 0 elsewhere; None if all is 0.

    What the same call returned another time is the same y: the loss may be norm(x) * norm(x).
    The sum of each column of its Jacobian is the element on the diagonal: the others are 0, since the loss is even in
    each element of y.
    """
    root, wanted = getattr(g, "node", None), getattr(y, "node", None)
    if root is None or wanted is None or root.order < wanted.order:
        return None
    at = y.data == 0
    (zeros,) = np.ix_(np.any(at).reshape(1))  # by its length: a program is for one, and asks (see GuardedStep)
    if not zeros.size:
        return None
    seed = np.where(at, 1, 0).astype(g.dtype)
    token = target.set(wanted)
    try:
        with enable_grad(), np.errstate(all="ignore"):
            roots = {root: g._make(seed, None)}
            same = same_calls(root, wanted)
            since = min(node.order for node in same) + 1
            found = [*backward(roots, lift=g._make, keep_saved=True, wanted=same, since=since).values()]
            return np.where(at, sum(found[1:], found[0]), 0) if found else None
    finally:
        target.reset(token)


def same_calls(root: Parent, wanted: Parent) -> set[Any]:
    """`wanted`, and what else root was computed from that is the same function of the same, with no constants."""
    found: set[Any] = {wanted}
    parents: tuple[Any, ...] = getattr(wanted, "parents", (None,))
    if None in parents:
        return found
    oldest, seen, waiting = max(parent.order for parent in parents), {root}, [root]
    while waiting:
        node: Any = waiting.pop()
        if _is_same(node, wanted):
            found.add(node)
        new = {p for p in getattr(node, "parents", ()) if p is not None and p.order > oldest} - seen
        seen |= new
        waiting += new
    return found


def _is_same(a: Any, b: Any) -> bool:
    if not (type(a) is type(b) is Node) or (a.operation, a.parents) != (b.operation, b.parents):
        return False
    return a.options.keys() == b.options.keys() and all(b.options[name] is value for name, value in a.options.items())
