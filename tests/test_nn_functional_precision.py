"""What is computed in which precision: float16 in float32, whole numbers in float64; and 0-d as arrays."""

from typing import Any

import numpy as np
import pytest

from autograd.nn.functional.precision import in_float32, of_floats, upcast


def both(x: Any, factor: float = 2.0) -> Any:
    """A value and what a rule would read, written in place, in a function that writes into its result."""
    y = x * factor
    y += 1
    return y, x.copy()


@pytest.mark.parametrize(
    ("given", "value", "hidden"),
    [("f2", "f2", "f4"), ("f4", "f4", "f4"), ("f8", "f8", "f8"), ("i4", "f8", "f8"), ("?", "f8", "f8")],
)
@pytest.mark.parametrize("shape", [(), (3,), (0, 2)])
def test_of_floats(given: str, value: str, hidden: str, shape: tuple[int, ...]) -> None:
    y, kept = of_floats(both)(np.ones(shape, given), factor=3.0)
    assert (y.dtype, kept.dtype) == (value, hidden)
    assert y.shape == kept.shape == shape
    np.testing.assert_array_equal(y, np.full(shape, 4))


def test_float16_overflows_in_its_own_precision_alone() -> None:
    x = np.full(2, 300, np.float16)
    root = in_float32(lambda x: np.sqrt(np.sum(x * x)))
    assert root(x).dtype == np.float16
    np.testing.assert_allclose(root(x), 300 * np.sqrt(2), rtol=1e-3)
    assert root(x.astype(np.float64)).dtype == np.float64


def test_upcast_changes_nothing_else() -> None:
    half, double, none = np.ones(2, np.float16), np.ones(2), None
    found = upcast(half, double, none)
    assert found[0].dtype == np.float32
    assert (found[1] is double, found[2]) == (True, None)
