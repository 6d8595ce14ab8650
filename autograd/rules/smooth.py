"""What keeps a rule right, at every order, where its formula is 0 / 0 and the function is smooth after all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def smooth(gx: Any, g: Any, y: Any, term: Callable[..., Any], *xs: Any) -> Any:
    """gx, the gradient term(g / y, *xs): linear in its first argument, and 0 where y is, whatever g / y be there.

    g, y  the gradient that came in and the output, or g as a function of any y >= 0 that is 0 together with the term.
          Of y = |x|, where x is the first of xs, the node that computed it will do.

    In a backward pass that is not recorded it is gx and nothing else. In one that is, it is the same number, and its
    derivative where y = 0 is that of the term with the limit of g / y: see autograd/engine/limits.py.
    """
    limit = getattr(g, "__limit__", None)
    return gx if limit is None else limit(gx, y, term, xs)
