"""Embedding as a layer: against PyTorch, its padding, its initial weight, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from torch_reference import cases

import autograd as ag
from autograd import nn

INDICES = np.array([[0, 3, 3], [1, 3, 0]])
REFERENCE = {name: case for name, case in cases.read("activations").items() if name.startswith("Embedding")}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REFERENCE)
def test_like_pytorch(name: str, dtype: Any) -> None:
    case = REFERENCE[name]
    module: nn.Embedding = eval(f"nn.{name[:-1]}, dtype=dtype)")
    module.load_state_dict(cases.part(case, "state."))
    y = module(case["x"])
    y.backward(case["g"].astype(dtype))
    assert module.weight.grad is not None
    assert y.dtype == module.weight.grad.dtype == dtype
    np.testing.assert_array_equal(y.data, case["y"].astype(dtype))
    np.testing.assert_allclose(module.weight.grad.data, case["grad.weight"], rtol=1e-6)


def test_lists_and_tensors_of_indices() -> None:
    module = nn.Embedding(4, 2)
    for indices in ([[0, 3, 3], [1, 3, 0]], ag.Tensor(INDICES)):
        np.testing.assert_array_equal(module(indices).data, module.weight.data[INDICES])


def test_the_row_of_padding_is_zero_and_gets_no_gradient() -> None:
    module = nn.Embedding(4, 2, -1, rng=np.random.default_rng(0))
    assert module.padding_idx == 3
    np.testing.assert_array_equal(module.weight.data[3], 0)
    assert module.weight.data[:3].all()
    module(INDICES).sum().backward()
    assert module.weight.grad is not None
    np.testing.assert_array_equal(module.weight.grad.data, [[2, 2], [1, 1], [0, 0], [0, 0]])


def test_its_weight_is_drawn_by_its_initialiser() -> None:
    weight = nn.Embedding(500, 20, rng=np.random.default_rng(0)).weight.data
    assert abs(weight.std() - 1) < 0.05
    small = nn.Embedding(4, 2, initialiser=nn.init.small, rng=np.random.default_rng(0), dtype=np.float64)
    np.testing.assert_array_equal(small.weight.data, nn.init.small((4, 2), np.float64, np.random.default_rng(0)))
    assert repr(small) == "Embedding(4, 2)"
    assert repr(nn.Embedding(4, 2, 1)) == "Embedding(4, 2, padding_idx=1)"


def test_a_row_of_padding_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="Embedding was given padding_idx=-5 for a table of 4 rows"):
        nn.Embedding(4, 2, padding_idx=-5)
