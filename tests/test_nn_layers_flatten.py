"""Flatten and Identity: shapes alone."""

import numpy as np
import pytest
from differences import assert_gradients

import autograd as ag
from autograd import nn


@pytest.mark.parametrize(
    ("dims", "shape"),
    [((), (2, 60)), ((0,), (120,)), ((0, 1), (6, 4, 5)), ((2, -1), (2, 3, 20)), ((-3, 2), (2, 12, 5))],
)
def test_flatten_makes_one_axis_of_several(dims: tuple[int, ...], shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 5))
    np.testing.assert_array_equal(nn.Flatten(*dims)(x), x.reshape(shape))
    assert_gradients(lambda x: np.square(nn.Flatten(*dims)(x)).sum(), x, second=False)


def test_flatten_of_no_elements() -> None:
    assert nn.Flatten()(np.ones((0, 3, 4))).shape == (0, 12)


def test_identity_is_what_it_is_given() -> None:
    x = ag.Tensor([1.0], requires_grad=True)
    assert nn.Identity()(x) is x
    assert repr(nn.Identity()) == "Identity()"
