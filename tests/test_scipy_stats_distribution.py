"""What distributions share: arguments of every kind, and parameters that are not valid."""

import numpy as np
import pytest

import autograd as ag
from autograd.scipy.stats.distribution import as_array, as_float, constant, hold_tensor, nan_unless


def test_arguments_become_floats_and_stay_what_they_are() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert as_float(t) is t
    assert type(as_float(2)) is np.float64
    assert as_float(np.ones(2, np.float32)).dtype == as_float([1, 2]).dtype == as_float(np.ones(2, bool)).dtype == float
    assert as_float(np.ones(2, np.longdouble)).dtype == np.longdouble
    single = as_float(ag.Tensor(np.ones(2, np.float32), requires_grad=True))
    assert (single.dtype, single.requires_grad) == (np.float64, True)
    assert as_array(np.ones(2, np.float32)).dtype == np.float32
    stacked = as_float([t[0], 3, [t[1], t[1]][0]])
    assert (stacked.data.tolist(), stacked.requires_grad) == ([1, 3, 2], True)


def test_where_tensors_are_found() -> None:
    t = ag.Tensor(1.0)
    assert hold_tensor([1, t], {})
    assert hold_tensor([[1, (2, t)]], {})
    assert hold_tensor([1], {"loc": t})
    assert not hold_tensor([1, [2.0], np.ones(3)], {"loc": 2})


def test_invalid_parameters_are_nan_and_so_are_their_gradients() -> None:
    a, b = (ag.Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    assert nan_unless(np.True_, a, b) == (a, b)
    x, y = nan_unless(a > 1, a, b)
    for part in (x, y):
        np.testing.assert_array_equal(part.data, [np.nan, 2])
    for g in ag.grads(np.sum(x * y), [a, b]):
        np.testing.assert_array_equal(g.data, [np.nan, 2])


@pytest.mark.parametrize("x", [1.0, np.ones(2)])
def test_constants_stay(x: object) -> None:
    assert constant(x) is x
    assert not constant(ag.Tensor(1.0, requires_grad=True)).requires_grad
