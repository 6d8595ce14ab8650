"""Parameters of SciPy's functions as arrays of floats."""

import numpy as np
import pytest

import autograd as ag
from autograd.rules.scipy.floats import as_float, precision_of


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_take_the_precision_of_the_gradient(dtype: type) -> None:
    g = np.ones(2, dtype)
    for number in (2, 0.5, np.array([1, 2]), np.array([1, 2], np.int8)):
        assert as_float(number, g).dtype == as_float(number, 1j * g).dtype == dtype
        np.testing.assert_array_equal(as_float(number, g), number)
    given = np.ones(2)
    assert as_float(given, g) is given
    tensor = ag.Tensor(np.array([1, 2]))
    assert isinstance(as_float(tensor, g), ag.Tensor)


def test_precision() -> None:
    single = np.ones(2, np.float32)
    for xs in ((2, 0.5), (1, 2), (single, np.ones(2, int))):
        assert precision_of(*xs) == np.float64
    assert precision_of(2, single) == precision_of(0.5, single) == np.float32
    assert precision_of(single * 1j, 2) == np.complex64
