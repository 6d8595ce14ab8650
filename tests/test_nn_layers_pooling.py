"""Pooling layers are the functions with their options; test_nn_layers_convolution.py compares both with PyTorch."""

from typing import Any

import numpy as np
import pytest
from numeric import spaced

import autograd as ag
from autograd import nn

SIGNALS, IMAGES = spaced(2, 3, 8), spaced(2, 3, 6, 7)
PAIRS: list[tuple[nn.Module, Any, Any]] = [
    (nn.MaxPool1d(3, 2, 1, 2, ceil_mode=True), nn.max_pool1d(SIGNALS, 3, 2, 1, 2, ceil_mode=True), SIGNALS),
    (nn.MaxPool2d((2, 3)), nn.max_pool2d(IMAGES, (2, 3)), IMAGES),
    (nn.MaxPool2d(3, 2, (1, 0), (1, 2)), nn.max_pool2d(IMAGES, 3, 2, (1, 0), (1, 2)), IMAGES),
    (nn.AvgPool1d(3, 2, 1, True, False), nn.avg_pool1d(SIGNALS, 3, 2, 1, True, False), SIGNALS),
    (nn.AvgPool2d(3, 2, 1, True, False, 5), nn.avg_pool2d(IMAGES, 3, 2, 1, True, False, 5), IMAGES),
    (nn.AdaptiveAvgPool2d((None, 2)), nn.adaptive_avg_pool2d(IMAGES, (6, 2)), IMAGES),
]


@pytest.mark.parametrize(("module", "expected", "x"), PAIRS, ids=lambda value: repr(value)[:40])
def test_each_is_its_function(module: nn.Module, expected: Any, x: Any) -> None:
    np.testing.assert_array_equal(module(x), expected)
    np.testing.assert_array_equal(module(ag.Tensor(x, requires_grad=True)).data, expected)
    assert module.state_dict() == {}


def test_the_table_has_every_layer() -> None:
    assert {type(module).__name__ for module, *_ in PAIRS} == {name for name in nn.__all__ if "Pool" in name}
