"""What a layer says of an input that it cannot take: what it is, what is expected, and where that began."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine.graph import Leaf, Node, OutputEdge
from autograd.engine.tensor import Tensor


def of_dtype(who: str, dtype: np.dtype[Any], x: Any, what: str = "an input", other: str = "") -> TypeError:
    """The error for an input of another dtype than a layer's, or for what is no array.

    who    the layer, or function: "Linear(4, 3)".
    other  what to do in place of converting the input; by default to make the layer with its dtype.
    """
    if _is_of_torch(x):
        return TypeError(f"{who} was given a {type(x).__name__} of PyTorch's, and expects an array; pass x.numpy()")
    if not isinstance(getattr(x, "dtype", None), np.dtype):
        return TypeError(f"{who} was given a {type(x).__name__}, and expects an array of {dtype}, or a Tensor")
    given, way = f"{who} of {dtype} was given {what} of {x.dtype}", f"pass x.astype(np.{dtype})"
    if x.dtype.kind not in "fc":
        return TypeError(f"{given}, and computes in {dtype}; {way}")
    wider = np.result_type(x.dtype, dtype)
    way += f", or {other or f'make the layer with dtype=np.{x.dtype}'}"
    if wider == dtype:
        return TypeError(f"{given}, and computes in {dtype}; {way}")
    return TypeError(f"{given}, which would make everything after it {wider}{began(x)}; {way}")


def _is_of_torch(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] == "torch"


def began(x: Any) -> str:
    """Where a dtype comes from, as far as the graph tells: the first call of which the inputs had another."""
    if not isinstance(x, Tensor) or (node := first_of_dtype(x)) is None:
        return ""
    known = [(p, dtype, shape) for p, dtype, shape in zip(node.parents, node.dtypes, node.shapes, strict=False)]
    given = " and ".join(f"{dtype} {shape}" for parent, dtype, shape in known if parent is not None)
    if None not in node.parents:
        return f" (that began in {node.operation.name}, of {given})"
    return (
        f" (that began in {node.operation.name}, of {given} and a constant of NumPy's; a number of Python's, "
        f"math.sqrt(d) in place of np.sqrt(d), or float(c), would have kept the dtype)"
    )


def first_of_dtype(x: Tensor) -> Node | None:
    """The first call whose output has the dtype of x, and none of its differentiable inputs; None if there is none."""
    found: Node | None = None
    waiting: list[Any] = [x.node]
    seen: set[Any] = set(waiting)
    while waiting:
        node = waiting.pop()
        if isinstance(node, OutputEdge):
            (node,) = node.parents
        if node is None or isinstance(node, Leaf):
            continue
        known = [(p, dtype) for p, dtype in zip(node.parents, node.dtypes, strict=False) if p is not None and dtype]
        alike = {parent for parent, dtype in known if dtype == x.dtype}
        if known and not alike and (found is None or node.order < found.order):
            found = node
        waiting += alike - seen
        seen |= alike
    return found
