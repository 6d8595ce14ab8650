"""Steps of a program that are not traced through: primitives, rules and functions of NumPy that look at values."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.compiler.ir import replaced
from autograd.compiler.tracing.refusing import TraceError
from autograd.engine.graph import Node
from autograd.rules.operation import Pullback


class OpaqueStep:
    """A function that a program calls as it is. What it returns must have the shapes and dtypes of the first time."""

    kind = "a primitive whose code looks at values"
    way_out = "let it return arrays of the same shapes and dtypes for arguments of the same shapes and dtypes"

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        self.__name__ = name_of(fn).replace(".", "_")
        self.layout: Any = None

    def __call__(self, *args: Any, **options: Any) -> Any:
        found = self.fn(*args, **options)
        layout = replaced(found, _layout)
        if self.layout is None:
            self.layout = layout
        if layout != self.layout:
            raise TraceError(
                f"{self.__name__} returned {layout} in a compiled function, and {self.layout} when that was traced; "
                f"{self.way_out}"
            )
        return found


def _layout(part: Any) -> Any:
    return (part.shape, str(part.dtype)) if isinstance(part, np.ndarray | np.generic) else type(part).__name__


class GuardedStep(OpaqueStep):
    """A function of NumPy's whose result has another dtype, or another length, where arrays hold other values.

    It is most often the same; where it is not, the function itself is called in place of the program.
    """

    kind = "the dtype or length of what it returns follows values, and is asked for in each call"
    way_out = "convert what it is given first, as by np.astype(x, complex), or call it outside"

    def forms(self) -> list[tuple[tuple[int, ...], str]]:
        """The shape and dtype of each array that it returned when it was traced."""
        return [self.layout] if isinstance(self.layout[-1], str) else list(self.layout)


# Eigenvalues are real or complex, and np.emath turns to complex numbers; residuals are there or not.
GUARDED = {
    np.linalg.eig, np.linalg.eigvals, np.poly, np.linalg.lstsq, np.ix_, np.histogram, np.histogram_bin_edges,
    np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10, np.emath.logn, np.emath.power, np.emath.arccos,
    np.emath.arcsin, np.emath.arctanh,
}  # fmt: skip


class PullbackStep(OpaqueStep):
    """A pullback as a function of arrays: of g, of what its node saved, and of the values of the call's options.

    indices  the inputs whose gradients it returns.
    """

    kind = "a rule whose code looks at values"

    def __init__(self, pullback: Pullback, node: Node) -> None:
        self.pullback, self.names = pullback, tuple(node.options)
        self.facts = {
            "shapes": node.shapes, "dtypes": node.dtypes, "operation": node.operation, "scope": node.scope,
            "parents": tuple(None if parent is None else True for parent in node.parents),
        }  # fmt: skip
        super().__init__(self._apply)
        self.__name__ = f"g_{node.operation.name.replace('.', '_')}"
        self.indices: tuple[int, ...] = ()

    def _apply(self, g: Any, saved: Any, *options: Any) -> tuple[Any, ...]:
        node: Any = SimpleNamespace(**self.facts, options=dict(zip(self.names, options, strict=True)))
        pairs = tuple(self.pullback(g, saved, node))
        self.indices = tuple(i for i, _ in pairs)
        return tuple(gx for _, gx in pairs)
