"""Derivatives of functions of one number, for tables of what another program computed for them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag


def assert_derivatives(f: Callable[..., Any], x: Any, expected: Sequence[float], tolerance: float) -> None:
    """The first, second, ... derivatives of f at a number, to a relative tolerance, of 0 to an absolute one."""
    for order, value in enumerate(expected, 1):
        f = ag.grad(f)
        found = float(f(np.asarray(x, float)))
        np.testing.assert_allclose(
            found, value, rtol=tolerance, atol=tolerance * (value == 0), err_msg=f"order {order}"
        )
