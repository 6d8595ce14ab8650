"""Upsample is the function with its options; test_nn_layers_convolution.py compares both with PyTorch."""

from typing import Any

import numpy as np
import pytest
from differences import assert_gradients

from autograd import nn

X = np.random.default_rng(0).standard_normal((2, 3, 4, 5))


@pytest.mark.parametrize(
    "options",
    [
        {"size": 3},
        {"scale_factor": 2},
        {"size": (7, 3), "mode": "bilinear"},
        {"scale_factor": (0.5, 3), "mode": "bilinear", "align_corners": True},
    ],
)
def test_it_is_interpolate(options: dict[str, Any]) -> None:
    np.testing.assert_array_equal(nn.Upsample(**options)(X), nn.interpolate(X, **options))
    assert_gradients(lambda x: np.square(nn.Upsample(**options)(x)).sum(), X)


def test_of_signals() -> None:
    module = nn.Upsample(8, mode="linear")
    np.testing.assert_array_equal(module(X[0]), nn.interpolate(X[0], 8, mode="linear"))
    assert list(module.parameters()) == []
