"""The second call: the program and the function itself, on the same state, compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.runtime.binding import MISS
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.refusing import TraceError, line_of
from autograd.compiler.tracing.snapshot import Snapshot, copied
from autograd.compiler.tracing.sources import is_same
from autograd.engine.modes import observe
from autograd.engine.observer import Observer
from autograd.engine.tensor import Tensor


class Plain(Observer):
    """Under which compiled functions run as they are: gradients flow through those that another one calls."""


def plainly(fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    with observe(Plain()):
        return fn(*args, **kwargs)


def check(fn: Callable[..., Any], run: Callable[..., Any], captured: Capture, args: Any, kwargs: Any) -> Any:
    """Run the program and, on the same state, the function; return the output of the program, or MISS.

    Raises TraceError if a bit differs; the state is then as it was before the call. So it is if either raises an error.
    """
    with Snapshot(captured.outside) as before:
        try:
            output = run(args, kwargs)
        except Exception as error:
            before.restore()
            plainly(fn, args, kwargs)  # which says what is wrong
            raise TraceError(f"{line_of(fn)}: its program fails where the function does not: {error}") from error
        if output is MISS:
            return MISS
        ours = [*_values(output), *before.current()]
        before.restore()
        theirs = [*_values(plainly(fn, args, kwargs)), *before.current()]
        if (what := _difference(ours, theirs) or next(before.changes(), None)) is not None:
            raise TraceError(
                f"{line_of(fn)}: in the second call {what}, so something in it does not come from its arguments or "
                f"from what it reaches (the time, a file, random numbers of its own, a value that an earlier call "
                f"left behind); pass it in as an argument"
            )
        return output


def _values(output: Any) -> Iterator[tuple[str, Any]]:
    for path, leaf in tree_leaves_with_path(output):
        yield f"output{path}", copied(leaf.data if isinstance(leaf, Tensor) else leaf)
        yield f"the type of output{path}", type(leaf)


def _difference(ours: list[tuple[str, Any]], theirs: list[tuple[str, Any]]) -> str | None:
    """What differs first between the program and the function, in words; None if nothing does."""
    for (name, a), (other, b) in zip_longest(ours, theirs, fillvalue=("nothing", None)):
        if name != other:
            return f"the function left {other} where its program left {name}"
        if not is_equal(a, b):
            return f"{name} differs between the function and its program"
    return None


def is_equal(a: Any, b: Any) -> bool:
    """Whether two values are equal to the last bit; NaN is NaN, whatever bits NumPy's order of operands gave it."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return is_same(a, b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if (same := a.tobytes() == b.tobytes()) or a.dtype.kind not in "fc":
        return same
    x, y = (np.ascontiguousarray(z).view(z.real.dtype) for z in (a, b))
    has_same_signs = np.array_equal(np.signbit(x) | np.isnan(x), np.signbit(y) | np.isnan(y))
    return has_same_signs and np.array_equal(x, y, equal_nan=True)
